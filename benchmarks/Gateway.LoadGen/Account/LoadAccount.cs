using System.Text.Json.Serialization;

namespace Gateway.LoadGen.Account;

/// <summary>What is known about one message.</summary>
[Flags]
internal enum State : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Sent, or begun to be.</summary>
    Sent = 128,

    /// <inheritdoc cref="Settlement.Accepted"/>
    Accepted = Settlement.Accepted,

    /// <inheritdoc cref="Settlement.Refused"/>
    Refused = Settlement.Refused,

    /// <inheritdoc cref="Settlement.Unanswered"/>
    Unanswered = Settlement.Unanswered,

    /// <summary>Arrived for all recipients.</summary>
    Complete = 8,

    /// <summary>Arrived with other content.</summary>
    Altered = 16,

    /// <summary>Arrived more than once.</summary>
    Duplicated = 32,

    /// <summary>Meant to do harm.</summary>
    Hostile = 64,
}

/// <summary>What became of all messages of one class.</summary>
internal sealed record ClassAccount
{
    /// <summary>Begun by the source.</summary>
    public long Sent { get; set; }

    /// <summary>Answered with 250 behind the content.</summary>
    public long Accepted { get; set; }

    /// <summary>Answered with 4xx or 5xx.</summary>
    public long Refused { get; set; }

    /// <summary>The connection ended, or the run, before there was an answer.</summary>
    public long Unanswered { get; set; }

    /// <summary>Arrived at the sink, each counted once.</summary>
    public long Delivered { get; set; }

    /// <summary>Accepted and not arrived, or not for all recipients.</summary>
    public long Missing { get; set; }

    /// <summary>Arrived more than once.</summary>
    public long Duplicated { get; set; }

    /// <summary>Arrived with other content.</summary>
    public long Altered { get; set; }

    /// <summary>Refused, and arrived all the same.</summary>
    public long RefusedButDelivered { get; set; }

    /// <summary>Unanswered, and arrived.</summary>
    public long UnansweredButDelivered { get; set; }

    /// <summary>Adds a message.</summary>
    public void Add(State state, bool arrived, bool hasSink)
    {
        bool Has(State some) => (state & some) != State.None;
        Sent += Has(State.Sent) ? 1 : 0;
        Accepted += Has(State.Accepted) ? 1 : 0;
        Refused += Has(State.Refused) ? 1 : 0;
        Unanswered += Has(State.Sent) && !Has(State.Accepted | State.Refused) ? 1 : 0;
        Delivered += arrived ? 1 : 0;
        Missing += hasSink && Has(State.Accepted) && !Has(State.Complete) ? 1 : 0;
        Duplicated += Has(State.Duplicated) ? 1 : 0;
        Altered += Has(State.Altered) ? 1 : 0;
        RefusedButDelivered += arrived && Has(State.Refused) ? 1 : 0;
        UnansweredButDelivered += arrived && Has(State.Unanswered) ? 1 : 0;
    }
}

/// <summary>What became of every message of a run.</summary>
internal sealed record LoadAccount
{
    /// <summary>Clean mail: whatever is missing of it is lost.</summary>
    public ClassAccount Clean { get; init; } = new();

    /// <summary>Hostile mail: whatever is missing of it was held back, as it should be.</summary>
    public ClassAccount Hostile { get; init; } = new();

    /// <summary>A few messages that something was wrong with.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>Accepted clean messages that did not arrive.</summary>
    [JsonIgnore]
    public long Lost => Clean.Missing;

    /// <summary>Messages that arrived more than once, or though they were refused: their sender will send them again.</summary>
    [JsonIgnore]
    public long Duplicated => Clean.Duplicated + Hostile.Duplicated + Clean.RefusedButDelivered + Hostile.RefusedButDelivered;

    /// <summary>Messages that arrived with other content.</summary>
    [JsonIgnore]
    public long Altered => Clean.Altered + Hostile.Altered;

    /// <summary>What is wrong, in words; empty when nothing is.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Faults
    {
        get
        {
            List<string> faults = [];
            void Say(long count, string what)
            {
                if (count > 0)
                {
                    faults.Add($"{count} messages {what}");
                }
            }

            Say(Lost, "were accepted and did not arrive (LOST, if the target does not hold them)");
            Say(Clean.Duplicated + Hostile.Duplicated, "arrived more than once (DUPLICATED)");
            Say(Clean.RefusedButDelivered + Hostile.RefusedButDelivered, "were refused and arrived all the same (their sender sends them again: DUPLICATED)");
            Say(Altered, "arrived with other content (ALTERED)");
            return faults;
        }
    }
}
