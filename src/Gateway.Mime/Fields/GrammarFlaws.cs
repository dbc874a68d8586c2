namespace Gateway.Mime.Fields;

/// <summary>The flaws that make a Content-Type or Content-Disposition malformed. Comments, blanks around '=' and a trailing semicolon do not.</summary>
internal static class GrammarFlaws
{
    /// <summary>What can be wrong with parameters, in both fields.</summary>
    public const FieldFlaws OfParameters = FieldFlaws.EmptyParameter | FieldFlaws.Junk | FieldFlaws.NameGoesOn | FieldFlaws.MissingEquals | FieldFlaws.EmptyValue
        | FieldFlaws.UnterminatedQuote | FieldFlaws.UnterminatedComment | FieldFlaws.BadToken | FieldFlaws.TooManyParameters;

    /// <summary>Those that take the rest of the field with them.</summary>
    public const FieldFlaws Swallowing = FieldFlaws.UnterminatedQuote | FieldFlaws.UnterminatedComment | FieldFlaws.TooManyParameters;

    /// <summary>The worst of some flaws in words; <paramref name="flaws"/> holds none but grammar flaws.</summary>
    public static string Describe(FieldFlaws flaws) => flaws switch
    {
        var f when f.HasFlag(FieldFlaws.Empty) => "the field is empty",
        var f when f.HasFlag(FieldFlaws.NoSlash) => "no type/subtype",
        var f when f.HasFlag(FieldFlaws.DoubleSlash) => "more than one slash",
        var f when f.HasFlag(FieldFlaws.UnterminatedQuote) => "a quoted string does not end",
        var f when f.HasFlag(FieldFlaws.UnterminatedComment) => "a comment does not end",
        var f when f.HasFlag(FieldFlaws.BadToken) => "a parameter has no proper name",
        var f when f.HasFlag(FieldFlaws.MissingEquals) => "a parameter has no equals sign",
        var f when f.HasFlag(FieldFlaws.Junk) => "text between a value and the next semicolon",
        var f when f.HasFlag(FieldFlaws.NameGoesOn) => "blanks in a file name without quotes",
        var f when f.HasFlag(FieldFlaws.EmptyParameter) => "two semicolons in a row",
        var f when f.HasFlag(FieldFlaws.TooManyParameters) => "too many parameters",
        _ => "a parameter has no value",
    };
}
