using System.Globalization;

namespace Gateway.LoadGen.Report;

/// <summary>Charts from a table in a file: columns by name, the first line names them.</summary>
internal static class CsvPlot
{
    /// <summary>Draws some columns over another.</summary>
    /// <exception cref="FormatException">A column is not there.</exception>
    public static string Write(string csv, string title, string x, IReadOnlyList<string> columns, bool logX, bool logY)
    {
        string[][] rows = [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(l => l.Split(','))];
        int Column(string name) => rows.Length > 0 && Array.IndexOf(rows[0], name) is >= 0 and int at ? at : throw new FormatException($"no column '{name}'");
        int across = Column(x);
        return new SvgChart
        {
            Title = title,
            XTitle = x,
            YTitle = columns.Count == 1 ? columns[0] : string.Empty,
            LogX = logX,
            LogY = logY,
            Series = [.. columns.Select(c => new SvgSeries(c, [.. rows.Skip(1).Select(r => (Number(r[across]), Number(r[Column(c)])))]))],
        }.Write();
    }

    private static double Number(string cell)
        => double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;
}
