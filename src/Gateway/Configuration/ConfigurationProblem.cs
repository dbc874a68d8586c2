using System.Text;

namespace Gateway.Configuration;

/// <summary>One thing that is wrong, or odd, in the configuration.</summary>
/// <param name="Key">The whole key, such as <c>Gateway:Limits:MessageBytes</c>; the file's name when it is about the file.</param>
/// <param name="Message">What is wrong and what would be right.</param>
internal sealed record ConfigurationProblem(string Key, string Message)
{
    /// <summary>The text that was given; null when it is not about a value.</summary>
    public string? Value { get; init; }

    /// <summary>Where it was given; null when it is about something that was not given.</summary>
    public SettingOrigin? Origin { get; init; }

    /// <summary>Whether the gateway starts nevertheless.</summary>
    public bool IsWarning { get; init; }

    /// <summary>The problem as one line, where it is first; whether it is a warning is said by who prints it.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        if (Origin is not null)
        {
            text.Append(Origin).Append(": ");
        }

        text.Append(Key);
        if (Value is not null)
        {
            text.Append(" = \"").Append(Value).Append('"');
        }

        return text.Append(": ").Append(Message).ToString();
    }
}
