using SmtpServer;
using SmtpServer.Protocol;
using SmtpServer.Storage;
using Xunit;

namespace Gateway.Smtp.Tests.Engines;

/// <summary>What hosting relies on: the order of calls inside DATA and who reads in between. An upgrade that changes it fails here by name.</summary>
public class PackageOrderTests
{
    [Fact]
    public async Task Data_CallsInTheOrderThatHostingReliesOn()
    {
        PackageRig? made = null;
        StoreFactory factory = new(() => made!);
        await using PackageRig rig = await PackageRig.GreetAsync(services: s => s.Add(factory));
        made = rig;
        rig.Context.CommandExecuting += (_, e) => rig.Events.Add("executing " + e.Command.Name);
        await rig.SayAsync("MAIL FROM:<a@one.test>\r\n", "RCPT TO:<b@two.test>\r\n");
        rig.Events.Clear();
        int before = rig.Writes;

        await rig.SayAsync("DATA\r\n");
        string[] atData = [.. rig.Events];
        int replied = rig.Writes - before;
        string said = await rig.SayAsync("x\r\n.\r\n");

        // Executing, then 354, then the store is made, then the content is read, then it is saved, then the reply.
        Assert.Equal(["executing DATA", "create"], atData);
        Assert.Equal(before + 1, factory.WritesAtCreate);
        Assert.Equal(1, replied);
        Assert.Equal(["executing DATA", "create", "save"], rig.Events);
        Assert.Equal("250 Ok\r\n", said);
    }

    [Fact]
    public async Task Data_RefusedInCommandExecuting_IsAnsweredAndMakesNoStore()
    {
        PackageRig? made = null;
        StoreFactory factory = new(() => made!);
        await using PackageRig rig = await PackageRig.GreetAsync(services: s => s.Add(factory));
        made = rig;
        rig.Context.CommandExecuting += (_, e) =>
        {
            if (e.Command is DataCommand)
            {
                throw new SmtpResponseException(new SmtpResponse(SmtpReplyCode.ServiceUnavailable, "not now"));
            }
        };

        string said = await rig.DataAsync();

        Assert.StartsWith("250 Ok\r\n250 Ok\r\n421 not now", said, StringComparison.Ordinal);
        Assert.Empty(rig.Events);
    }

    [Fact]
    public async Task Session_EndsWithInputCompletedThenPipeDisposed()
    {
        await using PackageRig rig = await PackageRig.GreetAsync();

        string said = await rig.SayAsync("QUIT\r\n");

        Assert.Equal("221 bye\r\n" + PackageRig.End, said);
        Assert.Null(rig.Fault);
    }

    private sealed class StoreFactory(Func<PackageRig> rig) : IMessageStoreFactory
    {
        public int WritesAtCreate { get; private set; }

        public IMessageStore CreateInstance(ISessionContext context)
        {
            PackageRig made = rig();
            made.Events.Add("create");
            WritesAtCreate = made.Writes;
            return made.Store;
        }
    }
}
