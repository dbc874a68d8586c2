using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Gateway.Smtp.Server;

/// <summary>Decides how much of a command line may be written down.</summary>
/// <remarks>
/// The lines of a running exchange are the caller's to hide. This covers the rest: the initial response behind AUTH, what a client that did
/// not listen sends behind an AUTH that was refused, and other protocols' ways to say a password to the wrong port. When in doubt it hides.
/// Cost: a well-formed command is told by its first four octets and one vectorised search.
/// </remarks>
internal static class SecretMask
{
    private static readonly string[] Mechanisms =
    [
        "PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1", "CRAM-MD5", "DIGEST-MD5", "NTLM", "GSSAPI", "XOAUTH2",
        "OAUTHBEARER", "EXTERNAL", "ANONYMOUS",
    ];

    private static readonly SearchValues<string> Telltales = SearchValues.Create(["AUTH", "PASS", "LOGIN"], StringComparison.OrdinalIgnoreCase);

    /// <summary>How many octets of the line, from its start, hold no secret.</summary>
    /// <param name="line">The line without its line end.</param>
    /// <param name="suspicious">An earlier line was about authentication; becomes true when this one is.</param>
    public static int Visible(ReadOnlySpan<byte> line, ref bool suspicious)
    {
        if (IsCommand(line) && !line.ContainsAnyInRange((byte)0, (byte)0x1F))
        {
            return line.Length;
        }

        if (Ascii.EqualsIgnoreCase(line, "STARTTLS"u8))
        {
            return line.Length;
        }

        // Latin-1 keeps the places; this is a line that no well-behaved client sends, or AUTH.
        string text = Encoding.Latin1.GetString(line);
        int found = text.AsSpan().IndexOfAny(Telltales);
        if (found < 0)
        {
            return suspicious ? 0 : line.Length;
        }

        bool hidesAll = suspicious && text.AsSpan(0, found).ContainsAnyExcept(' ', '\t');
        suspicious = true;
        return hidesAll ? 0 : found + WordLength(text.AsSpan(found));
    }

    /// <summary>The telltale word, with the mechanism behind AUTH if it is a known one: an unknown word might be the password.</summary>
    private static int WordLength(ReadOnlySpan<char> text)
    {
        int word = text.StartsWith("LOGIN", StringComparison.OrdinalIgnoreCase) ? 5 : 4;
        ReadOnlySpan<char> behind = text[word..];
        ReadOnlySpan<char> argument = behind.TrimStart(' ');
        int end = argument.IndexOfAny(' ', '\r', '\n');
        ReadOnlySpan<char> mechanism = end < 0 ? argument : argument[..end];
        foreach (string known in Mechanisms)
        {
            if (argument.Length < behind.Length && mechanism.Equals(known, StringComparison.OrdinalIgnoreCase))
            {
                return word + (behind.Length - argument.Length) + mechanism.Length;
            }
        }

        return word;
    }

    private static bool IsCommand(ReadOnlySpan<byte> line)
    {
        if (line.Length < 4 || (line.Length > 4 && line[4] != ' '))
        {
            return false;
        }

        return (BinaryPrimitives.ReadUInt32BigEndian(line) | 0x20202020) switch
        {
            0x65686c6f => true, // ehlo
            0x6d61696c => true, // mail
            0x72637074 => true, // rcpt
            0x64617461 => true, // data
            0x62646174 => true, // bdat
            0x71756974 => true, // quit
            0x72736574 => true, // rset
            0x6e6f6f70 => true, // noop
            0x68656c6f => true, // helo
            0x76726679 => true, // vrfy
            0x6578706e => true, // expn
            0x68656c70 => true, // help
            _ => false,
        };
    }
}
