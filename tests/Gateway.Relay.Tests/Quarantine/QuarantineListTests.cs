using CsCheck;
using Gateway.Relay.Quarantine;
using Gateway.Relay.Quarantine.Storage;
using Xunit;
using static Gateway.Relay.Tests.Quarantine.QuarantineFixture;

namespace Gateway.Relay.Tests.Quarantine;

public sealed class QuarantineListTests : IAsyncDisposable
{
    private readonly QuarantineFixture _quarantine = new();

    [Fact]
    public async Task List_Summary_CarriesWhatTheListShows()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store);
        await MoveAsync(store, entry.Id, QuarantineState.Quarantined, QuarantineState.Releasing, "R1");

        QuarantineSummary line = Assert.Single(await store.ListAsync(new(), Ct));

        Assert.Equal(
            new QuarantineSummary
            {
                Id = entry.Id,
                Cursor = line.Cursor,
                ReceivedAt = entry.ReceivedAt,
                Sender = entry.Sender,
                FirstRecipient = "first@example.net",
                RecipientCount = 2,
                ClientAddress = entry.ClientAddress,
                Size = 4096,
                Subject = entry.Subject,
                HeaderFrom = entry.HeaderFrom,
                WorstRule = entry.WorstRule,
                FindingCount = 1,
                Fingerprint = entry.Fingerprint,
                State = QuarantineState.Releasing,
                ReleaseId = "R1",
            },
            line);
    }

    [Fact]
    public async Task List_EachFilter_FindsExactlyItsMessage()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry wanted = _quarantine.Entry() with
        {
            Sender = "Odd.Sender@Example.COM",
            Recipients = ["x@example.net", "Wanted@example.net"],
            ClientAddress = "2001:db8::7",
            Fingerprint = "beef",
            Subject = "Grüße from Malmö",
            ReceivedAt = Start.AddDays(1),
            Findings = [new("nul-byte", "tag", 1, 1, 1, "", "", "", "", ""), new("missing-boundary", "quarantine", 1, 1, 1, "", "", "", "", "")],
        };
        for (int i = 0; i < 10; i++)
        {
            await _quarantine.AddAsync(store);
        }

        await _quarantine.AddAsync(store, wanted);
        await _quarantine.AddAsync(store, _quarantine.Entry() with { Sender = string.Empty });
        await MoveAsync(store, wanted.Id, QuarantineState.Quarantined, QuarantineState.Releasing);
        QuarantineFilter[] filters =
        [
            new() { State = QuarantineState.Releasing },
            new() { Rule = "nul-byte" },
            new() { Sender = "odd.sender@example.com" },
            new() { Recipient = "wanted@EXAMPLE.net" },
            new() { Client = "2001:db8::7" },
            new() { Fingerprint = "beef" },
            new() { Text = "malmo GRUSSE".Replace("SS", "ß", StringComparison.Ordinal) },
            new() { Text = "malm" },
            new() { Text = "wanted@example.net" },
            new() { Text = "nul-byte" },
            new() { Since = Start.AddHours(23) },
            new() { Since = Start.AddDays(1), Until = Start.AddDays(2) },
        ];

        foreach (QuarantineFilter filter in filters)
        {
            Assert.Equal(wanted.Id, Assert.Single(await store.ListAsync(filter, Ct)).Id);
            Assert.Equal(wanted.Id, Assert.Single(await store.ListAsync(filter with { State = QuarantineState.Releasing, Rule = "nul-byte", Text = "grü", OldestFirst = true }, Ct)).Id);
            Assert.Empty(await store.ListAsync(filter with { State = QuarantineState.Discarded }, Ct));
            Assert.Equal(1, Assert.Single(await store.GroupAsync(QuarantineGrouping.Client, filter, Ct)).Count);
        }

        Assert.Single(await store.ListAsync(new() { Sender = string.Empty }, Ct));
        await _quarantine.AddAsync(store, _quarantine.Entry() with { Subject = "Re: \u65e5\u672c\u8a9e\u306e\u4ef6\u540d\u30c6\u30b9\u30c8 invoice 77" });
        foreach (string text in (string[])["\u4ef6\u540d", "\u65e5\u672c", "\u30c6\u30b9\u30c8", "invoice \u306e", "\u306e 77 \u540d"])
        {
            Assert.Single(await store.ListAsync(new() { Text = text }, Ct));
            Assert.Single(await store.GroupAsync(QuarantineGrouping.Client, new QuarantineFilter { Text = text }, Ct));
        }

        Assert.Empty(await store.ListAsync(new() { Text = "invoice \u540d\u4ef6" }, Ct));
        Assert.Equal(12, (await store.ListAsync(new() { Until = Start.AddDays(1), Text = "  " }, Ct)).Count);
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("'; DROP TABLE search; --")]
    [InlineData("subject:")]
    [InlineData("{subject from}: x")]
    [InlineData("AND OR NOT NEAR")]
    [InlineData("NEAR(a b, 5)")]
    [InlineData("^invoice")]
    [InlineData("invoice *")]
    [InlineData("* ** (((")]
    [InlineData("-invoice")]
    [InlineData("a\0b")]
    [InlineData("\ud800")]
    [InlineData("\u0301")]
    [InlineData("invoice\" OR \"x")]
    [InlineData("+ + +")]
    [InlineData("😀")]
    public async Task List_HostileText_IsOnlyASearchForWords(string text)
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        await _quarantine.AddAsync(store);

        Assert.InRange((await store.ListAsync(new() { Text = text }, Ct)).Count, 0, 1);
        Assert.InRange((await store.ListAsync(new() { Text = text, State = QuarantineState.Quarantined }, Ct)).Count, 0, 1);
        Assert.InRange((await store.GroupAsync(QuarantineGrouping.Rule, new() { Text = text }, Ct)).Count, 0, 1);
    }

    [Fact]
    public async Task List_AnyText_NeverFails()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        await _quarantine.AddAsync(store);

        await Gen.String[Gen.OneOf(Gen.Char, Gen.Char["\"'*^:(){}+- \0\n"], Gen.Char["abcANDORT"]), 0, 400]
            .SampleAsync(async text => await store.ListAsync(new() { Text = text, Sender = text.Length % 2 == 0 ? null : text }, Ct), iter: 300);
    }

    [Fact]
    public async Task List_TextWithoutAWord_FindsNothing()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        await _quarantine.AddAsync(store);

        Assert.Empty(await store.ListAsync(new() { Text = "***" }, Ct));
        Assert.Single(await store.ListAsync(new() { Text = "invoice ***" }, Ct));
        Assert.Empty(await store.ListAsync(new() { Text = "invoice OR nothing" }, Ct));
        Assert.Empty(await store.ListAsync(new() { Text = "in" }, Ct));
        Assert.Single(await store.ListAsync(new() { Text = "inv" }, Ct));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task List_PagesWhileMailComesIn_AreCompleteWithoutDuplicates(bool oldestFirst, bool byText)
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        // Many share a millisecond, so that the order within it matters.
        QuarantineEntry[] entries = [.. Enumerable.Range(0, 300).Select(i => _quarantine.Entry() with { ReceivedAt = Start.AddMilliseconds(i / 40) })];
        await Task.WhenAll(entries.Select(entry => _quarantine.AddAsync(store, entry)));
        var seen = new List<QuarantineSummary>();
        QuarantineCursor? after = null;
        while (true)
        {
            IReadOnlyList<QuarantineSummary> page = await store.ListAsync(
                new() { After = after, Limit = 37, OldestFirst = oldestFirst, Text = byText ? "invoice" : null }, Ct);
            seen.AddRange(page);
            if (page.Count < 37 || seen.Count > 2000)
            {
                break;
            }

            Assert.True(QuarantineCursor.TryParse(page[^1].Cursor.ToString(), out QuarantineCursor cursor));
            after = cursor;
            // At both ends of what was there at the start.
            await _quarantine.AddAsync(store, _quarantine.Entry() with { ReceivedAt = Start.AddSeconds(-5) });
            await _quarantine.AddAsync(store, _quarantine.Entry() with { ReceivedAt = Start.AddSeconds(5) });
            await _quarantine.AddAsync(store, _quarantine.Entry() with { ReceivedAt = Start.AddMilliseconds(3) });
        }

        Assert.Equal(seen.Count, seen.Select(line => line.Id).Distinct().Count());
        Assert.Empty(entries.Select(entry => entry.Id).Except(seen.Select(line => line.Id)));
        long[] keys = [.. seen.Select(line => line.Cursor.Key)];
        Assert.Equal(oldestFirst ? keys.Order() : keys.OrderDescending(), keys);
        DateTimeOffset[] times = [.. seen.Select(line => line.ReceivedAt)];
        Assert.Equal(oldestFirst ? times.Order() : times.OrderDescending(), times);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-7, 1)]
    [InlineData(int.MaxValue, 60)]
    public async Task List_LimitOutsideTheBounds_IsBroughtInside(int limit, int lines)
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => _quarantine.AddAsync(store)));

        Assert.Equal(lines, (await store.ListAsync(new() { Limit = limit }, Ct)).Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("ffffffffffffffff")]
    [InlineData("1'--")]
    [InlineData("11111111111111111")]
    public void Cursor_TextThatIsNone_IsRefused(string? text) => Assert.False(QuarantineCursor.TryParse(text, out _));

    [Theory]
    [InlineData(QuarantineGrouping.Rule)]
    [InlineData(QuarantineGrouping.Sender)]
    [InlineData(QuarantineGrouping.Fingerprint)]
    [InlineData(QuarantineGrouping.Client)]
    public async Task Group_EachKey_CountsAndDatesItsMessages(QuarantineGrouping by)
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        List<QuarantineEntry> flood = [];
        for (int i = 0; i < 9; i++)
        {
            string key = i % 3 == 0 ? "rare" : "flood";
            QuarantineEntry entry = _quarantine.Entry() with { WorstRule = key, Sender = key, Fingerprint = key, ClientAddress = key };
            await _quarantine.AddAsync(store, entry);
            if (i % 3 != 0)
            {
                flood.Add(entry);
            }
        }

        await MoveAsync(store, flood[0].Id, QuarantineState.Quarantined, QuarantineState.Discarded);

        IReadOnlyList<QuarantineGroup> all = await store.GroupAsync(by, new(), Ct);
        Assert.Equal(2, all.Count);
        Assert.Equal(new QuarantineGroup("flood", 6, flood[0].ReceivedAt, flood[^1].ReceivedAt, flood[^1].Id), all[0]);
        IReadOnlyList<QuarantineGroup> held = await store.GroupAsync(by, new() { State = QuarantineState.Quarantined, Limit = 1 }, Ct);
        Assert.Equal(new QuarantineGroup("flood", 5, flood[1].ReceivedAt, flood[^1].ReceivedAt, flood[^1].Id), Assert.Single(held));
        IReadOnlyList<QuarantineGroup> late = await store.GroupAsync(by, new() { Since = flood[^2].ReceivedAt, Text = "invoice" }, Ct);
        Assert.Equal(2, Assert.Single(late).Count);
    }

    [Fact]
    public void EntryKey_Time_IsTheMillisecond()
    {
        DateTimeOffset time = Start.AddMilliseconds(7).AddTicks(123);

        Assert.Equal(Start.AddMilliseconds(7), EntryKey.Time(EntryKey.First(time)));
        Assert.Equal(Start.AddMilliseconds(7), EntryKey.Time(EntryKey.First(time) + EntryKey.PerMillisecond - 1));
    }

    public ValueTask DisposeAsync() => _quarantine.DisposeAsync();
}
