using System.Net;
using Gateway.Configuration;

namespace Gateway.Tests.Hosting;

/// <summary>One key and what it takes to change it.</summary>
/// <param name="Key">Without the section, with 0 for the entries of lists.</param>
/// <param name="Values">Values to try; the first one that is allowed and changes anything is taken.</param>
internal sealed record KeyRow(string Key, IReadOnlyList<string> Values)
{
    /// <summary>What must be so before and behind the change for the key to have a meaning; null for a key that must not be given.</summary>
    public IReadOnlyList<(string Key, string? Value)> Both { get; init; } = [];

    /// <summary>What has to change with it.</summary>
    public IReadOnlyList<(string Key, string? Value)> With { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => Key;
}

/// <summary>Every key of the configuration, from the schema: a new one is in it by itself, with a value by its type.</summary>
internal static class KeyTable
{
    /// <summary>Entries that the keys of lists belong to.</summary>
    public static readonly IReadOnlyList<string> Base =
    [
        "Listeners:0:Name=in", "Relay:AllowedNetworks:0=127.0.0.0/8", "Relay:Domains:0=load.test",
        "Relay:Routes:0:Domain=changed.test", "Relay:Routes:0:Hosts:0=127.0.0.1:1",
        "Relay:Bounces:Route:Hosts:0=127.0.0.1:1", "Quarantine:Reasons:0:Rule=parser-fault",
        "Policies:0:Name=p", "Policies:0:Rules:line-too-long=tag", "Policies:0:RecipientDomains:0=policy.test",
        "Exceptions:0:Name=e", "Exceptions:0:Rule=line-too-long", "Exceptions:0:Reason=test", "Exceptions:0:Author=test", "Exceptions:0:Expires=2036-03-31",
        "Exceptions:0:RecipientDomains:0=exception.test",
        // Clients that are limited for a moment must not meet a limit of an hour of traffic.
        "Limits:ClientMessageRate=500000", "Limits:ClientRecipientRate=500000", "Limits:ClientConnectionRate=500000", "Limits:ClientConnections=1000",
    ];

    // What a text means is said by its key alone.
    private static readonly (string End, string Value)[] Texts =
    [
        ("Policies:0:Listeners:0", "in"), ("Exceptions:0:Listeners:0", "in"), ("Exceptions:0:Rule", "non-header-line"), ("Reasons:0:Rule", "downstream-poison"),
        ("SourceAddress", "127.0.0.1"), ("Postmaster", "postmaster@other.test"), ("DataDirectory", "/nonexistent/other"), ("File", "/nonexistent/file"),
    ];

    /// <summary>All rows.</summary>
    public static IEnumerable<KeyRow> Rows() => Leaves(SettingSchema.Root, string.Empty).Select(static leaf => Complete(leaf.Key.Schema switch
    {
        SettingList list => new KeyRow(leaf.Path, ValuesOf(list.ElementType, leaf.Path, leaf.Key.About)),
        SettingRules => new KeyRow(leaf.Path, ["quarantine", "reject"]),
        _ => new KeyRow(leaf.Path, ValuesOf(Nullable.GetUnderlyingType(leaf.Key.Property.PropertyType) ?? leaf.Key.Property.PropertyType, leaf.Path, leaf.Key.About)),
    }));

    /// <summary>The keys of all files that a start or a connection reads.</summary>
    public static IEnumerable<string> Files() => Leaves(SettingSchema.Root, string.Empty).Where(static leaf => leaf.Key.About.IsFile).Select(static leaf => leaf.Path);

    private static IEnumerable<(string Path, SettingKey Key)> Leaves(SettingSection section, string path) => section.Keys.SelectMany(key => (key.Schema, Path: path + key.Name) switch
    {
        (SettingSection inner, string its) => Leaves(inner, its + ":"),
        (SettingList { Element: SettingSection inner }, string its) => Leaves(inner, its + ":0:"),
        (SettingList, string its) => [(its + ":0", key)],
        (SettingRules, string its) => [(its + ":line-too-long", key)],
        (_, string its) => [(its, key)],
    });

    private static string[] ValuesOf(Type type, string key, SettingAttribute about) =>
        type.IsEnum ? Enum.GetNames(type)
        : type == typeof(string) ? [Array.Find(Texts, t => key.EndsWith(t.End, StringComparison.Ordinal)).Value ?? "other.test"]
        : type == typeof(int) ? [.. Bounds(about), "7"]
        : type == typeof(ByteSize) ? [.. Bounds(about), "128MB"]
        : type == typeof(Duration) ? [.. Bounds(about), "90m"]
        : type == typeof(IPEndPoint) || type == typeof(ListenAddress) || type == typeof(HostAndPort) ? ["127.0.0.1:2599"]
        : type == typeof(DomainPattern) ? ["other.test"]
        : type == typeof(IPNetwork) ? ["192.0.2.0/24"]
        : type == typeof(Expiry) ? ["2037-03-31"]
        : [];

    // The upper bound first: it leaves traffic alone.
    private static IEnumerable<string> Bounds(SettingAttribute about) => new[] { about.Maximum, about.Minimum }.OfType<string>();

    private static KeyRow Complete(KeyRow row)
    {
        string parent = row.Key[..(row.Key.LastIndexOf(':') + 1)];
        return row.Key.Split(':')[^1] switch
        {
            "MxPort" => row with { Both = [(parent + "Kind", "mx"), (parent + "Hosts:0", null)] },
            "Kind" => row with { With = [(parent + "Hosts:0", null)] },
            "0" when parent.EndsWith("Weights:", StringComparison.Ordinal) => row with { Values = ["7"] },
            "User" or "PasswordFile" or "Mechanism" when parent.EndsWith("Auth:", StringComparison.Ordinal) => row with
            {
                Both = [(parent + "User", "joe"), (parent + "PasswordFile", "/nonexistent/password"), (parent.Replace("Auth:", "Tls:", StringComparison.Ordinal) + "Mode", "verified")],
            },
            "CertificateFile" or "KeyFile" when row.Key.StartsWith("Listeners", StringComparison.Ordinal) => row with
            {
                Both = [(parent + "CertificateFile", "x.crt"), (parent + "KeyFile", "x.key"), ("Listeners:0:Tls:Mode", "optional")],
            },
            "CertificateFile" or "KeyFile" => row with { Both = [(parent + "CertificateFile", "x.crt"), (parent + "KeyFile", "x.key")] },
            "Mode" when row.Key.StartsWith("Listeners", StringComparison.Ordinal) => row with
            {
                With = [(parent + "Certificates:0:CertificateFile", "x.crt"), (parent + "Certificates:0:KeyFile", "x.key")],
            },
            _ => row,
        };
    }
}
