using Gateway.Relay.Message;

namespace Gateway.Relay.Delivery;

/// <summary>Which queued messages are meant; every part that is given must fit.</summary>
public sealed record QueueFilter
{
    /// <summary>One message.</summary>
    public MessageId? Id { get; init; }

    /// <summary>The route that still has recipients: the domain it is for, or <c>default</c>.</summary>
    public string? Route { get; init; }

    /// <summary>The state.</summary>
    public RelayState? State { get; init; }

    /// <summary>Received longer ago than this.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>A part of the last answer, of the reason it is on hold for, or of what its line waits for, in any case.</summary>
    public string? Reason { get; init; }

    /// <summary>The sender's whole address, or <c>@domain</c>, in any case; <c>&lt;&gt;</c> for the null sender.</summary>
    public string? Sender { get; init; }

    /// <summary>The whole address of a recipient still to be served, or <c>@domain</c>, in any case.</summary>
    public string? Recipient { get; init; }

    /// <summary>True when nothing is asked for: all messages fit.</summary>
    public bool IsAll => this == new QueueFilter();

    /// <inheritdoc/>
    public override string ToString()
    {
        (string Name, object? Value)[] parts =
        [
            ("id", Id), ("route", Route), ("state", State), ("older than", OlderThan), ("reason", Reason), ("from", Sender), ("to", Recipient),
        ];
        string text = string.Join(", ", parts.Where(p => p.Value is not null).Select(p => $"{p.Name} {p.Value}"));
        return text.Length == 0 ? "all" : text;
    }
}
