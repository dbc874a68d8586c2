using MimeKit;

namespace Gateway.Mime.Fields;

/// <summary>One header block: of the message, of an embedded message, or of a part.</summary>
/// <remarks>Reused from block to block; rules look at it while it is complete and before the next begins.</remarks>
internal sealed class HeaderBlock
{
    /// <summary>Identities are small numbers, from -1 for a field MimeKit does not know.</summary>
    private static readonly int IdentitySpace = (int)Enum.GetValues<HeaderId>().Max() + 2;

    // The place of the first valid field of each identity, plus one: rules ask for two dozen of them in every block.
    private readonly int[] _first = new int[IdentitySpace];
    private HeaderField[] _fields = new HeaderField[64];
    private int _count;
    private int _largest;
    private readonly MimeField _contentType = new();
    private int _contentTypeAt;
    private bool _contentTypeRead;
    private TransferEncoding? _encoding;
    private readonly MimeField _disposition = new();
    private int _dispositionAt;
    private bool _dispositionRead;

    public ReadOnlySpan<HeaderField> Fields => _fields.AsSpan(0, _count);

    /// <summary>The largest field with its folds; only for a block that has fields.</summary>
    public HeaderField Largest => _fields[_largest];

    /// <summary>What any of the values holds.</summary>
    public FieldTraits Traits { get; private set; }

    /// <summary>Received fields.</summary>
    public int Hops { get; private set; }

    public long Begin { get; private set; }

    public int BeginLine { get; private set; }

    /// <summary>Offset behind the block and its empty line.</summary>
    public long End { get; private set; }

    /// <summary>True when an empty line ended the block.</summary>
    public bool HasSeparator { get; set; }

    /// <summary>True for the header of the message or an embedded one, false for the header of a part.</summary>
    public bool IsMessage { get; private set; }

    /// <summary>True for the block at the top of the message.</summary>
    public bool IsTop { get; private set; }

    public void Start(long begin, int line, bool isMessage, bool isTop)
    {
        for (int i = 0; i < _count; i++)
        {
            _first[(int)_fields[i].Id + 1] = 0;
        }

        _count = 0;
        _largest = 0;
        Hops = 0;
        Traits = FieldTraits.None;
        _contentTypeAt = -1;
        _contentTypeRead = false;
        _encoding = null;
        _dispositionAt = -1;
        _dispositionRead = false;
        Begin = begin;
        BeginLine = line;
        End = begin;
        HasSeparator = false;
        IsMessage = isMessage;
        IsTop = isTop;
    }

    public void Add(in HeaderField field)
    {
        if (field.Id == HeaderId.ContentType && _contentTypeAt < 0)
        {
            _contentTypeAt = _count;
        }

        if (field.Id == HeaderId.ContentDisposition && _dispositionAt < 0)
        {
            _dispositionAt = _count;
        }

        if (_count == _fields.Length)
        {
            Array.Resize(ref _fields, _count * 2);
        }

        ref int first = ref _first[(int)field.Id + 1];
        first = first == 0 && field.Valid ? _count + 1 : first;
        Traits |= field.Traits;
        Hops += field.Id == HeaderId.Received ? 1 : 0;
        _largest = field.Length > _fields[_largest].Length || _count == 0 ? _count : _largest;
        _fields[_count++] = field;
    }

    public void Finish(long end) => End = end;

    /// <summary>Index of the first field of an identity; -1 when there is none.</summary>
    public int Find(HeaderId id) => _first[(int)id + 1] - 1;

    /// <summary>The first Content-Type field; null when the block has none.</summary>
    public HeaderField? ContentTypeField => _contentTypeAt < 0 ? null : _fields[_contentTypeAt];

    /// <summary>Our own reading of the first Content-Type; null when the block has none.</summary>
    public MimeField? ContentType
    {
        get
        {
            if (_contentTypeAt < 0)
            {
                return null;
            }

            if (!_contentTypeRead)
            {
                _contentType.Parse(_fields[_contentTypeAt].Value, hasSubtype: true);
                _contentTypeRead = true;
            }

            return _contentType;
        }
    }

    /// <summary>Our own reading of the first Content-Transfer-Encoding; only for a block that has one.</summary>
    public TransferEncoding TransferEncoding => _encoding ??= TransferEncoding.Parse(_fields[Find(HeaderId.ContentTransferEncoding)].Value);

    /// <summary>The first Content-Disposition field; null when the block has none.</summary>
    public HeaderField? DispositionField => _dispositionAt < 0 ? null : _fields[_dispositionAt];

    /// <summary>Our own reading of the first Content-Disposition; null when the block has none.</summary>
    public MimeField? Disposition
    {
        get
        {
            if (_dispositionAt < 0)
            {
                return null;
            }

            if (!_dispositionRead)
            {
                _disposition.Parse(_fields[_dispositionAt].Value, hasSubtype: false);
                _dispositionRead = true;
            }

            return _disposition;
        }
    }
}
