namespace Gateway.Commands;

/// <summary>The exit codes of all commands; the ones above 60 are BSD's sysexits, which scripts know.</summary>
public static class ExitCode
{
    /// <summary>Done; for <c>check</c>: nothing would be quarantined or rejected.</summary>
    public const int Ok = 0;

    /// <summary>
    /// <c>check</c>: something would be quarantined or rejected. <c>rules diff</c>: some verdicts differ. <c>demo</c>: a message did not end where it must.
    /// <c>drill</c>: the promise was not kept.
    /// <c>spool</c>: something is damaged. <c>status</c>: no mail is taken. <c>reload</c>: some keys count after a restart only.
    /// </summary>
    public const int Found = 1;

    /// <summary><c>check</c>, <c>rules diff</c>, <c>spool</c>, <c>queue import</c>, <c>user import</c>: something could not be read, or was refused as it is.</summary>
    public const int Unreadable = 2;

    /// <summary>The command line is wrong (EX_USAGE).</summary>
    public const int Usage = 64;

    /// <summary>What was named does not exist, or is not in a state for it (EX_NOINPUT).</summary>
    public const int NotFound = 66;

    /// <summary>The gateway is not running or does not answer; or it runs, and has what was named in use (EX_UNAVAILABLE).</summary>
    public const int Unavailable = 69;

    /// <summary>A fault of ours (EX_SOFTWARE).</summary>
    public const int Fault = 70;

    /// <summary>A file that was asked for cannot be written (EX_CANTCREAT).</summary>
    public const int CannotCreate = 73;

    /// <summary>The output cannot be written: it is full or closed (EX_IOERR).</summary>
    public const int InputOutput = 74;

    /// <summary>The token file cannot be read by this user (EX_NOPERM).</summary>
    public const int NotPermitted = 77;

    /// <summary>The configuration is wrong (EX_CONFIG).</summary>
    public const int Configuration = 78;
}

/// <summary>A command that cannot go on: what to say and how to exit.</summary>
public sealed class CommandFailedException(int exitCode, string message) : Exception(message)
{
    /// <summary>One of <see cref="Commands.ExitCode"/>.</summary>
    public int ExitCode => exitCode;
}
