using System.Net;
using System.Text;

namespace Gateway.TestKit;

/// <summary>A conversation written down in a <c>*.smtp</c> file: what the client sends and what the server must answer.</summary>
/// <remarks>
/// One instruction per line of the file; the file's own line ends (LF or CRLF) do not matter.
/// <code>
/// # comment; empty lines are passed over
/// S: 220 * ESMTP*          one reply line the server must send; * stands for any characters, a closing ... too
/// C: EHLO client.test      a line to send; CRLF is added
/// S~ 250                   one whole reply, any number of lines, whose last line starts like this (* allowed)
/// C! .\r\n\x00             octets to send in one segment, escapes \r \n \t \0 \\ \xHH, nothing added
/// S!                       the server must hang up, saying nothing more
/// T! gate.test             both hold a TLS handshake, the client asks for this name
/// N: too_large             what the server notes of the session, as its log has it; nothing is sent
/// </code>
/// Consecutive <c>C:</c> lines are sent one by one without waiting: pipelining is written by writing it.
/// <c>{name}</c> is replaced by a variable before anything else.
/// </remarks>
public sealed class GoldenConversation
{
    private readonly (string Kind, string Text, int Line)[] _steps;

    private GoldenConversation(string name, (string, string, int)[] steps, string notes)
    {
        Name = name;
        _steps = steps;
        Notes = notes;
    }

    /// <summary>The file name, for messages.</summary>
    public string Name { get; }

    /// <summary>What the server must note of the session; <c>none</c> where the file does not say.</summary>
    /// <remarks>For whoever holds the conversation to compare: the notes are in the server's log and not in what it says.</remarks>
    public string Notes { get; }

    /// <summary>The instructions: the kind (<c>C:</c>, <c>S~</c> ...) and the text behind it as written.</summary>
    public IEnumerable<(string Kind, string Text)> Steps => _steps.Select(static step => (step.Kind, step.Text));

    /// <summary>Reads a file.</summary>
    public static GoldenConversation Load(string path) =>
        Parse(Path.GetFileName(path), File.ReadAllText(path, Encoding.Latin1));

    /// <summary>Reads text in the same form.</summary>
    /// <exception cref="FormatException">A line is no instruction; the message names it.</exception>
    public static GoldenConversation Parse(string name, string text)
    {
        List<(string, string, int)> steps = [];
        string notes = "none";
        int number = 0;
        foreach (string raw in text.Split('\n'))
        {
            number++;
            string line = raw.TrimEnd('\r');
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            string kind = line.Length >= 2 ? line[..2] : line;
            if (kind is not ("C:" or "S:" or "S~" or "C!" or "S!" or "T!" or "N:") || (line.Length > 2 && line[2] != ' '))
            {
                throw new FormatException($"{name}:{number}: '{line}' starts with none of 'C: ', 'S: ', 'S~ ', 'C! ', 'S!', 'T! ', 'N: ', '# '.");
            }

            if (kind == "N:")
            {
                notes = line[3..];
                continue;
            }

            steps.Add((kind, line.Length > 3 ? line[3..] : string.Empty, number));
        }

        return new GoldenConversation(name, [.. steps], notes);
    }

    /// <summary>Holds the conversation with a server.</summary>
    /// <param name="server">Where to connect.</param>
    /// <param name="variables">What <c>{name}</c> stands for; null for none.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <exception cref="ConversationMismatchException">The server did not answer as written; the message shows where.</exception>
    public async Task RunAsync(IPEndPoint server, IReadOnlyDictionary<string, string>? variables, CancellationToken ct)
    {
        await using ScriptedSmtpClient client = await ScriptedSmtpClient.ConnectAsync(server, ct);
        await RunAsync(client, variables, ct);
    }

    /// <summary>Holds the conversation over a connection that is open already.</summary>
    public async Task RunAsync(ScriptedSmtpClient client, IReadOnlyDictionary<string, string>? variables, CancellationToken ct)
    {
        StringBuilder said = new();
        foreach ((string kind, string written, int line) in _steps)
        {
            string text = Substitute(written, variables);
            string? got;
            switch (kind)
            {
                case "C:":
                    await client.SendLineAsync(text, ct);
                    break;
                case "C!":
                    await client.SendAsync(Unescape(text), ct);
                    break;
                case "T!":
                    await client.SecureAsync(text, ct);
                    break;
                case "S:":
                    got = await ReadAsync(client.ReadLineAsync(ct));
                    Require(got is not null && Matches(text, got), line, kind, text, got, said);
                    break;
                case "S~":
                    got = await ReadAsync(client.ReadReplyAsync(ct));
                    Require(got is not null && Matches(text + "*", got.Split('\n')[^1]), line, kind, text, got, said);
                    break;
                default:
                    got = await ReadAsync(client.ReadLineAsync(ct));
                    Require(got is null, line, kind, "(the server hangs up)", got, said);
                    break;
            }

            said.Append("   ").Append(kind).Append(' ').AppendLine(text);
        }
    }

    /// <summary>True when the text fits the pattern: <c>*</c>, and <c>...</c> at its end, stand for any characters.</summary>
    public static bool Matches(string pattern, string text)
    {
        string[] parts = (pattern.EndsWith("...", StringComparison.Ordinal) ? pattern[..^3] + "*" : pattern).Split('*');
        if (parts.Length == 1)
        {
            return string.Equals(parts[0], text, StringComparison.Ordinal);
        }

        if (text.Length < parts[0].Length + parts[^1].Length
            || !text.StartsWith(parts[0], StringComparison.Ordinal) || !text.EndsWith(parts[^1], StringComparison.Ordinal))
        {
            return false;
        }

        int at = parts[0].Length;
        int end = text.Length - parts[^1].Length;
        foreach (string part in parts[1..^1])
        {
            int found = text.IndexOf(part, at, end - at, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at = found + part.Length;
        }

        return true;
    }

    private static async Task<string?> ReadAsync(Task<string?> read)
    {
        try
        {
            return await read;
        }
        catch (TimeoutException e)
        {
            return "(" + e.Message + ")";
        }
    }

    private void Require(bool holds, int line, string kind, string expected, string? got, StringBuilder said)
    {
        if (!holds)
        {
            throw new ConversationMismatchException(
                $"{Name}:{line}: the server did not answer as written.{Environment.NewLine}{said}"
                + $" - {kind} {expected}{Environment.NewLine}"
                + $" + {kind} {got?.Replace("\n", Environment.NewLine + "      ", StringComparison.Ordinal) ?? "(the server hung up)"}");
        }
    }

    private static string Substitute(string text, IReadOnlyDictionary<string, string>? variables)
    {
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            text = text.Replace("{" + name + "}", value, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>The octets that the text of a <c>C!</c> stands for, one character each.</summary>
    public static string Unescape(string text)
    {
        StringBuilder octets = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                octets.Append(text[i]);
                continue;
            }

            char escape = text[++i];
            switch (escape)
            {
                case 'r':
                    octets.Append('\r');
                    break;
                case 'n':
                    octets.Append('\n');
                    break;
                case 't':
                    octets.Append('\t');
                    break;
                case '0':
                    octets.Append('\0');
                    break;
                case 'x' when i + 2 < text.Length:
                    octets.Append((char)Convert.ToByte(text.Substring(i + 1, 2), 16));
                    i += 2;
                    break;
                default:
                    octets.Append(escape);
                    break;
            }
        }

        return octets.ToString();
    }
}

/// <summary>A server answered other than a <see cref="GoldenConversation"/> says; the message shows the conversation so far.</summary>
/// <param name="message">The conversation so far, then the expected line with <c>-</c> and the real one with <c>+</c>.</param>
public sealed class ConversationMismatchException(string message) : Exception(message);
