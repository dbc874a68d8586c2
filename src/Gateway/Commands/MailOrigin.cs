using System.CommandLine;
using System.Net;
using Gateway.Configuration;
using Gateway.Relay.Quarantine;

namespace Gateway.Commands;

/// <summary>The mail that a command line asks about: where it comes in, from whom and for whom. What is left out matches no entry that asks for it.</summary>
/// <param name="Listener">Name or endpoint of a listener; null for none.</param>
/// <param name="Client">The client; null for none.</param>
/// <param name="Sender">The envelope sender; empty for the null sender, null for none.</param>
/// <param name="Recipients">The envelope recipients.</param>
internal sealed record MailOrigin(string? Listener, IPAddress? Client, string? Sender, IReadOnlyList<string> Recipients)
{
    /// <summary>True for bounces, for whom some rules are softened.</summary>
    public bool IsNullSender => Sender is { Length: 0 };

    /// <summary>What <see cref="Gateway.Relay.Policy.PolicyTable"/> calls the listener; empty for none.</summary>
    /// <exception cref="CommandFailedException">The options have no such listener.</exception>
    public string ListenerIn(GatewayOptions options)
    {
        if (Listener is null)
        {
            return string.Empty;
        }

        ListenerOptions? found = options.Listeners.FirstOrDefault(
            l => Listener.Equals(l.Name, StringComparison.OrdinalIgnoreCase) || Listener.Equals(l.Endpoint.ToString(), StringComparison.OrdinalIgnoreCase));
        return found is not null
            ? PolicyChecks.NameOf(found)
            : throw new CommandFailedException(
                ExitCode.Usage,
                $"There is no listener '{Relay.Telemetry.LogText.Escape(Listener)}'; listeners are {string.Join(", ", options.Listeners.Select(PolicyChecks.NameOf))}.");
    }
}

/// <summary>The options of a command line that make up a <see cref="MailOrigin"/>.</summary>
internal sealed class MailOriginOptions
{
    private readonly Option<string?> _listener = new("--listener")
    {
        Description = "Listener the mail came in by, name or endpoint as configured: decides which Policies and Exceptions are for it, as the next three do",
        HelpName = "NAME",
    };

    private readonly Option<string?> _client = new("--client") { Description = "Address of the client", HelpName = "IP" };

    private readonly Option<string?> _sender = new("--sender")
    {
        Description = "The envelope sender; '<>' is the null sender of bounces, for whom some rules are softened", HelpName = "ADDRESS",
    };

    private readonly Option<string[]> _recipients = new("--recipient")
    {
        Description = "An envelope recipient; may be given several times, then the strictest action counts", HelpName = "ADDRESS", DefaultValueFactory = _ => [],
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_listener);
        command.Options.Add(_client);
        command.Options.Add(_sender);
        command.Options.Add(_recipients);
    }

    /// <summary>What was given.</summary>
    /// <exception cref="CommandFailedException">The client is no address.</exception>
    public MailOrigin Read(ParseResult parsed)
    {
        IPAddress? client = null;
        if (parsed.GetValue(_client) is string text && !IPAddress.TryParse(text, out client))
        {
            throw new CommandFailedException(ExitCode.Usage, $"--client expects an IP address, not '{Relay.Telemetry.LogText.Escape(text)}'.");
        }

        return new MailOrigin(parsed.GetValue(_listener), client, parsed.GetValue(_sender) is string sender ? sender == QuarantineFilter.NullSender ? string.Empty : sender : null, parsed.GetValue(_recipients) ?? []);
    }
}
