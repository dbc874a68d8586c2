namespace Gateway.Mime;

/// <summary>Hard bounds of one inspection. Nothing beyond them is handed to a MIME parser, whatever the policy says.</summary>
/// <remarks>
/// They lie above the thresholds of the rules, so that a message that meets one is quarantined by a rule with a name. Raising a
/// rule's threshold above a hard bound does not raise the bound: the finding then carries the rule's default action.
/// </remarks>
public sealed class InspectionLimits
{
    /// <summary>The bounds used everywhere but in tests.</summary>
    public static InspectionLimits Default { get; } = new();

    /// <summary>Octets of one header block, top level or part. Default 256 KiB.</summary>
    public int HeaderBlockBytes { get; init; } = 256 * 1024;

    /// <summary>Octets of one header field with its folds. Default 128 KiB; MimeReader's cost per field is quadratic in it.</summary>
    public int HeaderFieldBytes { get; init; } = 128 * 1024;

    /// <summary>Fields of one header block. Default 5,000.</summary>
    public int HeaderFields { get; init; } = 5_000;

    /// <summary>Octets of one line without its end. Default 1 MiB.</summary>
    public int LineBytes { get; init; } = 1024 * 1024;

    /// <summary>Parts, composite or leaf. Default 10,000.</summary>
    public int Parts { get; init; } = 10_000;

    /// <summary>
    /// Units of work: one for each header field, part and candidate delimiter per open boundary. Default 4 million, and one
    /// more for each four octets of the message. A message that needs more becomes a finding of <c>parser-fault</c>.
    /// </summary>
    public long WorkUnits { get; init; } = 4_000_000;

    /// <summary>
    /// Lines. Default 1 million, and one more for each sixteen octets of the message: no honest message comes near, and each line costs MimeReader
    /// as much as twenty octets do. Of a message with more only the first 64 KiB are read, and it becomes a finding of <c>parser-fault</c>.
    /// </summary>
    public int Lines { get; init; } = 1_000_000;

    /// <summary>
    /// Octets one inspection may allocate, garbage included, and eight more for each octet of the message, before it becomes a finding
    /// of <c>parser-fault</c>. Default 256 MiB; mail as it comes takes less than one for each octet.
    /// </summary>
    public long AllocatedBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Time one inspection may take before it becomes a finding of <c>parser-fault</c>. Default 20 seconds.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Findings kept for one message; the rest is counted. Default 100.</summary>
    public int Findings { get; init; } = 100;

    /// <summary>Findings kept for one rule; the rest is counted. Default 5.</summary>
    public int FindingsPerRule { get; init; } = 5;
}
