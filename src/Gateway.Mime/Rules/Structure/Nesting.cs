using Gateway.Mime.Structure;

namespace Gateway.Mime.Rules.Structure;

/// <summary>How deep and how many; and multiparts that never begin or never end.</summary>
/// <remarks>
/// A message that is quarantined for its depth or its parts is not read on: nothing that comes can set it free, and each further
/// level and part costs what a flood of such messages wants to be paid.
/// </remarks>
internal sealed class Nesting : RuleFamily
{
    // Below this no policy asks for evidence, so no path is made up for it.
    private const int Deep = 4;

    private int _deepest;
    private long _deepestAt;
    private int _deepestLine;
    private string _deepestPath = string.Empty;
    private bool _beyondReader;
    private long _lastPart;

    public override RuleMoments Moments => RuleMoments.Begin | RuleMoments.PartBegin | RuleMoments.PartEnd | RuleMoments.End;

    public override void Begin(Inspection inspection)
    {
        _deepest = Deep;
        _beyondReader = false;
        _lastPart = 0;
    }

    public override void PartBegin(Inspection inspection, PartNode part)
    {
        _lastPart = part.Begin;
        int depth = inspection.Open.Length;
        if (part.Kind == PartKind.Leaf)
        {
            // Beyond its own limit the reader takes a multipart or a message for a leaf: the level is there all the same.
            _beyondReader |= depth > HardenedOptions.MaxMimeDepth
                && (part.ContentType.IsMimeType("multipart", "*") || part.ContentType.IsMimeType("message", "rfc822"));
            depth = _beyondReader ? depth : depth - 1;
        }

        if (depth > _deepest)
        {
            (_deepest, _deepestAt, _deepestLine, _deepestPath) = (depth, part.Begin, part.BeginLine, inspection.CurrentPath());
            if (inspection.Holds(RuleCode.MimeDepthExceeded, depth, _beyondReader))
            {
                MeasureDepth(inspection);
                inspection.Stop();
            }
        }

        if (!inspection.Stopped && inspection.Holds(RuleCode.PartCountExceeded, inspection.PartCount, hard: false))
        {
            MeasureParts(inspection);
            inspection.Stop();
        }
    }

    public override void PartEnd(Inspection inspection, PartNode part, long end)
    {
        if (part.Kind != PartKind.Multipart || string.IsNullOrEmpty(part.Boundary))
        {
            return;
        }

        if (!part.SawDelimiter)
        {
            inspection.Report(
                RuleCode.BoundaryNotFound, RuleAction.Quarantine, part.TypeOffset, part.TypeLength, "the declared boundary never appears", part.TypeLine);
        }
        else if (!part.SawClose)
        {
            inspection.Report(
                RuleCode.MissingCloseDelimiter, RuleAction.Tag, part.TypeOffset, part.TypeLength, "the multipart has no close delimiter", part.TypeLine);
        }
    }

    public override void End(Inspection inspection)
    {
        MeasureParts(inspection);
        if (_deepest > Deep)
        {
            MeasureDepth(inspection);
        }
    }

    private void MeasureParts(Inspection inspection) =>
        inspection.Measure(RuleCode.PartCountExceeded, inspection.PartCount, hard: false, _lastPart, 0, line: 0, string.Empty);

    private void MeasureDepth(Inspection inspection) =>
        inspection.Measure(RuleCode.MimeDepthExceeded, _deepest, _beyondReader, _deepestAt, 0, _deepestLine, _deepestPath);
}
