using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.TestKit;

/// <summary>A DNS server on a loopback port that knows what a test told it; every other name does not exist.</summary>
/// <remarks>UDP only. Threads: all members may be called at any time.</remarks>
public sealed class ScriptedDnsServer : IAsyncDisposable
{
    private const int TypeA = 1;
    private const int TypeMx = 15;
    private const int TypeAaaa = 28;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, bool> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool> _failing = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<(string Name, int Type), IReadOnlyList<byte[]>> _records = new();
    private readonly Task _serving;

    /// <summary>Starts listening.</summary>
    public ScriptedDnsServer()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _serving = ServeAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The TTL of all answers, seconds.</summary>
    public int TimeToLive { get; set; } = 60;

    /// <summary>Answers every question with this code (2 is SERVFAIL) when it is not 0.</summary>
    public int Failure { get; set; }

    /// <summary>Answers nothing.</summary>
    public bool IsSilent { get; set; }

    /// <summary>The questions so far, as <c>MX example.org</c>.</summary>
    public ConcurrentQueue<string> Questions { get; } = new();

    /// <summary>Gives a domain mail hosts; <c>"."</c> is the null MX.</summary>
    public void Mx(string domain, params (int Preference, string Host)[] hosts)
    {
        _names[domain] = true;
        _records[(domain, TypeMx)] = [.. hosts.Select(h => (byte[])[(byte)(h.Preference >> 8), (byte)h.Preference, .. Name(h.Host)])];
    }

    /// <summary>Gives a host addresses; none makes it a name without records.</summary>
    public void Address(string host, params string[] addresses)
    {
        _names[host] = true;
        IPAddress[] all = [.. addresses.Select(IPAddress.Parse)];
        _records[(host, TypeA)] = [.. all.Where(a => a.AddressFamily == AddressFamily.InterNetwork).Select(a => a.GetAddressBytes())];
        _records[(host, TypeAaaa)] = [.. all.Where(a => a.AddressFamily == AddressFamily.InterNetworkV6).Select(a => a.GetAddressBytes())];
    }

    /// <summary>Makes questions about one name fail (SERVFAIL), while the others are answered.</summary>
    public void Fail(string name) => _failing[name] = true;

    /// <summary>Makes questions of one type about one name fail (SERVFAIL), or answers them again.</summary>
    /// <param name="question">As in <see cref="Questions"/>: <c>AAAA mx.example.org</c>.</param>
    /// <param name="fails">Whether it fails from here on.</param>
    public void FailType(string question, bool fails)
    {
        if (fails)
        {
            _failing[question] = true;
        }
        else
        {
            _failing.TryRemove(question, out _);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _socket.Dispose();
        _stop.Dispose();
    }

    private static byte[] Name(string name) =>
        [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0];

    private async Task ServeAsync()
    {
        byte[] buffer = new byte[4096];
        while (true)
        {
            try
            {
                SocketReceiveFromResult got = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                byte[]? answer = Answer(buffer.AsSpan(0, got.ReceivedBytes));
                if (answer is not null)
                {
                    await _socket.SendToAsync(answer, SocketFlags.None, got.RemoteEndPoint, _stop.Token);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // The asker has gone.
            }
        }
    }

    private byte[]? Answer(ReadOnlySpan<byte> question)
    {
        List<string> labels = [];
        int at = 12;
        while (question[at] != 0)
        {
            labels.Add(Encoding.ASCII.GetString(question.Slice(at + 1, question[at])));
            at += 1 + question[at];
        }

        int type = BinaryPrimitives.ReadUInt16BigEndian(question[(at + 1)..]);
        int end = at + 5;
        string name = string.Join('.', labels);
        string asked = $"{type switch { TypeA => "A", TypeMx => "MX", TypeAaaa => "AAAA", _ => "?" }} {name}";
        Questions.Enqueue(asked);
        if (IsSilent)
        {
            return null;
        }

        int failure = _failing.ContainsKey(name) || _failing.ContainsKey(asked) ? 2 : Failure;
        IReadOnlyList<byte[]> records = failure == 0 && _records.TryGetValue((name.ToLowerInvariant(), type), out IReadOnlyList<byte[]>? known) ? known : [];
        List<byte> answer = [question[0], question[1], 0x85, (byte)(0x80 | (failure != 0 ? failure : _names.ContainsKey(name) ? 0 : 3)), 0, 1, 0, (byte)records.Count, 0, 0, 0, 0];
        answer.AddRange(question[12..end]);
        Span<byte> head = stackalloc byte[12];
        foreach (byte[] data in records)
        {
            BinaryPrimitives.WriteUInt16BigEndian(head, 0xC00C);
            BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)type);
            BinaryPrimitives.WriteUInt16BigEndian(head[4..], 1);
            BinaryPrimitives.WriteInt32BigEndian(head[6..], TimeToLive);
            BinaryPrimitives.WriteUInt16BigEndian(head[10..], (ushort)data.Length);
            answer.AddRange(head);
            answer.AddRange(data);
        }

        return [.. answer];
    }
}
