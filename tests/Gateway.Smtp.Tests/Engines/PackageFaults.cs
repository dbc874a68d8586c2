using Xunit;

namespace Gateway.Smtp.Tests.Engines;

/// <summary>What each known fault of the package costs us: the guards and rows that may go when an upgrade mends it.</summary>
internal static class PackageFaults
{
    private static readonly string[] Guards =
    [
        "the check of addresses in the filter of Gateway.SmtpServerGuard, and the reading of the raw line in the engine",
        "the 421 of the guard for a command that ended the session, and the row of docs/engines.md on lines the package throws on",
        "the 421 of the guard at a stop, and the rule of the engine never to call Shutdown before the last session",
        "the advice on SessionTimeout in the README of the guard, and the endless one of the engine",
        "the 451 of the guard's store for exceptions",
        "the guard's store turning SmtpResponseException into its response",
        "the end of an empty message in ContentReader of the guard",
        "the final CRLF and the dots that store and ContentReader of the guard put right",
        "the one segment in which the guard and the engine give content",
        "the one segment in which the guard and the engine give a line",
        "ReplyGroup and NoDelay",
        "the bounds of LineReader, ContentReader and MaxConnections",
        "the sentence on Strict in the README of the guard",
        "the check of PROXY in the guard, and the command switched off in the engine",
        "the rows of docs/engines.md on grammar",
        "the rows of docs/engines.md on AUTH",
    ];

    /// <summary>Passes while a fault is there.</summary>
    /// <param name="fault">Its number in the study, from 1.</param>
    /// <param name="there">It showed itself.</param>
    /// <param name="seen">What was seen instead.</param>
    public static void Stays(int fault, bool there, string seen) =>
        Assert.True(there, $"SmtpServer has mended fault {fault}: look whether this can go: {Guards[fault - 1]}. Seen: {seen}");
}
