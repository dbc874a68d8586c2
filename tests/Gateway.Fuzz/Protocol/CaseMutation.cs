namespace Gateway.Fuzz.Protocol;

/// <summary>Changes a case: its octets, its steps, its waits, its end, its door.</summary>
internal static class CaseMutation
{
    public static ProtocolCase Of(ProtocolCase @case, ProtocolCase other, Random random)
    {
        List<ProtocolStep> steps = [.. @case.Steps];
        for (int i = 1 + random.Next(3); i > 0 && steps.Count > 0; i--)
        {
            Change(steps, other.Steps, random);
        }

        Door door = random.Next(8) == 0 ? (Door)random.Next(5) : @case.Door;
        return new ProtocolCase(door, random.Next(3) == 0 ? 0 : random.Next(1, int.MaxValue), steps);
    }

    private static void Change(List<ProtocolStep> steps, IReadOnlyList<ProtocolStep> other, Random random)
    {
        int at = random.Next(steps.Count);
        switch (random.Next(10))
        {
            case 0 or 1 or 2:
                at = steps.FindIndex(at, static s => s.Octets is not null);
                if (at >= 0)
                {
                    byte[] spliced = other.Count == 0 ? [] : other[random.Next(other.Count)].Octets ?? [];
                    steps[at] = ProtocolStep.Of(Mutation.Of(steps[at].Octets!, spliced, random, 200_000));
                }

                break;
            case 3:
                steps.RemoveAt(at);
                break;
            case 4:
                steps.Insert(at, steps[random.Next(steps.Count)]);
                break;
            case 5:
                int to = random.Next(steps.Count);
                (steps[at], steps[to]) = (steps[to], steps[at]);
                break;
            case 6:
                // All at once, as a client that waits for nothing.
                byte[] all = [.. steps.Skip(at).TakeWhile(static s => s.Kind is StepKind.Send or StepKind.Wait).SelectMany(static s => s.Octets ?? [])];
                steps.RemoveAll(s => steps.IndexOf(s) >= at && s.Kind == StepKind.Wait);
                if (all.Length > 0)
                {
                    steps.Insert(Math.Min(at, steps.Count), ProtocolStep.Of(all));
                }

                break;
            case 7 when other.Count > 0:
                int from = random.Next(other.Count);
                steps.InsertRange(at, other.Skip(from).Take(1 + random.Next(6)));
                break;
            case 8:
                steps.RemoveRange(at, steps.Count - at);
                StepKind end = random.Next(20) == 0 ? StepKind.Stall : random.Next(2) == 0 ? StepKind.HalfClose : StepKind.Reset;
                steps.Add(new ProtocolStep(end));
                break;
            default:
                steps.Insert(at, ProtocolStep.Wait);
                break;
        }
    }
}
