using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace Gateway.Smtp.Client;

/// <content>Encryption of the wire.</content>
internal sealed partial class DownstreamLink
{
    /// <summary>True when what is said is encrypted.</summary>
    public bool IsEncrypted => _stream is SslStream;

    /// <summary>Holds the handshake; afterwards everything goes through it.</summary>
    /// <remarks>Octets that came in clear behind the reply to STARTTLS are a fault: they could be a stranger's replies to what we say encrypted.</remarks>
    /// <returns>False when the link is broken.</returns>
    public async Task<bool> SecureAsync(DownstreamSecurity security, TimeSpan limit)
    {
        if (HasSpoken)
        {
            Fail(DeliveryOutcome.ProtocolError, "the host said more behind its reply to STARTTLS");
            return false;
        }

        _deadline.Arm(limit);
        SslStream? tls = null;
        try
        {
            tls = new SslStream(_stream, leaveInnerStreamOpen: false);
            await tls.AuthenticateAsClientAsync(security.Options());
            security.Agree(tls);
            _stream = tls;
            tls = null;
            return true;
        }
        catch (Exception e) when (IsLinkFailure(e) || e is AuthenticationException or CryptographicException or InvalidOperationException
            or NotSupportedException or UnauthorizedAccessException or ArgumentException)
        {
            Fail(DeliveryOutcome.TlsFailed, Reason(security, e));
            return false;
        }
        finally
        {
            if (tls is not null)
            {
                await tls.DisposeAsync();
            }
        }
    }

    private static string Reason(DownstreamSecurity security, Exception e)
    {
        while (e.InnerException is not null)
        {
            e = e.InnerException;
        }

        string why = e is AuthenticationException && security.Doubt is { } doubt && !doubt.StartsWith("no ", StringComparison.Ordinal) ? doubt : e.Message;
        return "TLS handshake: " + new string([.. why.Take(200).Select(static c => char.IsControl(c) ? ' ' : c)]);
    }

    // close_notify behind QUIT, so that the host can tell the end from a cut connection; nobody waits for either.
    private void QuitEncrypted(SslStream tls)
    {
        if (!IsWritePending)
        {
            tls.Write("QUIT\r\n"u8);
            Ignore(tls.ShutdownAsync());
        }
    }
}
