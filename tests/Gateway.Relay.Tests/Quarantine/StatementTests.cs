using Gateway.Relay.Quarantine.Storage;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Relay.Tests.Quarantine;

public class StatementTests
{
    [Fact]
    public void Statement_ThatCannotBePrepared_ThrowsAndDoesNotEndTheProcess()
    {
        using SqliteConnection connection = new("Data Source=:memory:");
        connection.Open();
        Assert.Throws<SqliteException>(() => new Statement(connection, "SELECT * FROM nothing_of_this_name"));
    }
}
