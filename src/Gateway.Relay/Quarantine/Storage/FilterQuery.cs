using System.Text;

namespace Gateway.Relay.Quarantine.Storage;

/// <summary>Builds the FROM and WHERE of a filter so that one chosen index leads and delivers the rows in list order.</summary>
/// <remarks>
/// Left alone, SQLite guesses without statistics and may sort a million rows to show fifty. So the condition that is expected to
/// match the fewest rows leads, and the others are checked row by row (a unary plus keeps their indexes out). Every leading index ends
/// in the order key, therefore a page costs what it shows, plus the rows passed over because another condition fails.
/// </remarks>
internal sealed class FilterQuery
{
    // A state with so few messages is the best lead whatever else is asked: reading all of them takes milliseconds.
    private const long FewInState = 2000;

    private readonly List<Action<Statement>> _parameters = [];
    private readonly StringBuilder _where = new();

    public FilterQuery(QuarantineFilter filter, long inState)
    {
        // Only white space is no condition; something without a single word in it is one that nothing meets.
        string? words = string.IsNullOrWhiteSpace(filter.Text) ? null : SearchText.ToQuery(filter.Text);
        IReadOnlyList<string> parts = SearchText.PartsIn(filter.Text);
        IsEmpty = (words is null && parts.Count == 0 && !string.IsNullOrWhiteSpace(filter.Text)) || (filter.State is not null && inState == 0);
        Lead lead = Choose(filter, words, inState);
        (From, Key) = lead switch
        {
            Lead.Words => ("search s CROSS JOIN entry e ON e.seq = s.rowid", "s.rowid"),
            Lead.Recipient => ("entry_recipient r CROSS JOIN entry e ON e.seq = r.entry", "r.entry"),
            Lead.Rule => ("finding_rule f CROSS JOIN entry e ON e.seq = f.entry", "f.entry"),
            _ => ("entry e", "e.seq"),
        };

        Add(words, lead == Lead.Words ? "search MATCH ?" : "e.seq IN (SELECT rowid FROM search WHERE search MATCH ?)", StoredText.Query);
        foreach (string part in parts)
        {
            // Row by row: the index cannot find what is in the middle of its words.
            Add(part, "instr(e.subject || char(10) || e.header_from || char(10) || e.sender || char(10) || e.first_recipient, ?) > 0");
        }

        Add(filter.Fingerprint, lead == Lead.Fingerprint ? "e.fingerprint = ?" : "+e.fingerprint = ?");
        Add(filter.Sender, lead == Lead.Sender ? "e.sender = ?" : "+e.sender = ?");
        Add(filter.Client, lead == Lead.Client ? "e.client = ?" : "+e.client = ?");
        Add(filter.Recipient, lead == Lead.Recipient
            ? "r.recipient = ?"
            : "EXISTS (SELECT 1 FROM entry_recipient x WHERE x.recipient = ? AND x.entry = e.seq)");
        Add(filter.Rule, lead == Lead.Rule
            ? "f.rule = ?"
            : "EXISTS (SELECT 1 FROM finding_rule x WHERE x.rule = ? AND x.entry = e.seq)");
        if (filter.State is QuarantineState state)
        {
            Add((long)state, lead == Lead.State ? "e.state = ?" : "+e.state = ?");
        }

        if (filter.Since is DateTimeOffset since)
        {
            Add(EntryKey.First(since), Key + " >= ?");
        }

        if (filter.Until is DateTimeOffset until)
        {
            Add(EntryKey.First(until), Key + " < ?");
        }

        // Only state and time, or nothing: then a grouping may lead with an index of its own.
        IsPlain = words is null && parts.Count == 0 && filter is { Sender: null, Client: null, Fingerprint: null, Recipient: null, Rule: null };
    }

    private enum Lead
    {
        None,
        State,
        Rule,
        Words,
        Client,
        Sender,
        Fingerprint,
        Recipient,
    }

    /// <summary>The tables, the leading one first; the entry is called <c>e</c>.</summary>
    public string From { get; }

    /// <summary>The order key in the leading table.</summary>
    public string Key { get; }

    /// <summary>The conditions, with WHERE in front; empty when there are none.</summary>
    public string Where => _where.Length == 0 ? string.Empty : " WHERE " + _where;

    /// <summary>True when state and time are all that is asked.</summary>
    public bool IsPlain { get; }

    /// <summary>True when no row can match.</summary>
    public bool IsEmpty { get; }

    /// <summary>Adds the condition that a page begins behind the last line of the one before.</summary>
    public void After(QuarantineCursor cursor, bool oldestFirst) => Add(cursor.Key, Key + (oldestFirst ? " > ?" : " < ?"));

    /// <summary>Binds the parameters in their order.</summary>
    public void Bind(Statement statement) => _parameters.ForEach(bind => bind(statement));

    private static Lead Choose(QuarantineFilter filter, string? words, long inState) => filter switch
    {
        { State: not null } when inState <= FewInState => Lead.State,
        { Recipient: not null } => Lead.Recipient,
        { Fingerprint: not null } => Lead.Fingerprint,
        { Sender: not null } => Lead.Sender,
        { Client: not null } => Lead.Client,
        _ when words is not null => Lead.Words,
        { Rule: not null } => Lead.Rule,
        { State: not null } => Lead.State,
        _ => Lead.None,
    };

    private void Add(string? text, string condition, int maxBytes = StoredText.Field)
    {
        if (text is null)
        {
            return;
        }

        And(condition);
        string value = StoredText.Bound(text, maxBytes);
        _parameters.Add(statement => statement.With(value));
    }

    private void Add(long value, string condition)
    {
        And(condition);
        _parameters.Add(statement => statement.With(value));
    }

    private void And(string condition) => _where.Append(_where.Length == 0 ? string.Empty : " AND ").Append(condition);
}
