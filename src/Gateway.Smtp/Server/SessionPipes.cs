using System.IO.Pipelines;

namespace Gateway.Smtp.Server;

/// <summary>What a session reads from and writes to: the plain connection first, the clear text inside TLS behind a handshake.</summary>
/// <remarks>Threads: replaced by the session only; the sweep and a drain may look from others.</remarks>
internal sealed class SessionPipes(IDuplexPipe transport) : IDuplexPipe
{
    private volatile PipeReader _input = transport.Input;
    private volatile PipeWriter _output = transport.Output;

    /// <summary>What the client sends.</summary>
    public PipeReader Input => _input;

    /// <summary>What goes to the client.</summary>
    public PipeWriter Output => _output;

    /// <summary>Puts new pipes in place: what came on the old ones stays behind with them.</summary>
    public void Replace(PipeReader input, PipeWriter output)
    {
        _input = input;
        _output = output;
    }

    /// <summary>What Kestrel's pipes and TLS throw when the peer is gone or sends what is none; resets and aborts are kinds of these.</summary>
    public static bool IsFaultOfTransport(Exception e) =>
        e is IOException or OperationCanceledException or System.Net.Sockets.SocketException or ObjectDisposedException
            or System.Security.Authentication.AuthenticationException;
}
