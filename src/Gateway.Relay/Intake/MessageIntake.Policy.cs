using Gateway.Mime;
using Gateway.Relay.Policy;

namespace Gateway.Relay.Intake;

/// <content>By what policy a message is judged.</content>
internal sealed partial class MessageIntake
{
    private PolicyTable? _table;
    private System.Net.IPAddress? _client;
    private UInt128 _entries;

    /// <summary>The policy of this transaction; what client and listener match is found once for each version of the settings.</summary>
    private RulePolicy Policy()
    {
        if (_profile.Policies is not { Entries.Count: > 0 } table)
        {
            return _profile.Rules;
        }

        // A proxy may name another client in the middle of a session.
        if (!ReferenceEquals(table, _table) || !peer.Remote.Address.Equals(_client))
        {
            (_table, _client, _entries) = (table, peer.Remote.Address, table.OfSession(listener, peer.Remote.Address));
        }

        return table.Select(_entries, _sender.Address, _recipients.Addresses);
    }

    private void RecordExemptions(InspectionReport report)
    {
        foreach (string name in report.Exemptions)
        {
            shared.Exemptions.Count(name);
            shared.Metrics.ExemptionUsed(name);
        }
    }
}
