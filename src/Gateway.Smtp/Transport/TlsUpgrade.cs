using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace Gateway.Smtp.Transport;

/// <summary>What is known of the encryption of a connection.</summary>
/// <param name="Version">As Received fields name it: <c>TLS1_2</c>, <c>TLS1_3</c>.</param>
/// <param name="Cipher">The IANA name of the cipher suite.</param>
/// <param name="ServerName">The name the client asked for, or empty. It comes from the client.</param>
public sealed record TlsFacts(string Version, string Cipher, string ServerName);

/// <summary>How a TLS handshake ended.</summary>
/// <param name="Facts">What was agreed, or null when it failed.</param>
/// <param name="Failure">Why it failed, in words of ours and of the TLS library; null when it succeeded.</param>
/// <param name="Elapsed">From its begin.</param>
public readonly record struct TlsHandshake(TlsFacts? Facts, string? Failure, TimeSpan Elapsed);

/// <summary>Encrypts a connection: two plain pipes in, two pipes of clear text out.</summary>
/// <remarks>
/// The pipes that come out know nothing of what was in the plain ones: octets that came in clear are read by the handshake,
/// which they fail, and can never become commands.
/// Threads: as pipes: one reader, one writer.
/// </remarks>
internal sealed class TlsUpgrade : IAsyncDisposable
{
    // A TLS record is 16 KiB at most; two of them a read. Zero-byte reads: an idle session holds none.
    private static readonly StreamPipeReaderOptions ReaderOptions =
        new(bufferSize: 32 * 1024, minimumReadSize: 4096, leaveOpen: true, useZeroByteReads: true);

    private static readonly StreamPipeWriterOptions WriterOptions = new(minimumBufferSize: 4096, leaveOpen: true);

    private readonly SslStream _ssl;
    private bool _secured;

    private TlsUpgrade(IDuplexPipe plain)
    {
        _ssl = new SslStream(new DuplexStream(plain.Input, plain.Output), leaveInnerStreamOpen: true);
        Input = PipeReader.Create(_ssl, ReaderOptions);
        Output = PipeWriter.Create(_ssl, WriterOptions);
    }

    /// <summary>What the client sends, in clear.</summary>
    public PipeReader Input { get; }

    /// <summary>What goes to the client, in clear.</summary>
    public PipeWriter Output { get; }

    /// <summary>How the handshake ended.</summary>
    public TlsHandshake Result { get; private set; }

    /// <summary>Holds the handshake.</summary>
    /// <remarks>Fails: never; <see cref="Result"/> says why there is no encryption, and the connection is of no use then.</remarks>
    public static async Task<TlsUpgrade> BeginAsync(
        IDuplexPipe plain, ServerCertificates certificates, TimeSpan patience, TimeProvider time, CancellationToken gone)
    {
        TlsUpgrade upgrade = new(plain);
        long start = time.GetTimestamp();
        using CancellationTokenSource limit = new(patience, time);
        await using CancellationTokenRegistration left = gone.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), limit);
        try
        {
            await upgrade._ssl.AuthenticateAsServerAsync(
                static (_, hello, certificates, _) => new(((ServerCertificates)certificates!).Find(hello.ServerName)), certificates, limit.Token);
            upgrade._secured = true;
            upgrade.Result = new TlsHandshake(upgrade.Facts(), null, time.GetElapsedTime(start));
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException or SocketException
            or ObjectDisposedException or CryptographicException or InvalidOperationException or NotSupportedException)
        {
            string why = gone.IsCancellationRequested ? "connection lost in the handshake"
                : limit.IsCancellationRequested ? "handshake timed out"
                : Reason(e);
            upgrade.Result = new TlsHandshake(null, why, time.GetElapsedTime(start));
        }

        return upgrade;
    }

    /// <summary>Says goodbye (close_notify), so that the client can tell the end from a cut connection.</summary>
    /// <remarks>Fails: never. Waits while the client takes nothing; who calls must cut the connection in time.</remarks>
    public async Task CloseAsync()
    {
        try
        {
            if (_secured)
            {
                await _ssl.ShutdownAsync();
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or InvalidOperationException or AuthenticationException)
        {
            // It is gone already.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync();
        try
        {
            await Output.CompleteAsync();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or InvalidOperationException)
        {
            // Completing flushes what was never sent; the client is gone.
        }

        await _ssl.DisposeAsync();
    }

    private TlsFacts Facts() => new(
        _ssl.SslProtocol.ToString().ToUpperInvariant().Insert(4, "_"), _ssl.NegotiatedCipherSuite.ToString(), _ssl.TargetHostName);

    /// <summary>The innermost message: "no shared cipher" says more than "see inner exception".</summary>
    private static string Reason(Exception e)
    {
        while (e.InnerException is not null)
        {
            e = e.InnerException;
        }

        return e.Message.Length > 160 ? e.Message[..160] : e.Message;
    }
}
