namespace Gateway.TestKit;

/// <summary>What a <see cref="ScriptedSmtpServer"/> does at a step instead of the usual.</summary>
/// <remarks>Actions combine: <c>SmtpAction.Reply("421 4.3.2 bye").Then(SmtpAction.Drop)</c>.</remarks>
public sealed class SmtpAction
{
    private SmtpAction(ActionKind kind) => Kind = kind;

    internal enum ActionKind
    {
        Usual,
        Reply,
        Hang,
        Drop,
        Reset,
        Wait,
        ReadBody,
    }

    /// <summary>Say nothing and read nothing more until the client hangs up or the server is disposed.</summary>
    public static SmtpAction Hang { get; } = new(ActionKind.Hang);

    /// <summary>Close the connection in the orderly way (FIN).</summary>
    public static SmtpAction Drop { get; } = new(ActionKind.Drop);

    /// <summary>Close the connection hard (RST): what was sent and not yet read may be lost.</summary>
    public static SmtpAction Reset { get; } = new(ActionKind.Reset);

    /// <summary>What the server does without a rule; useful behind <see cref="Wait(Task)"/>.</summary>
    public static SmtpAction Usual { get; } = new(ActionKind.Usual);

    internal ActionKind Kind { get; }

    internal byte[] Octets { get; private init; } = [];

    internal Func<Task> Gate { get; private init; } = static () => Task.CompletedTask;

    internal long BodyOctets { get; private init; }

    internal SmtpAction? Next { get; private init; }

    /// <summary>Say this reply; LF separates lines, CRLF is added to each. Codes are written by the caller (<c>250-a\n250 b</c>).</summary>
    public static SmtpAction Reply(string reply) =>
        Raw(System.Text.Encoding.Latin1.GetBytes(reply.Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n"));

    /// <summary>Say exactly these octets.</summary>
    public static SmtpAction Raw(byte[] octets) => new(ActionKind.Reply) { Octets = octets };

    /// <summary>Do nothing until the task ends; a failed or cancelled task counts as ended.</summary>
    public static SmtpAction Wait(Task gate) => new(ActionKind.Wait) { Gate = () => gate };

    /// <summary>Do nothing for a time of the wall clock.</summary>
    public static SmtpAction Delay(TimeSpan time) => new(ActionKind.Wait) { Gate = () => Task.Delay(time) };

    /// <summary>At <see cref="SmtpStep.Body"/>: read this many octets of content before going on to the next action.</summary>
    public static SmtpAction ReadBody(long octets) => new(ActionKind.ReadBody) { BodyOctets = octets };

    /// <summary>This action, and another one behind it.</summary>
    public SmtpAction Then(SmtpAction next) => new(Kind)
    {
        Octets = Octets,
        Gate = Gate,
        BodyOctets = BodyOctets,
        Next = Next is null ? next : Next.Then(next),
    };
}
