namespace Gateway.Configuration;

/// <summary>Makes a property of an options class a key of the configuration, with all that its reference says about it.</summary>
/// <remarks>
/// The text here is the only description of a setting: docs/configuration.md and <c>gateway config show</c> are made from it. The default
/// is the value the property is initialised with, so that it cannot be described wrongly.
/// </remarks>
/// <param name="text">What the setting is for: one or two sentences, with what it interacts with.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SettingAttribute(string text) : Attribute
{
    /// <summary>What the setting is for.</summary>
    public string Text { get; } = text;

    /// <summary>The smallest value allowed, as it would be written; null for none.</summary>
    public string? Minimum { get; init; }

    /// <summary>The largest value allowed, as it would be written; null for none.</summary>
    public string? Maximum { get; init; }

    /// <summary>The default in words, where it depends on the machine.</summary>
    public string? DefaultText { get; init; }

    /// <summary>Whether the empty text is a value too: it switches off what the setting is for.</summary>
    public bool MayBeEmpty { get; init; }

    /// <summary>Whether it is the path of a file that a start or a connection reads, and <c>config check</c> like them.</summary>
    public bool IsFile { get; init; }

    /// <summary>Whether it is read once, at a start, so that a reload names it and does not take it; for a section, all of its keys.</summary>
    public bool Restart { get; init; }

    /// <summary>Whether an entry of a list must have it.</summary>
    public bool Required { get; init; }
}
