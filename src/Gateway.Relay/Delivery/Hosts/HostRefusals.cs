namespace Gateway.Relay.Delivery.Hosts;

/// <summary>How often the hosts refused one parcel for a trouble that they call their own, and what passed there since.</summary>
/// <remarks>
/// A host whose disk is full refuses everybody; one that says so to a single message, while others pass, means that message. Also where
/// nothing else comes along no message holds up its line for long. Made at the first refusal. Threads: the worker that has the parcel.
/// </remarks>
internal sealed class HostRefusals
{
    /// <summary>Refusals of one host without a word of other mail after which the message waits on its own schedule: 2 minutes of probes.</summary>
    private const int Most = 5;

    private readonly List<HostMark> _marks = new(1);
    private int _count;

    /// <summary>True when the last refusal is to be put down to the message after all.</summary>
    public bool IsOwn { get; private set; }

    /// <summary>Notes a refusal.</summary>
    /// <param name="now">What passed at the host so far.</param>
    /// <param name="served">Other recipients of the message were served in the same transaction.</param>
    public void Note(HostMark now, bool served)
    {
        int known = _marks.FindIndex(m => m.Host == now.Host);
        bool passed = known >= 0 && now.Passes > _marks[known].Passes;
        if (known < 0)
        {
            _marks.Add(now);
        }
        else
        {
            _marks[known] = now;
        }

        IsOwn = served || passed || ++_count > Most * _marks.Count;
    }
}
