namespace Gateway.LoadGen.Report;

/// <summary>A run as one page.</summary>
internal static class HtmlReport
{
    public static string Write(RunReport report) => report.Label;
}
