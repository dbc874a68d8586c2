namespace Gateway.TestKit;

/// <summary>What a <see cref="ScriptedDnsServer"/> does over TCP.</summary>
public enum DnsTcpHabit
{
    /// <summary>It answers.</summary>
    Answers,

    /// <summary>It answers, one octet at a time.</summary>
    Trickles,

    /// <summary>It takes the question and closes the connection.</summary>
    Closes,

    /// <summary>It sends half of the answer and closes the connection.</summary>
    Breaks,

    /// <summary>It takes the question and says nothing.</summary>
    Silent,
}
