using System.Net;
using Gateway.Relay.Policy;
using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Blocks;

/// <summary>By what a block knows the mail it stops.</summary>
public enum BlockKind
{
    /// <summary>The client's address or network.</summary>
    Client,

    /// <summary>The envelope's sender: an address, a domain, <c>*.domain</c>, or <c>&lt;&gt;</c> for the null sender.</summary>
    Sender,

    /// <summary>An envelope recipient, in the same forms.</summary>
    Recipient,

    /// <summary>The fingerprint that <c>gateway quarantine show</c> tells.</summary>
    Fingerprint,

    /// <summary>A text in a field of the message's header: <c>Field: text</c>.</summary>
    Header,
}

/// <summary>What becomes of the mail that a block stops.</summary>
public enum BlockAction
{
    /// <summary>It is refused for good (5yz).</summary>
    Reject,

    /// <summary>Its client is told to come again (4yz).</summary>
    Defer,

    /// <summary>It is taken and quarantined.</summary>
    Quarantine,
}

/// <summary>One order of an administrator to stop some mail for some time.</summary>
/// <param name="Id">What it is called: <c>B1</c>, <c>B2</c>, ...; never used twice.</param>
/// <param name="Kind">By what it knows the mail.</param>
/// <param name="Value">That, in one form: a network, an address or domain in lower case as A-labels, a fingerprint, <c>Field: text</c>.</param>
/// <param name="Action">What becomes of the mail.</param>
/// <param name="Reason">Why; not told to clients.</param>
/// <param name="Author">Who ordered it.</param>
/// <param name="Created">When.</param>
/// <param name="Expires">When it ends by itself; null for never.</param>
public sealed record Block(string Id, BlockKind Kind, string Value, BlockAction Action, string Reason, string Author, DateTimeOffset Created, DateTimeOffset? Expires);

/// <summary>What a block compares.</summary>
internal sealed record BlockPattern
{
    private const int ShortestHeaderText = 3;

    /// <summary>The value in its one form.</summary>
    public required string Text { get; init; }

    /// <summary>The network of a client.</summary>
    public IPNetwork Network { get; private init; }

    /// <summary>The name of the header field.</summary>
    public string Field { get; private init; } = string.Empty;

    /// <summary>The text within it.</summary>
    public string Within { get; private init; } = string.Empty;

    /// <summary>Reads a value as a person writes it.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="value">The value.</param>
    /// <param name="pattern">What it means.</param>
    /// <param name="problem">Why it means nothing, in one sentence.</param>
    public static bool TryParse(BlockKind kind, string value, out BlockPattern? pattern, out string problem)
    {
        string text = value.Trim();
        (pattern, problem) = kind switch
        {
            BlockKind.Client => Client(text),
            BlockKind.Sender when text is "<>" => (new BlockPattern { Text = text }, string.Empty),
            BlockKind.Sender or BlockKind.Recipient => Address(text),
            BlockKind.Fingerprint => text.Length == 16 && text.All(char.IsAsciiHexDigit)
                ? (new BlockPattern { Text = text.ToLowerInvariant() }, string.Empty)
                : (null, "is no fingerprint: 16 hexadecimal digits, as 'gateway quarantine show' tells them"),
            _ => Header(text),
        };
        return pattern is not null;
    }

    /// <summary>Whether an address is meant: the whole of it, its domain, or a domain above that after <c>*.</c>.</summary>
    /// <param name="address">An address of the envelope; empty for the null sender.</param>
    public bool MatchesAddress(string address)
    {
        if (address.Length == 0 || Text is "<>")
        {
            return address.Length == 0 && Text is "<>";
        }

        int at = address.LastIndexOf('@');
        string domain = at < 0 ? string.Empty : DomainForm.Comparable(address.AsSpan(at + 1)).ToString();
        return Text.Contains('@', StringComparison.Ordinal)
            ? Text.Equals($"{address[..Math.Max(at, 0)]}@{domain}", StringComparison.OrdinalIgnoreCase)
            : Text.StartsWith("*.", StringComparison.Ordinal)
                ? domain.EndsWith(Text[1..], StringComparison.OrdinalIgnoreCase) && domain.Length >= Text.Length
                : Text.Equals(domain, StringComparison.OrdinalIgnoreCase);
    }

    private static (BlockPattern?, string) Client(string text) =>
        !NetworkList.TryParseNetwork(text, out IPNetwork network) ? (null, "is no address and no network such as 192.0.2.0/24")
        : network.PrefixLength == 0 ? (null, "is everybody; 'gateway drain' takes no mail at all")
        : (new BlockPattern { Text = network.PrefixLength == network.BaseAddress.GetAddressBytes().Length * 8 ? network.BaseAddress.ToString() : network.ToString(), Network = network }, string.Empty);

    private static (BlockPattern?, string) Address(string text)
    {
        bool below = text.StartsWith("*.", StringComparison.Ordinal);
        int at = text.LastIndexOf('@');
        string local = at > 0 ? text[..at] : string.Empty;
        // The root's dot is in no address of an envelope.
        string domain = (below ? text[2..] : text[(at + 1)..]).TrimEnd('.');
        bool isQuoted = local.Length > 2 && local[0] == '"' && local[^1] == '"';
        return DomainForm.ToAscii(domain) is { Length: > 0 } ascii && !domain.Any(IsForeign) && (isQuoted || !local.Any(IsForeign)) && !(below && at >= 0)
            ? (new BlockPattern { Text = (below ? $"*.{ascii}" : at > 0 ? $"{local}@{ascii}" : ascii).ToLowerInvariant() }, string.Empty)
            : (null, "is no address, no domain, and no domain with '*.' in front");
    }

    // Outside quotes; '*' may stand in a local part, but who writes one means something else by it.
    private static bool IsForeign(char c) => char.IsWhiteSpace(c) || char.IsControl(c) || c is ',' or '*' or '<' or '>' or '@';

    private static (BlockPattern?, string) Header(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string field = colon > 0 ? text[..colon].Trim() : string.Empty;
        string within = text[(colon + 1)..].Trim();
        return field.Length == 0 || field.Any(static c => c is <= ' ' or > '~') ? (null, "is no 'Field: text'")
            : within.Length < ShortestHeaderText ? (null, $"needs {ShortestHeaderText} characters of text or more after the colon")
            : (new BlockPattern { Text = $"{field}: {within}", Field = field, Within = within }, string.Empty);
    }
}
