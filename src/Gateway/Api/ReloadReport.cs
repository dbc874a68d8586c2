namespace Gateway.Api;

/// <summary>What a reload of the configuration came to.</summary>
/// <param name="Accepted">False when nothing was changed.</param>
/// <param name="Generation">The generation that is valid now; 1 at the start, one more with each reload that succeeded.</param>
/// <param name="Problems">Why it was not accepted, all of it.</param>
/// <param name="Warnings">What is allowed but rarely meant.</param>
/// <param name="NeedRestart">Keys whose new value counts after a restart only.</param>
public sealed record ReloadReport(
    bool Accepted, int Generation, IReadOnlyList<string> Problems, IReadOnlyList<string> Warnings, IReadOnlyList<string> NeedRestart)
{
    /// <summary>Keys whose new value counts from here on.</summary>
    public IReadOnlyList<string> Taken { get; init; } = [];

    /// <summary>Why certificates and users files could not be taken up; what was there before stays in use.</summary>
    public IReadOnlyList<string> Unusable { get; init; } = [];
}
