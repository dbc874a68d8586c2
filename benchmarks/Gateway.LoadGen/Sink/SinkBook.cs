using System.Collections.Concurrent;
using Gateway.LoadGen.Account;
using Gateway.LoadGen.Measure;

namespace Gateway.LoadGen.Sink;

/// <summary>Whose message it is: ledgers and meters by the number of the run.</summary>
/// <remarks>Threads: any.</remarks>
internal sealed class SinkBook
{
    private const int MostRuns = 100;

    private readonly ConcurrentDictionary<uint, (Ledger Ledger, LoadMeter Meter)> _runs = new();
    private readonly Func<uint, (Ledger, LoadMeter)>? _onUnknown;

    /// <summary>Makes a book.</summary>
    /// <param name="onUnknown">Opens the account of a run that nobody announced; null when such mail is foreign.</param>
    public SinkBook(Func<uint, (Ledger, LoadMeter)>? onUnknown = null)
    {
        _onUnknown = onUnknown;
        Strangers = new LoadMeter();
    }

    /// <summary>Where mail is counted that no run has sent.</summary>
    public LoadMeter Strangers { get; set; }

    /// <summary>All runs.</summary>
    public IReadOnlyCollection<(Ledger Ledger, LoadMeter Meter)> Runs => [.. _runs.Values];

    /// <summary>Announces a run.</summary>
    public void Add(Ledger ledger, LoadMeter meter)
    {
        _runs[ledger.Run] = (ledger, meter);
        Strangers = meter;
    }

    /// <summary>Finds one.</summary>
    public bool TryFind(uint run, out Ledger ledger, out LoadMeter meter)
    {
        if (_runs.TryGetValue(run, out (Ledger Ledger, LoadMeter Meter) found) || Opened(run, out found))
        {
            (ledger, meter) = found;
            return true;
        }

        (ledger, meter) = (null!, null!);
        return false;
    }

    private bool Opened(uint run, out (Ledger, LoadMeter) opened)
    {
        opened = default;
        if (_onUnknown is null || _runs.Count >= MostRuns)
        {
            return false;
        }

        opened = _runs.GetOrAdd(run, _onUnknown);
        return true;
    }
}
