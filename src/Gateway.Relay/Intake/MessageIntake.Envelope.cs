using System.Net;
using Gateway.Mime;
using Gateway.Relay.Inspection;
using Gateway.Relay.Message;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;

namespace Gateway.Relay.Intake;

/// <content>What the inspector is told about a message, and what is stored with it.</content>
internal sealed partial class MessageIntake
{
    private string Client => peer.Remote.Address.ToString();

    private InspectionClient OnBehalf() => new(
        ClientKey.Of(peer.Remote.Address),
        _profile.AccessAt(listener).ExemptClients.Contains(peer.Remote.Address) ? TimeSpan.Zero : _profile.InspectionTime);

    private InspectionContext Context(DataEnd end, WireFacts wire) => new()
    {
        NullSender = _sender.IsNull,
        Binary = _parameters.Body == BodyType.BinaryMime,
        Utf8 = _parameters.SmtpUtf8,
        Policy = Policy(),
        HostName = _profile.HostName,
        External = SessionFindings.Of(
            end, peer, _sender, _recipients.Addresses.Count, _profile.HostName,
            undeclared: _parameters.Body == BodyType.SevenBit && wire.FirstEightBit >= wire.HeaderEnd ? wire.FirstEightBit : -1),
    };

    private Envelope MakeEnvelope(MessageId id, WireFacts wire, long ended, InspectionReport report)
    {
        string protocol = peer.Protocol(_parameters.SmtpUtf8);
        IPAddress client = peer.Remote.Address;
        DateTimeOffset now = shared.Time.GetUtcNow();
        return new Envelope
        {
            Id = id.ToString(),
            ReceivedAt = now,
            SteadyTicks = shared.Clock.At(ended).Ticks,
            Sender = _sender.Address,
            Recipients = [.. _recipients.Addresses],
            ClientAddress = Client,
            ClientHello = peer.Hello,
            Protocol = protocol,
            User = peer.AuthenticatedUser,
            Size = _buffer.Length,
            EightBit = wire.FirstEightBit >= 0,
            // Content that any host can carry is sent to any host, whatever it was declared.
            Binary = _parameters.Body == BodyType.BinaryMime && !(wire.CleanFraming && wire.OverlongLines.Count == 0),
            Unterminated = wire.Length > 0 && !wire.EndsWithCrlf,
            // What says SMTPUTF8 without need goes to any host; UTF-8 that was never declared goes on as it came, as it always did (decision 0017).
            SmtpUtf8 = _parameters.SmtpUtf8 && (report.EightBitHeader || (wire.FirstEightBit >= 0 && !report.Complete)),
            Shape = Verdicts.Shape(report),
            Risky = Verdicts.IsRisky(report),
            RequireTls = _parameters.RequireTls,
            Dsn = DsnRequest.From(_parameters, _recipients.Addresses, _recipients.Wishes),
            ReceiveSeconds = shared.Time.GetElapsedTime(_began, ended).TotalSeconds,
            Trace = TraceHeaders.Received(
                peer.Hello, client, _profile.HostName, protocol, id, _recipients.Addresses.Count == 1 ? _recipients.Addresses[0] : null, now, peer.Tls,
                peer.Name, peer.Forwarded),
        };
    }
}
