using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Relay.Queue;

namespace Gateway.Relay.Blocks;

/// <summary>The blocks of a data directory: <c>blocks.json</c>, replaced whole.</summary>
internal sealed class BlockFile(string directory)
{
    private const string FileName = "blocks.json";

    private readonly string _path = Path.Combine(directory, FileName);

    /// <summary>Reads them; a file that is not there is one without blocks.</summary>
    /// <returns>The blocks, and the number of the last id that was ever given.</returns>
    /// <exception cref="InvalidDataException">It is not one of ours. A start without blocks that somebody ordered would let in what they stop.</exception>
    public (ArmedBlock[] Blocks, int LastId) Read()
    {
        if (!File.Exists(_path))
        {
            return ([], 0);
        }

        try
        {
            BlockDocument document = JsonSerializer.Deserialize(File.ReadAllBytes(_path), BlockJson.Default.BlockDocument) ?? throw new InvalidDataException("it is empty");
            return ([.. document.Blocks.Select(ArmedBlock.Of)], document.LastId);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new InvalidDataException($"{_path} cannot be read: {e.Message}. Mend it, or remove it and order the blocks again.", e);
        }
    }

    /// <summary>Writes them, for the gateway's user alone, and returns when they are on stable storage.</summary>
    /// <exception cref="IOException">They cannot be written; the old ones are still there.</exception>
    public void Write(Block[] blocks, int lastId)
    {
        DataVolume.Replace(_path, JsonSerializer.SerializeToUtf8Bytes(new BlockDocument(lastId, blocks), BlockJson.Default.BlockDocument));
    }
}

/// <summary>A block, ready to be compared.</summary>
internal sealed record ArmedBlock(Block Block, BlockPattern Pattern)
{
    /// <summary>Makes one of a block as it was written down.</summary>
    /// <exception cref="InvalidDataException">Its value means nothing.</exception>
    public static ArmedBlock Of(Block block) => BlockPattern.TryParse(block.Kind, block.Value, out BlockPattern? pattern, out string problem)
        ? new ArmedBlock(block, pattern!)
        : throw new InvalidDataException($"block {block.Id} {problem}");
}

/// <summary>What is in the file.</summary>
/// <param name="LastId">The number of the last id that was ever given.</param>
/// <param name="Blocks">The blocks.</param>
internal sealed record BlockDocument(int LastId, Block[] Blocks);

/// <summary>How it is written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BlockDocument))]
internal sealed partial class BlockJson : JsonSerializerContext;
