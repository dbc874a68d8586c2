internal sealed class Piece(byte[] octets)
{
    public byte[] Octets => octets;

    public static byte[] Raw() => ArrayPool<byte>.Shared.Rent(16);

    public static Piece Of(int size)
    {
        byte[] octets = ArrayPool<byte>.Shared.Rent(size);
        octets[0] = 1;
        return new Piece(octets);
    }
}

internal sealed class Ring
{
    private byte[] _ring = [];

    public void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(_ring.Length * 2);
        _ring = larger;
    }

    public void Give(List<byte[]> to)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(16);
        Keep(to, block);
    }

    private static void Keep(List<byte[]> to, [Consumes("block")] byte[] block) => to.Add(block);
}
