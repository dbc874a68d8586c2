using System.Text.Json.Serialization;
using Gateway.Smtp.Protocol;

namespace Gateway.Relay.Message;

/// <summary>What the sender of a message asked to be told about it (RFC 3461); stored with the envelope.</summary>
/// <remarks>Threads: immutable. An envelope without any DSN parameter has none of these, so that its stored form is the one of before.</remarks>
public sealed record DsnRequest
{
    /// <summary>How much to send back with a failure.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<DsnReturn>))]
    public DsnReturn Return { get; init; }

    /// <summary>ENVID in xtext, or null.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>What was asked about single recipients; those about which nothing was asked are not listed.</summary>
    public IReadOnlyList<RecipientRequest> Recipients { get; init; } = [];

    /// <summary>The request for a transaction, or null when nothing was asked.</summary>
    /// <param name="mail">The parameters of MAIL.</param>
    /// <param name="recipients">The accepted recipients.</param>
    /// <param name="parameters">Their parameters, in the same order.</param>
    public static DsnRequest? From(in MailParameters mail, IReadOnlyList<string> recipients, IReadOnlyList<RecipientParameters> parameters)
    {
        ArgumentNullException.ThrowIfNull(recipients);
        ArgumentNullException.ThrowIfNull(parameters);
        List<RecipientRequest>? asked = null;
        for (int i = 0; i < recipients.Count; i++)
        {
            if (parameters[i] != default)
            {
                (asked ??= []).Add(new RecipientRequest(recipients[i], parameters[i].Notify, parameters[i].OriginalRecipient));
            }
        }

        return mail.Return == DsnReturn.Unspecified && mail.EnvelopeId is null && asked is null
            ? null
            : new DsnRequest { Return = mail.Return, EnvelopeId = mail.EnvelopeId, Recipients = asked ?? [] };
    }

    /// <summary>What was asked about a recipient; default for nothing.</summary>
    /// <remarks>A recipient that was named twice counts as one: of what was asked for it, the wish to be told wins over NEVER.</remarks>
    public RecipientParameters For(string recipient)
    {
        RecipientParameters found = default;
        foreach (RecipientRequest one in Recipients)
        {
            if (one.Address.Equals(recipient, StringComparison.Ordinal))
            {
                found = Merge(found, new RecipientParameters(one.Notify, one.OriginalRecipient));
            }
        }

        return found;
    }

    /// <summary>What was asked for a recipient that was named twice.</summary>
    internal static RecipientParameters Merge(in RecipientParameters first, in RecipientParameters second)
    {
        DsnNotify all = first.Notify | second.Notify;
        return new RecipientParameters(all == DsnNotify.Never ? all : all & ~DsnNotify.Never, first.OriginalRecipient ?? second.OriginalRecipient);
    }

    /// <summary>The parameters for each of some recipients as they are sent on; null when there are none.</summary>
    public IReadOnlyList<string?>? Format(IReadOnlyList<string> recipients) =>
        Recipients.Count == 0 ? null : [.. recipients.Select(r => DsnParameters.FormatRecipient(For(r)))];
}

/// <summary>What was asked about one recipient.</summary>
/// <param name="Address">The forward-path as accepted.</param>
/// <param name="Notify">When to tell.</param>
/// <param name="OriginalRecipient">ORCPT as received, or null.</param>
public sealed record RecipientRequest(
    string Address,
    [property: JsonConverter(typeof(JsonStringEnumConverter<DsnNotify>))] DsnNotify Notify,
    string? OriginalRecipient);
