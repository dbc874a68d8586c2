using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Gateway.Relay.Message;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Storage;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Protocol;
using Gateway.Smtp.Server;
using Gateway.Spool;
using Gateway.Spool.Storage;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Trunk;

/// <summary>
/// A whole relay under traffic while each call to the disk fails in turn, in every way; then the power fails, and the next process goes
/// on with what survived. Each message that was answered 250 is delivered or quarantined, once.
/// </summary>
/// <remarks>The database of the quarantine is not on this disk: of it survives what was committed, as SQLite promises.</remarks>
public sealed class DiskFaultTests
{
    private static readonly string[] Clean = ["c0", "c1", "file2", "later3", "c4", "gone5"];
    private static readonly string[] Malformed = ["bad0", "same1", "same2", "badfile3"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DiskFault.InputOutput, 1)]
    [InlineData(DiskFault.InputOutput, int.MaxValue)]
    [InlineData(DiskFault.NoSpace, 4)]
    [InlineData(DiskFault.ShortWrite, 1)]
    [InlineData(DiskFault.PowerLoss, 1)]
    public async Task Relay_FaultAtEveryCallThenPowerLoss_HasEachAcknowledgedMessageOnce(DiskFault fault, int calls)
    {
        using TemporaryDirectory template = new();
        await using (SqliteQuarantineStore store = await SqliteQuarantineStore.OpenAsync(template["quarantine.db"], TimeProvider.System, Ct))
        {
            // Made once: a new database costs more than all the rest of a round.
        }

        Account account = new();
        int at = 0;
        bool wasHit = true;
        while (wasHit)
        {
            at++;
            FaultyDisk disk = new();
            int first = at;
            disk.Plan(call => call >= first && call - first < calls ? fault : null);
            await using Round round = new(disk, template.Path, at);
            await round.LiveAsync();
            wasHit = disk.Calls >= at;
            await round.CheckAsync(account, $"{fault} x {calls} at call {at} ({disk.LastFaulted})");
            Assert.True(at < 1000, "the traffic does not end");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{fault} x {calls}: {at} rounds, {account}");
        Assert.True(at > 20, $"only {at} calls");
        Assert.True(account.Acknowledged > at, $"hardly anything was taken: {account}");
        if (fault == DiskFault.ShortWrite)
        {
            // No error of the disk, no excuse. Otherwise what a failed write left behind can be whole when the power fails before the
            // spool could note that it is void.
            Assert.Equal((0, 0), (account.PutOff, account.PutOffButStored));
        }
    }

    /// <summary>What came of all rounds.</summary>
    private sealed class Account
    {
        public int Acknowledged { get; set; }

        public int PutOff { get; set; }

        public int Twice { get; set; }

        public int PutOffButStored { get; set; }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Acknowledged} answered 250, {PutOff} put off; lost 0; {Twice} delivered by both processes, {PutOffButStored} put off and there all the same");
    }

    /// <summary>One process up to the power loss, and the next one.</summary>
    private sealed class Round(FaultyDisk disk, string template, int seed) : IAsyncDisposable
    {
        private readonly RelayHouse _house = new() { SpoolDisk = disk };
        private readonly TemporaryDirectory _survivors = new();
        private readonly ConcurrentDictionary<string, SmtpReply> _replies = new(StringComparer.Ordinal);
        private string? _released;
        private int _deliveredBefore;

        private IEnumerable<string> Taken => _replies.Where(r => r.Value.IsSuccess).Select(r => r.Key);

        public async Task LiveAsync()
        {
            Copy(template, _house.Folder);
            _house.Profile = _house.Profile with { MemoryBytes = 16 * 1024 };
            int busy = 1;
            _house.Server.On(
                SmtpStep.Rcpt,
                m => m.Line.Contains("later", StringComparison.Ordinal) && Interlocked.Decrement(ref busy) >= 0 ? SmtpAction.Reply("450 4.2.1 busy") : null);
            _house.Server.On(SmtpStep.Rcpt, m => m.Line.Contains("gone", StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 unknown") : null);
            if (await OpensAsync())
            {
                await Task.WhenAll(SendAllAsync(Clean), SendAllAsync(Malformed));
                if (seed % 2 == 0)
                {
                    await SettleAsync();
                }
            }

            disk.SurviveTo(Path.Combine(_house.Folder, "spool"), Directory.CreateDirectory(_survivors["spool"]).FullName, seed);
            await _house.CloseAsync();
            _deliveredBefore = _house.Server.Messages.Count;
            Copy(_house.Folder, _survivors.Path);
        }

        public async Task CheckAsync(Account account, string fault)
        {
            _house.Folder = _survivors.Path;
            _house.SpoolDisk = null;
            await _house.OpenAsync();
            Assert.True(_house.Relay.Recovery.Damage.Count == 0, $"{fault}: {string.Join(", ", _house.Relay.Recovery.Damage)}");
            HashSet<string> held = [];
            for (int i = 0; _house.Relay.Delivery.Count > 0 || !Taken.Where(t => Malformed.Contains(t) && t != _released).All(held.Contains); i++)
            {
                Assert.True(i < 1000, $"{fault}: lost, or not delivered: {string.Join(' ', Taken.Except(held))}; delivered {string.Join(' ', Delivered())}; {string.Join('\n', _house.Logs.Errors)}");
                await Task.Delay(TimeSpan.FromMilliseconds(5), Ct);
                _house.Time.Advance(TimeSpan.FromSeconds(i % 10));
                IReadOnlyList<QuarantineSummary> list = await _house.Relay.Quarantine.Store.ListAsync(new QuarantineFilter(), Ct);
                held = [.. list.Where(e => e.State == QuarantineState.Quarantined).Select(e => e.FirstRecipient.Split('@')[0])];
                Assert.True(held.Count == list.Count(e => e.State == QuarantineState.Quarantined), $"{fault}: quarantined twice: {string.Join(' ', list.Select(e => e.FirstRecipient))}");
            }

            string[] before = [.. Delivered().Take(_deliveredBefore)];
            // The notification of the first process, and that of the second about the same message.
            string[] after = [.. Delivered().Skip(_deliveredBefore)];
            Assert.True(after.Count(Bounced) <= 2, $"{fault}: {string.Join(' ', after)}");
            after = [.. after.Where(t => !Bounced(t)), .. after.Where(Bounced).Take(1)];
            string[] expected = [.. Taken.Where(t => Clean.Contains(t) || t == _released)];
            Assert.True(expected.All(t => before.Contains(t) || after.Contains(t)), $"{fault}: lost {string.Join(' ', expected.Except(before).Except(after))}");
            // A process of its own never repeats itself; the next one may, for what the power loss made it forget.
            Assert.True(before.Distinct().Count() == before.Length && after.Distinct().Count() == after.Length, $"{fault}: {string.Join(' ', before)} then {string.Join(' ', after)}");
            Assert.True(!held.Overlaps(Clean), $"{fault}: clean mail is quarantined: {string.Join(' ', held)}");
            Assert.True(!held.Overlaps(before) && !held.Overlaps(after), $"{fault}: both quarantined and delivered: {string.Join(' ', held)}; {string.Join(' ', before)} {string.Join(' ', after)}");
            Assert.DoesNotContain(_replies, r => r.Value.Code >= 500);
            string[] stored = [.. before.Concat(after).Concat(held).Distinct()];
            account.Acknowledged += Taken.Count();
            account.PutOff += _replies.Count(r => !r.Value.IsSuccess);
            account.Twice += before.Intersect(after).Count();
            account.PutOffButStored += stored.Except(Taken).Count();
            await CheckContentAsync(fault);
        }

        public async ValueTask DisposeAsync()
        {
            await _house.DisposeAsync();
            _survivors.Dispose();
        }

        private static void Copy(string from, string to)
        {
            foreach (string file in Directory.GetFiles(from, "quarantine.db*"))
            {
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            }
        }

        private static bool Bounced(string name) => name.StartsWith("gone", StringComparison.Ordinal);

        private static byte[] Content(string name)
        {
            string head = $"From: a@example.org\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <{name}@example.org>\r\nSubject: {name}\r\n";
            string body = name.Contains("file", StringComparison.Ordinal) ? string.Concat(Enumerable.Repeat("a line of a message that goes to a file\r\n", 800)) : $"{name}\r\n";
            return Encoding.ASCII.GetBytes(name switch
            {
                ['s', 'a', ..] => RelayHouse.Malformed,
                ['b', ..] => $"{head}MIME-Version: 1.0\r\nContent-Type: multipart/mixed\r\n\r\n{body}",
                _ => $"{head}\r\n{body}",
            });
        }

        /// <summary>Whose messages the mail host got, in its order; a notification counts for the message it is about.</summary>
        private IEnumerable<string> Delivered() => _house.Server.Messages.Select(m => m.Sender.Length == 0 ? "gone5" : m.Recipients[0].Split('@')[0]);

        private async Task<bool> OpensAsync()
        {
            try
            {
                await _house.OpenAsync();
                return true;
            }
            catch (Exception e) when (e is DiskException or SpoolOpenException or SpoolUnavailableException or QueueUnavailableException)
            {
                // The process ends with a message.
                return false;
            }
        }

        private async Task SendAllAsync(string[] names)
        {
            foreach (string name in names)
            {
                await using ISmtpReceiver session = _house.Session();
                SmtpReply reply = session.Greet() ?? await session.SayAsync(Content(name), "a@example.org", $"{name}@example.net");
                _replies[name] = reply;
            }
        }

        /// <summary>Waits until all that was taken is where it belongs, as far as the disk lets it, and has one of the quarantined messages released.</summary>
        private async Task SettleAsync()
        {
            string[] clean = [.. Taken.Where(t => Clean.Contains(t) && t != "later3" && !Bounced(t))];
            int bad = Taken.Count(t => Malformed.Contains(t));
            for (int i = 0; i < 30 && !(clean.All(Delivered().Contains) && _house.Logs.Count(60) == bad); i++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), Ct);
            }

            if (!Taken.Contains("bad0"))
            {
                return;
            }

            try
            {
                MessageId? release = await _house.Relay.Quarantine.ReleaseAsync(RelayHouse.IdIn(_replies["bad0"]).ToString(), "ann", "fine", Ct);
                // Null where it has not got there, as on a disk that is gone.
                _released = release is null ? null : "bad0";
            }
            catch (QueueUnavailableException)
            {
                // Quarantined again.
            }
        }

        private async Task CheckContentAsync(string fault)
        {
            foreach (ReceivedMessage message in _house.Server.Messages.Where(m => m.Sender.Length > 0))
            {
                string name = message.Recipients[0].Split('@')[0];
                Assert.True(message.Content.AsSpan().EndsWith(Content(name)), $"{fault}: {name} is not what was sent:\n{message.Text}");
            }

            foreach (QuarantineSummary entry in await _house.Relay.Quarantine.Store.ListAsync(new QuarantineFilter { State = QuarantineState.Quarantined }, Ct))
            {
                await using Stream body = (await _house.Relay.Quarantine.Store.OpenBodyAsync(entry.Id, Ct))!;
                using MemoryStream copy = new();
                await body.CopyToAsync(copy, Ct);
                Assert.True(copy.ToArray().AsSpan().SequenceEqual(Content(entry.FirstRecipient.Split('@')[0])), $"{fault}: {entry.FirstRecipient} is not what was sent");
            }
        }
    }
}
