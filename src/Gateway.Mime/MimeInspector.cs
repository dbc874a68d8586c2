using Gateway.Mime.Rules;

namespace Gateway.Mime;

/// <summary>Reads one whole message and reports what is malformed about it: one synchronous pass with MimeKit's reader.</summary>
/// <remarks>
/// Promises: the same octets, facts and context give the same findings (date-invalid looks at the clock as well); no octets make it throw, whatever they are: a failure of
/// the parser becomes a finding of <c>parser-fault</c>.
/// Fails: only with <see cref="OperationCanceledException"/>, and with the <see cref="IOException"/> that reading the content throws.
/// Threads: one inspection at a time; keep a few and reuse them.
/// Cost: linear in the message; memory does not depend on its size. Beyond MimeReader's own objects, one per header field, only
/// findings allocate.
/// </remarks>
public sealed class MimeInspector
{
    private readonly TimeProvider _time;
    private readonly Inspection _inspection;
    private readonly InspectionStream _stream;
    private readonly WireScanner _scanner;
    private readonly byte[] _scanBuffer = new byte[64 * 1024];
    private InspectionReader _reader;

    /// <summary>Makes an inspector with the default bounds and the system's clock.</summary>
    public MimeInspector()
        : this(TimeProvider.System, InspectionLimits.Default)
    {
    }

    /// <summary>Makes an inspector.</summary>
    public MimeInspector(TimeProvider time, InspectionLimits limits)
        : this(time, limits, RuleFamilies.Create())
    {
    }

    /// <summary>Makes an inspector that knows some families of rules only: what each of them costs is measured so.</summary>
    internal MimeInspector(TimeProvider time, InspectionLimits limits, RuleFamily[] families)
    {
        _time = time;
        _inspection = new Inspection(limits, time, families);
        _stream = InspectionStream.Over(_inspection, time);
        _reader = new InspectionReader(_inspection, _stream);
        _scanner = new WireScanner(limits);
    }

    /// <summary>Units of work spent on the last message; what tests on hostile shapes assert.</summary>
    internal long WorkSpent => _inspection.WorkSpent;

    /// <summary>Octets of the last message that MimeReader was given.</summary>
    internal long OctetsParsed => _stream.Position;

    /// <summary>Scans and inspects a message in one call; what <c>gateway check</c> uses.</summary>
    /// <param name="content">The message in wire form; read only, left open.</param>
    /// <param name="context">Sender, policy and findings of others.</param>
    /// <param name="cancellationToken">Looked at once for every 4 KiB.</param>
    public InspectionReport Inspect(MessageBytes content, in InspectionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        _scanner.Reset();
        for (long at = 0; at < content.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = content.Read(at, _scanBuffer);
            _scanner.Append(_scanBuffer.AsSpan(0, read));
            at += read;
        }

        return Inspect(content, _scanner.Complete(), context, cancellationToken);
    }

    /// <summary>Inspects a message whose octets a <see cref="WireScanner"/> has seen.</summary>
    /// <param name="content">The message; read only, left open.</param>
    /// <param name="wire">The facts the scanner established about exactly these octets.</param>
    /// <param name="context">Sender, policy and findings of others.</param>
    /// <param name="cancellationToken">Looked at once for every 4 KiB.</param>
    public InspectionReport Inspect(MessageBytes content, WireFacts wire, in InspectionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(wire);
        long started = _time.GetTimestamp();
        _inspection.Begin(content, wire, context);
        foreach (RuleFamily family in _inspection.For(RuleMoments.Wire))
        {
            family.Wire(_inspection, wire);
        }

        foreach (ExternalFinding external in context.External)
        {
            Rule rule = RuleCatalogue.Get(external.Rule);
            _inspection.Report(rule.Code, rule.Default, external.Offset, external.Length, external.Detail, line: 0, string.Empty);
        }

        // What is over a bound must not be seen by a parser; a header in UTF-16 has no field one could find.
        bool parse = !wire.OverHardLimit && content.Length > 0 && wire.ByteOrderMark != ByteOrderMark.Utf16;
        bool complete = parse && Parse(wire, started, cancellationToken);
        return _inspection.Finish(complete, _time.GetElapsedTime(started));
    }

    [CatchesAll("whatever stops our reading is a property of the message, which is what the finding says; cancellation and the disk go on")]
    private bool Parse(WireFacts wire, long started, CancellationToken cancellationToken)
    {
        // The reader refuses a message whose first line is no field, and knows only one form of mbox line. The wire rules have
        // reported such a line; reading on behind it finds what else is wrong and whom the message is from.
        bool skip = wire.FirstLine is FirstLine.MboxFrom or FirstLine.Continuation;
        long start = skip ? wire.FirstLineLength : 0;
        int line = skip ? 2 : 1;
        try
        {
            if (!TryRead(start, line, started, cancellationToken) && !skip)
            {
                _ = TryRead(wire.FirstLineLength, line + 1, started, cancellationToken);
                return false;
            }

            if (!_inspection.Stopped)
            {
                foreach (RuleFamily family in _inspection.For(RuleMoments.End))
                {
                    family.End(_inspection);
                }

                // Last, because a finding with a better name makes it a tag.
                _inspection.ReportDisagreement();
            }
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or IOException))
        {
            // Rule 1 of the catalogue: whatever stops our reading is a property of the message, not of this process.
            _inspection.Fault($"the reader failed: {fault.GetType().Name}");
        }

        // A reader that met a large field keeps its buffer for ever; one that failed is in an unknown state.
        if (_stream.SawLargeField || _inspection.Stopped)
        {
            _reader = new InspectionReader(_inspection, _stream);
        }

        return !_inspection.Stopped;
    }

    /// <summary>Reads from an offset; false when the first line there is no header field, which is reported.</summary>
    private bool TryRead(long start, int line, long started, CancellationToken cancellationToken)
    {
        // Also when nothing is left to read: what was seen of the message before must go.
        _stream.Begin(start, started);
        if (start >= _inspection.Content.Length)
        {
            return true;
        }

        try
        {
            _reader.Read(line, cancellationToken);
            return true;
        }
        catch (FormatException)
        {
            // The one exception MimeReader documents: the first line, or the last before the end of the message, is no field.
            long at = Math.Max(start, _stream.FieldBegin);
            _inspection.Report(
                RuleCode.NonHeaderLine, RuleAction.Quarantine, at, _inspection.LineLength(at), "line is neither a field nor a continuation", line: 0, string.Empty);
            _reader = new InspectionReader(_inspection, _stream);
            return at > start;
        }
    }
}
