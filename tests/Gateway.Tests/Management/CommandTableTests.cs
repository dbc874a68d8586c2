using System.CommandLine;
using Gateway.Relay.Message;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>Every command against what it does not understand, and against output and folders that fail.</summary>
public sealed class CommandTableTests
{
    [Fact]
    public async Task Option_NotUnderstood_IsRefusedOrExactlyAsNarrow()
    {
        await using LiveGateway gateway = await QueueOfTwoAsync();
        List<string> wrong = [];
        foreach ((string name, Command command) in CommandTree.Leaves())
        {
            await CheckAsync(name, 64, [.. Words(gateway, name, command), "--nosuch", "1"]);
            foreach (Option option in command.Options.Where(o => o is not System.CommandLine.Help.HelpOption))
            {
                string[] others = [.. Words(gateway, name, command, except: option)];
                bool isSwitch = option.ValueType == typeof(bool);
                bool isClosed = (Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType).IsEnum;
                await CheckAsync(name, 64, [.. others, option.Name.ToUpperInvariant(), "quarantined"]);
                if (isSwitch)
                {
                    continue;
                }

                if (option.Arity.MaximumNumberOfValues == 1)
                {
                    await CheckAsync(name, 64, [.. others, option.Name, "1", option.Name, "1"]);
                }

                foreach (string value in (string[])["nobody,quarantined", "77", "", new string('x', 100_000)])
                {
                    await CheckAsync(name, isClosed ? 64 : null, [.. others, option.Name, value]);
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(2, gateway.Host.Relay.Delivery.List(9).Count(e => e.State == RelayState.Deferred));

        async Task CheckAsync(string name, int? expected, string[] words)
        {
            if (CommandTree.IsOnlyParsed(name))
            {
                return;
            }

            CommandRun run = await gateway.RunAsync(words);
            if ((expected is int code && run.ExitCode != code) || !CommandRun.Documented.Contains(run.ExitCode) || run.Error.Contains("\n   at ", StringComparison.Ordinal))
            {
                wrong.Add($"{string.Join(' ', words.Select(w => w[..Math.Min(w.Length, 30)]))}: {run.ExitCode} {run.Error[..Math.Min(run.Error.Length, 200)]}");
            }
        }
    }

    [Fact]
    public async Task Output_FullOrClosed_IsOneSentenceAndItsCode()
    {
        await using LiveGateway gateway = await QueueOfTwoAsync();
        int failed = 0;
        foreach ((string name, Command command) in CommandTree.Leaves().Where(c => !CommandTree.IsOnlyParsed(c.Name)))
        {
            CommandRun run = await gateway.RunIntoAsync(new FullStream(), [.. Words(gateway, name, command)]);
            Assert.True(CommandRun.Documented.Contains(run.ExitCode), $"{name}: {run.ExitCode}");
            Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
            failed += run.ExitCode == 74 ? 1 : 0;
        }

        // Help, and what has something to list.
        Assert.InRange(failed, 8, int.MaxValue);
        CommandRun list = await gateway.RunIntoAsync(new FullStream(), "queue", "list");
        Assert.Equal((74, "The output cannot be written: No space left on device"), (list.ExitCode, list.Error.Trim()));
    }

    [Theory]
    [InlineData("link")]
    [InlineData("file")]
    [InlineData("nested")]
    [InlineData("deep")]
    public async Task Folder_ThatCannotBeUsed_IsOneSentenceAndItsCode(string kind)
    {
        await using LiveGateway gateway = await QueueOfTwoAsync();
        string held = await gateway.QuarantinedAsync();
        string folder = Path.Combine(gateway.Folder, kind);
        switch (kind)
        {
            case "link":
                Directory.CreateDirectory(folder + ".real");
                File.CreateSymbolicLink(folder, folder + ".real");
                break;
            case "file":
                await File.WriteAllTextAsync(folder, "not a folder", LiveGateway.Ct);
                break;
            case "nested":
                await File.WriteAllTextAsync(folder, "not a folder", LiveGateway.Ct);
                folder = Path.Combine(folder, "below");
                break;
            default:
                folder = Path.Combine(folder, new string('x', 300));
                break;
        }

        foreach (string[] words in (string[][])[["queue", "export", "--all", "-o", folder], ["quarantine", "export", held, "--to", folder]])
        {
            CommandRun run = await gateway.RunAsync(words);
            Assert.True(run.ExitCode == 73, $"{string.Join(' ', words)}: {run.ExitCode} {run.Error}");
            Assert.Contains("cannot be written", run.Error, StringComparison.Ordinal);
        }

        Assert.True(kind != "link" || !Directory.EnumerateFiles(folder + ".real").Any());
    }

    [Fact]
    public async Task Many_OneHasGone_TheOthersAreDoneAndItIsNamed()
    {
        await using LiveGateway gateway = await QueueOfTwoAsync();
        string[] ids = [await gateway.QuarantinedAsync("a"), await gateway.QuarantinedAsync("b"), await gateway.QuarantinedAsync("c")];
        Assert.Equal(0, (await gateway.RunAsync("quarantine", "discard", ids[1], "-r", "first")).ExitCode);
        CommandRun export = await gateway.RunAsync(["quarantine", "export", .. ids, "--to", Path.Combine(gateway.Folder, "out")]);
        Assert.Equal(66, export.ExitCode);
        Assert.Contains(ids[1], export.Error, StringComparison.Ordinal);
        Assert.Equal(4, Directory.GetFiles(Path.Combine(gateway.Folder, "out")).Length);
        CommandRun release = await gateway.RunAsync(["quarantine", "release", .. ids, "-r", "all"]);
        Assert.Equal(66, release.ExitCode);
        Assert.Contains(ids[1], release.Error, StringComparison.Ordinal);
        Assert.Contains($"{ids[2]} is released", release.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing is quarantined.", (await gateway.RunAsync("quarantine", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("No entry fits.", (await gateway.RunAsync("quarantine", "list", "--from", "nobody@example.org")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Release_OfWhatAHostCouldReadAsTwo_IsRefusedWithTheCodeOfAnotherState()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync(settings: ["Rules:nonstandard-end-of-data=quarantine", "Rules:bare-lf=tag"]);
        string id = await gateway.SendAsync("Subject: x\r\n\r\nx\n.\nMAIL FROM:<evil@example.org>\r\n", "bob@example.net", "ada@example.org");
        await LiveGateway.UntilAsync(async () => await gateway.Host.Relay.Quarantine.Store.FindAsync(id, LiveGateway.Ct) is not null);
        CommandRun run = await gateway.RunAsync("quarantine", "release", id, "-r", "x");
        Assert.Equal(66, run.ExitCode);
        Assert.Contains("false end of data", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_FilesAreForTheirOwnerOnlyAndNoLinkIsFollowed()
    {
        await using LiveGateway gateway = await QueueOfTwoAsync();
        string folder = Path.Combine(gateway.Folder, "out");
        string precious = Path.Combine(gateway.Folder, "precious");
        await File.WriteAllTextAsync(precious, "precious", LiveGateway.Ct);
        Directory.CreateDirectory(folder);
        string id = gateway.Host.Relay.Delivery.List(1)[0].Id;
        File.CreateSymbolicLink(Path.Combine(folder, id + ".eml"), precious);
        File.CreateSymbolicLink(Path.Combine(folder, id + ".json"), precious);
        CommandRun run = await gateway.RunAsync("queue", "export", "--all", "-o", folder);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal("precious", await File.ReadAllTextAsync(precious, LiveGateway.Ct));
        Assert.Equal(4, Directory.GetFiles(folder).Length);
        Assert.All(
            Directory.GetFiles(folder),
            static f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(f)));
    }

    [Fact]
    public async Task NullSender_IsWrittenOneWay()
    {
        await using LiveGateway gateway = await LiveGateway.StartAsync();
        string id = await gateway.QuarantinedAsync(sender: string.Empty);
        await gateway.QuarantinedAsync();
        CommandRun list = await gateway.RunAsync("quarantine", "list", "--from", "<>");
        Assert.Contains(id, list.Output, StringComparison.Ordinal);
        Assert.EndsWith("1 message\n", list.Output, StringComparison.Ordinal);
        Assert.Equal(64, (await gateway.RunAsync("quarantine", "list", "--from", "")).ExitCode);
    }

    [Fact]
    public async Task Remove_NeedsANoteAndIsUndoneByARelease()
    {
        await using LiveGateway gateway = await QueueOfTwoAsync();
        string id = gateway.Host.Relay.Delivery.List(1)[0].Id;
        Assert.Equal(64, (await gateway.RunAsync("queue", "remove", id)).ExitCode);
        Assert.Equal(0, (await gateway.RunAsync("queue", "remove", id, "--dry-run")).ExitCode);
        CommandRun run = await gateway.RunAsync("queue", "remove", id, "--note", "wrong one");
        Assert.StartsWith($"removed {id} from ada@example.org to later@example.net\n1 message removed; for a day", run.Output, StringComparison.Ordinal);
        await LiveGateway.UntilAsync(() => gateway.RunAsync("quarantine", "list", "--rule", "queue-removed").GetAwaiter().GetResult().Output.Contains(id, StringComparison.Ordinal));
        Assert.Contains("wrong one", (await gateway.RunAsync("quarantine", "show", id)).Output, StringComparison.Ordinal);
        gateway.Downstream.ClearRules();
        Assert.Equal(0, (await gateway.RunAsync("quarantine", "release", id, "-r", "it was needed")).ExitCode);
        await gateway.Downstream.WaitForMessagesAsync(1, LiveGateway.Ct);
        Assert.Equal("later@example.net", Assert.Single(gateway.Downstream.Messages).Recipients[0]);
    }

    private static async Task<LiveGateway> QueueOfTwoAsync()
    {
        LiveGateway gateway = await LiveGateway.StartAsync();
        gateway.Downstream.On(SmtpStep.Rcpt, SmtpAction.Reply("450 4.2.1 wait"));
        await gateway.DeferredAsync();
        await gateway.DeferredAsync("late@example.net");
        return gateway;
    }

    private static IEnumerable<string> Words(LiveGateway gateway, string name, Command command, Option? except = null) =>
        CommandTree.Words(name, command, Path.Combine(gateway.Folder, "no-folder"), except);

    /// <summary>As <c>/dev/full</c>.</summary>
    private sealed class FullStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left on device");

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("No space left on device");
    }
}
