using Gateway.Relay.Message;
using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Intake;

/// <summary>The recipients of one transaction in the order in which they were named, each once.</summary>
/// <remarks>
/// Two addresses are one when their domains are equal without regard to case and their local parts octet by octet: only the host of a
/// mailbox may say that two spellings mean the same one (RFC 5321 section 2.4). The first spelling is kept; what was asked about the
/// later ones is joined to what was asked about it. Threads: one. Cost: nothing beyond the lists for a single recipient.
/// </remarks>
internal sealed class RecipientList
{
    private readonly List<string> _addresses = [];
    private readonly List<RecipientParameters> _wishes = [];
    private Dictionary<string, int>? _places;

    /// <summary>The addresses without brackets.</summary>
    public IReadOnlyList<string> Addresses => _addresses;

    /// <summary>What was asked about each, in the same order.</summary>
    public IReadOnlyList<RecipientParameters> Wishes => _wishes;

    /// <summary>Takes one more recipient.</summary>
    public void Add(string address, in RecipientParameters wish)
    {
        if (_addresses.Count > 0 && !Places().TryAdd(address, _addresses.Count))
        {
            int place = _places![address];
            _wishes[place] = DsnRequest.Merge(_wishes[place], wish);
            return;
        }

        _addresses.Add(address);
        _wishes.Add(wish);
    }

    /// <summary>Forgets all of them.</summary>
    public void Clear()
    {
        _addresses.Clear();
        _wishes.Clear();
        _places?.Clear();
    }

    private Dictionary<string, int> Places()
    {
        _places ??= new Dictionary<string, int>(AddressComparer.Instance);
        if (_places.Count == 0)
        {
            _places.Add(_addresses[0], 0);
        }

        return _places;
    }

    private sealed class AddressComparer : IEqualityComparer<string>
    {
        public static readonly AddressComparer Instance = new();

        public bool Equals(string? x, string? y)
        {
            int at = x!.LastIndexOf('@');
            return x.Length == y!.Length && at == y.LastIndexOf('@')
                && x.AsSpan(0, at + 1).SequenceEqual(y.AsSpan(0, at + 1))
                && x.AsSpan(at + 1).Equals(y.AsSpan(at + 1), StringComparison.OrdinalIgnoreCase);
        }

        public int GetHashCode(string obj)
        {
            int at = obj.LastIndexOf('@');
            return HashCode.Combine(
                string.GetHashCode(obj.AsSpan(0, at + 1), StringComparison.Ordinal), string.GetHashCode(obj.AsSpan(at + 1), StringComparison.OrdinalIgnoreCase));
        }
    }
}
