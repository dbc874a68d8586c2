namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Where an entry stands, as far as moving it needs to know.</summary>
/// <param name="Key">Its order key.</param>
/// <param name="State">Its state.</param>
/// <param name="Body">The key of its body, or null.</param>
/// <param name="Network">The client network it is charged to.</param>
/// <param name="Size">Octets of the body as received.</param>
/// <param name="Id">Its id, where a decision about it is to be written; else empty.</param>
internal readonly record struct PlacedEntry(long Key, QuarantineState State, long? Body, string Network, long Size, string Id = "");

/// <content>What leaves by age, and what is quarantined by whom.</content>
internal sealed partial class QuarantineTables
{
    // In this order: the first two find their rows through the detail. A damaged list must not keep its entry for ever.
    private static readonly string[] Removal =
    [
        """
        DELETE FROM finding_rule WHERE entry = ?1 AND rule IN (
          SELECT worst_rule FROM entry WHERE seq = ?1 UNION
          SELECT f.value ->> 'rule' FROM entry_detail d, json_each(iif(json_valid(d.findings), d.findings, '[]')) f WHERE d.entry = ?1)
        """,
        """
        DELETE FROM entry_recipient WHERE entry = ?1 AND recipient IN (
          SELECT r.value FROM entry_detail d, json_each(iif(json_valid(d.recipients), d.recipients, '[]')) r WHERE d.entry = ?1)
        """,
        "DELETE FROM search WHERE rowid = ?",
        "DELETE FROM decision WHERE entry = ?",
        "DELETE FROM entry_detail WHERE entry = ?",
        "DELETE FROM entry WHERE seq = ?",
    ];

    private readonly QuarantineUsage _usage;
    private readonly List<ClientShare> _changes = [];
    private readonly Statement _heldOfRule;
    private readonly Statement _settled;
    private readonly Statement[] _removal;
    private readonly Statement _pages;
    private readonly Statement _freePages;
    private readonly long _pageBytes;

    private long StoredBytes => ((_pages.Scalar() ?? 0) - (_freePages.Scalar() ?? 0)) * _pageBytes;

    /// <summary>The oldest quarantined mail of a rule that was received before the steady clock was there.</summary>
    public List<PlacedEntry> OldestQuarantined(string rule, TimeSpan before, int most) =>
        Rows(_heldOfRule.With(rule).With(before.Ticks).With(most), withId: true);

    /// <summary>The oldest mail in a final state that was received before the steady clock was there.</summary>
    public List<PlacedEntry> OldestSettled(QuarantineState state, TimeSpan before, int most) =>
        Rows(_settled.With((long)state).With(before.Ticks).With(most), withId: false);

    /// <summary>Removes an entry in a final state with all that is known of it.</summary>
    public void RemoveEntry(in PlacedEntry entry)
    {
        if (entry.Body is long body)
        {
            DropBody(entry.Key, body);
        }

        LeaveSession(entry.Key);
        foreach (Statement removal in _removal)
        {
            removal.With(entry.Key).Run();
        }
    }

    private static PlacedEntry Placed(Statement row, bool withId = false) => new(
        row.Int64(0), (QuarantineState)row.Int64(1), row.IsNull(2) ? null : row.Int64(2), row.Text(3), row.Int64(4), withId ? row.Text(5) : string.Empty);

    // To the end before anything is moved: the rows are found through an index that the moves change.
    private static List<PlacedEntry> Rows(Statement query, bool withId)
    {
        List<PlacedEntry> rows = [];
        while (query.Step())
        {
            rows.Add(Placed(query, withId));
        }

        return rows;
    }

    private List<ClientShare> Shares()
    {
        List<ClientShare> shares = [];
        using Statement query = new(_connection, "SELECT network, items, bytes FROM client_total");
        while (query.Step())
        {
            shares.Add(new ClientShare(query.Text(0), query.Int64(1), query.Int64(2)));
        }

        return shares;
    }
}
