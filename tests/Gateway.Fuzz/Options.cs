using System.Globalization;

namespace Gateway.Fuzz;

/// <summary>What the command line asks for.</summary>
internal sealed record Options
{
    public string Target { get; private init; } = string.Empty;

    /// <summary>How long to fuzz; zero for as long as <see cref="Cases"/> says.</summary>
    public TimeSpan Time { get; private init; } = TimeSpan.FromSeconds(60);

    /// <summary>Cases in all; 0 for no bound.</summary>
    public int Cases { get; private init; }

    public int Seed { get; private init; } = Environment.TickCount;

    /// <summary>Connections at the same time.</summary>
    public int Parallel { get; private init; } = 8;

    /// <summary>A file or folder to play instead.</summary>
    public string? Replay { get; private init; }

    /// <summary>Where finds are written.</summary>
    public string? Finds { get; private init; }

    /// <summary>Reads the arguments; null when they make no sense.</summary>
    public static Options? Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Count % 2 == 0 || arguments[0] is not ("protocol" or "messages" or "smuggling"))
        {
            return null;
        }

        Options options = new() { Target = arguments[0] };
        for (int i = 1; i < arguments.Count; i += 2)
        {
            string value = arguments[i + 1];
            bool isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
            Options? next = arguments[i] switch
            {
                "--replay" => options with { Replay = value },
                "--finds" => options with { Finds = value },
                "--seconds" when isNumber => options with { Time = TimeSpan.FromSeconds(number) },
                "--seed" when isNumber => options with { Seed = number },
                "--cases" when isNumber => options with { Cases = number, Time = TimeSpan.Zero },
                "--parallel" when isNumber && number > 0 => options with { Parallel = number },
                _ => null,
            };
            if (next is null)
            {
                return null;
            }

            options = next;
        }

        return options;
    }
}
