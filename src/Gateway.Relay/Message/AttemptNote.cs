using System.Text.Json.Serialization;
using Gateway.Smtp.Client;

namespace Gateway.Relay.Message;

/// <summary>What happened in one attempt that failed, and what happened to other messages at the same host meanwhile.</summary>
/// <remarks>Kept with the message, also over restarts: it is the only thing that blame is judged by.</remarks>
public sealed record AttemptNote
{
    /// <summary>When it began.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The destination it was for.</summary>
    public string Route { get; init; } = string.Empty;

    /// <summary>The host and its address.</summary>
    public string Host { get; init; } = string.Empty;

    /// <summary>True when it travelled in the lane of suspects.</summary>
    public bool Suspect { get; init; }

    /// <summary>The step it ended in.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<DeliveryStep>))]
    public DeliveryStep Step { get; init; }

    /// <summary>How it ended.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<DeliveryOutcome>))]
    public DeliveryOutcome Outcome { get; init; }

    /// <summary>What the host said, or what we say when it said nothing; safe to show.</summary>
    public string Reply { get; init; } = string.Empty;

    /// <summary>The steps with their times, for people.</summary>
    public string Steps { get; init; } = string.Empty;

    /// <summary>From MAIL to its end.</summary>
    public double Seconds { get; init; }

    /// <summary>The reply gives a reason that is not the content: a mailbox, a policy, a full disk.</summary>
    public bool NamesCause { get; init; }

    /// <summary>The end of data was answered later than a transaction with the host may take before it counts as hanging.</summary>
    public bool IsLate { get; init; }

    /// <summary>It began so soon after the attempt before that both may have met the same trouble of the host.</summary>
    public bool AtOnce { get; init; }

    /// <summary>Messages that passed at the host from the attempt before (or the begin of this one) to the next.</summary>
    public long Passed { get; init; }

    /// <summary>Other messages that failed there behind their end of data in the same time.</summary>
    public long Failed { get; init; }

    /// <summary>Other connections that the host closed within a second of this one.</summary>
    public int Dropped { get; init; }
}
