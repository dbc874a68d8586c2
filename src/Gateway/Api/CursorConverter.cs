using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Relay.Quarantine;

namespace Gateway.Api;

/// <summary>Writes a cursor in JSON in the very form that <c>after=</c> takes.</summary>
public sealed class CursorConverter : JsonConverter<QuarantineCursor>
{
    /// <inheritdoc/>
    public override QuarantineCursor Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        QuarantineCursor.TryParse(reader.GetString(), out QuarantineCursor cursor) ? cursor : throw new JsonException("This is no cursor.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, QuarantineCursor value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.ToString());
    }
}
