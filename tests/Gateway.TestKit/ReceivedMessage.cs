namespace Gateway.TestKit;

/// <summary>One message a <see cref="ScriptedSmtpServer"/> answered 2xx.</summary>
/// <param name="Connection">Which connection to the server it came over, from 1.</param>
/// <param name="Sender">The reverse-path without angle brackets.</param>
/// <param name="Recipients">The forward-paths answered 2xx, in order.</param>
/// <param name="MailLine">The whole MAIL command, to look at its parameters.</param>
/// <param name="RecipientLines">The whole RCPT commands that were answered 2xx.</param>
/// <param name="Content">The octets as sent, doubled dots undone, terminator off; its last CRLF is part of it.</param>
public sealed record ReceivedMessage(
    int Connection,
    string Sender,
    IReadOnlyList<string> Recipients,
    string MailLine,
    IReadOnlyList<string> RecipientLines,
    byte[] Content)
{
    /// <summary>The content, one character per octet.</summary>
    public string Text => System.Text.Encoding.Latin1.GetString(Content);
}
