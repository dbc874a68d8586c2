using System.Text;
using Gateway.Demo;
using Gateway.Mime;

namespace Gateway.Drill;

/// <summary>The octets of a drill's messages: the samples of the demo, each with the id of its message in the header.</summary>
internal static class DrillMessages
{
    private const int Large = 64 * 1024;

    private static readonly byte[][] Good =
        [DemoSamples.Clean, .. DemoSamples.All.Where(static s => s.Expected == RuleAction.Allow && s.Octets.Length < Large).Select(static s => s.Octets)];

    private static readonly byte[][] Bad = [.. DemoSamples.All.Where(static s => s.Expected > RuleAction.Tag).Select(static s => s.Octets)];

    /// <summary>The message; the same one each time.</summary>
    public static byte[] Octets(DrillMail mail)
    {
        byte[][] samples = mail.Kind == MailKind.Malformed ? Bad : Good;
        return [.. Encoding.ASCII.GetBytes($"X-Drill: {mail.Id}\r\n"), .. samples[mail.Number % samples.Length]];
    }
}
