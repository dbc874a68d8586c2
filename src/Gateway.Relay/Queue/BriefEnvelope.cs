using System.Text.Json;
using Gateway.Relay.Message;

namespace Gateway.Relay.Queue;

/// <summary>Reads of a stored envelope only what the queue sorts by: a start with a million messages would make two gigabytes of the rest.</summary>
internal static class BriefEnvelope
{
    /// <summary>Reads a stored envelope.</summary>
    /// <returns>A brief one; or the whole when it says that the message is quarantined, because then all of it is needed now.</returns>
    /// <exception cref="JsonException">The octets are not an envelope.</exception>
    public static Envelope Read(ReadOnlySpan<byte> stored)
    {
        Utf8JsonReader json = new(stored);
        DateTimeOffset? receivedAt = null;
        long? steady = null;
        string? sender = null;
        List<string>? recipients = null;
        string? releasedFrom = null;
        string client = string.Empty;
        long size = 0;
        bool risky = false;
        Expect(ref json, JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("ReceivedAt"u8))
            {
                Expect(ref json, JsonTokenType.String);
                receivedAt = json.TryGetDateTimeOffset(out DateTimeOffset time) ? time : throw new JsonException("An envelope has no valid time.");
            }
            else if (json.ValueTextEquals("Sender"u8))
            {
                Expect(ref json, JsonTokenType.String);
                sender = Text(ref json);
            }
            else if (sender is { Length: 0 } && json.ValueTextEquals("ClientAddress"u8))
            {
                // Tells our own notifications from those of others.
                client = json.Read() && json.TokenType == JsonTokenType.String ? Text(ref json) : string.Empty;
            }
            else if (json.ValueTextEquals("Recipients"u8))
            {
                recipients = ReadAll(ref json);
            }
            else if (json.ValueTextEquals("Size"u8))
            {
                Expect(ref json, JsonTokenType.Number);
                size = json.TryGetInt64(out long octets) ? octets : throw new JsonException("An envelope has no valid size.");
            }
            else if (json.ValueTextEquals("SteadyTicks"u8))
            {
                Expect(ref json, JsonTokenType.Number);
                steady = json.TryGetInt64(out long ticks) ? ticks : throw new JsonException("An envelope has no valid steady time.");
            }
            else if (json.ValueTextEquals("Risky"u8))
            {
                risky = json.Read() && json.TokenType == JsonTokenType.True;
            }
            else if (json.ValueTextEquals("ReleasedFrom"u8))
            {
                releasedFrom = json.Read() && json.TokenType == JsonTokenType.String ? Text(ref json) : null;
            }
            else if (json.ValueTextEquals(Envelope.StoredQuarantine) && json.Read() && json.TokenType != JsonTokenType.Null)
            {
                return Envelope.FromBytes(stored);
            }
            else
            {
                json.Skip();
            }
        }

        // As the whole one: what follows the object, or a field that must be there and is not, is damage.
        if (json.TokenType != JsonTokenType.EndObject || json.Read() || receivedAt is null || sender is null || recipients is null)
        {
            throw new JsonException("An envelope lacks its time, sender or recipients.");
        }

        return new Envelope
        {
            Id = string.Empty, ReceivedAt = receivedAt.Value, SteadyTicks = steady, Sender = sender, Recipients = recipients, Size = size, Risky = risky, ReleasedFrom = releasedFrom,
            ClientAddress = client, IsBrief = true,
        };
    }

    private static List<string> ReadAll(ref Utf8JsonReader json)
    {
        List<string> values = new(1);
        Expect(ref json, JsonTokenType.StartArray);
        while (json.Read() && json.TokenType == JsonTokenType.String)
        {
            values.Add(Text(ref json));
        }

        return json.TokenType == JsonTokenType.EndArray ? values : throw new JsonException("An envelope has no valid recipients.");
    }

    private static string Text(ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // What the reader throws for octets that are no UTF-8; to the caller it would mean that the message is gone.
            throw new JsonException("An envelope has text that is no UTF-8.", e);
        }
    }

    private static void Expect(ref Utf8JsonReader json, JsonTokenType token)
    {
        if (!json.Read() || json.TokenType != token)
        {
            throw new JsonException("An envelope has a field of the wrong kind.");
        }
    }
}
