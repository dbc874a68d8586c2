using Gateway.Smtp.Client;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Smtp.Tests.Client;

/// <summary>Hosts that offer AUTH mechanisms that do not work there.</summary>
public sealed class MechanismTests
{
    private const string All = "250-AUTH SCRAM-SHA-256 PLAIN LOGIN";

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("504 5.5.4 Unrecognized authentication type")]
    [InlineData("534 5.7.9 Mechanism not for this user")]
    [InlineData("535 5.7.8 Authentication failed")]
    [InlineData("501 5.5.2 Cannot decode")]
    [InlineData("500 5.5.6 Line too long")]
    [InlineData("538 5.7.11 Encryption required")]
    [InlineData("550 5.7.1 No")]
    [InlineData("334 bm9uc2Vuc2U=")]
    public async Task RentAsync_StrongestDoesNotWork_NextOneIsTriedOverTheSameConnectionAndRemembered(string reply)
    {
        await using AuthHost host = new(All, line => line.StartsWith("AUTH SCRAM", StringComparison.Ordinal) ? reply
            : line == "*" ? "501 5.0.0 cancelled" : line == "AUTH PLAIN " + AuthHost.Plain ? "235 ok" : "535 no");
        await using DownstreamPool pool = Pool();
        Assert.Contains(reply[0] == '3' ? "makes no sense; PLAIN is used" : reply + "; PLAIN is used", (await LetInAsync(pool, host.Host())).PassedMechanisms, StringComparison.Ordinal);
        Assert.Equal(reply[0] == '3' ? ["connected", "AUTH SCRAM-SHA-256", "*", "AUTH PLAIN"] : ["connected", "AUTH SCRAM-SHA-256", "AUTH PLAIN"], Verbs(host));

        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.Null((await LetInAsync(pool, host.Host())).PassedMechanisms);
        Assert.Equal(["connected", "AUTH PLAIN"], Verbs(host)[^2..]);

        _time.Advance(TimeSpan.FromMinutes(1));
        await LetInAsync(pool, host.Host());
        Assert.Equal("AUTH SCRAM-SHA-256", Verbs(host)[Verbs(host).LastIndexOf("connected") + 1]);
    }

    [Theory]
    [InlineData("454 4.7.0 Temporary authentication failure")]
    [InlineData("421 4.3.2 Going down\n")]
    [InlineData("432 4.7.12 A password transition is needed")]
    public async Task RentAsync_RefusedForNow_NothingElseIsTried(string reply)
    {
        await using AuthHost host = new(All, _ => reply);
        await using DownstreamPool pool = Pool();
        Assert.Equal(reply[..3], (await ShutOutAsync(pool, host.Host())).Reply?.Code.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await ShutOutAsync(pool, host.Host());
        Assert.Equal(["connected", "AUTH SCRAM-SHA-256", "connected", "AUTH SCRAM-SHA-256"], Verbs(host));
    }

    [Fact]
    public async Task RentAsync_HostDoesNotProveThatItKnowsThePassword_GetsItByNoOtherMechanism()
    {
        await using AuthHost host = new(All, line => line.StartsWith("AUTH SCRAM", StringComparison.Ordinal) ? "334 " + ChallengeTo(line) : line == "*" ? "501 cancelled" : "235 come in");
        await using DownstreamPool pool = Pool();
        Assert.Contains("did not prove", (await ShutOutAsync(pool, host.Host())).Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Lines, l => l.StartsWith("AUTH PLAIN", StringComparison.Ordinal) || l.StartsWith("AUTH LOGIN", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RentAsync_HostHangsUpBehindItsRefusal_NextConnectionBeginsWithTheNextOne()
    {
        await using AuthHost host = new(All, line => line.StartsWith("AUTH SCRAM", StringComparison.Ordinal) ? "535 5.7.8 no\n" : "235 ok");
        await using DownstreamPool pool = Pool();
        Assert.Equal(535, (await ShutOutAsync(pool, host.Host())).Reply?.Code);
        await LetInAsync(pool, host.Host());
        Assert.Equal(["connected", "AUTH PLAIN"], Verbs(host)[^2..]);
    }

    [Fact]
    public async Task RentAsync_WrongPassword_IsGuessedOnceAConnectionAndByAllMechanismsOnceAnHour()
    {
        await using AuthHost host = new(All, static line => line == "AUTH LOGIN" ? "504 5.5.4 not here" : "535 5.7.8 no");
        await using DownstreamPool pool = Pool();
        string[] round = ["connected", "AUTH SCRAM-SHA-256", "AUTH PLAIN", "AUTH LOGIN"];
        Assert.Equal(535, (await ShutOutAsync(pool, host.Host())).Reply?.Code);
        Assert.Equal(round, Verbs(host));
        _time.Advance(TimeSpan.FromMinutes(30));
        await ShutOutAsync(pool, host.Host());
        Assert.Equal(["connected", "AUTH SCRAM-SHA-256"], Verbs(host)[4..]);
        _time.Advance(TimeSpan.FromMinutes(30));
        await ShutOutAsync(pool, host.Host());
        Assert.Equal(round, Verbs(host)[6..]);
        await ShutOutAsync(pool, host.Host("another"));
        Assert.Equal(round, Verbs(host)[10..]);
    }

    [Theory]
    [InlineData("250-AUTH=PLAIN LOGIN", "AUTH PLAIN")]
    [InlineData("250-AUTH=LOGIN", "AUTH LOGIN")]
    [InlineData("250-AUTH LOGIN\r\n250-AUTH=LOGIN PLAIN", "AUTH PLAIN")]
    public async Task RentAsync_OldFormOfTheOffer_IsRead(string offer, string said)
    {
        await using AuthHost host = new(offer, static _ => "235 ok");
        await using DownstreamPool pool = Pool();
        await LetInAsync(pool, host.Host());
        Assert.Equal(["connected", said], Verbs(host));
    }

    [Fact]
    public async Task RentAsync_HostIgnoresInitialResponses_IsGivenThemAgain()
    {
        await using AuthHost host = new("250-AUTH PLAIN", static line => line == AuthHost.Plain ? "235 ok" : "334 ");
        await using DownstreamPool pool = Pool();
        await LetInAsync(pool, host.Host());
        Assert.Equal(["connected", "AUTH PLAIN " + AuthHost.Plain, AuthHost.Plain], host.Lines);
    }

    [Theory]
    [InlineData(AuthMechanisms.Plain, "AUTH PLAIN")]
    [InlineData(AuthMechanisms.Login, "AUTH LOGIN")]
    [InlineData(AuthMechanisms.ScramSha256, "AUTH SCRAM-SHA-256")]
    public async Task RentAsync_RouteNamesTheMechanism_NoOtherIsTried(AuthMechanisms named, string said)
    {
        await using AuthHost host = new(All, static _ => "535 no");
        await using DownstreamPool pool = Pool();
        await ShutOutAsync(pool, host.Host(mechanisms: named));
        Assert.Equal(["connected", said], Verbs(host));
        await using AuthHost without = new("250-AUTH CRAM-MD5", static _ => "535 no");
        Assert.Contains($"does not offer {said[5..]}", (await ShutOutAsync(pool, without.Host(mechanisms: named))).Detail, StringComparison.Ordinal);
    }

    private DownstreamPool Pool() => new(new DownstreamOptions { MaxIdlePerHost = 0 }, _time);

    private static string ChallengeTo(string line)
    {
        string first = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(line.Split(' ')[^1]));
        return Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"r={first[(first.LastIndexOf("r=", StringComparison.Ordinal) + 2)..]}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
    }

    private static List<string> Verbs(AuthHost host) =>
        [.. host.Lines.Select(l => string.Join(' ', l.Split(' ').Take(2)))];

    private static async Task<DownstreamConnection> LetInAsync(DownstreamPool pool, DownstreamHost host)
    {
        ConnectResult result = await pool.RentAsync(host, TestContext.Current.CancellationToken);
        Assert.True(result.IsConnected, result.Failure?.ToString());
        pool.Return(result.Connection);
        return result.Connection;
    }

    private static async Task<ConnectFailure> ShutOutAsync(DownstreamPool pool, DownstreamHost host)
    {
        ConnectResult result = await pool.RentAsync(host, TestContext.Current.CancellationToken);
        Assert.False(result.IsConnected);
        Assert.Equal(DeliveryOutcome.AuthFailed, result.Failure.Outcome);
        return result.Failure;
    }
}
