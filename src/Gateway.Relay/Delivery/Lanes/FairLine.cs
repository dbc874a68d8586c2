using System.Numerics;

namespace Gateway.Relay.Delivery.Lanes;

/// <summary>A line in which no sender and no recipient domain can keep the others waiting.</summary>
/// <remarks>
/// Recipient domains take turns, and within a domain the senders do; what has the same place stays in order. Places are found by
/// hash (8 domains of 32 senders), so two may share one by chance: that makes them slower, not the rest. Source: stochastic fairness
/// queueing (McKenney 1990), in two levels, so that a newsletter to all domains and a flood to one domain are both held down.
/// Threads: guarded by the destination's lock. Cost: no allocation but for the first parcel of a place.
/// </remarks>
internal sealed class FairLine
{
    private const int Domains = 8;
    private const int Senders = 32;

    private LinkedList<Parcel>?[]? _places;
    private readonly uint[] _senders = new uint[Domains];
    private readonly int[] _nextSender = new int[Domains];
    private uint _domains;
    private int _nextDomain;

    /// <summary>Parcels in line.</summary>
    public int Count { get; private set; }

    /// <summary>All of them, in no particular order.</summary>
    public IEnumerable<Parcel> All => _places is null ? [] : _places.OfType<LinkedList<Parcel>>().SelectMany(static p => p);

    /// <summary>The place of mail from a sender to a recipient.</summary>
    public static byte PlaceOf(string sender, string recipient)
    {
        int domain = string.GetHashCode(recipient.AsSpan(recipient.LastIndexOf('@') + 1), StringComparison.OrdinalIgnoreCase);
        return (byte)(((domain & (Domains - 1)) * Senders) + (string.GetHashCode(sender, StringComparison.OrdinalIgnoreCase) & (Senders - 1)));
    }

    /// <summary>Puts a parcel behind the others of its place.</summary>
    public void Add(Parcel parcel)
    {
        int domain = parcel.Place / Senders;
        _places ??= new LinkedList<Parcel>?[Domains * Senders];
        (_places[parcel.Place] ??= new LinkedList<Parcel>()).AddLast(parcel.InLine);
        _senders[domain] |= 1u << (parcel.Place % Senders);
        _domains |= 1u << domain;
        parcel.Line = this;
        Count++;
    }

    /// <summary>Takes the parcel whose turn it is; null when there is none.</summary>
    public Parcel? Take()
    {
        while (_domains != 0)
        {
            int domain = FirstFrom(_domains, _nextDomain);
            if (_senders[domain] == 0)
            {
                _domains &= ~(1u << domain);
                continue;
            }

            int sender = FirstFrom(_senders[domain], _nextSender[domain]);
            if (_places![(domain * Senders) + sender]!.First is not { } node)
            {
                // The last of this place left from the middle.
                _senders[domain] &= ~(1u << sender);
                continue;
            }

            _nextDomain = (domain + 1) % Domains;
            _nextSender[domain] = (sender + 1) % Senders;
            Remove(node.Value);
            return node.Value;
        }

        return null;
    }

    /// <summary>Takes a parcel out, wherever it stands.</summary>
    public void Remove(Parcel parcel)
    {
        parcel.InLine.List!.Remove(parcel.InLine);
        parcel.Line = null;
        Count--;
    }

    /// <summary>The first set bit at or behind a position, going round.</summary>
    private static int FirstFrom(uint bits, int position)
    {
        uint behind = bits & (uint.MaxValue << position);
        return BitOperations.TrailingZeroCount(behind != 0 ? behind : bits);
    }
}
