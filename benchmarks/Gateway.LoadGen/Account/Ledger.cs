using Gateway.LoadGen.Mail;

namespace Gateway.LoadGen.Account;

/// <summary>How a message's transaction with the target ended.</summary>
internal enum Settlement : byte
{
    /// <summary>250 behind the content.</summary>
    Accepted = 1,

    /// <summary>A reply of 4xx or 5xx.</summary>
    Refused = 2,

    /// <summary>The connection ended first: nobody knows.</summary>
    Unanswered = 4,
}

/// <summary>What an arrival at the sink was.</summary>
internal enum ArrivalKind
{
    /// <summary>The message has now arrived at all its recipients.</summary>
    Complete,

    /// <summary>Recipients are missing, or the source has not heard yet how many there are.</summary>
    Partial,

    /// <summary>It had arrived before.</summary>
    Duplicate,
}

/// <summary>A message as the sink read it.</summary>
/// <param name="Id">What its first line says.</param>
/// <param name="Hash">XxHash3 of the content between the marks.</param>
/// <param name="Octets">Length from the first line on.</param>
/// <param name="AreMarksIntact">Whether the marks at head and end carry the number of the first line.</param>
internal readonly record struct Arrival(LoadId Id, ulong Hash, long Octets, bool AreMarksIntact);

/// <summary>Every message that was sent or arrived, and what became of it.</summary>
/// <remarks>
/// Threads: any. Cost: 8 octets a message, one uncontended lock for each event; with several recipients a bit for each of them.
/// </remarks>
internal sealed class Ledger
{
    private const int ChunkEntries = 1 << 16;
    private const int ExamplesKept = 5;

    private readonly Lock _gate = new();
    private readonly List<Entry[]?> _chunks = [];
    private readonly Dictionary<uint, ulong[]> _recipients = [];
    private readonly List<MessageTemplate> _templates = [];
    private readonly Dictionary<MessageTemplate, ushort> _numbers = [];
    private readonly List<string> _examples = [];
    private readonly int _mostRecipients;
    private uint _next;
    private long _outstanding;

    /// <summary>Opens the account of a run.</summary>
    /// <param name="run">Its number.</param>
    /// <param name="mostRecipients">Recipients of each message.</param>
    /// <param name="knowsSource">False in a sink that stands alone: then the first line of a message is the only witness of what was sent.</param>
    /// <param name="comparesBody">True when relays may change the header.</param>
    public Ledger(uint run, int mostRecipients, bool knowsSource, bool comparesBody = false)
    {
        ComparesBody = comparesBody;
        Run = run;
        _mostRecipients = mostRecipients;
        KnowsSource = knowsSource;
    }

    /// <summary>The run's number.</summary>
    public uint Run { get; }

    /// <summary>Whether only the body must arrive as it was.</summary>
    public bool ComparesBody { get; }

    /// <summary>Whether the source reports to this ledger.</summary>
    public bool KnowsSource { get; }

    /// <summary>Clean messages accepted and not complete at the sink.</summary>
    public long Outstanding
    {
        get
        {
            lock (_gate)
            {
                return _outstanding;
            }
        }
    }

    /// <summary>How many numbers are used: one more than the highest.</summary>
    public long Numbers
    {
        get
        {
            lock (_gate)
            {
                return _next;
            }
        }
    }

    /// <summary>Enters a message that is about to be sent; returns its number.</summary>
    public uint Begin(MessageTemplate template)
    {
        lock (_gate)
        {
            if (!_numbers.TryGetValue(template, out ushort number))
            {
                _numbers[template] = number = checked((ushort)_templates.Count);
                _templates.Add(template);
            }

            ref Entry entry = ref At(_next);
            entry.State = State.Sent | (template.IsHostile ? State.Hostile : State.None);
            entry.Template = number;
            return _next++;
        }
    }

    /// <summary>Enters how the transaction ended, for so many recipients.</summary>
    public void Settle(uint sequence, Settlement settlement, int recipients)
    {
        lock (_gate)
        {
            ref Entry entry = ref At(sequence);
            entry.State |= (State)settlement;
            entry.Expected = (ushort)recipients;
            if (settlement == Settlement.Accepted)
            {
                if (entry.Arrived >= recipients)
                {
                    entry.State |= State.Complete;
                }
                else if ((entry.State & State.Hostile) == State.None)
                {
                    _outstanding++;
                }
            }
        }
    }

    /// <summary>Enters an arrival.</summary>
    /// <param name="arrival">The message.</param>
    /// <param name="recipients">The numbers of the recipients it came for.</param>
    public ArrivalKind Arrive(in Arrival arrival, ReadOnlySpan<int> recipients)
    {
        lock (_gate)
        {
            ref Entry entry = ref At(arrival.Id.Sequence);
            if (!KnowsSource)
            {
                entry.State |= State.Sent | (arrival.Id.IsHostile ? State.Hostile : State.None);
                _next = Math.Max(_next, arrival.Id.Sequence + 1);
            }

            bool wasComplete = (entry.State & State.Complete) != State.None;
            bool wasThere = Mark(ref entry, arrival.Id.Sequence, recipients);
            if (wasThere)
            {
                Note(ref entry, State.Duplicated, $"message {arrival.Id} arrived twice");
            }

            if (!IsIntact(entry, arrival))
            {
                Note(ref entry, State.Altered, $"message {arrival.Id} arrived altered ({arrival.Octets} octets)");
            }

            if (wasThere || wasComplete)
            {
                return ArrivalKind.Duplicate;
            }

            int expected = (entry.State & State.Accepted) != State.None ? entry.Expected : _mostRecipients;
            if (entry.Arrived < expected)
            {
                return ArrivalKind.Partial;
            }

            entry.State |= State.Complete;
            if ((entry.State & (State.Accepted | State.Hostile)) == State.Accepted)
            {
                _outstanding--;
            }

            return ArrivalKind.Complete;
        }
    }

    /// <summary>Adds it all up.</summary>
    public LoadAccount Close(bool hasSink)
    {
        lock (_gate)
        {
            ClassAccount clean = new();
            ClassAccount hostile = new();
            List<string> examples = [.. _examples];
            for (uint number = 0; number < _next; number++)
            {
                Entry entry = At(number);
                bool isHostile = (entry.State & State.Hostile) != State.None;
                (isHostile ? hostile : clean).Add(entry.State, entry.Arrived > 0, hasSink);
                if (hasSink && !isHostile && (entry.State & (State.Accepted | State.Complete)) == State.Accepted && examples.Count < ExamplesKept * 2)
                {
                    examples.Add($"message {Run:x8}-{number:x8} was accepted and did not arrive");
                }
            }

            return new LoadAccount { Clean = clean, Hostile = hostile, Examples = examples };
        }
    }

    private bool IsIntact(Entry entry, in Arrival arrival)
    {
        LoadId id = arrival.Id;
        bool asStated = arrival.AreMarksIntact && arrival.Hash == id.Hash && arrival.Octets == id.Octets;
        if (!KnowsSource)
        {
            return asStated;
        }

        MessageTemplate? template = (entry.State & State.Sent) != State.None ? _templates[entry.Template] : null;
        return asStated && template is not null && template.Expected(ComparesBody) == (arrival.Hash, arrival.Octets);
    }

    // True when one of the recipients has it already.
    private bool Mark(ref Entry entry, uint sequence, ReadOnlySpan<int> recipients)
    {
        if (_mostRecipients == 1)
        {
            bool again = entry.Arrived > 0;
            entry.Arrived = 1;
            return again;
        }

        if (!_recipients.TryGetValue(sequence, out ulong[]? bits))
        {
            _recipients[sequence] = bits = new ulong[(_mostRecipients + 63) / 64];
        }

        bool doubled = false;
        foreach (int recipient in recipients)
        {
            if ((uint)recipient >= (uint)_mostRecipients)
            {
                continue;
            }

            ulong bit = 1UL << (recipient & 63);
            doubled |= (bits[recipient >> 6] & bit) != 0;
            entry.Arrived += (ushort)((bits[recipient >> 6] & bit) == 0 ? 1 : 0);
            bits[recipient >> 6] |= bit;
        }

        return doubled;
    }

    private void Note(ref Entry entry, State state, string example)
    {
        entry.State |= state;
        if (_examples.Count < ExamplesKept)
        {
            _examples.Add(example);
        }
    }

    private ref Entry At(uint sequence)
    {
        int chunk = (int)(sequence / ChunkEntries);
        while (_chunks.Count <= chunk)
        {
            _chunks.Add(null);
        }

        return ref (_chunks[chunk] ??= new Entry[ChunkEntries])[sequence % ChunkEntries];
    }

    private struct Entry
    {
        public State State;
        public ushort Template;
        public ushort Expected;
        public ushort Arrived;
    }
}
