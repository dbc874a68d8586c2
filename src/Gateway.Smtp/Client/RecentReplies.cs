using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Client;

/// <summary>Gives the same reply value for the same octets: a host says the same three sentences for every message.</summary>
/// <remarks>
/// Cost: a hit is one comparison of some 20 octets and allocates nothing. Four replies are remembered, short ones only;
/// the ones with a queue id in them never come again and push out the oldest of a separate slot.
/// </remarks>
internal sealed class RecentReplies
{
    private const int MaxRememberedOctets = 64;
    private readonly (byte[] Octets, SmtpReply Reply)[] _slots = new (byte[], SmtpReply)[4];
    private int _next;

    /// <summary>The value of one complete reply.</summary>
    public SmtpReply Get(ReadOnlySpan<byte> octets)
    {
        foreach ((byte[] known, SmtpReply reply) in _slots)
        {
            if (known is not null && octets.SequenceEqual(known))
            {
                return reply;
            }
        }

        SmtpReply decoded = ReplyParser.Decode(octets);
        if (octets.Length <= MaxRememberedOctets)
        {
            _slots[_next] = (octets.ToArray(), decoded);
            _next = (_next + 1) % _slots.Length;
        }

        return decoded;
    }
}
