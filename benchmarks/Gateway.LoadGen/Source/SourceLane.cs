using System.Diagnostics;
using Gateway.LoadGen.Net;

namespace Gateway.LoadGen.Source;

/// <summary>Sessions of one loop that share messages and pace.</summary>
/// <remarks>Threads: the loop's own, but for <see cref="Start"/>, <see cref="Stop"/> and <see cref="IsDone"/>.</remarks>
internal sealed class SourceLane
{
    private readonly EventLoop _loop;
    private readonly List<SourceSession> _sessions = [];
    private readonly Stack<SourceSession> _idle = new();
    private bool _stopped;
    private volatile bool _isDone;
    private int _busy;

    public SourceLane(EventLoop loop, LanePlan plan)
    {
        _loop = loop;
        Plan = plan;
        Words = new SourceWords(plan.Source);
    }

    /// <summary>What is to be done.</summary>
    public LanePlan Plan { get; }

    /// <summary>What all sessions say alike.</summary>
    public SourceWords Words { get; }

    /// <summary>True when all messages are settled and all sessions ended.</summary>
    public bool IsDone => _isDone;

    /// <summary>Messages that were due and could not be sent, because no session was free.</summary>
    public long Unsent { get; private set; }

    /// <summary>Begins.</summary>
    public void Start() => _loop.Post(() =>
    {
        long now = Stopwatch.GetTimestamp();
        Plan.Schedule.Start(now);
        for (int i = 0; i < Plan.Sessions; i++)
        {
            SourceSession session = new(_loop, this);
            _sessions.Add(session);
            _busy++;
            long begin = Plan.Schedule.IsOpenLoop ? now : now + (long)(Plan.Ramp.TotalNanoseconds * i / Plan.Sessions);
            if (begin > now)
            {
                _loop.At(begin, () => OnIdle(session));
            }
            else
            {
                OnIdle(session);
            }
        }
    });

    /// <summary>Ends, whatever is in flight.</summary>
    public void Stop() => _loop.Post(() =>
    {
        _stopped = true;
        Unsent = Plan.Schedule.Overdue(Stopwatch.GetTimestamp());
        foreach (SourceSession session in _sessions)
        {
            session.Abandon();
        }

        _isDone = true;
    });

    /// <summary>A session has nothing to do.</summary>
    public void OnIdle(SourceSession session)
    {
        _busy--;
        long now = Stopwatch.GetTimestamp();
        long next = Next(now);
        if (next <= now)
        {
            Give(session, next);
        }
        else
        {
            _idle.Push(session);
            if (next == long.MaxValue)
            {
                End();
            }
        }
    }

    /// <summary>Gives what is due to idle sessions; returns when the next one is due.</summary>
    public long Dispatch(long now)
    {
        while (true)
        {
            long next = Next(now);
            if (next > now || _idle.Count == 0)
            {
                if (next == long.MaxValue && _idle.Count > 0)
                {
                    End();
                }

                // Sessions that become free look for themselves.
                return next > now ? next : long.MaxValue;
            }

            Give(_idle.Pop(), next);
        }
    }

    private void Give(SourceSession session, long intended)
    {
        Plan.Schedule.Take();
        _busy++;
        session.Begin(Plan.Mix.Next(), intended);
    }

    private long Next(long now) => _stopped ? long.MaxValue : Plan.Schedule.Next(now);

    private void End()
    {
        while (_idle.TryPop(out SourceSession? session))
        {
            session.Finish();
        }

        if (_busy == 0)
        {
            _isDone = true;
        }
    }
}
