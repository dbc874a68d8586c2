using System.Globalization;

namespace Gateway.Spool;

/// <summary>Names one message in the spool; given by the caller and opaque here.</summary>
/// <param name="Value">Any value that no other live message has.</param>
public readonly record struct SpoolId(ulong Value)
{
    /// <summary>The value in hexadecimal, as reports and log lines show it.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
