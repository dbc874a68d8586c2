using System.Reflection;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Hosts;
using Gateway.Relay.Delivery.Lanes;
using Gateway.Relay.Delivery.Poison;
using Gateway.Relay.Tests.Trunk;
using Xunit;

namespace Gateway.Relay.Tests.Delivery;

/// <summary>What the heads of DeliveryQueue and Destination say about who changes a parcel or a destination holds of the compiled code.</summary>
public class WhoChangesTests
{
    private static readonly Type[] Owned = [typeof(Parcel), typeof(QueuedMessage), typeof(Destination)];

    [Fact]
    public void Worker_ChangesNoParcelNoMessageAndNoDestination()
    {
        MethodBase[] calls = [.. AssemblyUses.CallsOf(typeof(DeliveryWorker))];
        Assert.Contains(calls, static c => c.DeclaringType == typeof(Destination) && c.Name == nameof(Destination.Conclude));
        Assert.Equal([], calls.Where(static c => Owned.Contains(c.DeclaringType) && c.Name.StartsWith("set_", StringComparison.Ordinal)).Select(static c => c.Name));
        // It asks who may be tried; a journal it only reads, and what stood still it does not know.
        Assert.Equal([], Called(calls, typeof(HostHealth)).Except([nameof(HostHealth.TryClaim), nameof(HostHealth.HasUsable)]));
        Assert.Equal([], Called(calls, typeof(AttemptJournal)).Except(["get_Notes", "get_Convicts", nameof(AttemptJournal.Describe), nameof(AttemptJournal.Transcript)]));
        Assert.Equal([], Called(calls, typeof(StallLedger)));
        Assert.Equal([], Called(calls, typeof(HostRefusals)).Except(["get_IsOwn"]));
    }

    [Fact]
    public void StateOfAParcel_IsChangedByItsDestinationOnly() => Assert.Equal(
        [typeof(Destination)],
        typeof(MailRelay).Assembly.GetTypes().Where(static t => !t.IsNested && AssemblyUses.CallsOf(t)
            .Any(static c => c.DeclaringType == typeof(Parcel) && c.Name == "set_" + nameof(Parcel.State))));

    private static IEnumerable<string> Called(MethodBase[] calls, Type type) => calls.Where(c => c.DeclaringType == type).Select(static c => c.Name).Distinct();
}
