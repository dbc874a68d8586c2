using Xunit;
using Xunit.v3;

namespace Gateway.Relay.Tests.House;

/// <summary>The relays of this class keep accepted mail in memory instead of in the local log.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnMemoryQueueAttribute : Attribute
{
    /// <summary>True in a test of such a class.</summary>
    public static bool IsOn => TestContext.Current.TestClass is IXunitTestClass { Class: Type type } && type.IsDefined(typeof(OnMemoryQueueAttribute), inherit: false);
}
