using System.Buffers.Text;
using System.Text;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>What the session does behind a command.</summary>
internal enum StepKind
{
    /// <summary>Answers it and takes the next.</summary>
    Reply,

    /// <summary>Answers 334: the next line is a response, and the command counts with its end.</summary>
    Challenge,

    /// <summary>Reads the content of a message.</summary>
    Receive,

    /// <summary>Answers it and holds a TLS handshake.</summary>
    Upgrade,

    /// <summary>Answers it and ends the session.</summary>
    Close,
}

/// <summary>What a handler of a command asks the session to do: one of <see cref="StepKind"/> with what belongs to it.</summary>
/// <remarks>Cost: a value; a handler that need not wait allocates nothing.</remarks>
internal readonly record struct Step
{
    private Step(StepKind kind, SmtpReply? reply)
    {
        Kind = kind;
        Answer = reply;
    }

    /// <summary>Which.</summary>
    public StepKind Kind { get; }

    /// <summary>The reply to the command; null for a chunk, which is answered behind its octets.</summary>
    public SmtpReply? Answer { get; }

    /// <summary>How the session ends, of <see cref="StepKind.Close"/>.</summary>
    public SessionEnd End { get; private init; }

    /// <summary>The chunk that comes, of <see cref="StepKind.Receive"/>; null for DATA.</summary>
    public Chunk? Chunk { get; private init; }

    /// <summary>True when the next command may follow at once.</summary>
    public bool TakesNext => Kind is StepKind.Reply or StepKind.Challenge;

    /// <summary>Answers.</summary>
    public static Step Reply(SmtpReply reply) => new(StepKind.Reply, reply);

    /// <summary>Asks for the next response of an authentication.</summary>
    public static Step Challenge(SmtpReply reply) => new(StepKind.Challenge, reply);

    /// <summary>Reads the content of DATA, behind a reply that lets it come.</summary>
    public static Step Receive(SmtpReply start) => new(StepKind.Receive, start);

    /// <summary>Reads a chunk.</summary>
    public static Step Receive(Chunk chunk) => new(StepKind.Receive, null) { Chunk = chunk };

    /// <summary>Encrypts the connection.</summary>
    public static Step Upgrade(SmtpReply reply) => new(StepKind.Upgrade, reply);

    /// <summary>Ends the session.</summary>
    public static Step Close(SmtpReply reply, SessionEnd end) => new(StepKind.Close, reply) { End = end };
}

/// <summary>A chunk that BDAT announced (RFC 3030 section 2).</summary>
/// <param name="Size">Its octets.</param>
/// <param name="IsLast">It ends the message.</param>
/// <param name="IsFirst">It begins the message.</param>
/// <param name="Refusal">The reply to a chunk out of its place, whose octets are read and thrown away; null for one in its place.</param>
internal readonly record struct Chunk(long Size, bool IsLast, bool IsFirst, SmtpReply? Refusal)
{
    /// <summary><c>chunk-size [SP "LAST"]</c>; RFC 3030 section 2.</summary>
    public static bool TryRead(ReadOnlySpan<byte> argument, out long size, out bool last)
    {
        int space = argument.IndexOf((byte)' ');
        ReadOnlySpan<byte> digits = space < 0 ? argument : argument[..space];
        last = space >= 0;
        size = 0;
        return digits.Length is > 0 and <= 19
            && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(digits, out size, out int read) && read == digits.Length
            && (!last || Ascii.EqualsIgnoreCase(argument[space..].TrimStart((byte)' '), "LAST"u8));
    }
}
