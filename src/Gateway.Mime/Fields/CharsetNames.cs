using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Gateway.Mime.Fields;

/// <summary>What is known about the name of a charset.</summary>
internal enum CharsetKind
{
    /// <summary>A name mail readers know.</summary>
    Known,
    Empty,

    /// <summary>Characters no charset name may have.</summary>
    Junk,
    Unknown,

    /// <summary>UTF-7 under its names: text that hides markup from whoever does not decode it.</summary>
    Utf7,

    /// <summary>UTF-16 or UTF-32, which no text part may be in (RFC 2046 4.1.2, RFC 2781).</summary>
    Wide,
}

/// <summary>The names of charsets that mail readers know: the IANA registry's preferred names and the aliases seen in mail.</summary>
internal static class CharsetNames
{
    private const int LongestName = 40;

    private static readonly SearchValues<byte> NameOctets = SearchValues.Create("!#$%&*+-.0123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        StringComparer.Ordinal,
        "us-ascii", "ascii", "ansi_x3.4-1968", "ansi_x3.4-1986", "iso646-us", "iso_646.irv:1991", "iso-ir-6", "us", "ibm367", "csascii",
        "utf-8", "utf8", "unicode-1-1-utf-8", "cesu-8", "latin1", "latin2", "latin-1", "latin-9", "latin9", "l1", "l2", "iso-latin-1",
        "iso-8859-6-e", "iso-8859-6-i", "iso-8859-8-e", "iso-8859-8-i", "logical", "visual",
        "koi8-r", "koi8-u", "koi8-ru", "koi8r", "koi8", "cskoi8r",
        "iso-2022-jp", "iso-2022-jp-1", "iso-2022-jp-2", "iso-2022-jp-3", "iso-2022-jp-ms", "iso-2022-kr", "iso-2022-cn", "iso-2022-cn-ext", "csiso2022jp",
        "shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji", "csshiftjis", "euc-jp", "eucjp", "x-euc-jp", "euc-kr", "euckr", "euc-cn", "euc-tw",
        "gb2312", "gb_2312-80", "gbk", "gb18030", "x-gbk", "hz-gb-2312", "big5", "big-5", "big5-hkscs", "x-x-big5", "cn-big5", "cn-gb",
        "ks_c_5601-1987", "ks_c_5601-1989", "ks_c_5601", "ksc5601", "ksc_5601", "korean", "johab", "tis-620", "viscii", "vps", "tcvn",
        "macintosh", "mac", "hp-roman8", "next", "nextstep", "gsm_03.38", "t.61", "t.61-8bit", "x-user-defined", "unknown-8bit", "x-unknown", "unknown", "binary",
        "armscii-8", "georgian-academy", "georgian-ps", "dec-mcs", "ebcdic-us", "mik", "ptcp154", "rk1048", "iso-ir-100", "iso-ir-101",
        "iso_8859-1:1987", "iso_8859-2:1987", "iso_8859-5:1988", "iso_8859-7:1987", "iso_8859-8:1988", "iso_8859-9:1989");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Known = Names.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Prefixes of families whose members differ by a number.</summary>
    private static readonly string[] Families = ["iso-8859-", "iso8859-", "iso_8859-", "windows-", "cp", "cp-", "ibm", "ibm-", "x-cp", "x-mac-", "x-windows-", "8859-"];

    /// <summary>Judges a name as it stands between its quotes.</summary>
    public static CharsetKind Judge(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            return CharsetKind.Empty;
        }

        if (IsUsual(name))
        {
            return CharsetKind.Known;
        }

        if (name.Length > LongestName || name.IndexOfAnyExcept(NameOctets) >= 0)
        {
            return CharsetKind.Junk;
        }

        Span<char> lower = stackalloc char[name.Length];
        for (int i = 0; i < name.Length; i++)
        {
            lower[i] = char.ToLowerInvariant((char)name[i]);
        }

        if (Known.Contains(lower) || IsOfFamily(lower))
        {
            return CharsetKind.Known;
        }

        if (lower is "utf-7" or "utf7" or "unicode-1-1-utf-7" or "csunicode11utf7" or "x-unicode-2-0-utf-7" or "utf-7-imap" or "cp65000")
        {
            return CharsetKind.Utf7;
        }

        bool wide = lower.StartsWith("utf-16") || lower.StartsWith("utf-32") || lower.StartsWith("utf16") || lower.StartsWith("utf32")
            || lower.StartsWith("ucs-") || lower.StartsWith("iso-10646-ucs") || lower is "unicode" or "unicodefffe";
        return wide ? CharsetKind.Wide : CharsetKind.Unknown;
    }

    /// <summary>What nearly all mail is in.</summary>
    private static bool IsUsual(ReadOnlySpan<byte> name) => name.Length switch
    {
        5 => Ascii.EqualsIgnoreCase(name, "utf-8"u8),
        8 => Ascii.EqualsIgnoreCase(name, "us-ascii"u8),
        10 => Ascii.EqualsIgnoreCase(name, "iso-8859-1"u8),
        12 => Ascii.EqualsIgnoreCase(name, "windows-1252"u8),
        _ => false,
    };

    private static bool IsOfFamily(ReadOnlySpan<char> name)
    {
        foreach (string family in Families)
        {
            if (name.StartsWith(family, StringComparison.Ordinal) && name.Length > family.Length)
            {
                ReadOnlySpan<char> member = name[family.Length..];
                bool word = family == "x-mac-" || (family == "windows-" && member is "31j");
                if ((word || (member.Length <= 5 && member.IndexOfAnyExceptInRange('0', '9') < 0)) && member is not "65000")
                {
                    return true;
                }
            }
        }

        return false;
    }
}
