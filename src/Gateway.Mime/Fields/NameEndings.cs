using System.Buffers;

namespace Gateway.Mime.Fields;

/// <summary>The endings of all readings of one file name, as far as it matters whether they are the same.</summary>
internal sealed class NameEndings
{
    /// <summary>A tab is what is left of a fold, and no reader takes it for part of the name.</summary>
    private static readonly SearchValues<byte> Controls =
        SearchValues.Create([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    private readonly Kept _ending = new();
    private readonly Kept _other = new();
    private readonly Kept _none = new();
    private readonly byte[] _first = new byte[NameEnding.Longest];
    private int _length;
    private bool _runs;

    /// <summary>Two readings end differently, or one has no ending and another one that runs: what honest forms of one name never do.</summary>
    public bool Conflict => _other.IsSet || (_none.IsSet && _runs);

    /// <summary>Two readings end differently, no ending counting as one.</summary>
    public bool Differ => _other.IsSet || (_none.IsSet && _length > 0);

    public void Clear()
    {
        (_length, _runs) = (0, false);
        _ending.IsSet = _other.IsSet = _none.IsSet = false;
    }

    /// <summary>A reader finds no name.</summary>
    public void AddNone() => _none.Set(default, NameStyle.None);

    /// <summary>Adds a reading, and what is left of it for those who cut it at a control or take controls out of it.</summary>
    public void Add(ReadOnlySpan<byte> reading, NameStyle style)
    {
        AddWhole(reading, style);
        int control = reading.IndexOfAny(Controls);
        if (control < 0)
        {
            return;
        }

        AddWhole(reading[..control], NameStyle.AtControl);
        Span<byte> clean = stackalloc byte[FileName.Capacity];
        int length = 0;
        foreach (byte octet in reading[..Math.Min(reading.Length, clean.Length)])
        {
            if (!Controls.Contains(octet))
            {
                clean[length++] = octet;
            }
        }

        AddWhole(clean[..length], NameStyle.WithoutControls);
    }

    /// <summary>Adds a reading only if it has an ending.</summary>
    public void AddIfEnds(ReadOnlySpan<byte> reading, NameStyle style)
    {
        Span<byte> buffer = stackalloc byte[NameEnding.Longest];
        if (!NameEnding.Of(reading, buffer).IsEmpty)
        {
            AddWhole(reading, style);
        }
    }

    /// <summary>Adds a reading as it is.</summary>
    public void AddWhole(ReadOnlySpan<byte> reading, NameStyle style)
    {
        Span<byte> buffer = stackalloc byte[NameEnding.Longest];
        ReadOnlySpan<byte> ending = NameEnding.Of(reading, buffer);
        if (ending.IsEmpty)
        {
            _none.Set(reading, style);
        }
        else if (_length == 0)
        {
            ending.CopyTo(_first);
            (_length, _runs) = (ending.Length, NameEnding.Runs(ending));
            _ending.Set(reading, style);
        }
        else if (!ending.SequenceEqual(_first.AsSpan(0, _length)))
        {
            _other.Set(reading, style);
        }
    }

    /// <summary>Two readings that end differently; only where <see cref="Differ"/> holds.</summary>
    public IReadOnlyList<ReaderView> Views() => [_ending.View(), (_other.IsSet ? _other : _none).View()];

    /// <summary>The first reading of its kind.</summary>
    private sealed class Kept
    {
        private readonly byte[] _octets = new byte[FileName.Capacity];
        private int _length;
        private NameStyle _style;

        public bool IsSet { get; set; }

        public void Set(ReadOnlySpan<byte> reading, NameStyle style)
        {
            if (!IsSet)
            {
                (IsSet, _style, _length) = (true, style, Math.Min(reading.Length, _octets.Length));
                reading[.._length].CopyTo(_octets);
            }
        }

        public ReaderView View() => new(NameStyles.Describe(_style), _octets.AsSpan(0, _length).ToArray());
    }
}
