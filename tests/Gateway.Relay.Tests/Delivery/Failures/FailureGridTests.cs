using System.Collections.Concurrent;
using Gateway.Relay.Delivery;
using Gateway.Relay.Delivery.Routes;
using Gateway.Relay.Message;
using Gateway.Relay.Tests.House;
using Gateway.TestKit;
using Xunit;

namespace Gateway.Relay.Tests.Delivery.Failures;

/// <summary>Every failure at every step on every kind of connection: a host that does it, a second host that is well, and what becomes of the mail and of the log.</summary>
public class FailureGridTests
{
    [Fact]
    public async Task EveryCell_LeadsWhereItShould_AndTheLogSaysSo()
    {
        IReadOnlyList<FailureCell> cells = FailureCell.All();
        Assert.True(cells.Count >= 500, $"{cells.Count} cells");
        CellHosts[] hosts = [.. cells.Select(static c => new CellHosts(c))];
        ConcurrentBag<string> wrong = [];
        await using (RelayHouse house = await RelayHouse.OpenedAsync(
            h => h.Routes(RelayHouse.RouteTo("default", h.Server), [.. hosts.Select(static h => h.Route)])))
        {
            ParallelOptions few = new() { MaxDegreeOfParallelism = 8, CancellationToken = RelayHouse.Ct };
            await Parallel.ForEachAsync(hosts, few, async (one, _) =>
            {
                if (await one.FaultAsync(house) is { } fault)
                {
                    wrong.Add($"{one.Cell}, expected {one.Cell.Expected}: {fault}");
                }
            });
        }

        foreach (CellHosts one in hosts)
        {
            await one.DisposeAsync();
        }

        Assert.True(wrong.IsEmpty, $"{wrong.Count} of {cells.Count} cells:\n{string.Join('\n', wrong.Order(StringComparer.Ordinal).Take(20))}");
    }

    /// <summary>The two hosts of a cell and its conversation.</summary>
    private sealed class CellHosts : IAsyncDisposable
    {
        private readonly ScriptedSmtpServer _first = new();
        private readonly ScriptedSmtpServer _second = new();
        private volatile bool _armed;

        public CellHosts(FailureCell cell)
        {
            Cell = cell;
            string[] offered = ["8BITMIME", "ENHANCEDSTATUSCODES", .. cell.Pipelines ? ["PIPELINING"] : Array.Empty<string>()];
            _first.Capabilities = cell.Mode == CellMode.InClear ? [.. offered, "STARTTLS"] : offered;
            _first.On(SmtpStep.Other, m => m.Line == "STARTTLS" ? SmtpAction.Reply("454 4.7.0 TLS not available") : null);
            _first.On(SmtpStep.Rcpt, m => m.Line.Contains("nobody@", StringComparison.Ordinal) ? SmtpAction.Reply("550 5.1.1 no such user") : null);
            _first.On(cell.Step, Do);
            if (cell.Step == SmtpStep.Ehlo)
            {
                // A host that does not know EHLO is asked by HELO.
                _first.On(SmtpStep.Helo, Do);
            }
        }

        public FailureCell Cell { get; }

        public Route Route => RelayHouse.RouteTo(Cell.Domain, _first, _second);

        /// <summary>Sends the message; says what went wrong, or null.</summary>
        public async Task<string?> FaultAsync(RelayHouse house)
        {
            if (Cell.IsUsed)
            {
                MessageId warm = await house.QueueFromAsync("warm@example.org", $"{(Cell.Step == SmtpStep.Rset ? "nobody" : "warm")}@{Cell.Domain}");
                await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(warm) is null);
            }

            int before = _first.Messages.Count;
            _armed = true;
            MessageId id = await house.QueueFromAsync("a@example.org", $"x@{Cell.Domain}");
            await RelayHouse.UntilAsync(() => house.Relay.Delivery.Find(id) is null or { State: RelayState.Deferred });
            string line = Line(house, id);
            string delivered = $"first {_first.Messages.Count - before}, second {_second.Messages.Count}";
            QueueEntry? left = house.Relay.Delivery.Find(id);
            bool right = Cell.Expected switch
            {
                'S' => delivered == "first 1, second 0" && Says(line, "status=sent", _first) && Has(house, 220, id),
                'H' => delivered == "first 0, second 1" && Says(line, "status=sent", _second) && Has(house, 221, id),
                'D' => delivered == "first 0, second 1" && line.Contains("status=deferred", StringComparison.Ordinal) && Says(line, "status=sent", _second),
                'M' => delivered == "first 0, second 0" && line.Contains("status=deferred", StringComparison.Ordinal) && left?.Due is not null,
                _ => delivered == "first 0, second 0" && line.Contains($"status=bounced ({Cell.Does})", StringComparison.Ordinal) && left is null,
            };
            bool truthful = (Cell.Expected == 'B') == line.Contains("status=bounced", StringComparison.Ordinal);
            return right && truthful ? null : $"{delivered}, {(left is null ? "gone" : $"due {left.Due}")}, log: {line}";
        }

        public async ValueTask DisposeAsync()
        {
            await _first.DisposeAsync();
            await _second.DisposeAsync();
        }

        private SmtpAction? Do(SmtpMoment moment) => _armed && (Cell.Expected != 'S' || moment.Connection == 1) ? Cell.Action : null;

        private static string Line(RelayHouse house, MessageId id) => string.Join(
            " | ", house.Logs.All.Where(l => l.StartsWith($"{id}: ", StringComparison.Ordinal) && l.Contains("status=", StringComparison.Ordinal)));

        private static bool Says(string line, string status, ScriptedSmtpServer server) =>
            line.Contains(status, StringComparison.Ordinal) && line.Contains($"]:{server.Port},", StringComparison.Ordinal);

        private static bool Has(RelayHouse house, int logEvent, MessageId id) => house.Logs.Of(logEvent).Any(l => l.StartsWith($"{id}: ", StringComparison.Ordinal));
    }
}
