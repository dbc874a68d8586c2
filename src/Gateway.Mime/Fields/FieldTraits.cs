using MimeKit;

namespace Gateway.Mime.Fields;

/// <summary>What a field is, and what it holds that most do not: by it rules find the few fields that they are about.</summary>
[Flags]
internal enum FieldTraits
{
    /// <summary>Printable US-ASCII, blanks and folds, in a field that no rule on single fields is about.</summary>
    None = 0,

    /// <summary>The value has controls, NUL, or octets beyond US-ASCII.</summary>
    Unusual = 1 << 0,

    /// <summary>The value has an opening parenthesis: perhaps a comment.</summary>
    Parenthesis = 1 << 1,

    /// <summary>The value has an equals sign and a question mark behind it: perhaps an encoded word.</summary>
    WordStart = 1 << 2,

    /// <summary>A field whose value is nothing but blanks.</summary>
    Empty = 1 << 3,

    /// <summary>A name that MimeKit does not know, or one with a blank or control at its end; or no field at all.</summary>
    OddName = 1 << 4,

    /// <summary>The value has a blank in front of a line end, or at its end: perhaps a line of blanks.</summary>
    BlankEnd = 1 << 5,

    /// <summary>A list of addresses, or one.</summary>
    Addresses = 1 << 6,

    /// <summary>Received or References.</summary>
    Trace = 1 << 7,

    /// <summary>Signatures, and results of checking them.</summary>
    Vouching = 1 << 8,

    /// <summary>Of a block of Resent fields.</summary>
    Resent = 1 << 9,

    /// <summary>The value has a <c>t-</c> in it: perhaps the name of a Content field.</summary>
    ContentName = 1 << 10,
}

/// <summary>What fields are by their identity.</summary>
internal static class FieldIdentities
{
    /// <summary>Identities are small numbers, from -1 for a field MimeKit does not know.</summary>
    public static int Space { get; } = (int)Enum.GetValues<HeaderId>().Max() + 2;

    private static readonly FieldTraits[] Traits = MakeTraits();

    /// <summary>The traits that every field of an identity has.</summary>
    public static FieldTraits TraitsOf(HeaderId id) => Traits[(int)id + 1];

    private static FieldTraits[] MakeTraits()
    {
        FieldTraits[] traits = new FieldTraits[Space];
        Add(FieldTraits.OddName, HeaderId.Unknown);
        Add(
            FieldTraits.Addresses, HeaderId.From, HeaderId.To, HeaderId.Cc, HeaderId.Bcc, HeaderId.ReplyTo, HeaderId.Sender, HeaderId.ResentFrom, HeaderId.ResentTo,
            HeaderId.ResentCc, HeaderId.ResentBcc, HeaderId.ResentSender, HeaderId.ResentReplyTo);
        Add(FieldTraits.Trace, HeaderId.Received, HeaderId.References);
        Add(FieldTraits.Vouching, HeaderId.DkimSignature, HeaderId.ArcSeal, HeaderId.ArcMessageSignature, HeaderId.AuthenticationResults);
        Add(
            FieldTraits.Resent, HeaderId.ResentFrom, HeaderId.ResentDate, HeaderId.ResentTo, HeaderId.ResentCc, HeaderId.ResentBcc, HeaderId.ResentSender,
            HeaderId.ResentMessageId, HeaderId.ResentReplyTo);
        return traits;

        void Add(FieldTraits trait, params ReadOnlySpan<HeaderId> ids)
        {
            foreach (HeaderId id in ids)
            {
                traits[(int)id + 1] |= trait;
            }
        }
    }
}
