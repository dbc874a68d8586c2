using System.Text;

namespace Gateway.Relay.Telemetry;

/// <summary>Characters that are letters, marks or symbols by category and leave no ink: two addresses that differ in one look the same.</summary>
/// <remarks>
/// Source: Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt) as far as it is not a control, format or unassigned character, and
/// the blank of Braille. Threads: any. Cost: a few comparisons, for characters outside US-ASCII only.
/// </remarks>
internal static class Inkless
{
    // First and last of each range, in order.
    private static readonly (int First, int Last)[] Ranges =
    [
        (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0),
        (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
    ];

    /// <summary>Whether a character is one of them.</summary>
    public static bool Contains(Rune rune)
    {
        if (rune.Value < Ranges[0].First)
        {
            return false;
        }

        foreach ((int first, int last) in Ranges)
        {
            if (rune.Value <= last)
            {
                return rune.Value >= first;
            }
        }

        return false;
    }
}
