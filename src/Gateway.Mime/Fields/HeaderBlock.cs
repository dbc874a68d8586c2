using MimeKit;

namespace Gateway.Mime.Fields;

/// <summary>One header block: of the message, of an embedded message, or of a part.</summary>
/// <remarks>Reused from block to block; rules look at it while it is complete and before the next begins.</remarks>
internal sealed class HeaderBlock
{
    // The place of the first valid field of each identity, plus one: rules ask for two dozen of them in every block.
    private readonly int[] _first = new int[FieldIdentities.Space];
    private readonly FieldsByTrait _byTrait = new();
    private HeaderField[] _fields = [.. Enumerable.Range(0, 64).Select(_ => new HeaderField())];
    private int _count;
    private int _largest;
    private readonly MimeField _contentType = new();
    private bool _contentTypeRead;
    private TransferEncoding? _encoding;
    private readonly MimeField _disposition = new();
    private bool _dispositionRead;

    public ReadOnlySpan<HeaderField> Fields => _fields.AsSpan(0, _count);

    /// <summary>The largest field with its folds; only for a block that has fields.</summary>
    public HeaderField Largest => _fields[_largest];

    /// <summary>What any of the fields is or holds.</summary>
    public FieldTraits Traits => _byTrait.Any;

    /// <summary>Received fields.</summary>
    public int Hops { get; private set; }

    /// <summary>Different fields among those that MimeKit knows, without Received.</summary>
    public int Kinds { get; private set; }

    /// <summary>A field that MimeKit knows occurs twice, and is no Received.</summary>
    public bool Repeats { get; private set; }

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
        (Hops, Kinds, Repeats) = (0, 0, false);
        _byTrait.Clear();
        _contentTypeRead = false;
        _encoding = null;
        _dispositionRead = false;
        Begin = begin;
        BeginLine = line;
        End = begin;
        HasSeparator = false;
        IsMessage = isMessage;
        IsTop = isTop;
    }

    /// <summary>Adds a field; what is returned is the block's own.</summary>
    public HeaderField Add(HeaderId id, byte[] name, byte[] value, long offset, int line, bool valid)
    {
        if (_count == _fields.Length)
        {
            Array.Resize(ref _fields, _count * 2);
            for (int i = _count; i < _fields.Length; i++)
            {
                _fields[i] = new HeaderField();
            }
        }

        HeaderField field = _fields[_count];
        field.Set(id, name, value, offset, line, valid);
        ref int first = ref _first[(int)field.Id + 1];
        if (field.Id == HeaderId.Received)
        {
            Hops++;
        }
        else if (field.Id != HeaderId.Unknown)
        {
            Kinds += first == 0 ? 1 : 0;
            Repeats |= first != 0;
        }

        first = first == 0 && field.Valid ? _count + 1 : first;
        _byTrait.Add(field.Traits);
        _largest = field.Length > _fields[_largest].Length || _count == 0 ? _count : _largest;
        _count++;
        return field;
    }

    public void Finish(long end) => End = end;

    /// <summary>Indexes of the fields with one trait, in their order.</summary>
    public ReadOnlySpan<int> With(FieldTraits trait) => _byTrait.Of(trait);

    /// <summary>Index of the first field of an identity; -1 when there is none.</summary>
    public int Find(HeaderId id) => _first[(int)id + 1] - 1;

    /// <summary>The first Content-Type field; null when the block has none.</summary>
    public HeaderField? ContentTypeField => Find(HeaderId.ContentType) is var at and >= 0 ? _fields[at] : null;

    /// <summary>Our own reading of the first Content-Type; null when the block has none.</summary>
    public MimeField? ContentType
    {
        get
        {
            if (!_contentTypeRead && ContentTypeField is { } header)
            {
                _contentType.Parse(header.Value, hasSubtype: true);
                _contentTypeRead = true;
            }

            return _contentTypeRead ? _contentType : null;
        }
    }

    /// <summary>Our own reading of the first Content-Transfer-Encoding; only for a block that has one.</summary>
    public TransferEncoding TransferEncoding => _encoding ??= TransferEncoding.Parse(_fields[Find(HeaderId.ContentTransferEncoding)].Value);

    /// <summary>The first Content-Disposition field; null when the block has none.</summary>
    public HeaderField? DispositionField => Find(HeaderId.ContentDisposition) is var at and >= 0 ? _fields[at] : null;

    /// <summary>Our own reading of the first Content-Disposition; null when the block has none.</summary>
    public MimeField? Disposition
    {
        get
        {
            if (!_dispositionRead && DispositionField is { } header)
            {
                _disposition.Parse(header.Value, hasSubtype: false);
                _dispositionRead = true;
            }

            return _dispositionRead ? _disposition : null;
        }
    }
}
