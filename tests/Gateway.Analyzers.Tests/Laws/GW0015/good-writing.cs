using MimeKit;

internal static class Bounce
{
    public static MimeMessage Make(string domain)
    {
        MimeMessage message = new() { Subject = "Undelivered mail" };
        message.From.Add(new MailboxAddress("Mail Delivery System", "MAILER-DAEMON@" + domain));
        return message;
    }
}
