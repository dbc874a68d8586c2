namespace Gateway.Lab.Grammar;

/// <summary>One generated message with what was done to it.</summary>
/// <param name="Number">Its place in the run; with the seed it reproduces the message.</param>
/// <param name="Shape">The plain message it was made from.</param>
/// <param name="Tricks">What was done to it; none for a plain shape.</param>
/// <param name="Octets">The message in wire form, without dot-stuffing.</param>
internal sealed record LabMessage(int Number, string Shape, IReadOnlyList<Trick> Tricks, byte[] Octets)
{
    /// <summary>The worst standing of its tricks.</summary>
    public Standing Standing => Tricks.Count == 0 ? Standing.Valid : Tricks.Max(trick => trick.Standing);

    public string Label => Tricks.Count == 0 ? $"{Shape}: plain" : $"{Shape}: {string.Join(" + ", Tricks.Select(trick => $"{trick.Name}/{trick.Variant}"))}";
}
