namespace Gateway.Configuration;

/// <summary>Which source gave a value, and where in it.</summary>
/// <param name="Layer">The order of the source; a greater one wins.</param>
/// <param name="Name">What to call it: a file, an environment variable, the command line.</param>
/// <param name="Line">The line in the file, from 1; 0 where there are no lines.</param>
internal sealed record SettingOrigin(SettingLayer Layer, string Name, int Line = 0)
{
    /// <inheritdoc/>
    public override string ToString() => Line > 0 ? $"{Name}:{Line.ToString(System.Globalization.CultureInfo.InvariantCulture)}" : Name;
}

/// <summary>The sources, weakest first.</summary>
internal enum SettingLayer
{
    /// <summary>gateway.json, or the file that was named.</summary>
    File,

    /// <summary>Variables that begin with <c>Gateway__</c>.</summary>
    Environment,

    /// <summary>Arguments that begin with <c>--Gateway:</c>.</summary>
    CommandLine,
}

/// <summary>All sources laid over each other: texts by key, each with its origin.</summary>
/// <remarks>
/// As in Microsoft.Extensions.Configuration keys know no letter case and a later source overlays an earlier one key by key, lists
/// entry by entry. Other than there a single value replaces a whole list or section of an earlier source and the other way
/// round, so that one variable can replace a list; and every value knows its line, which that library cannot tell.
/// </remarks>
internal sealed class SettingTree
{
    private readonly Dictionary<string, SettingTree> _children = new(StringComparer.OrdinalIgnoreCase);
    private SettingLayer _valueLayer;

    /// <summary>The last name of the key as the source wrote it.</summary>
    public string Name { get; private init; } = "";

    /// <summary>The text, if the key has one.</summary>
    public string? Value { get; private set; }

    /// <summary>Where the key was last mentioned.</summary>
    public SettingOrigin? Origin { get; private set; }

    /// <summary>The keys below.</summary>
    public IReadOnlyCollection<SettingTree> Children => _children.Values;

    /// <summary>The child of a name; null when there is none.</summary>
    public SettingTree? Find(string name) => _children.GetValueOrDefault(name);

    /// <summary>The child of a name, made if need be for a source that mentions it.</summary>
    public SettingTree Section(string name, SettingOrigin origin)
    {
        if (Value is not null && _valueLayer < origin.Layer)
        {
            Value = null;
        }

        if (!_children.TryGetValue(name, out SettingTree? child))
        {
            child = new SettingTree { Name = name };
            _children.Add(name, child);
        }

        child.Origin = origin;
        return child;
    }

    /// <summary>Gives the key its text.</summary>
    /// <returns>Whether the same source has not given it one before.</returns>
    public bool Set(string value, SettingOrigin origin)
    {
        bool first = Value is null || _valueLayer != origin.Layer;
        if (_children.Values.All(child => child.Origin!.Layer < origin.Layer))
        {
            _children.Clear();
        }

        Value = value;
        Origin = origin;
        _valueLayer = origin.Layer;
        return first;
    }
}
