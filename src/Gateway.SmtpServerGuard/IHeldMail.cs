namespace Gateway.SmtpServerGuard;

/// <summary>A place for mail that a rule holds.</summary>
public interface IHeldMail
{
    /// <summary>Takes a message. The client gets its 250 only when this returns; an exception makes it 451.</summary>
    /// <param name="mail">The message; its octets are valid until the task completes.</param>
    /// <param name="ct">Never cancelled by a stop of the server.</param>
    Task HoldAsync(GuardedMail mail, CancellationToken ct);
}
