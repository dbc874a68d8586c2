namespace Gateway.Mime.Rules;

/// <summary>The families of rules in the order they are asked. A new file under this folder is entered here, nowhere else.</summary>
internal static class RuleFamilies
{
    /// <summary>One of each, for one inspection context.</summary>
    public static RuleFamily[] Create() =>
    [
        new Framing(),
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
