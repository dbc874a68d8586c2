using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gateway.Configuration;

/// <summary>Reads a configuration file into the tree, with the line of every value.</summary>
/// <remarks>
/// Promises: comments and trailing commas are allowed; null means not set; a name with colons in it stands for the sections it
/// names. Fails: a syntax error is one problem with file, line and column, and nothing of the file counts.
/// </remarks>
internal ref struct JsonSettings
{
    private const int DeepestNesting = 32;

    private readonly ReadOnlySpan<byte> _json;
    private readonly string _file;
    private readonly List<ConfigurationProblem> _problems;
    private Utf8JsonReader _reader;
    private int _line = 1;
    private int _counted;

    private JsonSettings(ReadOnlySpan<byte> json, string file, List<ConfigurationProblem> problems)
    {
        _json = json;
        _file = file;
        _problems = problems;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions
        {
            AllowTrailingCommas = true,
            CommentHandling = JsonCommentHandling.Skip,
            MaxDepth = DeepestNesting,
        });
    }

    /// <summary>Reads a whole file; an empty tree if it is not JSON.</summary>
    public static SettingTree Read(ReadOnlySpan<byte> json, string file, List<ConfigurationProblem> problems)
    {
        SettingTree root = new();
        ReadOnlySpan<byte> text = json.StartsWith("\uFEFF"u8) ? json[3..] : json;
        JsonSettings settings = new(text, file, problems);
        try
        {
            settings.ReadRoot(root);
            return root;
        }
        catch (JsonException problem)
        {
            string where = string.Create(
                CultureInfo.InvariantCulture, $"line {(problem.LineNumber ?? 0) + 1}, column {(problem.BytePositionInLine ?? 0) + 1}");
            // The reader ends its text with the position, counted from 0; people count from 1.
            string message = problem.Message;
            int position = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            problems.Add(new ConfigurationProblem(file, $"{where}: not JSON: {(position < 0 ? message : message[..position])}"));
            return new SettingTree();
        }
    }

    private void ReadRoot(SettingTree root)
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            _problems.Add(new ConfigurationProblem(_file, "expected an object { \"Gateway\": { … } }") { Origin = Here() });
            return;
        }

        ReadObject(root, "");
        _reader.Read();
    }

    private void ReadObject(SettingTree section, string path)
    {
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = _reader.GetString()!;
            SettingOrigin origin = Here();
            string childPath = Join(path, name);
            if (!seen.Add(name))
            {
                _problems.Add(new ConfigurationProblem(childPath, "given twice in the same section") { Origin = origin });
            }

            _reader.Read();
            ReadValue(section, name, childPath, origin);
        }
    }

    private void ReadValue(SettingTree section, string name, string path, SettingOrigin origin)
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        SettingTree key = section;
        foreach (string part in name.Split(':'))
        {
            key = key.Section(part, origin);
        }

        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                ReadObject(key, path);
                break;
            case JsonTokenType.StartArray:
                for (int i = 0; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; i++)
                {
                    string index = i.ToString(CultureInfo.InvariantCulture);
                    ReadValue(key, index, Join(path, index), Here());
                }

                break;
            case JsonTokenType.String:
                key.Set(_reader.GetString()!, origin);
                break;
            default:
                key.Set(Encoding.UTF8.GetString(_reader.ValueSpan), origin);
                break;
        }
    }

    private SettingOrigin Here()
    {
        int start = (int)_reader.TokenStartIndex;
        _line += _json[_counted..start].Count((byte)'\n');
        _counted = start;
        return new SettingOrigin(SettingLayer.File, _file, _line);
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : path + ":" + name;
}
