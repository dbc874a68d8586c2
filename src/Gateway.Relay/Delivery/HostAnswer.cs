using Gateway.Smtp.Client;
using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Delivery;

/// <summary>What an attempt came to for one recipient, with the report of the host that said so.</summary>
internal readonly record struct HostAnswer(RecipientOutcome Outcome, DeliveryReport Report)
{
    /// <summary>True when the host took it.</summary>
    public bool IsDelivered => Outcome.Outcome == DeliveryOutcome.Delivered;

    /// <summary>True when it was too many for the transaction, and has its turn in the next one.</summary>
    public bool IsSurplus => Outcome.IsSurplus;

    /// <summary>True when it failed because the content has more than 7 bits (RFC 6152), or is binary (RFC 3030).</summary>
    public bool LacksEightBit => Outcome is { Outcome: DeliveryOutcome.CapabilityMissing, Status: { Subject: 6, Detail: 3 } };

    /// <summary>True when it failed and that says nothing about the message: another host may take it, and it never bounces.</summary>
    public bool IsOfHost => !IsDelivered && !IsSurplus && Report.ScopeOf(Outcome) is FailureScope.Host or FailureScope.Session;

    /// <summary>True when trying again cannot help.</summary>
    public bool IsFinal => Outcome.Outcome.IsPermanent() && !IsOfHost;

    /// <summary>What the host said, or what we say when it said nothing; not escaped.</summary>
    public string Text => DeliveryText.Answer(Outcome, Report);

    /// <summary>The status code for the log: a 5xx that returns nothing is shown as the 4xx it amounts to, as Postfix does.</summary>
    public EnhancedCode StatusOf(DeliveryStatus status) => status switch
    {
        DeliveryStatus.Expired => new EnhancedCode(4, 4, 7),
        DeliveryStatus.Deferred when Outcome.Status.Class == 5 => Outcome.Status with { Class = 4 },
        _ => Outcome.Status,
    };
}
