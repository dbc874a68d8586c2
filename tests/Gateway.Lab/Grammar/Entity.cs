using System.Text;

namespace Gateway.Lab.Grammar;

/// <summary>A MIME entity as octets will have it: every piece of syntax is text that a trick may replace. One char is one octet.</summary>
internal sealed class Entity
{
    private const string Crlf = "\r\n";

    /// <summary>Fields without their last line end; folds are inside.</summary>
    public List<string> Fields { get; } = [];

    /// <summary>What ends the header block: the empty line.</summary>
    public string Separator { get; set; } = Crlf;

    /// <summary>The encoded body of a leaf, without the line end before the next delimiter.</summary>
    public string Body { get; set; } = string.Empty;

    /// <summary>The boundary that delimiter lines are made of; null for what is no multipart.</summary>
    public string? Boundary { get; set; }

    /// <summary>Children of a multipart; the one child of an embedded message.</summary>
    public List<Entity> Parts { get; } = [];

    /// <summary>Text before the first delimiter, with its line end; empty for none.</summary>
    public string Preamble { get; set; } = string.Empty;

    /// <summary>Text behind the line of the close delimiter.</summary>
    public string Epilogue { get; set; } = string.Empty;

    /// <summary>Whole delimiter lines that differ from the usual, by the place of their part.</summary>
    public Dictionary<int, string> Delimiters { get; } = [];

    /// <summary>The line of the close delimiter; null for the usual one, empty for none.</summary>
    public string? Close { get; set; }

    public bool IsMultipart => Boundary is not null;

    public bool IsMessage => Boundary is null && Parts.Count > 0;

    public bool IsLeaf => Parts.Count == 0 && Boundary is null;

    /// <summary>The entity and all below it, outermost first.</summary>
    public IEnumerable<Entity> All()
    {
        yield return this;
        foreach (Entity part in Parts)
        {
            foreach (Entity below in part.All())
            {
                yield return below;
            }
        }
    }

    /// <summary>The place of a field; -1 when the entity has none of that name.</summary>
    public int Find(string name) => Fields.FindIndex(field => field.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));

    /// <summary>The value of a field as first written, without the blank behind the colon.</summary>
    public string? Value(string name)
    {
        int at = Find(name);
        return at < 0 ? null : Fields[at][(name.Length + 1)..].TrimStart(' ');
    }

    /// <summary>Writes a whole field in place of the one of that name, or adds it.</summary>
    public void Set(string name, string field)
    {
        int at = Find(name);
        if (at < 0)
        {
            Fields.Add(field);
        }
        else
        {
            Fields[at] = field;
        }
    }

    public void Write(StringBuilder text)
    {
        foreach (string field in Fields)
        {
            _ = text.Append(field).Append(Crlf);
        }

        _ = text.Append(Separator);
        if (Boundary is null)
        {
            _ = text.Append(Body);
            foreach (Entity part in Parts)
            {
                part.Write(text);
            }

            return;
        }

        _ = text.Append(Preamble);
        for (int i = 0; i < Parts.Count; i++)
        {
            _ = text.Append(Delimiters.GetValueOrDefault(i) ?? $"--{Boundary}").Append(Crlf);
            Parts[i].Write(text);
            _ = text.Append(Crlf);
        }

        if (Close is not { Length: 0 })
        {
            _ = text.Append(Close ?? $"--{Boundary}--").Append(Epilogue.Length > 0 ? Crlf : string.Empty);
        }

        _ = text.Append(Epilogue);
    }
}
