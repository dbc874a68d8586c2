using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Gateway.Lab.Judging;

/// <summary>What one parser read in all messages: the file its adapter wrote, one JSON object a line.</summary>
/// <param name="Parser">The name of the file without its ending.</param>
/// <param name="Readings">By message number.</param>
internal sealed record AdapterOutput(string Parser, IReadOnlyDictionary<int, Reading> Readings)
{
    /// <summary>Every <c>*.jsonl</c> of a folder, by name.</summary>
    public static IReadOnlyList<AdapterOutput> ReadAll(string folder) =>
        [.. Directory.GetFiles(folder, "*.jsonl").Order(StringComparer.Ordinal).Select(Read)];

    private static AdapterOutput Read(string file)
    {
        Dictionary<int, Reading> readings = [];
        foreach (string line in File.ReadLines(file))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            int number = int.Parse(document.RootElement.GetProperty("id").GetString()!, CultureInfo.InvariantCulture);
            readings[number] = Of(document.RootElement);
        }

        return new AdapterOutput(Path.GetFileNameWithoutExtension(file), readings);
    }

    private static Reading Of(JsonElement line)
    {
        bool refused = line.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.String;
        List<string> contents = [];
        List<string> names = [];
        if (line.TryGetProperty("parts", out JsonElement parts) && parts.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement part in parts.EnumerateArray())
            {
                byte[] data = Canonical(part.GetProperty("data").GetBytesFromBase64());
                if (data.Length > 0)
                {
                    contents.Add(Convert.ToHexStringLower(SHA256.HashData(data))[..16]);
                }

                names.AddRange(part.GetProperty("names").EnumerateArray().Select(name => name.GetString() ?? string.Empty));
            }
        }

        return new Reading(refused, Digest(contents.Distinct(StringComparer.Ordinal)), NameEndingSet.Of(names), Authors(line));
    }

    /// <summary>The set of addresses without case and blanks; what has no at sign is nobody. Null when the parser reads no From, or refused it.</summary>
    private static string? Authors(JsonElement line)
    {
        if (!line.TryGetProperty("from", out JsonElement from) || from.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        IEnumerable<string> authors = from.EnumerateArray()
            .Select(author => string.Concat((author.GetString() ?? string.Empty).Where(letter => !char.IsWhiteSpace(letter))).ToLowerInvariant())
            .Where(author => author.Contains('@', StringComparison.Ordinal));
        return string.Join(' ', authors.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    /// <summary>CRLF and CR as LF, without line ends at either end: what is no content to any reader makes no difference.</summary>
    private static byte[] Canonical(byte[] data)
    {
        ArrayBufferWriter<byte> clean = new(data.Length + 1);
        for (int i = 0; i < data.Length; i++)
        {
            bool pair = data[i] == (byte)'\r' && i + 1 < data.Length && data[i + 1] == (byte)'\n';
            if (!pair)
            {
                clean.Write([data[i] == (byte)'\r' ? (byte)'\n' : data[i]]);
            }
        }

        return clean.WrittenSpan.Trim((byte)'\n').ToArray();
    }

    private static string Digest(IEnumerable<string> texts) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', texts.Order(StringComparer.Ordinal)))))[..8];
}
