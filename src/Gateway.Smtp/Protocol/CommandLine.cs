namespace Gateway.Smtp.Protocol;

/// <summary>One command line, split into its verb and its argument.</summary>
/// <remarks>
/// Cost: no allocation; the spans point into the line.
/// Source: RFC 5321 section 4.1.1: keyword, then a space and arguments; white space before CRLF is tolerated.
/// </remarks>
public readonly ref struct CommandLine
{
    private CommandLine(SmtpVerb verb, ReadOnlySpan<byte> argument)
    {
        Verb = verb;
        Argument = argument;
    }

    /// <summary>The command.</summary>
    public SmtpVerb Verb { get; }

    /// <summary>What follows the keyword, without surrounding spaces.</summary>
    public ReadOnlySpan<byte> Argument { get; }

    /// <summary>Splits a line given without its CRLF.</summary>
    /// <returns>False when the line holds a control character: no command may, and what carries one is an injection or noise.</returns>
    public static bool TryParse(ReadOnlySpan<byte> line, out CommandLine command)
    {
        if (line.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0 || line.Contains((byte)0x7F))
        {
            // TAB is a control character too: RFC 5321 separates by SP only.
            command = default;
            return false;
        }

        line = line.TrimEnd((byte)' ');
        int space = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> keyword = space < 0 ? line : line[..space];
        ReadOnlySpan<byte> argument = space < 0 ? default : line[space..].TrimStart((byte)' ');
        command = new CommandLine(CommandTable.Find(keyword), argument);
        return true;
    }
}
