namespace Gateway.Mime;

/// <summary>One member for each row of the rule catalogue.</summary>
/// <remarks>
/// The number is the row's rank in the design's catalogue and never changes; stored findings and fingerprints rely on it.
/// The name shown to people is <see cref="Rule.Name"/>.
/// </remarks>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1027", Justification = "Ranks of a list; that all powers of two are among them is chance.")]
public enum RuleCode : ushort
{
    /// <summary>No rule; never part of a finding.</summary>
    None = 0,

    /// <summary>Our own reading failed or ran over its work budget.</summary>
    ParserFault = 1,

    /// <summary>The next hop fails on this message repeatedly. External: found by the relay.</summary>
    DownstreamPoison = 2,

    /// <summary>A lone dot delimited by anything but CRLF.</summary>
    NonstandardEndOfData = 3,

    /// <summary>LF without CR.</summary>
    BareLf = 4,

    /// <summary>CR without LF.</summary>
    BareCr = 5,

    /// <summary>Octet zero.</summary>
    NulByte = 6,

    /// <summary>More than one Content-Type in a header block.</summary>
    DuplicateContentType = 7,

    /// <summary>More than one Content-Transfer-Encoding, or several tokens in one.</summary>
    DuplicateContentTransferEncoding = 8,

    /// <summary>The same MIME parameter twice.</summary>
    DuplicateMimeParameter = 9,

    /// <summary>A multipart without boundary.</summary>
    MissingBoundary = 10,

    /// <summary>A boundary value that readers understand differently.</summary>
    MalformedBoundary = 11,

    /// <summary>A declared boundary that never appears.</summary>
    BoundaryNotFound = 12,

    /// <summary>Nesting too deep.</summary>
    MimeDepthExceeded = 13,

    /// <summary>Too many parts.</summary>
    PartCountExceeded = 14,

    /// <summary>A header block too large.</summary>
    HeaderBlockTooLarge = 15,

    /// <summary>A header field too large.</summary>
    HeaderFieldTooLarge = 16,

    /// <summary>Too many header fields in a block.</summary>
    HeaderCountExceeded = 17,

    /// <summary>A line in a header block that is no field.</summary>
    NonHeaderLine = 18,

    /// <summary>A header block that ends without an empty line.</summary>
    MissingBodySeparator = 19,

    /// <summary>A field name with blanks, controls, 8-bit characters or absurd length.</summary>
    MalformedFieldName = 20,

    /// <summary>A Content-Type outside the grammar.</summary>
    MalformedContentType = 21,

    /// <summary>A transfer encoding nobody defined.</summary>
    UnknownTransferEncoding = 22,

    /// <summary>An encoding on a composite part.</summary>
    EncodedCompositePart = 23,

    /// <summary>Base64 that decoders read differently.</summary>
    MalformedBase64 = 24,

    /// <summary>Boundaries that cannot be told apart.</summary>
    BoundaryCollision = 25,

    /// <summary>MIME content where readers must not look.</summary>
    HiddenMimeContent = 26,

    /// <summary>A field that may occur once occurs more often.</summary>
    DuplicateSingletonHeader = 27,

    /// <summary>No usable From.</summary>
    MissingOrInvalidFrom = 28,

    /// <summary>Two independent readers see different structures.</summary>
    ParserDisagreement = 29,

    /// <summary>Damaged TNEF.</summary>
    MalformedTnef = 30,

    /// <summary>A calendar object that breaks its form.</summary>
    MalformedIcalendar = 31,

    /// <summary>A piece of a message.</summary>
    MessagePartial = 32,

    /// <summary>A line over 998 octets.</summary>
    LineTooLong = 33,

    /// <summary>Larger than the limit. External: enforced by the SMTP server while reading.</summary>
    MessageTooLarge = 34,

    /// <summary>Speaking where the client had to wait. External: the SMTP server refuses it.</summary>
    CommandPipeliningAbuse = 35,

    /// <summary>A command line or an address that is too long. External: the SMTP server refuses it.</summary>
    CommandLineTooLong = 36,

    /// <summary>A command outside the grammar. External: the SMTP server refuses it.</summary>
    MalformedCommand = 37,

    /// <summary>Chunks whose ends nobody knows. External: the SMTP server refuses them.</summary>
    BdatFraming = 38,

    /// <summary>Octets above 127 that were not declared. External: seen by the relay.</summary>
    BodyTypeMismatch = 39,

    /// <summary>An address beyond US-ASCII that was not declared. External: the SMTP server refuses it.</summary>
    Smtputf8Mismatch = 40,

    /// <summary>Too many Received fields.</summary>
    MailLoop = 41,

    /// <summary>Too many recipients in one transaction. External: the SMTP server refuses the rest.</summary>
    TooManyRecipients = 42,

    /// <summary>A physical header line over 998 octets.</summary>
    HeaderLineTooLong = 43,

    /// <summary>Too many addresses in the header.</summary>
    TooManyAddresses = 44,

    /// <summary>Comments nested too deep.</summary>
    NestedCommentBomb = 45,

    /// <summary>Octets above 127 in a header field.</summary>
    EightBitInHeader = 46,

    /// <summary>Control characters in a header field.</summary>
    ControlCharInHeader = 47,

    /// <summary>A continuation line of blanks only.</summary>
    WhitespaceOnlyContinuation = 48,

    /// <summary>Addresses outside the grammar.</summary>
    AddressSyntax = 49,

    /// <summary>A source route in an address.</summary>
    RouteAddress = 50,

    /// <summary>An encoded word where an address stands, or that decodes to one.</summary>
    EncodedAddress = 51,

    /// <summary>Encoded words that are too many or malformed.</summary>
    EncodedWordMalformed = 52,

    /// <summary>RFC 2231 pieces that do not fit together.</summary>
    Rfc2231ContinuationAnomaly = 53,

    /// <summary>A file name with several readings.</summary>
    FilenameAmbiguity = 54,

    /// <summary>MIME-Version missing or not 1.0.</summary>
    MimeVersionAnomaly = 55,

    /// <summary>A multipart that is never closed.</summary>
    MissingCloseDelimiter = 56,

    /// <summary>A delimiter after its own close.</summary>
    ContentAfterClose = 57,

    /// <summary>Quoted-printable that decoders read differently.</summary>
    MalformedQuotedPrintable = 58,

    /// <summary>Files hidden in text by encodings from before MIME.</summary>
    UuencodeOrBinhexInline = 59,

    /// <summary>Content that unpacks to many times its size.</summary>
    DecodedSizeRatio = 60,

    /// <summary>A charset that is none.</summary>
    CharsetInvalid = 61,

    /// <summary>Octets above 127 in a body not declared to have any.</summary>
    EightBitBodyUndeclared = 62,

    /// <summary>Text that is not in the UTF-8 it claims.</summary>
    Utf8InvalidBody = 63,

    /// <summary>A missing or impossible Date.</summary>
    DateInvalid = 64,

    /// <summary>A missing or malformed Message-ID.</summary>
    MessageIdInvalid = 65,

    /// <summary>Return-Path before the final delivery.</summary>
    ReturnPathPresent = 66,

    /// <summary>No mailbox in From, but in a field shown instead.</summary>
    SenderFallbackSpoof = 67,

    /// <summary>A body that lies elsewhere.</summary>
    ExternalBody = 68,

    /// <summary>A claimed size that cannot be.</summary>
    AttachmentSizeMismatch = 69,

    /// <summary>Damaged ASN.1 in S/MIME.</summary>
    SmimeStructure = 70,

    /// <summary>Absurdly many or large signature fields.</summary>
    DkimHeaderBomb = 71,

    /// <summary>Authentication results in our own name that others wrote.</summary>
    AuthenticationResultsInjection = 72,

    /// <summary>A signature that covers only the beginning of the body.</summary>
    DkimBodyLengthTag = 73,

    /// <summary>A group of addresses as the author.</summary>
    GroupSyntaxInFrom = 74,

    /// <summary>An author's name or domain that mixes scripts which look alike.</summary>
    FromIdnConfusable = 75,

    /// <summary>Line ends or NUL hidden in encoded words of the subject.</summary>
    SubjectControl = 76,

    /// <summary>The first header line starts with white space.</summary>
    LeadingContinuation = 77,

    /// <summary>A byte order mark at the start.</summary>
    Utf8Bom = 78,

    /// <summary>No header at all.</summary>
    EmptyHeaderBlock = 79,

    /// <summary>A field without content.</summary>
    EmptyHeaderField = 80,

    /// <summary>Text behind a quoted parameter.</summary>
    UnstructuredJunkAfterQuoted = 81,

    /// <summary>Blanks around the equals sign of a parameter.</summary>
    WhitespaceAroundEquals = 82,

    /// <summary>A comment in a MIME field.</summary>
    CommentInContentField = 83,

    /// <summary>An encoded word in a MIME field.</summary>
    EncodedWordInStructuralField = 84,

    /// <summary>A fold inside a type or a value of a MIME field.</summary>
    LineTerminatorInStructuralToken = 85,

    /// <summary>A boundary on what is no multipart.</summary>
    BoundaryOnNonMultipart = 86,

    /// <summary>A multipart/signed without its two parts or its protocol.</summary>
    MultipartSignedMangled = 87,

    /// <summary>A multipart/report without its report.</summary>
    MultipartReportMalformed = 88,

    /// <summary>A multipart of a kind nobody registered.</summary>
    MultipartUnknownSubtype = 89,

    /// <summary>A program offered as an alternative of a text.</summary>
    AlternativeWithAttachment = 90,

    /// <summary>A part without header and body.</summary>
    EmptyPart = 91,

    /// <summary>Binary content declared as text.</summary>
    ApplicationOctetSniff = 92,

    /// <summary>HTML, or one tag of it, larger than any reader expects.</summary>
    HtmlPartOversize = 93,

    /// <summary>A Content-Length that is not the length.</summary>
    ContentLengthHeader = 94,

    /// <summary>The same field over and over.</summary>
    XHeadersFlood = 95,

    /// <summary>More references than any thread has.</summary>
    ReferencesBomb = 96,

    /// <summary>A Received field without a readable date.</summary>
    ReceivedMalformed = 97,

    /// <summary>Resent fields without who and when.</summary>
    ResentBlockAnomaly = 98,

    /// <summary>Blind copies named in transit.</summary>
    BccPresent = 99,

    /// <summary>No field names a recipient.</summary>
    RecipientHeaderMissing = 100,

    /// <summary>An empty group as the recipient.</summary>
    UndisclosedGroup = 101,

    /// <summary>A close delimiter twice.</summary>
    DuplicateClose = 102,

    /// <summary>Text behind a delimiter on its line.</summary>
    DelimiterTrailingText = 103,

    /// <summary>Blanks behind a delimiter.</summary>
    DelimiterTrailingSpace = 104,

    /// <summary>Line ends of two kinds in one part.</summary>
    BoundaryLinebreakMixed = 105,

    /// <summary>The last line has no end.</summary>
    MissingFinalCrlf = 106,

    /// <summary>A client that did not double a leading dot. External: seen by the SMTP server.</summary>
    DotStuffingError = 107,

    /// <summary>A greeting name that cannot be the client's. External: judged by the relay.</summary>
    HeloAnomaly = 108,

    /// <summary>A bounce to several recipients. External: judged by the relay.</summary>
    NullSenderMultiRcpt = 109,

    /// <summary>Too many commands that bring no mail. External: the SMTP server ends the session.</summary>
    VrfyFlood = 110,

    /// <summary>A message that comes too slowly. External: the SMTP server ends the session.</summary>
    SlowData = 111,

    /// <summary>Too many sessions of one client. External: the SMTP server refuses them.</summary>
    ConnectionFlood = 112,

    /// <summary>An embedded message sent as an encoded file.</summary>
    HtmlRfc822Attached = 113,

    /// <summary>A damaged Macintosh file.</summary>
    Appledouble = 114,

    /// <summary>Damaged compressed RTF inside TNEF.</summary>
    RtfInTnef = 115,

    /// <summary>TNEF inside TNEF, several levels deep.</summary>
    NestedTnef = 116,

    /// <summary>Oversized or unreadable fields that Exchange takes for properties.</summary>
    ExchangePropertyHeader = 117,

    /// <summary>An overlong X.400 or encapsulated address.</summary>
    X400Address = 118,

    /// <summary>Line ends of an excepted client were made CRLF. External: done by the SMTP server while reading.</summary>
    LineEndsNormalized = 120,

    /// <summary>Content-Disposition outside its grammar.</summary>
    MalformedContentDisposition = 121,

    /// <summary>Several authors of different domains.</summary>
    FromSeveralAuthors = 122,
}
