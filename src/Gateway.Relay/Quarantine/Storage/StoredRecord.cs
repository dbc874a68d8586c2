using System.Buffers;
using System.Text;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>A short JSON record of a quarantined message as it is stored: compressed with a dictionary of what such records say.</summary>
/// <param name="Octets">The compressed record; empty for none.</param>
/// <param name="Length">Octets of the record.</param>
internal readonly record struct StoredRecord(byte[] Octets, int Length)
{
    /// <summary>Octets of a record that is read at the most; a length beyond it is damage.</summary>
    private const int MostOctets = 64 << 20;

    /// <summary>What lines of sessions and envelopes resemble.</summary>
    /// <remarks>Part of the database's format: never changed. Another one would be another schema version.</remarks>
    private const string Usual =
        """
        [{"microseconds":0,"from":"recorder","text":" earlier lines are not kept"},{"microseconds":1000,"from":"server","text":"421 4.7.0 Error: "},{"microseconds":1000,"from":"server","text":"220 mx.example.org ESMTP"},{"microseconds":1000,"from":"client","text":"EHLO mail.example.org"},{"microseconds":1000,"from":"server","text":"250-PIPELINING... (200 octets)"},{"microseconds":1000,"from":"client","text":"STARTTLS"},{"microseconds":1000,"from":"server","text":"220 2.0.0 Ready to start TLS"},{"microseconds":1000,"from":"client","text":"AUTH PLAIN ***"},{"microseconds":1000,"from":"server","text":"235 2.7.0 Authentication successful"},{"microseconds":1000,"from":"server","text":"500 5.5.2 Error: command not recognized"},{"microseconds":1000,"from":"client","text":"RSET"},{"microseconds":1000,"from":"client","text":"BDAT 1000 LAST"},{"microseconds":1000,"from":"server","text":"250 2.0.0 Ok: queued as 06"},{"microseconds":1000,"from":"client","text":"MAIL FROM:<a@example.org> SIZE=1000 BODY=8BITMIME SMTPUTF8 RET=HDRS"},{"microseconds":1000,"from":"server","text":"250 2.1.0 Ok"},{"microseconds":1000,"from":"client","text":"RCPT TO:<b@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;"},{"microseconds":1000,"from":"server","text":"250 2.1.5 Ok"},{"microseconds":1000,"from":"client","text":"DATA"},{"microseconds":1000,"from":"server","text":"354 End data with \u003CCR\u003E\u003CLF\u003E.<CR><LF>.<CR><LF>"},{"microseconds":1000,"from":"client","text":"DATA 1000 octets"}]
        {"Id":"06","ReceivedAt":"2026-11-30T00:00:00.0000000+00:00","SteadyTicks":1000,"Sender":"","Recipients":["b@example.net"],"ClientAddress":"192.0.2.1","ClientHello":"mail.example.org","Protocol":"ESMTPS","Size":1000,"EightBit":true,"SmtpUtf8":true,"Login":"","Trace":"Received: from mail.example.org ([192.0.2.1])\r\n\tby mx.example.org (Gateway) with ESMTP id 06\r\n\tfor \u003Cb@example.net\u003E;\r\n\tMon, 30 Nov 2026 00:00:00 \u002B0000\r\n","ReceiveSeconds":0.000E-05,"Shape":1000}
        """;

    /// <summary>The codec that records are stored with.</summary>
    public static BodyCodec NewCodec() => new(Encoding.UTF8.GetBytes(Usual));

    /// <summary>Compresses a record.</summary>
    public static StoredRecord Of(ReadOnlySpan<byte> record, BodyCodec codec)
    {
        BodyPiece piece = codec.Compress(record);
        byte[] octets = piece.Span.ToArray();
        piece.Return();
        return new StoredRecord(octets, record.Length);
    }

    /// <summary>Reads a record and makes something of it.</summary>
    /// <exception cref="QuarantineUnavailableException">It is damaged.</exception>
    public static T Read<T>(BodyCodec codec, ReadOnlySpan<byte> octets, long length, Func<byte[], int, T> make)
    {
        byte[] record = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(length, 1, MostOctets));
        try
        {
            return make(record, codec.Decompress(octets, record));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(record);
        }
    }
}
