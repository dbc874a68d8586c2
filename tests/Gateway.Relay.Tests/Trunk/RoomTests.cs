using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Trunk
{
    /// <summary>The trunk is a staircase: what the law GW0101 says of the source holds of the compiled relay.</summary>
    public class RoomTests
    {
        private static readonly string[] Rooms =
        [
            .. File.ReadLines(Path.Combine(Repository.Root, "src", "Gateway.Relay", "rooms.txt")).Where(static l => l.Length > 0 && l[0] != '#')
                .Select(static l => l == "." ? "Gateway.Relay" : "Gateway.Relay." + l),
        ];

        [Fact]
        public void Relay_EveryUse_GoesDown()
        {
            (Type User, Type Used)[] uses = [.. AssemblyUses.Of(typeof(MailRelay).Assembly, "Gateway.Relay")];
            Assert.True(uses.Length > 500, $"Only {uses.Length} uses were seen.");
            Assert.Equal([], AssemblyUses.Circles(uses.Select(static u => (u.User.Namespace!, u.Used.Namespace!))));
            Assert.Equal([], uses.Where(static u => Array.IndexOf(Rooms, u.Used.Namespace) >= Array.IndexOf(Rooms, u.User.Namespace))
                .Select(static u => $"{u.User} -> {u.Used}"));
        }

        [Fact]
        public void Relay_ItsNamespaces_AreTheRooms() => Assert.Equal(
            Rooms.Order(StringComparer.Ordinal),
            typeof(MailRelay).Assembly.GetTypes().Select(static t => t.Namespace).Where(static n => n?.StartsWith("Gateway.Relay", StringComparison.Ordinal) == true)
                .Distinct().Order(StringComparer.Ordinal)!);

        [Fact]
        public void Relay_OutsideQueueAndComposition_DoesNotNameTheSpool()
        {
            string[] named = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Gateway.Relay"), "*.cs", SearchOption.AllDirectories)
                .Where(static f => !f.Contains("/obj/", StringComparison.Ordinal) && File.ReadAllText(f).Contains("Gateway.Spool", StringComparison.Ordinal))
                .Select(static f => Path.GetRelativePath(Path.Combine(Repository.Root, "src", "Gateway.Relay"), f))];
            Assert.Contains("Queue/LocalMailQueue.cs", named);
            Assert.Equal([], named.Where(static f => !f.StartsWith("Queue/", StringComparison.Ordinal) && f != "MailRelay.cs"));
        }

        [Fact]
        public void ArchitecturePage_ItsRooms_StandInTheSameOrder() => Assert.Contains(
            string.Join(" < ", Rooms[..^1].Select(static r => r["Gateway.Relay.".Length..]).Append("MailRelay")),
            File.ReadAllText(Path.Combine(Repository.Root, "docs", "architecture.md")).ReplaceLineEndings(" "),
            StringComparison.Ordinal);

        /// <summary>The sample: a circle that is in this assembly is found, by a field one way and by a call in a lambda the other way.</summary>
        [Fact]
        public void Circle_InTheSample_IsFound()
        {
            IEnumerable<(string, string)> uses = AssemblyUses.Of(typeof(RoomTests).Assembly, "Gateway.Relay.Tests.Trunk.Sample")
                .Select(static u => (u.User.Namespace!, u.Used.Namespace!));
            Assert.Equal(["Gateway.Relay.Tests.Trunk.Sample.One", "Gateway.Relay.Tests.Trunk.Sample.Two"], Assert.Single(AssemblyUses.Circles(uses)));
        }
    }
}

namespace Gateway.Relay.Tests.Trunk.Sample.One
{
    internal sealed class Upper
    {
        public List<Two.Lower[]>? Held { get; set; } = [[new Two.Lower()]];
    }
}

namespace Gateway.Relay.Tests.Trunk.Sample.Two
{
    internal sealed class Lower
    {
        public Func<object> Make { get; } = static () => new One.Upper();
    }
}
