using System.CommandLine;
using System.CommandLine.Parsing;
using Gateway.Configuration;

namespace Gateway.Commands;

/// <summary>Options whose values are the words of a <see cref="ClosedSet{T}"/>; System.CommandLine's own reading of enumerations takes numbers and commas.</summary>
internal static class ClosedOption
{
    /// <summary>An option with a usual value.</summary>
    public static Option<T> Of<T>(ClosedSet<T> set, T usual, string description, params string[] names)
        where T : struct, Enum => new(names[0], names[1..])
        {
            Description = description,
            DefaultValueFactory = _ => usual,
            CustomParser = given => Read(set, given) ?? usual,
            HelpName = string.Join('|', set.Names),
        };

    /// <summary>An option that may be left out.</summary>
    public static Option<T?> Of<T>(ClosedSet<T> set, string description, params string[] names)
        where T : struct, Enum => new(names[0], names[1..])
        {
            Description = description,
            CustomParser = given => Read(set, given),
            HelpName = string.Join('|', set.Names),
        };

    private static T? Read<T>(ClosedSet<T> set, ArgumentResult given)
        where T : struct, Enum
    {
        string text = given.Tokens.Count == 0 ? string.Empty : given.Tokens[^1].Value;
        if (set.TryParse(text, out T member))
        {
            return member;
        }

        given.AddError(set.Refusal(text));
        return null;
    }
}
