namespace Gateway.Mime;

/// <summary>What the inspector must know about a message besides its bytes.</summary>
public readonly record struct InspectionContext
{
    private readonly RulePolicy? _policy;
    private readonly IReadOnlyList<ExternalFinding>? _external;
    private readonly string? _hostName;

    /// <summary>True for <c>MAIL FROM:&lt;&gt;</c>: rules marked so only tag bounces.</summary>
    public bool NullSender { get; init; }

    /// <summary>
    /// True for content declared <c>BODY=BINARYMIME</c>, which comes by BDAT and leaves by BDAT only: behind the header NUL is no
    /// finding (RFC 3030 section 3). A bare CR or LF still is.
    /// </summary>
    public bool Binary { get; init; }

    /// <summary>True for a message declared <c>SMTPUTF8</c>: well-formed UTF-8 in header fields is no finding (RFC 6532).</summary>
    public bool Utf8 { get; init; }

    /// <summary>The policy snapshot to judge by; <see cref="RulePolicy.Default"/> when not set.</summary>
    public RulePolicy Policy { get => _policy ?? RulePolicy.Default; init => _policy = value; }

    /// <summary>Findings that others made about this message; they are judged by the same policy.</summary>
    public IReadOnlyList<ExternalFinding> External { get => _external ?? []; init => _external = value; }

    /// <summary>The name of this host, which no one else may write authentication results under; empty when it is not known.</summary>
    public string HostName { get => _hostName ?? string.Empty; init => _hostName = value; }
}
