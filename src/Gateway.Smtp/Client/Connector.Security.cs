using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <content>STARTTLS and AUTH, as the route wants them.</content>
internal sealed partial class Connector
{
    private string? _inClearBecause;
    private string? _ownFault;
    private string? _passedMechanisms;

    // Says STARTTLS where it is offered. A second EHLO follows: what was offered in clear counts no more (RFC 3207 section 4.2).
    private async ValueTask<(ConnectFailure? Failure, Capabilities Capabilities, string? Agreed)> SecureAsync(DownstreamLink link, Capabilities inClear)
    {
        bool demanded = host.Access.Tls != DownstreamTls.Opportunistic;
        if (!inClear.Offers(Extensions.StartTls))
        {
            return (demanded ? Failure(DeliveryStep.StartTls, DeliveryOutcome.TlsFailed, null, "the host does not offer STARTTLS") : null, inClear, null);
        }

        SmtpReply? ready = await SayAsync(link, "STARTTLS");
        if (ready is { IsTransient: true, Code: not 421 } or { IsPermanent: true })
        {
            _inClearBecause = ready.ToString();
            return (demanded ? Failure(DeliveryStep.StartTls, DeliveryOutcome.TlsFailed, ready, null) : null, inClear, null);
        }

        if (ready is not { Code: 220 })
        {
            return (Failure(DeliveryStep.StartTls, link, ready), default, null);
        }

        using DownstreamSecurity security = new(host);
        bool isSecure = await link.SecureAsync(security, Limit(options.CommandTimeout));
        _ownFault = security.OwnFault;
        if (!isSecure)
        {
            return (Failure(DeliveryStep.StartTls, link, null), default, null);
        }

        (SmtpReply? hello, Capabilities capabilities) = await HelloAsync(link);
        if (hello is not { IsSuccess: true } || link.HasUnread)
        {
            return (Failure(DeliveryStep.StartTls, link, hello), default, null);
        }

        bool proves = security.Doubt is null && (!host.Access.IsLookedUp || host.Access.TlsName.Length > 0);
        return (null, capabilities with { Encrypted = proves }, $"{security.Agreed} {(security.Doubt is null ? "verified" : "untrusted")}");
    }

    private async ValueTask<ConnectFailure?> AuthenticateAsync(DownstreamLink link, Capabilities capabilities)
    {
        ClientAuthentication authentication = new(link, host.Access, options.CommandTimeout, Refused ?? new RefusedMechanisms(time));
        AuthFault? fault = await authentication.RunAsync(capabilities.Mechanisms);
        _passedMechanisms = authentication.Passed;
        return fault is not { } why ? null
            : why.Reply is null && link.Fault is { } broken ? Failure(DeliveryStep.Authenticate, broken, null, link.Detail)
            : Failure(DeliveryStep.Authenticate, DeliveryOutcome.AuthFailed, why.Reply, why.Detail);
    }
}
