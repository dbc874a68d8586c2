using Gateway.Mime.Fields;
using Gateway.Mime.Structure;

namespace Gateway.Mime;

/// <summary>The moments of an inspection that a family of rules may ask for.</summary>
[Flags]
internal enum RuleMoments
{
    None = 0,
    Wire = 1,
    Block = 2,
    PartBegin = 4,
    Content = 8,
    PartEnd = 16,
    Outside = 32,
    DashLine = 64,
    End = 128,
    Begin = 256,
}

/// <summary>A family of rules that share what they look at: one small class under <c>Rules/</c>.</summary>
/// <remarks>
/// Promises to a family: moments come in the order of the octets, except dash lines, which may come up to one read ahead.
/// Asked of a family: no exception, no work beyond linear in what it is given, state that outlives a part cleared in <see cref="Begin"/>.
/// Threads: one inspection at a time. Cost: a family is called only for the moments it names.
/// </remarks>
internal abstract class RuleFamily
{
    /// <summary>The moments this family is called for.</summary>
    public abstract RuleMoments Moments { get; }

    /// <summary>A message begins: forget the one before.</summary>
    public virtual void Begin(Inspection inspection)
    {
    }

    /// <summary>The facts of the wire are known; nothing is parsed yet.</summary>
    public virtual void Wire(Inspection inspection, WireFacts facts)
    {
    }

    /// <summary>A header block is complete; the part it describes has not begun.</summary>
    public virtual void Block(Inspection inspection, HeaderBlock block)
    {
    }

    /// <summary>A part begins; its header block is still at hand.</summary>
    public virtual void PartBegin(Inspection inspection, PartNode part)
    {
    }

    /// <summary>Octets of a leaf's body as they stand on the wire, still encoded.</summary>
    public virtual void Content(Inspection inspection, PartNode leaf, ReadOnlySpan<byte> octets, long offset)
    {
    }

    /// <summary>A part is over. For a leaf <paramref name="end"/> is the end of its body without the line end before the delimiter.</summary>
    public virtual void PartEnd(Inspection inspection, PartNode part, long end)
    {
    }

    /// <summary>Octets before the first or behind the last part of a multipart; empty octets end the region.</summary>
    public virtual void Outside(Inspection inspection, PartNode multipart, ReadOnlySpan<byte> octets, long offset)
    {
    }

    /// <summary>A line that starts with two hyphens and is no delimiter of an open multipart.</summary>
    public virtual void DashLine(Inspection inspection, in DashLine line)
    {
    }

    /// <summary>The message is over.</summary>
    public virtual void End(Inspection inspection)
    {
    }
}
