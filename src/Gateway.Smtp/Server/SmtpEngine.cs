namespace Gateway.Smtp.Server;

/// <summary>Who reads the commands of a listener's sessions; all else is the same code.</summary>
public enum SmtpEngine
{
    /// <summary>Our own reader over Kestrel's connections.</summary>
    Kestrel,

    /// <summary>The package SmtpServer, over the same connections and with our reader of content.</summary>
    SmtpServer,
}

/// <summary>What an engine is called in the configuration, the log and the metrics.</summary>
public static class SmtpEngineNames
{
    /// <summary><c>kestrel</c> or <c>smtpserver</c>.</summary>
    public static string Name(this SmtpEngine engine) => engine == SmtpEngine.Kestrel ? "kestrel" : "smtpserver";
}
