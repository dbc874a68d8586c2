using System.Globalization;
using System.Text;
using Gateway.Logging;

namespace Gateway.Commands;

/// <summary>Where the text of a column stands in it.</summary>
internal enum ColumnAlignment
{
    /// <summary>Words.</summary>
    Left,

    /// <summary>Numbers.</summary>
    Right,
}

/// <summary>One column of a table.</summary>
/// <param name="Title">The word at its head.</param>
/// <param name="Alignment">Where its text stands.</param>
/// <param name="Widest">Cells of the terminal beyond which text is cut and ends in <c>…</c>; 0 for no bound.</param>
internal readonly record struct TextColumn(string Title, ColumnAlignment Alignment = ColumnAlignment.Left, int Widest = 0)
{
    /// <summary>A plain column.</summary>
    public static implicit operator TextColumn(string title) => new(title);
}

/// <summary>Lines up what a command prints, as wide as its widest entry.</summary>
/// <remarks>
/// Promises: what peers chose (subjects, addresses, file names) cannot drive the terminal or turn the line round: unsafe characters are
/// shown. Threads: one.
/// </remarks>
internal sealed class TextTable(params TextColumn[] columns)
{
    private const string Gap = "  ";

    private readonly List<(string Text, int Width)[]> _rows = [];

    /// <summary>Rows so far.</summary>
    public int Count => _rows.Count;

    /// <summary>Adds a row: one text for each column.</summary>
    public void Add(params ReadOnlySpan<string?> cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, columns.Length);
        (string Text, int Width)[] row = new (string, int)[cells.Length];
        for (int i = 0; i < row.Length; i++)
        {
            string text = Cut(VisibleText.Escape(cells[i] ?? ""), columns[i].Widest);
            row[i] = (text, DisplayWidth.Of(text));
        }

        _rows.Add(row);
    }

    /// <summary>Writes the head and all rows; no line ends in blanks.</summary>
    public void Write(TextWriter output, bool withTitles = true)
    {
        int[] widths = columns
            .Select((column, i) => Math.Max(withTitles ? column.Title.Length : 0, _rows.Select(row => row[i].Width).DefaultIfEmpty().Max()))
            .ToArray();
        StringBuilder line = new();
        if (withTitles)
        {
            WriteRow(output, line, columns.Select(column => (column.Title, column.Title.Length)).ToArray(), widths);
        }

        foreach ((string Text, int Width)[] row in _rows)
        {
            WriteRow(output, line, row, widths);
        }
    }

    private void WriteRow(TextWriter output, StringBuilder line, (string Text, int Width)[] row, int[] widths)
    {
        line.Clear();
        for (int i = 0; i < row.Length; i++)
        {
            line.Append(i == 0 ? "" : Gap);
            int blanks = widths[i] - row[i].Width;
            bool isRight = columns[i].Alignment == ColumnAlignment.Right;
            line.Append(' ', isRight ? blanks : 0).Append(row[i].Text).Append(' ', isRight ? 0 : blanks);
        }

        output.Write(line.ToString().TrimEnd(' '));
        output.Write('\n');
    }

    private static string Cut(string text, int widest)
    {
        if (widest <= 0 || DisplayWidth.Of(text) <= widest)
        {
            return text;
        }

        int width = 0;
        int length = 0;
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext() && (width += DisplayWidth.Of(elements.GetTextElement())) < widest)
        {
            length = elements.ElementIndex + elements.GetTextElement().Length;
        }

        return text[..length] + "…";
    }
}
