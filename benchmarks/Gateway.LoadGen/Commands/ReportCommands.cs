using System.CommandLine;
using System.Text.Json;
using Gateway.LoadGen.Report;

namespace Gateway.LoadGen.Commands;

/// <summary><c>compare</c>, <c>page</c> and <c>plot</c>: what is made of reports afterwards.</summary>
internal static class ReportCommands
{
    /// <summary>Several runs side by side.</summary>
    public static Command Compare()
    {
        Argument<string[]> files = new("files") { Description = "Reports in JSON; those with the same label are runs of the same system", Arity = ArgumentArity.OneOrMore };
        Command command = new("compare", "Compare runs: medians, spread, ratios; a Markdown table.") { files };
        command.SetAction(async (parsed, ct) => await Console.Out.WriteAsync(Comparison.Write([.. parsed.GetValue(files)!.Select(Read)]).AsMemory(), ct));
        return command;
    }

    /// <summary>The page of a run that is stored.</summary>
    public static Command Page()
    {
        Argument<string> file = new("file") { Description = "A report in JSON" };
        Option<string> to = new("--out", "-o") { Description = "The page", HelpName = "FILE", Required = true };
        Command command = new("page", "Make the page with plots from a stored report.") { file, to };
        command.SetAction((parsed, ct) => File.WriteAllTextAsync(parsed.GetValue(to)!, HtmlReport.Write(Read(parsed.GetValue(file)!)), ct));
        return command;
    }

    /// <summary>A chart from a table.</summary>
    public static Command Plot()
    {
        Argument<string> file = new("file") { Description = "A CSV file; its first line names the columns" };
        Option<string> x = new("--x") { Description = "The column across", Required = true };
        Option<string[]> y = new("--y") { Description = "The columns drawn", Required = true, AllowMultipleArgumentsPerToken = true };
        Option<string> title = new("--title") { Description = "The title", DefaultValueFactory = _ => string.Empty };
        Option<bool> logX = new("--log-x") { Description = "A logarithmic axis across" };
        Option<bool> logY = new("--log-y") { Description = "A logarithmic axis up" };
        Option<string> to = new("--out", "-o") { Description = "The SVG file", HelpName = "FILE", Required = true };
        Command command = new("plot", "Draw columns of a CSV file as an SVG chart.") { file, x, y, title, logX, logY, to };
        command.SetAction(async (parsed, ct) => await File.WriteAllTextAsync(
            parsed.GetValue(to)!,
            CsvPlot.Write(await File.ReadAllTextAsync(parsed.GetValue(file)!, ct), parsed.GetValue(title)!, parsed.GetValue(x)!, parsed.GetValue(y)!, parsed.GetValue(logX), parsed.GetValue(logY)),
            ct));
        return command;
    }

    private static RunReport Read(string path)
    {
        try
        {
            return RunReport.Read(path);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw new FormatException($"{path}: {e.Message}", e);
        }
    }
}
