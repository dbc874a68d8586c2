using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using Gateway.Mime;

namespace Gateway.Relay.Inspection;

/// <summary>One inspection as something to await that can be given up.</summary>
/// <remarks>
/// It is queued where the awaiting thread looks next, and what awaits it goes on behind it on the same thread: the thread unwinds and comes
/// back, which costs less than a microsecond, and nothing of the session is on the stack of an inspection that does not end. Run in
/// place it would take all its callers with it.
/// Promises: exactly one of result and giving up is seen. The content is not read by an inspection that was given up once it looks at its
/// token, which it does for every 4 KiB; octets it reads until then may belong to another message, what it makes of them is dropped.
/// Threads: awaited once.
/// </remarks>
public sealed class InspectionJob : IValueTaskSource<InspectionReport?>, IThreadPoolWorkItem
{
    private const int Running = 0;
    private const int Ended = 1;
    private const int Abandoned = 2;

    private readonly InspectionScheduler _scheduler;
    private readonly CancellationTokenSource _cancel;
    private long _begun;
    private Action<object?>? _continuation;
    private object? _continuationState;
    private ExecutionContext? _context;
    private InspectionReport? _report;
    private ExceptionDispatchInfo? _fault;
    private int _state;

    internal InspectionJob(
        InspectionScheduler scheduler, MessageBytes content, WireFacts wire, in InspectionContext context, InspectionClient client, UInt128 digest,
        CancellationToken cancellationToken)
    {
        _scheduler = scheduler;
        Content = content;
        Wire = wire;
        Context = context;
        Client = client;
        Digest = digest;
        Size = content.Length;
        _cancel = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken) : new CancellationTokenSource();
    }

    /// <summary>On whose behalf.</summary>
    public InspectionClient Client { get; }

    /// <summary>The digest of the octets.</summary>
    public UInt128 Digest { get; }

    /// <summary>The octets of the message.</summary>
    public long Size { get; }

    /// <summary>How long it has been running.</summary>
    public TimeSpan Elapsed => _scheduler.Time.GetElapsedTime(_begun);

    internal MessageBytes Content { get; }

    internal WireFacts Wire { get; }

    internal InspectionContext Context { get; }

    internal CancellationToken Cancellation => _cancel.Token;

    /// <inheritdoc/>
    public InspectionReport? GetResult(short token)
    {
        if (Volatile.Read(ref _state) == Running)
        {
            throw new InvalidOperationException("An inspection must be awaited.");
        }

        _fault?.Throw();
        return _report;
    }

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => Volatile.Read(ref _state) == Running ? ValueTaskSourceStatus.Pending
        : _fault is null ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Faulted;

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _continuation = continuation;
        _continuationState = state;
        _context = flags.HasFlag(ValueTaskSourceOnCompletedFlags.FlowExecutionContext) ? ExecutionContext.Capture() : null;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => Run();

    /// <summary>Answers in the place of an inspection that does not end; false when it has ended meanwhile.</summary>
    /// <param name="count">Called when it has not, before anybody can see the answer.</param>
    internal bool TryGiveUp(Action count)
    {
        if (Interlocked.CompareExchange(ref _state, Abandoned, Running) != Running)
        {
            return false;
        }

        count();
        _report = InspectionReport.Uninspected("the inspection did not end within its time budget", Context);
        _scheduler.Budget.Take(Client.Key, Elapsed, Client.TimeAMinute);
        _cancel.Cancel();
        ThreadPool.UnsafeQueueUserWorkItem(static job => job.Continue(), this, preferLocal: false);
        return true;
    }

    [CatchesAll("the fault is carried to whoever awaits the inspection")]
    private void Run()
    {
        _begun = _scheduler.Time.GetTimestamp();
        int slot = _scheduler.Watch.Enter(this);
        InspectionReport? report = null;
        ExceptionDispatchInfo? fault = null;
        if (slot >= 0)
        {
            try
            {
                report = _scheduler.Inspect(this);
            }
            catch (Exception e)
            {
                // Not swallowed: whoever awaits the inspection gets it.
                fault = ExceptionDispatchInfo.Capture(e);
            }
        }

        // A result that nobody waits for any more must not be seen by those who read the one given in its place.
        bool inTime = Interlocked.CompareExchange(ref _state, Ended, Running) == Running;
        if (slot >= 0)
        {
            _scheduler.Watch.Leave(slot, wasGivenUp: !inTime);
        }

        if (inTime)
        {
            (_report, _fault) = (report, fault);
            _cancel.Dispose();
            Continue();
        }
    }

    private void Continue()
    {
        Action<object?> continuation = _continuation!;
        if (_context is null)
        {
            continuation(_continuationState);
        }
        else
        {
            ExecutionContext.Run(_context, static job => ((InspectionJob)job!).RunContinuation(), this);
        }
    }

    private void RunContinuation() => _continuation!(_continuationState);
}
