namespace Gateway.Analyzers.Tests.Flow;

/// <summary>A random method: what it says in C#, and which of its accepting calls can be reached without a completed commit.</summary>
/// <remarks>
/// The reference knows nothing of graphs. A statement maps "has committed" to all ways it can end (on, break, continue, return, thrown A, thrown B,
/// thrown something else), each with "has committed"; a sequence, a branch, a loop and a try are put together from their parts.
/// A throw without operand counts as one of any kind, as in the engine.
/// </remarks>
internal sealed class MethodModel(Random random)
{
    private const int Deepest = 4;

    private readonly System.Text.StringBuilder _code = new();
    private readonly HashSet<int> _reached = [];
    private int _accepts;

    [Flags]
    private enum Place
    {
        Plain = 0,
        Loop = 1,
        Finally = 2,
        Catch = 4,
        LoopInFinally = 8,
    }

    private enum End
    {
        On,
        Break,
        Continue,
        Return,
        ThrownA,
        ThrownB,
        ThrownOther,
    }

    private delegate HashSet<(End End, bool Committed)> Meaning(bool committed);

    /// <summary>Makes one method.</summary>
    public static (string Code, IReadOnlySet<int> Bad) Make(Random random, string name)
    {
        MethodModel model = new(random);
        Meaning meaning = model.Block(0, Place.Plain);
        meaning(false);
        return ($"async Task {name}(bool c)\n{{\n{model._code}}}\n", model._reached);
    }

    private static HashSet<(End End, bool Committed)> Call(bool before, bool after) =>
        [(End.On, after), (End.ThrownA, before), (End.ThrownB, before), (End.ThrownOther, before)];

    private static HashSet<(End End, bool Committed)> Then(HashSet<(End End, bool Committed)> ways, End when, Meaning next)
    {
        HashSet<(End End, bool Committed)> all = [.. ways.Where(w => w.End != when)];
        foreach ((End _, bool committed) in ways.Where(w => w.End == when))
        {
            all.UnionWith(next(committed));
        }

        return all;
    }

    private Meaning Block(int depth, Place place)
    {
        List<Meaning> parts = [];
        int count = random.Next(1, 4);
        for (int i = 0; i < count; i++)
        {
            parts.Add(Statement(depth, place));
        }

        return committed => parts.Aggregate(
            new HashSet<(End End, bool Committed)> { (End.On, committed) }, static (ways, part) => Then(ways, End.On, part));
    }

    private Meaning Statement(int depth, Place place)
    {
        switch (random.Next(depth >= Deepest ? 7 : 13))
        {
            case 0:
            case 1:
                return Simple("await Commit();", static committed => Call(committed, true));
            case 2:
                return Simple("Other();", static committed => Call(committed, committed));
            case 3:
            case 4:
                int site = ++_accepts;
                return Simple($"Accept({site});", committed =>
                {
                    _ = committed || _reached.Add(site);
                    return Call(committed, committed);
                });
            case 5:
                return Jump(place);
            case 6:
                return Throw(place);
            case 7 or 8:
                return If(depth, place);
            case 9:
                return While(depth, place);
            default:
                return Try(depth, place);
        }
    }

    private Meaning Simple(string code, Meaning meaning)
    {
        _code.AppendLine(code);
        return meaning;
    }

    private Meaning Jump(Place place)
    {
        bool mayLoop = place.HasFlag(Place.Loop) && (!place.HasFlag(Place.Finally) || place.HasFlag(Place.LoopInFinally));
        if (mayLoop && random.Next(2) == 0)
        {
            return random.Next(2) == 0
                ? Simple("if (c) break;", static committed => [(End.On, committed), (End.Break, committed)])
                : Simple("if (c) continue;", static committed => [(End.On, committed), (End.Continue, committed)]);
        }

        return place.HasFlag(Place.Finally)
            ? Simple("Other();", static committed => Call(committed, committed))
            : Simple("if (c) return;", static committed => [(End.On, committed), (End.Return, committed)]);
    }

    private Meaning Throw(Place place) => random.Next(place.HasFlag(Place.Catch) ? 3 : 2) switch
    {
        0 => Simple("if (c) throw new A();", static committed => [(End.On, committed), (End.ThrownA, committed)]),
        1 => Simple("if (c) throw new B();", static committed => [(End.On, committed), (End.ThrownB, committed)]),
        _ => Simple("if (c) throw;", static committed => Call(committed, committed)),
    };

    private Meaning If(int depth, Place place)
    {
        _code.AppendLine("if (c) {");
        Meaning yes = Block(depth + 1, place);
        _code.AppendLine("} else {");
        Meaning no = Block(depth + 1, place);
        _code.AppendLine("}");
        return committed => [.. yes(committed), .. no(committed)];
    }

    private Meaning While(int depth, Place place)
    {
        _code.AppendLine("while (c) {");
        Meaning body = Block(depth + 1, place | Place.Loop | (place.HasFlag(Place.Finally) ? Place.LoopInFinally : Place.Plain));
        _code.AppendLine("}");
        return committed =>
        {
            HashSet<(End End, bool Committed)> ways = [];
            HashSet<bool> seen = [];
            Queue<bool> starts = new([committed]);
            while (starts.TryDequeue(out bool start))
            {
                if (!seen.Add(start))
                {
                    continue;
                }

                ways.Add((End.On, start));
                foreach ((End end, bool after) in body(start))
                {
                    if (end is End.On or End.Continue)
                    {
                        starts.Enqueue(after);
                    }
                    else
                    {
                        ways.Add((end == End.Break ? End.On : end, after));
                    }
                }
            }

            return ways;
        };
    }

    private Meaning Try(int depth, Place place)
    {
        _code.AppendLine("try {");
        Meaning whole = Block(depth + 1, place & ~Place.Catch);
        int shape = random.Next(1, 16);
        List<(End[] Kinds, bool Filtered, Meaning Body)> handlers = [];
        Handler(handlers, (shape & 1) != 0, "A", [End.ThrownA], depth, place);
        Handler(handlers, (shape & 2) != 0, "B", [End.ThrownB], depth, place);
        Handler(handlers, (shape & 4) != 0, "Exception", [End.ThrownA, End.ThrownB, End.ThrownOther], depth, place);
        Meaning caught = committed => Catch(whole(committed), handlers);
        if ((shape & 8) == 0)
        {
            _code.AppendLine("}");
            return caught;
        }

        _code.AppendLine("} finally {");
        Meaning last = Block(depth + 1, (place & ~(Place.Catch | Place.LoopInFinally)) | Place.Finally);
        _code.AppendLine("}");
        return committed => [.. caught(committed).SelectMany(way => last(way.Committed).Select(end => end.End == End.On ? (way.End, end.Committed) : end))];
    }

    private void Handler(List<(End[] Kinds, bool Filtered, Meaning Body)> handlers, bool isThere, string type, End[] kinds, int depth, Place place)
    {
        if (isThere)
        {
            bool filtered = random.Next(3) == 0;
            _code.AppendLine($"}} catch ({type}) {(filtered ? "when (c) " : string.Empty)}{{");
            handlers.Add((kinds, filtered, Block(depth + 1, place | Place.Catch)));
        }
    }

    private static HashSet<(End End, bool Committed)> Catch(
        HashSet<(End End, bool Committed)> ways, List<(End[] Kinds, bool Filtered, Meaning Body)> handlers)
    {
        HashSet<(End End, bool Committed)> all = [];
        foreach ((End End, bool Committed) way in ways)
        {
            bool goesOn = true;
            foreach ((End[] kinds, bool filtered, Meaning body) in handlers.Where(_ => goesOn && way.End >= End.ThrownA))
            {
                if (kinds.Contains(way.End))
                {
                    all.UnionWith(body(way.Committed));
                    goesOn = filtered;
                }
            }

            if (goesOn)
            {
                all.Add(way);
            }
        }

        return all;
    }
}
