using System.Globalization;
using System.Net;
using System.Text;

namespace Gateway.LoadGen.Report;

/// <summary>A line of a chart.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Points">From left to right.</param>
internal sealed record SvgSeries(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A line chart as one SVG element, without script or style from elsewhere.</summary>
internal sealed record SvgChart
{
    private const double Width = 720;
    private const double Height = 320;
    private const double Left = 70;
    private const double Right = 16;
    private const double Top = 34;
    private const double Bottom = 48;
    private const int LegendStep = 16;

    private static readonly string[] s_colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#7f7f7f"];

    public required string Title { get; init; }

    public required string XTitle { get; init; }

    public required string YTitle { get; init; }

    public required IReadOnlyList<SvgSeries> Series { get; init; }

    public bool LogX { get; init; }

    public bool LogY { get; init; }

    /// <summary>Places and words on the horizontal axis; null: chosen.</summary>
    public IReadOnlyList<(double At, string Label)>? XTicks { get; init; }

    /// <summary>Draws it. Points that a logarithmic axis has no place for are left out.</summary>
    public string Write()
    {
        SvgSeries[] series = [.. Series.Select(s => s with { Points = [.. s.Points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y) && (!LogX || p.X > 0) && (!LogY || p.Y > 0))] })
            .Where(s => s.Points.Count > 0)];
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height + (series.Length * LegendStep)}\" font-family=\"sans-serif\" font-size=\"11\" role=\"img\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        Text(svg, Width / 2, 18, Title, "middle", "font-size=\"14\" font-weight=\"bold\"");
        if (series.Length == 0)
        {
            Text(svg, Width / 2, Height / 2, "no data", "middle");
            return svg.Append("</svg>\n").ToString();
        }

        Axis x = Axis.Over(series.SelectMany(s => s.Points).Select(p => p.X), LogX, Left, Width - Right, fromZero: false);
        Axis y = Axis.Over(series.SelectMany(s => s.Points).Select(p => p.Y), LogY, Height - Bottom, Top, fromZero: true);
        foreach ((double at, string label) in XTicks?.Where(t => t.At >= x.Least && t.At <= x.Most) ?? x.Ticks())
        {
            double place = x.Place(at);
            Line(svg, place, Top, place, Height - Bottom);
            Text(svg, place, Height - Bottom + 15, label, "middle");
        }

        foreach ((double at, string label) in y.Ticks())
        {
            double place = y.Place(at);
            Line(svg, Left, place, Width - Right, place);
            Text(svg, Left - 6, place + 4, label, "end");
        }

        Text(svg, (Left + Width - Right) / 2, Height - 12, XTitle, "middle");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"14\" y=\"{(Top + Height - Bottom) / 2}\" text-anchor=\"middle\" transform=\"rotate(-90 14 {(Top + Height - Bottom) / 2})\">{Escape(YTitle)}</text>\n");
        for (int i = 0; i < series.Length; i++)
        {
            string colour = s_colours[i % s_colours.Length];
            string points = string.Join(' ', series[i].Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{x.Place(p.X):0.#},{y.Place(p.Y):0.#}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\"{points}\"/>\n");
            foreach ((double px, double py) in series[i].Points.Count <= 40 ? series[i].Points : [])
            {
                svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x.Place(px):0.#}\" cy=\"{y.Place(py):0.#}\" r=\"2.5\" fill=\"{colour}\"/>\n");
            }

            double at = Height + (i * LegendStep);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{at - 4}\" width=\"18\" height=\"3\" fill=\"{colour}\"/>\n");
            Text(svg, Left + 24, at, series[i].Name, "start");
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Text of anybody, fit for a page.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(TextReport.Printable(text));

    private static void Line(StringBuilder svg, double x1, double y1, double x2, double y2)
        => svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" stroke=\"#ddd\"/>\n");

    private static void Text(StringBuilder svg, double x, double y, string text, string anchor, string more = "")
        => svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" {more}>{Escape(text)}</text>\n");

    /// <summary>A scale from values to places.</summary>
    private sealed record Axis(double Least, double Most, bool IsLog, double From, double To)
    {
        public static Axis Over(IEnumerable<double> values, bool isLog, double from, double to, bool fromZero)
        {
            double least = double.MaxValue;
            double most = double.MinValue;
            foreach (double value in values)
            {
                (least, most) = (Math.Min(least, value), Math.Max(most, value));
            }

            least = fromZero && !isLog ? Math.Min(0, least) : least;
            return new Axis(least, most > least ? most : least + Math.Max(1e-9, Math.Abs(least)), isLog, from, to);
        }

        public double Place(double value) => From + ((To - From) * (IsLog
            ? (Math.Log10(value) - Math.Log10(Least)) / (Math.Log10(Most) - Math.Log10(Least))
            : (value - Least) / (Most - Least)));

        public IEnumerable<(double At, string Label)> Ticks()
        {
            if (IsLog)
            {
                double[] within = Most / Least > 1000 ? [1] : [1, 2, 5];
                for (double power = Math.Pow(10, Math.Floor(Math.Log10(Least))); power <= Most; power *= 10)
                {
                    foreach (double at in within.Select(w => w * power).Where(a => a >= Least * 0.999 && a <= Most * 1.001))
                    {
                        yield return (at, Label(at));
                    }
                }

                yield break;
            }

            double raw = (Most - Least) / 6;
            double unit = Math.Pow(10, Math.Floor(Math.Log10(raw)));
            double step = unit * (raw / unit < 1.5 ? 1 : raw / unit < 3.5 ? 2 : raw / unit < 7.5 ? 5 : 10);
            for (double at = Math.Ceiling(Least / step) * step; at <= Most * 1.0001; at += step)
            {
                yield return (at, Label(at));
            }
        }

        private static string Label(double value) => Math.Abs(value) switch
        {
            >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.##}M"),
            >= 1e4 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0.##}k"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{value:0.####}"),
        };
    }
}
