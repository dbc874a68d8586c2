using System.Text.Json;
using Gateway.Relay.Quarantine;
using Xunit;
using static Gateway.Relay.Tests.Quarantine.QuarantineFixture;

namespace Gateway.Relay.Tests.Quarantine;

public sealed class QuarantineExportTests : IAsyncDisposable
{
    private readonly QuarantineFixture _quarantine = new();

    [Fact]
    public async Task Export_Message_WritesExactOctetsAndEvidence()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store, _quarantine.Entry() with { Subject = "\u202e ../../x\u001b[31m" }, Body(700_000));
        await MoveAsync(store, entry.Id, QuarantineState.Held, QuarantineState.Releasing, "R1");
        string folder = Directory.CreateDirectory(Path.Combine(_quarantine.Folder, "out")).FullName;

        ExportedMessage? exported = await QuarantineExport.WriteAsync(store, entry.Id, folder, Ct);

        Assert.Equal(new ExportedMessage(entry.Id, Path.Combine(folder, entry.Id + ".eml"), Path.Combine(folder, entry.Id + ".json")), exported);
        Assert.Equal(2, Directory.GetFileSystemEntries(folder).Length);
        Assert.Equal(Body(700_000), await File.ReadAllBytesAsync(exported!.MailPath!, Ct));
        string text = await File.ReadAllTextAsync(exported.EvidencePath, Ct);
        Assert.True(text.All(c => c is '\n' or '\r' or (>= ' ' and <= '~')), "nothing of the mail may reach a terminal unescaped");
        using var json = JsonDocument.Parse(text);
        JsonElement root = json.RootElement;
        Assert.Equal(entry.Id, root.GetProperty("id").GetString());
        Assert.Equal("Releasing", root.GetProperty("state").GetString());
        Assert.Equal(entry.Subject, root.GetProperty("subject").GetString());
        Assert.Equal(2, root.GetProperty("recipients").GetArrayLength());
        Assert.Equal(entry.Envelope.ToArray(), root.GetProperty("envelope").GetBytesFromBase64());
        Assert.Equal("missing-boundary", root.GetProperty("findings")[0].GetProperty("rule").GetString());
        Assert.Equal(512, root.GetProperty("findings")[0].GetProperty("offset").GetInt64());
        Assert.Equal("ann", root.GetProperty("decisions")[0].GetProperty("actor").GetString());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(exported.MailPath!));
        }
    }

    [Fact]
    public async Task Export_Discarded_WritesEvidenceOnly()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store);
        await MoveAsync(store, entry.Id, QuarantineState.Held, QuarantineState.Discarded);

        ExportedMessage? exported = await QuarantineExport.WriteAsync(store, entry.Id, _quarantine.Folder, Ct);

        Assert.Null(exported!.MailPath);
        Assert.True(File.Exists(exported.EvidencePath));
        Assert.False(File.Exists(Path.Combine(_quarantine.Folder, entry.Id + ".eml")));
    }

    [Fact]
    public async Task Export_NameIsALink_ReplacesTheLinkNotItsTarget()
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        QuarantineEntry entry = await _quarantine.AddAsync(store);
        string victim = Path.Combine(_quarantine.Folder, "victim");
        await File.WriteAllTextAsync(victim, "untouched", Ct);
        File.CreateSymbolicLink(Path.Combine(_quarantine.Folder, entry.Id + ".eml"), victim);
        File.CreateSymbolicLink(Path.Combine(_quarantine.Folder, entry.Id + ".json.partial"), victim);

        await QuarantineExport.WriteAsync(store, entry.Id, _quarantine.Folder, Ct);
        await QuarantineExport.WriteAsync(store, entry.Id, _quarantine.Folder, Ct);

        Assert.Equal("untouched", await File.ReadAllTextAsync(victim, Ct));
        Assert.Equal(Body(4096), await File.ReadAllBytesAsync(Path.Combine(_quarantine.Folder, entry.Id + ".eml"), Ct));
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("../nobody")]
    [InlineData("/etc/passwd")]
    public async Task Export_IdNobodyHas_WritesNothing(string id)
    {
        SqliteQuarantineStore store = await _quarantine.OpenAsync();
        string folder = Directory.CreateDirectory(Path.Combine(_quarantine.Folder, "out")).FullName;

        Assert.Null(await QuarantineExport.WriteAsync(store, id, folder, Ct));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    public ValueTask DisposeAsync() => _quarantine.DisposeAsync();
}
