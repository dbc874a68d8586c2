namespace Gateway.Drill;

/// <summary>One promise of a drill and whether it was kept.</summary>
/// <param name="Text">The promise in words.</param>
/// <param name="IsKept">Whether it was.</param>
/// <param name="Found">What was found.</param>
/// <param name="IsTimed">It is about how long something takes, so a busy machine can break it.</param>
internal sealed record DrillPromise(string Text, bool IsKept, string Found, bool IsTimed);
