using Gateway.Mime.Fields;
using MimeKit;

namespace Gateway.Mime.Rules.Address;

/// <summary>Fields that hold addresses: how many, how written, and what hides in them.</summary>
/// <remarks>Cost: one pass over each address field.</remarks>
internal sealed class AddressFields : RuleFamily
{
    /// <summary>What rank 49 of the catalogue is about; for From the rule on From speaks.</summary>
    private const AddressFlaws Syntax = AddressFlaws.UnbalancedAngle | AddressFlaws.OpenQuote | AddressFlaws.OpenComment | AddressFlaws.NoDomain
        | AddressFlaws.HostOnly | AddressFlaws.MissingComma | AddressFlaws.StrayText | AddressFlaws.TwoAts | AddressFlaws.BadGroup | AddressFlaws.Empty;

    private readonly AddressScan _scan = new();

    public override RuleMoments Moments => RuleMoments.Block;

    public override void Block(Inspection inspection, HeaderBlock block)
    {
        if (!block.IsMessage)
        {
            return;
        }

        long addresses = 0;
        int largest = -1;
        int most = 0;
        ReadOnlySpan<HeaderField> fields = block.Fields;
        foreach (int i in block.With(FieldTraits.Addresses))
        {
            ref readonly HeaderField field = ref fields[i];
            bool words = field.Traits.HasFlag(FieldTraits.WordStart);
            _scan.Read(field.Value, words);
            addresses += _scan.Addresses;
            (largest, most) = _scan.Addresses > most ? (i, _scan.Addresses) : (largest, most);
            if (_scan.Flaws != AddressFlaws.None)
            {
                Flaws(inspection, block, field);
            }

            Runs(inspection, field);
            if (words)
            {
                Words(inspection, field);
            }
        }

        if (largest >= 0)
        {
            ref readonly HeaderField field = ref fields[largest];
            inspection.Measure(RuleCode.TooManyAddresses, addresses, hard: false, field.Offset, field.Length, field.Line);
        }
    }

    private void Flaws(Inspection inspection, HeaderBlock block, in HeaderField field)
    {
        bool from = field.Id == HeaderId.From;
        bool topFrom = from && block.IsTop;
        if ((_scan.Flaws & Syntax) is var syntax and not AddressFlaws.None && !topFrom && !IsEmptyList(field, syntax))
        {
            AddressFlaws first = First(syntax);
            inspection.Report(
                RuleCode.AddressSyntax, RuleAction.Tag, field.ValueOffset + _scan.PlaceOf(first), 1, $"{Describe(first)} in {field.Id.ToHeaderName()}");
        }

        if (_scan.Flaws.HasFlag(AddressFlaws.Route))
        {
            inspection.Report(
                RuleCode.RouteAddress, topFrom ? RuleAction.Quarantine : RuleAction.Tag, field.ValueOffset + _scan.PlaceOf(AddressFlaws.Route), 1,
                $"source route in {field.Id.ToHeaderName()}");
        }

        if (_scan.Flaws.HasFlag(AddressFlaws.EightBit) && !(inspection.Utf8 && System.Text.Unicode.Utf8.IsValid(field.Value)))
        {
            RuleAction grade = block.IsTop ? RuleAction.Quarantine : RuleAction.Tag;
            inspection.Report(
                RuleCode.EightBitInHeader, grade, field.ValueOffset + _scan.PlaceOf(AddressFlaws.EightBit), 1, $"8-bit character in an address of {field.Id.ToHeaderName()}");
        }

        if (_scan.Flaws.HasFlag(AddressFlaws.EncodedWord))
        {
            EncodedAddress(inspection, field, topFrom);
        }
    }

    private void EncodedAddress(Inspection inspection, in HeaderField field, bool topFrom)
    {
        int place = _scan.PlaceOf(AddressFlaws.EncodedWord);
        if (!EncodedWord.TryFind(field.Value, place, Strictness.Grammar, out EncodedWord word) || word.Start != place)
        {
            return;
        }

        Span<byte> buffer = stackalloc byte[FileName.Capacity];
        ReadOnlySpan<byte> decoded = buffer[..word.Decode(field.Value, buffer, out _)];
        bool address = decoded.Contains((byte)'@');
        inspection.Report(
            RuleCode.EncodedAddress, topFrom && address ? RuleAction.Quarantine : RuleAction.Tag, field.ValueOffset + place, word.Length,
            address ? "an encoded word that decodes to an address, where an address stands" : "an encoded word where an address stands");
    }

    private void Runs(Inspection inspection, in HeaderField field)
    {
        if (_scan.CommaRun > 2 && inspection.GradeOf(RuleCode.NestedCommentBomb, _scan.CommaRun) is var grade and > RuleAction.Allow)
        {
            inspection.Report(
                RuleCode.NestedCommentBomb, grade, field.ValueOffset + Math.Max(0, _scan.CommaRunAt - _scan.CommaRun), _scan.CommaRun,
                $"{_scan.CommaRun} commas with nothing between them");
        }
    }

    /// <summary>Encoded words that decode to what breaks a line, ends a string or reads as another address.</summary>
    private static void Words(Inspection inspection, in HeaderField field)
    {
        ReadOnlySpan<byte> value = field.Value;
        Span<byte> buffer = stackalloc byte[FileName.Capacity];
        int from = 0;
        while (EncodedWord.TryFind(value, from, Strictness.Grammar, out EncodedWord word))
        {
            from = word.End;
            ReadOnlySpan<byte> decoded = buffer[..word.Decode(value, buffer, out _)];
            if (!word.IsWide(value) && decoded.IndexOfAny("\r\n\0"u8) >= 0)
            {
                inspection.Report(
                    RuleCode.EncodedAddress, RuleAction.Quarantine, field.ValueOffset + word.Start, word.Length,
                    $"an encoded word that decodes to CR, LF or NUL in {field.Id.ToHeaderName()}");
                return;
            }

            if (field.Id == HeaderId.From && (decoded.Contains((byte)'<') || NamesAddress(decoded)))
            {
                inspection.Report(
                    RuleCode.EncodedAddress, RuleAction.Tag, field.ValueOffset + word.Start, word.Length, "an encoded word that decodes to an address or angle bracket in From");
                return;
            }
        }
    }

    private static bool NamesAddress(ReadOnlySpan<byte> text)
    {
        int at = text.IndexOf((byte)'@');
        return at > 0 && at < text.Length - 1 && char.IsAsciiLetterOrDigit((char)text[at - 1]) && char.IsAsciiLetterOrDigit((char)text[at + 1]);
    }

    /// <summary>Angle brackets around nothing are how trace and delivery reports write the null address.</summary>
    private static bool IsEmptyList(in HeaderField field, AddressFlaws syntax) =>
        syntax == AddressFlaws.Empty && field.Value.AsSpan().Trim(" \t\r\n"u8).SequenceEqual("<>"u8);

    private AddressFlaws First(AddressFlaws flaws)
    {
        AddressFlaws first = AddressFlaws.None;
        for (uint rest = (uint)flaws; rest != 0; rest &= rest - 1)
        {
            AddressFlaws flaw = (AddressFlaws)(1u << System.Numerics.BitOperations.TrailingZeroCount(rest));
            first = first == AddressFlaws.None || _scan.PlaceOf(flaw) < _scan.PlaceOf(first) ? flaw : first;
        }

        return first;
    }

    private static string Describe(AddressFlaws flaw) => flaw switch
    {
        AddressFlaws.UnbalancedAngle => "an angle bracket without its partner",
        AddressFlaws.OpenQuote => "a quoted string that does not end",
        AddressFlaws.OpenComment => "a comment without beginning or end",
        AddressFlaws.NoDomain => "a local part without domain",
        AddressFlaws.HostOnly => "a domain without local part",
        AddressFlaws.MissingComma => "two addresses without a comma between them",
        AddressFlaws.StrayText => "text beside an address",
        AddressFlaws.TwoAts => "more than one at sign in an address",
        AddressFlaws.BadGroup => "a group that does not end or lies in another",
        _ => "an empty address",
    };
}
