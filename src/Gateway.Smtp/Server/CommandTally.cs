using System.Globalization;
using System.Text;
using Gateway.Smtp.Protocol;

namespace Gateway.Smtp.Server;

/// <summary>Counts a session's commands by verb, for the <c>disconnect</c> line in Postfix's manner: <c>ehlo=1 rcpt=2/3 commands=3/4</c>.</summary>
/// <remarks>Of two numbers the first are those that succeeded. Threads: its session's.</remarks>
internal sealed class CommandTally
{
    private readonly (int Good, int All)[] _counts = new (int, int)[CommandTable.Rows.Count];

    /// <summary>Counts a command.</summary>
    public void Count(SmtpVerb verb, bool succeeded)
    {
        ref (int Good, int All) count = ref _counts[(int)verb];
        count.All++;
        count.Good += succeeded ? 1 : 0;
    }

    /// <summary>A command that was counted as a success came to nothing: DATA whose message was refused.</summary>
    public void Revoke(SmtpVerb verb) => _counts[(int)verb].Good--;

    /// <inheritdoc/>
    public override string ToString()
    {
        StringBuilder text = new();
        (int Good, int All) sum = default;
        for (int i = 1; i <= _counts.Length; i++)
        {
            // Unknown, the first row, comes last.
            int row = i % _counts.Length;
            (int Good, int All) count = _counts[row];
            sum = (sum.Good + count.Good, sum.All + count.All);
            if (count.All > 0)
            {
                Write(text, row == 0 ? "unknown" : CommandTable.Rows[row].Name, count);
                text.Append(' ');
            }
        }

        Write(text, "commands", sum);
        return text.ToString();
    }

    private static void Write(StringBuilder text, string name, (int Good, int All) count)
    {
        foreach (char c in name)
        {
            text.Append(char.ToLowerInvariant(c));
        }

        text.Append('=').Append(CultureInfo.InvariantCulture, $"{count.Good}");
        if (count.All != count.Good)
        {
            text.Append('/').Append(CultureInfo.InvariantCulture, $"{count.All}");
        }
    }
}
