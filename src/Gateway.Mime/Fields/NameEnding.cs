using System.Collections.Frozen;

namespace Gateway.Mime.Fields;

/// <summary>The ending of a file name, which decides with what the file is opened.</summary>
internal static class NameEnding
{
    /// <summary>Octets of the longest ending that is kept; those of Windows' own shells are the longest that run.</summary>
    public const int Longest = 24;

    /// <summary>What nobody lists is an ending up to this length; a longer word behind a dot is part of a sentence.</summary>
    private const int LongestUnlisted = 8;

    /// <summary>Letters and digits behind the last dot, in lower case; blanks and dots at the end do not count. Empty when there is none.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        ReadOnlySpan<byte> end = name.TrimEnd(" .\t\r\n\0"u8);
        int dot = end.LastIndexOf((byte)'.');
        ReadOnlySpan<byte> ending = dot < 0 ? default : end[(dot + 1)..];
        if (ending.Length is 0 or > Longest)
        {
            return default;
        }

        bool plain = ending.Length <= LongestUnlisted;
        for (int i = 0; i < ending.Length; i++)
        {
            char letter = char.ToLowerInvariant((char)ending[i]);
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_'))
            {
                return default;
            }

            plain &= char.IsAsciiLetterOrDigit(letter);
            buffer[i] = (byte)letter;
        }

        ReadOnlySpan<byte> lower = buffer[..ending.Length];
        return plain ? Canonical(lower) : Runs(lower) ? lower : default;
    }

    /// <summary>
    /// True for what a mail client or the system behind it runs or opens with the rights of the reader: the lists of endings that Outlook and Gmail block,
    /// Office files with macros, disk images, and pages that carry scripts.
    /// </summary>
    public static bool Runs(ReadOnlySpan<byte> ending)
    {
        if (ending.Length is < 2 or > Longest)
        {
            return false;
        }

        Span<char> text = stackalloc char[Longest];
        for (int i = 0; i < ending.Length; i++)
        {
            text[i] = (char)ending[i];
        }

        return Lookup.Contains(text[..ending.Length]);
    }

    /// <summary>Two endings of the same thing are no conflict.</summary>
    private static ReadOnlySpan<byte> Canonical(ReadOnlySpan<byte> ending) => ending switch
    {
        _ when ending.SequenceEqual("jpeg"u8) || ending.SequenceEqual("jpe"u8) => "jpg"u8,
        _ when ending.SequenceEqual("html"u8) => "htm"u8,
        _ when ending.SequenceEqual("tiff"u8) => "tif"u8,
        _ when ending.SequenceEqual("mpeg"u8) => "mpg"u8,
        _ when ending.SequenceEqual("text"u8) => "txt"u8,
        _ => ending,
    };

    private static readonly FrozenSet<string> Listed = string.Concat(
        // Programs, libraries and their installers.
        "apk app appinstaller application appref-ms appx appxbundle bat cab cmd com cpl crx dll dmg drv ex ex_ exe gadget ins inx isp jar jnl jnlp lib msi msix ",
        "msixbundle msp mst msu nsh ocx pif pkg prg reg rgs run scf scr sys tmp vxd xbap xll xnk ",

        // Scripts, and what interpreters and consoles open.
        "ahk asp aspx au3 bas bash class csh fxp hta inf its js jse ksh mjs msc msh msh1 msh1xml msh2 msh2xml mshxml php pl plg prf ps1 ps1xml ps2 ps2xml psc1 psc2 psd1 ",
        "psdm1 psm1 py pyc pyo pyw pyz pyzw rb sct sh shb shs tcsh vb vba vbe vbp vbs ws wsc wsf wsh ",

        // Links and settings that lead elsewhere, and help files.
        "appcontent-ms asx bgi chm cnt contact der desklink desktop desktopthemepackfile diagcab diagcfg diagpkg grp hlp hpj hsq library-ms lnk mapimail mad maf mag mam ",
        "maq mar mas mat mau mav maw msrcincident ops osd pcd printerexport rdp search-ms searchconnector-ms settingcontent-ms sfb theme themepack udl url vsmacros vsw ",
        "webloc webpnp website workspace ",

        // Databases and Office files that carry code or fetch data.
        "accda accdb accde accdr accdu ade adn adp docm dotm dqy iqy mcf mda mdb mde mdt mdw mdz one onepkg onetoc2 oqy potm ppa ppam ppsm pptm pub rqy sldm slk wiz wll ",
        "xla xlam xlm xlsb xlsm xltm xlw ",

        // Disk images, which open as a folder without the mark of the web.
        "img iso udf vcd vdi vhd vhdx vmdk wim ",

        // Pages.
        "htm mht mhtml shtm shtml svg svgz swf xht xhtm xhtml").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Lookup = Listed.GetAlternateLookup<ReadOnlySpan<char>>();
}
