using System.Collections.Frozen;
using System.Text.Json;

namespace Gateway.Relay.Telemetry;

/// <summary>The one way in which members of closed sets are written: in metrics, the log, the interface's JSON, commands and documents.</summary>
/// <remarks>Lower case with hyphens: <c>OnHold</c> is <c>on-hold</c>. The JSON of the interface uses the same policy. Threads: any. Cost: one look-up.</remarks>
public static class MemberName
{
    /// <summary>The name of a member.</summary>
    public static string Of<T>(T member)
        where T : struct, Enum => Names<T>.All.TryGetValue(member, out string? name) ? name : Write(member);

    private static string Write<T>(T member)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(member.ToString());

    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> All = Enum.GetValues<T>().Distinct().ToFrozenDictionary(static m => m, Write);
    }
}
