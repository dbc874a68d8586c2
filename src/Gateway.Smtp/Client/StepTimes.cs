namespace Gateway.Smtp.Client;

/// <summary>When an attempt entered each step behind MAIL, from its first octet: the clock faces of a transcript.</summary>
/// <remarks>A step that was not reached is zero. Cost: four numbers in the report, nothing else.</remarks>
/// <param name="Recipient">MAIL was answered.</param>
/// <param name="Data">The recipients were answered.</param>
/// <param name="Body">DATA was answered.</param>
/// <param name="FinalDot">The block with the terminator was about to be written.</param>
public readonly record struct StepTimes(TimeSpan Recipient, TimeSpan Data, TimeSpan Body, TimeSpan FinalDot)
{
    /// <summary>The same times with one step entered now.</summary>
    internal StepTimes Enter(DeliveryStep step, TimeSpan now) => step switch
    {
        DeliveryStep.Recipient => this with { Recipient = now },
        DeliveryStep.Data => this with { Data = now },
        DeliveryStep.Body => this with { Body = now },
        DeliveryStep.FinalDot => this with { FinalDot = now },
        _ => this,
    };
}
