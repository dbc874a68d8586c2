using Gateway.TestKit;

namespace Gateway.Relay.Tests.Delivery.Failures;

/// <summary>How the connection stands on which a failure comes.</summary>
public enum CellMode
{
    /// <summary>New, the host pipelines.</summary>
    Fresh,

    /// <summary>New, the host does not pipeline.</summary>
    Stepwise,

    /// <summary>It carried a message before.</summary>
    Used,

    /// <summary>It carried a message before, and the host does not pipeline.</summary>
    UsedStepwise,

    /// <summary>In clear because STARTTLS was refused.</summary>
    InClear,
}

/// <summary>One failure at one step in one mode, and what has to come of it.</summary>
/// <param name="Number">Names the route.</param>
/// <param name="Mode">How the connection stands.</param>
/// <param name="Step">Where the host does it.</param>
/// <param name="Does">What it does: a reply, or <c>drop</c>.</param>
/// <param name="Expected">H the next host, S another connection, M waits, B bounces, D at once with the next host behind a drop.</param>
internal sealed record FailureCell(int Number, CellMode Mode, SmtpStep Step, string Does, char Expected)
{
    private static readonly SmtpStep[] Steps = [SmtpStep.Mail, SmtpStep.Rcpt, SmtpStep.Data, SmtpStep.FinalDot];

    /// <summary>Written by hand, not made from the code: one letter for MAIL, RCPT, DATA and the end of data; on a new, a used and a clear connection.</summary>
    private static readonly (string Does, string Fresh, string Used, string InClear)[] Rows =
    [
        ("421 4.3.2 going down", "HHHH", "SSSH", "HHHH"),
        ("421 bye", "HHHH", "SSSH", "HHHH"),
        ("421 4.7.0 try again later", "HHHH", "SSSH", "HHHH"),
        ("451 4.3.0 trouble", "HHHM", "HHHM", "HHHM"),
        ("452 4.3.1 disk full", "HHHM", "HHHM", "HHHM"),
        ("450 4.3.2 going down", "HHHM", "HHHM", "HHHM"),
        ("451 4.3.5 configuration error", "HHHM", "HHHM", "HHHM"),
        ("452 4.3.4 too big for now", "MMMM", "MMMM", "MMMM"),
        ("452 no room", "HMHM", "HMHM", "HMHM"),
        ("452 4.5.3 too many recipients", "MMMM", "MMMM", "MMMM"),
        ("452 4.5.0 too many messages in this session", "MMMM", "SMMM", "MMMM"),
        ("451 local error", "MMMM", "MMMM", "MMMM"),
        ("450 4.2.1 busy", "MMMM", "MMMM", "MMMM"),
        ("450 4.7.1 greylisted", "MMMM", "MMMM", "MMMM"),
        ("451 4.4.0 DNS fails", "MMMM", "MMMM", "MMMM"),
        ("450 4.1.8 domain not found", "MMMM", "MMMM", "MMMM"),
        ("503 5.5.1 nested MAIL command", "BBBB", "SBBB", "BBBB"),
        ("503 send HELO first", "BBBB", "SBBB", "BBBB"),
        ("530 5.7.0 Must issue a STARTTLS command first", "BBBB", "SBBB", "HHHB"),
        ("550 5.7.10 encryption needed", "BBBB", "SBBB", "HHHB"),
        ("538 5.7.11 encryption required", "BBBB", "SBBB", "HHHB"),
        ("554 5.7.0 too many messages in this session", "BBBB", "SBBB", "HHHB"),
        ("550 5.7.1 not from you", "BBBB", "SBBB", "BBBB"),
        ("550 5.1.8 no such domain", "BBBB", "BBBB", "BBBB"),
        ("550 5.1.1 no such user", "BBBB", "BBBB", "BBBB"),
        ("552 5.3.4 too big", "BBBB", "BBBB", "BBBB"),
        ("554 no", "BBBB", "SBBB", "BBBB"),
        ("drop", "HHHD", "SSSD", "HHHD"),
        ("SSH-2.0-OpenSSH_9.2", "HHHM", "SSSM", "HHHM"),
    ];

    private static readonly string[] BeforeMail = ["421 4.3.2 full", "450 4.7.1 not now", "554 5.7.1 blocked", "521 no mail here", "drop", "SSH-2.0-OpenSSH_9.2"];

    private static readonly string[] AtReset =
        ["503 5.5.2 Need mail command", "502 5.5.1 not implemented", "500 what", "421 4.3.2 closing", "451 4.3.0 try later", "drop", "SSH-2.0-OpenSSH_9.2"];

    /// <summary>The recipient's domain, and the name of the route.</summary>
    public string Domain => $"c{Number}.test";

    public bool IsUsed => Mode is CellMode.Used or CellMode.UsedStepwise;

    public bool Pipelines => Mode is not (CellMode.Stepwise or CellMode.UsedStepwise);

    public SmtpAction Action => Does == "drop" ? SmtpAction.Drop : SmtpAction.Reply(Does);

    public override string ToString() => $"{Mode}, {Step}: {Does}";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<FailureCell> All()
    {
        List<FailureCell> cells = [];
        foreach (CellMode mode in Enum.GetValues<CellMode>())
        {
            foreach ((string does, string fresh, string used, string inClear) in Rows)
            {
                string letters = mode switch
                {
                    CellMode.Used or CellMode.UsedStepwise => used,
                    CellMode.InClear => inClear,
                    _ => fresh,
                };
                cells.AddRange(Steps.Select((step, i) => new FailureCell(0, mode, step, does, letters[i])));
            }
        }

        foreach (string does in BeforeMail)
        {
            cells.Add(new FailureCell(0, CellMode.Fresh, SmtpStep.Connect, does, 'H'));
            cells.Add(new FailureCell(0, CellMode.Fresh, SmtpStep.Ehlo, does, 'H'));
        }

        foreach (string does in AtReset)
        {
            cells.Add(new FailureCell(0, CellMode.Used, SmtpStep.Rset, does, 'S'));
            cells.Add(new FailureCell(0, CellMode.UsedStepwise, SmtpStep.Rset, does, 'S'));
        }

        return [.. cells.Select(static (cell, i) => cell with { Number = i })];
    }
}
