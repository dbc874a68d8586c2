using System.Security.Cryptography;
using System.Text;
using Gateway.Mime;
using Gateway.Relay.Delivery;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.Smtp.Protocol;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Queue;

/// <summary>What one queue exports another one takes over: whole, or not at all and with words.</summary>
public class QueueImportTests
{
    private static CancellationToken Ct => RelayHouse.Ct;

    [Fact]
    public async Task Take_WhatAnotherQueueHad_IsDeliveredWithItsEnvelope()
    {
        await using RelayHouse before = await RelayHouse.OpenedAsync();
        before.Server.On(SmtpStep.Rcpt, SmtpAction.Reply("450 4.2.1 later"));
        MessageId id = await before.QueueAsync(RelayHouse.Clean, "b@example.net", "c@example.net");
        QueueEntry exported = await before.DeferredAsync(id);
        byte[] octets = await OctetsAsync(before, id);

        await using RelayHouse house = await RelayHouse.OpenedAsync();
        MessageId? taken = await TakeAsync(house, Signed(exported, octets), octets);
        Assert.NotNull(taken);
        await house.EmptyAsync();
        ReceivedMessage got = Assert.Single(house.Server.Messages);
        Assert.Equal(("a@example.org", "b@example.net c@example.net"), (got.Sender, string.Join(' ', got.Recipients)));
        Assert.EndsWith(Encoding.ASCII.GetString(octets), got.Text, StringComparison.Ordinal);
        Assert.StartsWith($"Received: by gw.test (Gateway, imported from a queue) id {taken};\r\n\t", got.Text, StringComparison.Ordinal);
        Assert.Contains(house.Logs.All, l => l.Contains($"imported by ann from {id}, reason=node died", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Take_OnHold_StaysOnHoldAndKeepsItsAgeOverARestart()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        byte[] octets = Encoding.ASCII.GetBytes(RelayHouse.Clean);
        QueueEntry entry = Entry() with { Hold = "look", RequireTls = true, ReceivedAt = house.Time.GetUtcNow() - TimeSpan.FromHours(3) };
        MessageId? id = await TakeAsync(house, Signed(entry, octets), octets);
        await house.RestartAsync();
        QueueEntry found = house.Relay.Delivery.Find(id!.Value)!;
        Assert.Equal((RelayState.OnHold, "look", true, entry.ReceivedAt), (found.State, found.Hold, found.RequireTls, found.ReceivedAt));
    }

    [Fact]
    public async Task Take_DryRun_LeavesNothing()
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        byte[] octets = Encoding.ASCII.GetBytes(RelayHouse.Clean);
        using MemoryStream stream = new(octets);
        Assert.Null(await house.Relay.Import.TakeAsync(Signed(Entry(), octets), stream, "ann", string.Empty, dryRun: true, Ct));
        Assert.Equal(0, house.Relay.Delivery.Count);
    }

    public static TheoryData<string, Func<QueueEntry, QueueEntry>> Broken => new()
    {
        { "its sender 'a b@example.org' is no address", e => e with { Sender = "a b@example.org" } },
        { "it has no recipient", e => e with { Recipients = [] } },
        { "its recipient 'x>y' is no address", e => e with { Recipients = ["b@example.net", "x>y"] } },
        { "its recipient '' is no address", e => e with { Recipients = [""] } },
        { "its client 'nobody' is no IP address", e => e with { Client = "nobody" } },
        { "its SHA-256 is missing", e => e with { Sha256 = null } },
        { "are not those that were exported", e => e with { Sha256 = new string('0', 64) } },
        { "it was received in the future", e => e with { ReceivedAt = e.ReceivedAt.AddYears(1) } },
        { "is not in the form of RFC 3461", e => e with { Dsn = new DsnRequest { EnvelopeId = "a b" } } },
        { "is not in the form of RFC 3461", e => e with { Dsn = new DsnRequest { Recipients = [new RecipientRequest("b@example.net", DsnNotify.Never, "x\r\ny")] } } },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Take_Broken_IsRefusedInWordsAndNothingStays(string words, Func<QueueEntry, QueueEntry> breaks)
    {
        await using RelayHouse house = await RelayHouse.OpenedAsync();
        byte[] octets = Encoding.ASCII.GetBytes(RelayHouse.Clean);
        ImportRefusedException refused = await Assert.ThrowsAsync<ImportRefusedException>(() => TakeAsync(house, breaks(Signed(Entry(), octets)), octets));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        await house.RestartAsync();
        Assert.Equal(0, house.Relay.Delivery.Count);
        Assert.Empty(house.Server.Messages);
    }

    private static QueueEntry Entry() => new(
        "069WNkkNW574", RelayState.Deferred, new DateTimeOffset(2026, 11, 23, 4, 0, 0, TimeSpan.Zero), 100, "a@example.org", ["b@example.net"], 3, null, "450 4.2.1 later", "default");

    private static QueueEntry Signed(QueueEntry entry, byte[] octets) => entry with { Sha256 = Convert.ToHexStringLower(SHA256.HashData(octets)) };

    private static async Task<MessageId?> TakeAsync(RelayHouse house, QueueEntry entry, byte[] octets)
    {
        using MemoryStream stream = new(octets);
        return await house.Relay.Import.TakeAsync(entry, stream, "ann", "node died", dryRun: false, Ct);
    }

    private static async Task<byte[]> OctetsAsync(RelayHouse house, MessageId id)
    {
        (ReadOnlyMemory<byte> trace, MessageBytes content) = house.Relay.Delivery.Open(id)!.Value;
        using MemoryStream all = new();
        await all.WriteAsync(trace, Ct);
        await using Stream body = content.OpenStream();
        await body.CopyToAsync(all, Ct);
        content.Dispose();
        return all.ToArray();
    }
}
