using System.Collections;
using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Configuration;

/// <summary>How values of one type are read, written and explained.</summary>
/// <param name="Parse">Text to value; null when the text is not one.</param>
/// <param name="Format">Value to text that is read back as the same value.</param>
/// <param name="Expected">The end of the sentence "expected …".</param>
/// <param name="Name">The kind of value in the reference.</param>
/// <param name="IsJsonLiteral">Whether the text stands in JSON without quotes.</param>
internal sealed record SettingKind(Func<string, object?> Parse, Func<object, string> Format, string Expected, string Name, bool IsJsonLiteral = false)
{
    private static readonly FrozenDictionary<Type, SettingKind> Kinds = new Dictionary<Type, SettingKind>
    {
        [typeof(string)] = new(text => text.Length == 0 ? null : text, value => (string)value, "a text that is not empty", "text"),
        [typeof(int)] = new(
            text => int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null,
            value => ((int)value).ToString(CultureInfo.InvariantCulture),
            "a whole number",
            "number",
            IsJsonLiteral: true),
        [typeof(ByteSize)] = Parsable<ByteSize>("a size such as 25MB, 64KiB or 1048576", "size"),
        [typeof(Duration)] = Parsable<Duration>("a duration with its unit, such as 30s, 1h30m, 5d or 00:05:00", "duration"),
        [typeof(Expiry)] = Parsable<Expiry>("a date such as 2027-03-31, or a time with its zone such as 2027-03-31T12:00:00Z", "date"),
        [typeof(ListenAddress)] = Parsable<ListenAddress>("ip:port, [ipv6]:port or unix:/absolute/path", "address"),
        [typeof(HostAndPort)] = Parsable<HostAndPort>("host, host:port or [ipv6]:port", "host"),
        [typeof(DomainPattern)] = Parsable<DomainPattern>("a domain such as example.org or *.example.org", "domain"),
        [typeof(IPEndPoint)] = new(
            text => ListenAddress.TryParseTcp(text.Trim(), out IPEndPoint? endpoint) ? endpoint : null,
            value => value.ToString()!,
            "ip:port or [ipv6]:port",
            "address"),
        [typeof(IPNetwork)] = new(text => ParseNetwork(text), value => value.ToString()!, "a network such as 192.0.2.0/24, 2001:db8::/32 or one address", "network"),
    }.ToFrozenDictionary();

    /// <summary>The order of two values, for ranges.</summary>
    public Comparison<object> Compare { get; private init; } = Comparer.DefaultInvariant.Compare;

    /// <summary>The kind of a property's type; null when the type is no scalar. A nullable property is a setting that may be left out.</summary>
    public static SettingKind? Of(Type type) => Nullable.GetUnderlyingType(type) is Type bare ? Of(bare) : type.IsEnum ? Enumeration(type) : Kinds.GetValueOrDefault(type);

    /// <summary>What to say about a text that <see cref="Parse"/> refused.</summary>
    public string Refusal(string text)
    {
        if (Name == "network" && text.IndexOf('/', StringComparison.Ordinal) is > 0 and int slash
            && IPAddress.TryParse(text.AsSpan(0, slash), out IPAddress? address)
            && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int prefix)
            && prefix <= (address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128))
        {
            return $"the address has bits behind its prefix; did you mean \"{new IPNetwork(address, prefix)}\"?";
        }

        return "expected " + Expected;
    }

    private static SettingKind Parsable<T>(string expected, string name)
        where T : IParsable<T> => new(
            text => T.TryParse(text, CultureInfo.InvariantCulture, out T? value) ? value : null,
            value => value.ToString()!,
            expected,
            name)
        {
            Compare = (one, other) => Comparer<T>.Default.Compare((T)one, (T)other),
        };

    private static SettingKind Enumeration(Type type)
    {
        string[] names = Enum.GetNames(type).Select(name => name.ToLowerInvariant()).ToArray();
        FrozenDictionary<string, object> members = Enum.GetValues(type).Cast<object>().ToFrozenDictionary(member => member.ToString()!, StringComparer.OrdinalIgnoreCase);
        return new SettingKind(
            text => members.GetValueOrDefault(text.Trim()),
            value => value.ToString()!.ToLowerInvariant(),
            "one of " + string.Join(", ", names),
            string.Join(" \\| ", names));
    }

    private static IPNetwork? ParseNetwork(string text)
    {
        string trimmed = text.Trim();
        if (trimmed.Contains('/', StringComparison.Ordinal))
        {
            // The library drops bits behind the prefix; here they are more likely a mistake in the prefix.
            return IPNetwork.TryParse(trimmed, out IPNetwork network) && trimmed.StartsWith(network.BaseAddress + "/", StringComparison.OrdinalIgnoreCase)
                ? network
                : null;
        }

        bool plain = IPAddress.TryParse(trimmed, out IPAddress? address)
            && (address.AddressFamily == AddressFamily.InterNetworkV6 || trimmed.AsSpan().Count('.') == 3);
        return plain ? new IPNetwork(address!, address!.AddressFamily == AddressFamily.InterNetwork ? 32 : 128) : null;
    }
}
