using System.Collections.Frozen;
using Gateway.Relay.Telemetry;

namespace Gateway.Configuration;

/// <summary>A closed set of words: the names of some members of an enumeration, in lower case.</summary>
/// <remarks>
/// Promises: only a whole name is understood, in any case. A number is none, and neither are two names with a comma between them: .NET's own
/// parser joins the numbers of both by OR, which is a third member as often as not.
/// Threads: immutable.
/// </remarks>
/// <typeparam name="T">The enumeration.</typeparam>
internal sealed class ClosedSet<T>
    where T : struct, Enum
{
    private readonly string _what;
    private readonly IReadOnlyList<string> _names;
    private readonly FrozenDictionary<string, T> _members;

    /// <summary>Makes a set.</summary>
    /// <param name="what">What a member is called in a refusal, such as <c>state</c>.</param>
    /// <param name="members">The members that count; all of the enumeration when none is given.</param>
    public ClosedSet(string what, params IReadOnlyList<T> members)
    {
        _what = what;
        IReadOnlyList<T> all = members.Count > 0 ? members : Enum.GetValues<T>();
        _names = [.. all.Select(NameOf)];
        _members = all.ToFrozenDictionary(NameOf, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The names, in the order of the members.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The name of a member.</summary>
    public static string NameOf(T member) => member.ToString().ToLowerInvariant();

    /// <summary>Reads a name.</summary>
    public bool TryParse(string text, out T member) => _members.TryGetValue(text, out member);

    /// <summary>One sentence about a text that is no name of the set, with the nearest one.</summary>
    public string Refusal(string text) =>
        $"'{LogText.Escape(text, 40)}' is no {_what}; {_what}s are {string.Join(", ", _names)}.{KeySuggestion.Sentence(text, _names)}";
}
