using System.CommandLine;
using System.Globalization;
using Gateway.Api;
using Gateway.Configuration;
using Gateway.Relay.Delivery;
using Gateway.Relay.Message;

namespace Gateway.Commands;

/// <summary>The options by which queue commands choose messages.</summary>
internal sealed class QueueFilterOptions
{
    private readonly Option<string?> _route = new("--route") { Description = "Going to this route: a domain as configured, or 'default'" };
    private readonly Option<RelayState?> _state = ClosedOption.Of(QueueQuery.States, "In this state: active, deferred or on-hold", "--state");
    private readonly Option<string?> _age = new("--older-than") { Description = "Received longer ago than this, such as 30m or 1d" };
    private readonly Option<string?> _reason = new("--reason") { Description = "With this in the last answer, in why it is on hold, or in what its line waits for" };
    private readonly Option<string?> _from = new("--from") { Description = "The sender: a whole address, or all of '@example.org'; '<>' for the null sender" };
    private readonly Option<string?> _to = new("--to") { Description = "A recipient: a whole address, or all of '@example.org'" };

    /// <summary>Adds the options to a command.</summary>
    public Command AddTo(Command command)
    {
        command.Add(_route);
        command.Add(_state);
        command.Add(_age);
        command.Add(_reason);
        command.Add(_from);
        command.Add(_to);
        return command;
    }

    /// <summary>The filter that was given.</summary>
    public QueueFilter Read(ParseResult parsed)
    {
        string? age = parsed.GetValue(_age);
        Duration duration = default;
        if (age is not null && !Duration.TryParse(age, CultureInfo.InvariantCulture, out duration))
        {
            throw new CommandFailedException(ExitCode.Usage, $"'{Relay.Telemetry.LogText.Escape(age, 40)}' is no duration such as 30m or 1d.");
        }

        return new QueueFilter
        {
            Route = parsed.GetValue(_route),
            State = parsed.GetValue(_state),
            OlderThan = age is null ? null : duration.Time,
            Reason = parsed.GetValue(_reason),
            Sender = parsed.GetValue(_from),
            Recipient = parsed.GetValue(_to),
        };
    }

    /// <summary>The filters that ids, options and <c>--all</c> come to: one for each id, or one for all.</summary>
    public IReadOnlyList<QueueFilter> Read(ParseResult parsed, IReadOnlyList<string> ids, bool all)
    {
        QueueFilter filter = Read(parsed);
        int given = (ids.Count > 0 ? 1 : 0) + (filter.IsAll ? 0 : 1) + (all ? 1 : 0);
        if (given != 1)
        {
            throw new CommandFailedException(ExitCode.Usage, "Name ids, or filters such as --route, or --all.");
        }

        return ids.Count == 0
            ? [filter]
            : [.. ids.Select(id => MessageId.TryParse(id, out MessageId key)
                ? new QueueFilter { Id = key }
                : throw new CommandFailedException(ExitCode.NotFound, $"No message '{Relay.Telemetry.LogText.Escape(id, 40)}' in the queue."))];
    }
}
