internal sealed class Buffer(int limit)
{
    private readonly List<byte[]> _blocks = [];

    public bool TryGrow(int used)
    {
        byte[] block = [|ArrayPool<byte>.Shared.Rent(4096)|];
        if (used + block.Length > limit)
        {
            return false;
        }

        _blocks.Add(block);
        return true;
    }
}
