using Gateway.Mime.Rules.Address;
using Gateway.Mime.Rules.Body;
using Gateway.Mime.Rules.Framing;
using Gateway.Mime.Rules.Header;
using Gateway.Mime.Rules.Payload;
using Gateway.Mime.Rules.Structure;

namespace Gateway.Mime.Rules;

/// <summary>The families of rules in the order they are asked. A new family is entered here, nowhere else.</summary>
internal static class RuleFamilies
{
    /// <summary>One of each, for one inspection context.</summary>
    public static RuleFamily[] Create() =>
    [
        new WireFlaws(),
        new HeaderSizes(),
        new HeaderLines(),
        new DuplicateFields(),
        new FromField(),
        new MediaType(),
        new TransferEncodings(),
        new Boundaries(),
        new SignatureFields(),
        new FromDisplay(),
        new SubjectText(),
        new FieldTags(),
        new TraceFields(),
        new RecipientFields(),
        new ExchangeFields(),
        new FieldGrammar(),
        new StrayBoundary(),
        new CompositeKinds(),
        new LeafBodies(),
        new LineEnds(),
        new Nesting(),
        new Delimiters(),
        new HiddenContent(),
        new HiddenFields(),
        new Base64Body(),
        new TnefBody(),
        new CalendarBody(),
        new PartialMessages(),
        new HeaderOctets(),
        new AddressFields(),
        new CommentDepth(),
        new EncodedWords(),
        new Continuations(),
        new FileNameReadings(),
        new OriginFields(),
        new QuotedPrintableBody(),
        new InlineEncodings(),
        new CompressedBody(),
        new Charsets(),
        new TextOctets(),
        new SizeClaims(),
        new SmimeBody(),
    ];
}
