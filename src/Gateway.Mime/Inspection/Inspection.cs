using Gateway.Mime.Fields;
using Gateway.Mime.Structure;
using MimeKit;

namespace Gateway.Mime;

/// <summary>Everything about the message under inspection: its octets, where the reading stands, and what was found.</summary>
/// <remarks>The one thing rule families talk to. Reused from message to message; one at a time.</remarks>
internal sealed partial class Inspection
{
    private static readonly MessageBytes Nothing = MessageBytes.FromMemory(ReadOnlyMemory<byte>.Empty);

    private readonly FamilyLists _families;
    private readonly FindingLog _log = new();
    private readonly List<string> _exemptions = [];
    private RulePolicy _policy = RulePolicy.Default;
    private long _work;
    private long _workLimit;
    private byte[]? _subject;
    private byte[]? _from;
    private byte[]? _messageId;
    private readonly TimeProvider _time;

    public Inspection(InspectionLimits limits, TimeProvider time, RuleFamily[] families)
    {
        _families = new FamilyLists(families);
        Limits = limits;
        _time = time;
        Walk = new BoundaryWalk(this);
    }

    public InspectionLimits Limits { get; }

    public MessageBytes Content { get; private set; } = Nothing;

    public WireFacts Wire { get; private set; } = new();

    public bool NullSender { get; private set; }

    /// <summary>NUL is allowed behind the header.</summary>
    public bool Binary { get; private set; }

    /// <summary>UTF-8 in header fields was announced.</summary>
    public bool Utf8 { get; private set; }

    /// <summary>True once a header field with octets above 127 was seen.</summary>
    public bool EightBitHeader { get; set; }

    /// <summary>The clock by which a date lies in the future.</summary>
    public DateTimeOffset Now => _time.GetUtcNow();

    public BoundaryWalk Walk { get; }

    /// <summary>The header block read last; valid until the next one begins.</summary>
    public HeaderBlock Header { get; } = new();

    /// <summary>The name this host writes results under; empty when it is not known.</summary>
    public string HostName { get; private set; } = string.Empty;

    /// <summary>True once a bound was met: the parser is told that the message ended, and what it says then counts for nothing.</summary>
    public bool Stopped { get; private set; }

    public void Begin(MessageBytes content, WireFacts wire, in InspectionContext context)
    {
        Content = content;
        HostName = context.HostName;
        Wire = wire;
        NullSender = context.NullSender;
        Binary = context.Binary;
        Utf8 = context.Utf8;
        _policy = context.Policy;
        _exemptions.Clear();
        _work = 0;
        _workLimit = Limits.WorkUnits + (content.Length / 4);
        Stopped = false;
        EightBitHeader = false;
        _log.Begin(Limits);
        _subject = _from = _messageId = null;
        ResetParts();
        ResetDisagreement();
        foreach (RuleFamily family in For(RuleMoments.Begin))
        {
            family.Begin(this);
        }
    }

    /// <summary>The families that asked for a moment.</summary>
    public RuleFamily[] For(RuleMoments moment) => _families.For(moment);

    /// <summary>Reports evidence for a rule; policy decides what comes of it.</summary>
    /// <param name="code">The rule.</param>
    /// <param name="grade">What the catalogue does about this grade of it.</param>
    /// <param name="offset">Where the evidence starts; octets from the start of DATA.</param>
    /// <param name="length">Octets of evidence.</param>
    /// <param name="detail">What was seen; one line, no octets of the message.</param>
    /// <param name="line">The line of the offset if known; 0 to have it counted.</param>
    /// <param name="path">The part path; null for the current one.</param>
    /// <param name="readings">What two styles of reader see; null when the finding is about something else.</param>
    public void Report(
        RuleCode code, RuleAction grade, long offset, long length, string detail, int line = 0, string? path = null, IReadOnlyList<ReaderView>? readings = null) =>
        Report(code, grade, firm: false, offset, length, detail, line, path, readings);

    private void Report(
        RuleCode code, RuleAction grade, bool firm, long offset, long length, string detail, int line, string? path, IReadOnlyList<ReaderView>? readings = null)
    {
        Rule rule = RuleCatalogue.Get(code);
        RuleAction action = _policy.Resolve(rule, grade, NullSender, firm, out RuleExemption? exemption);
        if (exemption is not null && !_exemptions.Contains(exemption.Name))
        {
            _exemptions.Add(exemption.Name);
        }

        if (!_log.Count(rule, action))
        {
            return;
        }

        long start = Math.Clamp(offset, 0, Content.Length);
        int octets = (int)Math.Clamp(length, 0, Math.Min(Content.Length - start, int.MaxValue));
        _log.Keep(new Finding(
            code, action, start, octets, line > 0 ? line : LineOf(start), path ?? CurrentPath(), Excerpt(start, octets), detail)
        {
            Readings = readings ?? [],
        });
    }

    /// <summary>Reports a measured value if it is over a limit of its rule.</summary>
    /// <param name="code">A rule with thresholds.</param>
    /// <param name="value">What was measured, in the unit of the rule.</param>
    /// <param name="hard">True when a hard bound was met as well: then the finding is at least what the catalogue does by default.</param>
    /// <param name="offset">Where the evidence starts.</param>
    /// <param name="length">Octets of evidence.</param>
    /// <param name="line">The line of the offset if known; 0 to have it counted.</param>
    /// <param name="path">The part path; null for the current one.</param>
    public void Measure(RuleCode code, long value, bool hard, long offset, long length, int line = 0, string? path = null)
    {
        Rule rule = RuleCatalogue.Get(code);
        RuleAction grade = _policy.Grade(rule, value, hard);
        if (grade > RuleAction.Allow)
        {
            Report(code, grade, hard, offset, length, $"{value} {rule.Thresholds!.Unit}", line, path);
        }
    }

    /// <summary>True when a value like this holds or refuses the message, so that reading on changes nothing.</summary>
    public bool Holds(RuleCode code, long value, bool hard)
    {
        Rule rule = RuleCatalogue.Get(code);
        RuleAction grade = _policy.Grade(rule, value, hard);
        return grade >= RuleAction.Quarantine && _policy.Resolve(rule, grade, NullSender, hard, out _) >= RuleAction.Quarantine;
    }

    /// <summary>What policy does about a measured value; for rules that say more about it than <see cref="Measure"/> does.</summary>
    public RuleAction GradeOf(RuleCode code, long value) => _policy.Grade(RuleCatalogue.Get(code), value, hard: false);

    /// <summary>Spends units of work; stops the reading when the message has used up its budget.</summary>
    public void Spend(int units)
    {
        _work += units;
        if (_work > _workLimit && !Stopped)
        {
            Fault("more work than the message is worth");
        }
    }

    /// <summary>Units of work spent on this message; what tests on hostile shapes assert.</summary>
    public long WorkSpent => _work;

    /// <summary>Ends the reading with a finding of parser-fault at the place it has reached.</summary>
    public void Fault(string detail)
    {
        Stopped = true;
        Report(RuleCode.ParserFault, RuleAction.Quarantine, Math.Min(_reached, Content.Length), 0, detail);
    }

    /// <summary>Ends the reading because a finding names what reading on would not change: a hard bound, or what holds the message.</summary>
    public void Stop() => Stopped = true;

    /// <summary>The report of everything found.</summary>
    public InspectionReport Finish(bool complete, TimeSpan elapsed)
    {
        // An idle inspector must not keep the octets of its last message alive.
        Content = Nothing;
        return new InspectionReport(_log.Verdict, _log.ToArray(), _log.Suppressed)
        {
            PartCount = PartCount,
            MaxDepth = MaxDepth,
            HeaderBytes = Wire.HeaderEnd,
            RawSubject = _subject,
            RawFrom = _from,
            RawMessageId = _messageId,
            Complete = complete,
            EightBitHeader = EightBitHeader,
            Exemptions = _exemptions.Count == 0 ? [] : [.. _exemptions],
            Elapsed = elapsed,
        };
    }

    /// <summary>Keeps of the top header what lists show: who wrote what.</summary>
    public void Summarise(HeaderBlock block)
    {
        _subject = Value(HeaderId.Subject);
        _from = Value(HeaderId.From);
        _messageId = Value(HeaderId.MessageId);

        byte[]? Value(HeaderId id) => block.Find(id) is var at and >= 0 ? block.Fields[at].Value : null;
    }

    public void OnDashLine(in DashLine line)
    {
        foreach (RuleFamily family in For(RuleMoments.DashLine))
        {
            family.DashLine(this, line);
        }
    }

    private ReadOnlyMemory<byte> Excerpt(long offset, int length)
    {
        // Evidence of one or two octets says little by itself: show what follows it.
        const int AtLeast = 32;
        byte[] excerpt = new byte[(int)Math.Min(Math.Clamp(length, AtLeast, Finding.MaxExcerpt), Content.Length - offset)];
        int done = 0;
        while (done < excerpt.Length)
        {
            int read = Content.Read(offset + done, excerpt.AsSpan(done));
            if (read == 0)
            {
                return excerpt.AsMemory(0, done);
            }

            done += read;
        }

        return excerpt;
    }
}
