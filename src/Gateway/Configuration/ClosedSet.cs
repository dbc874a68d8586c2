using System.Collections.Frozen;
using Gateway.Relay.Telemetry;

namespace Gateway.Configuration;

/// <summary>A closed set of words: some members of an enumeration, as <see cref="MemberName"/> writes them.</summary>
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

    /// <summary>A word that was the name of a member before, and is still understood; it is not among <see cref="Names"/>.</summary>
    public (string Word, T Member)? Former { get; init; }

    /// <summary>The names, in the order of the members.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The name of a member.</summary>
    public static string NameOf(T member) => MemberName.Of(member);

    /// <summary>Reads a name.</summary>
    public bool TryParse(string text, out T member)
    {
        bool isFormer = Former is { } former && text.Equals(former.Word, StringComparison.OrdinalIgnoreCase);
        member = isFormer ? Former!.Value.Member : default;
        return isFormer || _members.TryGetValue(text, out member);
    }

    /// <summary>One sentence about a text that is no name of the set, with the nearest one.</summary>
    public string Refusal(string text) =>
        $"'{LogText.Escape(text, 40)}' is no {_what}; {_what}s are {string.Join(", ", _names)}.{KeySuggestion.Sentence(text, _names)}";
}
