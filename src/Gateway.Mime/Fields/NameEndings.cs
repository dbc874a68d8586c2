using System.Buffers;

namespace Gateway.Mime.Fields;

/// <summary>The endings of all readings of one file name, as far as it matters whether they are the same.</summary>
internal sealed class NameEndings
{
    /// <summary>A tab is what is left of a fold, and no reader takes it for part of the name.</summary>
    private static readonly SearchValues<byte> Controls =
        SearchValues.Create([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    private readonly byte[] _ending = new byte[NameEnding.Longest];
    private int _length;
    private bool _none;
    private bool _several;
    private bool _runs;

    /// <summary>Two readings end differently, or one has no ending and another one that runs: what honest forms of one name never do.</summary>
    public bool Conflict => _several || (_none && _runs);

    /// <summary>Two readings end differently, no ending counting as one.</summary>
    public bool Differ => _several || (_none && _length > 0);

    public void Clear() => (_length, _none, _several, _runs) = (0, false, false, false);

    /// <summary>A reader finds no name.</summary>
    public void AddNone() => _none = true;

    /// <summary>Adds a reading, and what is left of it for those who cut it at a control or take controls out of it.</summary>
    public void Add(ReadOnlySpan<byte> reading)
    {
        AddWhole(reading);
        int control = reading.IndexOfAny(Controls);
        if (control < 0)
        {
            return;
        }

        AddWhole(reading[..control]);
        Span<byte> clean = stackalloc byte[FileName.Capacity];
        int length = 0;
        foreach (byte octet in reading[..Math.Min(reading.Length, clean.Length)])
        {
            if (!Controls.Contains(octet))
            {
                clean[length++] = octet;
            }
        }

        AddWhole(clean[..length]);
    }

    /// <summary>Adds a reading only if it has an ending.</summary>
    public void AddIfEnds(ReadOnlySpan<byte> reading)
    {
        Span<byte> buffer = stackalloc byte[NameEnding.Longest];
        if (!NameEnding.Of(reading, buffer).IsEmpty)
        {
            AddWhole(reading);
        }
    }

    /// <summary>Adds a reading as it is.</summary>
    public void AddWhole(ReadOnlySpan<byte> reading)
    {
        Span<byte> buffer = stackalloc byte[NameEnding.Longest];
        ReadOnlySpan<byte> ending = NameEnding.Of(reading, buffer);
        if (ending.IsEmpty)
        {
            _none = true;
        }
        else if (_length == 0)
        {
            ending.CopyTo(_ending);
            _length = ending.Length;
            _runs = NameEnding.Runs(ending);
        }
        else if (!ending.SequenceEqual(_ending.AsSpan(0, _length)))
        {
            _several = true;
        }
    }
}
