namespace Gateway.Fuzz;

/// <summary>A property that did not hold.</summary>
/// <param name="Property">Its short name; the name of the file that reproduces it begins with it.</param>
/// <param name="Detail">What was seen instead.</param>
internal sealed record Find(string Property, string Detail)
{
    public override string ToString() => $"{Property}: {Detail}";
}
