using System.Text;

namespace Gateway.LoadGen.Source;

/// <summary>The commands that are the same for every message.</summary>
internal sealed class SourceWords
{
    public SourceWords(SourcePlan plan)
    {
        Mail = Encoding.ASCII.GetBytes($"MAIL FROM:<{plan.Sender}>");
        Recipients = [.. Enumerable.Range(0, plan.Recipients).Select(i => Encoding.ASCII.GetBytes(FormattableString.Invariant($"RCPT TO:<r{i}@{plan.RecipientDomain}>\r\n")))];
        AllRecipients = [.. Recipients.SelectMany(r => r)];
    }

    public byte[] Mail { get; }

    public byte[][] Recipients { get; }

    public byte[] AllRecipients { get; }
}
