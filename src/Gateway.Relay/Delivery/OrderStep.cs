namespace Gateway.Relay.Delivery;

/// <summary>What an order came to for one message.</summary>
/// <param name="Kind">Which of the four.</param>
/// <param name="Fault">Why it failed; else empty.</param>
internal readonly record struct OrderStep(OrderStepKind Kind, string Fault = "")
{
    /// <summary>It was carried out.</summary>
    public static OrderStep Done { get; } = new(OrderStepKind.Done);

    /// <summary>A worker had it, or a part of it.</summary>
    public static OrderStep UnderWay { get; } = new(OrderStepKind.UnderWay);

    /// <summary>It had left the queue, or was not in the state that was asked for any more.</summary>
    public static OrderStep Gone { get; } = new(OrderStepKind.Gone);

    /// <summary>It failed, and the message stays as it was.</summary>
    public static OrderStep Failure(string fault) => new(OrderStepKind.Failed, fault);
}

/// <summary>What an order can come to for one message.</summary>
internal enum OrderStepKind
{
    /// <summary>Carried out, on stable storage.</summary>
    Done,

    /// <summary>Left to end as it would.</summary>
    UnderWay,

    /// <summary>Not there any more.</summary>
    Gone,

    /// <summary>Not carried out.</summary>
    Failed,
}
