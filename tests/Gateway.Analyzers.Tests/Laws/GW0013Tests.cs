using Gateway.Analyzers.Tests.Harness;

namespace Gateway.Analyzers.Tests.Laws;

public class GW0013Tests : LawTests<GW0013ListedNames>
{
    protected override IEnumerable<(string Name, string Text)> Files =>
    [
        ("docs/reference/log-events.txt", """
            # id, level, event
            1 Information HostLog.Started
            2 Error HostLog.Stopped
            7 Warning HostLog.Twice
            7 Warning HostLog.Other
            """),
        ("docs/reference/metrics.txt", """
            gateway.connections Counter
            gateway.ready ObservableGauge
            """),
    ];
}
