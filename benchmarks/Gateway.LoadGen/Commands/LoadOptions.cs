using System.CommandLine;
using System.Globalization;
using Gateway.LoadGen.Mail;
using Gateway.LoadGen.Sink;
using Gateway.LoadGen.Source;

namespace Gateway.LoadGen.Commands;

/// <summary>The options of <c>run</c>, <c>source</c> and <c>sink</c>, and the plan they make.</summary>
internal sealed class LoadOptions
{
    private readonly Option<string> _target = new("--target", "-t") { Description = "Where mail is sent to", HelpName = "HOST:PORT" };
    private readonly Option<string> _sink = new("--sink") { Description = "Where the sink listens; port 0 for a free one", HelpName = "[HOST:]PORT" };
    private readonly Option<int> _sessions = new("--sessions", "-s") { Description = "Sessions at the same time", DefaultValueFactory = _ => 20 };
    private readonly Option<long?> _messages = new("--messages", "-m") { Description = "Messages in all" };
    private readonly Option<string?> _duration = new("--duration", "-d") { Description = "How long to send (10s, 5m); 10s when neither is given", HelpName = "TIME" };
    private readonly Option<double?> _rate = new("--rate", "--clean-rate") { Description = "Open loop: so many messages a second, whatever the target does; latency counts from the intended time" };
    private readonly Option<string?> _ramp = new("--ramp") { Description = "Sessions, or the rate, come over this time", HelpName = "TIME" };
    private readonly Option<string> _reuse = new("--reuse") { Description = "Messages of one connection", HelpName = "all|none|N", DefaultValueFactory = _ => "all" };
    private readonly Option<string> _pipelining = new("--pipelining") { Description = "Commands in one group where the target offers it", HelpName = "on|off", DefaultValueFactory = _ => "on" };
    private readonly Option<bool> _bdat = new("--bdat") { Description = "Content by BDAT instead of DATA" };
    private readonly Option<bool> _startTls = new("--starttls") { Description = "STARTTLS; any certificate is taken" };
    private readonly Option<bool> _tls = new("--tls") { Description = "TLS from the first octet; any certificate is taken" };
    private readonly Option<string> _size = new("--size") { Description = "Octets of a message, or a mix with weights: 4k:90,100k:10", HelpName = "SIZE", DefaultValueFactory = _ => "4k" };
    private readonly Option<int> _parts = new("--parts") { Description = "Text parts of each message" };
    private readonly Option<string?> _header = new("--header-size") { Description = "Octets of fields added to the header", HelpName = "SIZE" };
    private readonly Option<string?> _folder = new("--folder") { Description = "Send the files of this folder instead, each as it is behind one line", HelpName = "DIR" };
    private readonly Option<string?> _hostile = new("--hostile") { Description = "Share of hostile mail in the same sessions (0.5, 50%)", HelpName = "SHARE" };
    private readonly Option<double?> _hostileRate = new("--hostile-rate") { Description = "Hostile messages a second, on sessions of their own" };
    private readonly Option<int> _hostileSessions = new("--hostile-sessions") { Description = "Sessions of --hostile-rate", DefaultValueFactory = _ => 20 };
    private readonly Option<string[]> _shapes = new("--hostile-shape") { Description = $"Only these shapes: {string.Join(", ", HostileMail.Names)}", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> _forbid = new("--forbid-hostile") { Description = "Exit 1 when hostile mail arrives at the sink" };
    private readonly Option<int> _recipients = new("--recipients") { Description = "Recipients of each message", DefaultValueFactory = _ => 1 };
    private readonly Option<string> _from = new("--from") { Description = "Sender", DefaultValueFactory = _ => "load@example.org" };
    private readonly Option<string> _domain = new("--to-domain") { Description = "Domain of the recipients r0@, r1@ ...", DefaultValueFactory = _ => "example.net" };
    private readonly Option<long> _warmUp = new("--warmup") { Description = "Messages sent before, closed loop, and not measured" };
    private readonly Option<string> _drain = new("--drain") { Description = "How long to wait for what was accepted", HelpName = "TIME", DefaultValueFactory = _ => "60s" };
    private readonly Option<string> _settle = new("--settle") { Description = "How long to listen for duplicates at the end", HelpName = "TIME", DefaultValueFactory = _ => "1s" };
    private readonly Option<string> _patience = new("--patience") { Description = "A closed loop in which nothing moves for so long is given up", HelpName = "TIME", DefaultValueFactory = _ => "120s" };
    private readonly Option<int> _loops = new("--threads") { Description = "Event loops of the source, and of the sink", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> _sinkLatency = new("--sink-latency") { Description = "The sink answers the content after this time", HelpName = "TIME" };
    private readonly Option<string?> _sinkTempFail = new("--sink-tempfail") { Description = "Share of transactions the sink answers with 451", HelpName = "SHARE" };
    private readonly Option<string?> _sinkHang = new("--sink-hang") { Description = "Share of messages the sink never answers, whenever they come", HelpName = "SHARE" };
    private readonly Option<string?> _sinkDrop = new("--sink-drop") { Description = "Share of transactions whose connection the sink closes unanswered", HelpName = "SHARE" };
    private readonly Option<string[]> _sinkWithout = new("--sink-without") { Description = "What the sink does not offer: pipelining, chunking", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> _compare = new("--compare") { Description = "What must arrive as it was sent: all, or the body when relays (milters) add header fields within", HelpName = "all|body", DefaultValueFactory = _ => "all" };
    private readonly Option<bool> _sinkStartTls = new("--sink-starttls") { Description = "The sink offers STARTTLS with a certificate made now" };
    private readonly Option<int[]> _pids = new("--pid") { Description = "Processes to watch, with all their children", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _command = new("--command") { Description = "Also watch every process with this name", HelpName = "NAME" };
    private readonly Option<string?> _cgroup = new("--cgroup") { Description = "Also watch this control group below /sys/fs/cgroup", HelpName = "PATH" };
    private readonly Option<string?> _data = new("--data") { Description = "A path on the disk of the target's data, for the report", HelpName = "PATH" };
    private readonly Option<string?> _label = new("--label") { Description = "What the run is called in comparisons", HelpName = "NAME" };

    /// <summary>Where the report goes as JSON.</summary>
    public Option<string?> Json { get; } = new("--json") { Description = "Write the report as JSON", HelpName = "FILE" };

    /// <summary>Where the report goes as a page.</summary>
    public Option<string?> Html { get; } = new("--html") { Description = "Write the report as one page with plots", HelpName = "FILE" };

    /// <summary>Whether only the report is printed.</summary>
    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "No line each second" };

    /// <summary>Adds what a command needs.</summary>
    public void AddTo(Command command, bool source, bool sink)
    {
        if (source)
        {
            Add(command, _target, _sessions, _messages, _duration, _rate, _ramp, _reuse, _pipelining, _bdat, _startTls, _tls, _size, _parts, _header, _folder, _hostile, _hostileRate, _hostileSessions, _shapes, _recipients, _from, _domain, _warmUp, _patience, _pids, _command, _cgroup, _data);
        }

        if (sink)
        {
            Add(command, _sink, _sinkLatency, _sinkTempFail, _sinkHang, _sinkDrop, _sinkWithout, _sinkStartTls, _forbid);
        }

        if (source && sink)
        {
            Add(command, _drain, _settle);
        }

        if (sink && !source)
        {
            Add(command, _duration, _messages, _recipients);
        }

        Add(command, _compare, _loops, _label, Json, Html, Quiet);
        _target.Required = source;
        _sink.Required = sink;
    }

    /// <summary>The plan of a run.</summary>
    /// <exception cref="FormatException">An amount cannot be read.</exception>
    public LoadPlan Plan(ParseResult parsed, bool sink, string commandLine)
    {
        long? messages = parsed.GetValue(_messages);
        string? duration = parsed.GetValue(_duration);
        int reuse = parsed.GetValue(_reuse) switch
        {
            "all" => 0,
            "none" => 1,
            string text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : throw new FormatException($"--reuse: '{text}' is not all, none or a number"),
            null => 0,
        };
        return new LoadPlan
        {
            Source = new SourcePlan
            {
                Target = Amounts.EndPoint(parsed.GetValue(_target)!),
                Reuse = reuse,
                Pipelining = parsed.GetValue(_pipelining) switch { "on" => true, "off" => false, string other => throw new FormatException($"--pipelining: '{other}' is not on or off"), null => true },
                Bdat = parsed.GetValue(_bdat),
                Tls = parsed.GetValue(_tls) ? TlsMode.Implicit : parsed.GetValue(_startTls) ? TlsMode.StartTls : TlsMode.None,
                Recipients = Between(parsed.GetValue(_recipients), 1, ushort.MaxValue, "--recipients"),
                Sender = parsed.GetValue(_from)!,
                RecipientDomain = parsed.GetValue(_domain)!,
            },
            Sink = sink ? Sink(parsed) : null,
            ComparesBody = ComparesBody(parsed),
            Sessions = Between(parsed.GetValue(_sessions), 1, 100_000, "--sessions"),
            Messages = messages,
            Duration = duration is not null ? Amounts.Time(duration) : messages is null ? TimeSpan.FromSeconds(10) : null,
            Rate = parsed.GetValue(_rate),
            Ramp = Time(parsed.GetValue(_ramp)),
            HostileRate = parsed.GetValue(_hostileRate),
            HostileSessions = parsed.GetValue(_hostileSessions),
            HostileShare = Share(parsed.GetValue(_hostile)),
            HostileShapes = parsed.GetValue(_shapes) ?? [],
            Sizes = Amounts.Mix(parsed.GetValue(_size)!),
            Parts = parsed.GetValue(_parts),
            HeaderOctets = parsed.GetValue(_header) is string header ? Amounts.Octets(header) : 0,
            Folder = parsed.GetValue(_folder),
            WarmUp = parsed.GetValue(_warmUp),
            Drain = sink ? Amounts.Time(parsed.GetValue(_drain)!) : TimeSpan.FromSeconds(30),
            Settle = sink ? Amounts.Time(parsed.GetValue(_settle)!) : TimeSpan.Zero,
            Patience = Amounts.Time(parsed.GetValue(_patience)!),
            Loops = Between(parsed.GetValue(_loops), 1, 64, "--threads"),
            Pids = parsed.GetValue(_pids) ?? [],
            Command = parsed.GetValue(_command),
            Cgroup = parsed.GetValue(_cgroup),
            DataPath = parsed.GetValue(_data),
            Label = parsed.GetValue(_label) ?? string.Empty,
            CommandLine = commandLine,
            ForbidsHostile = sink && parsed.GetValue(_forbid),
        };
    }

    /// <summary>The plan of a sink alone: where it listens, how long, for how many messages.</summary>
    public (SinkPlan Sink, TimeSpan? Duration, long? Messages, int Recipients, int Loops) SinkPlan(ParseResult parsed)
        => (Sink(parsed), parsed.GetValue(_duration) is string time ? Amounts.Time(time) : null, parsed.GetValue(_messages), parsed.GetValue(_recipients), parsed.GetValue(_loops));

    private SinkPlan Sink(ParseResult parsed)
    {
        string[] without = parsed.GetValue(_sinkWithout) ?? [];
        return new SinkPlan
        {
            EndPoint = Amounts.EndPoint(parsed.GetValue(_sink)!),
            Latency = Time(parsed.GetValue(_sinkLatency)),
            TempFail = Share(parsed.GetValue(_sinkTempFail)),
            Hang = Share(parsed.GetValue(_sinkHang)),
            Drop = Share(parsed.GetValue(_sinkDrop)),
            OffersPipelining = !without.Contains("pipelining", StringComparer.OrdinalIgnoreCase),
            OffersChunking = !without.Contains("chunking", StringComparer.OrdinalIgnoreCase),
            ComparesBody = ComparesBody(parsed),
            Certificate = parsed.GetValue(_sinkStartTls) ? SinkCertificate.Make() : null,
        };
    }

    private bool ComparesBody(ParseResult parsed) => parsed.GetValue(_compare) switch
    {
        "all" or null => false,
        "body" => true,
        string other => throw new FormatException($"--compare: '{other}' is not all or body"),
    };

    private static TimeSpan Time(string? text) => text is null ? TimeSpan.Zero : Amounts.Time(text);

    private static double Share(string? text) => text is null ? 0 : Amounts.Share(text);

    private static int Between(int value, int least, int most, string name)
        => value >= least && value <= most ? value : throw new FormatException(FormattableString.Invariant($"{name}: {value} is not between {least} and {most}"));

    private static void Add(Command command, params ReadOnlySpan<Option> options)
    {
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }
    }
}
