internal static class Copy
{
    public static void All(Stream from, Stream to)
    {
        byte[] buffer = [|ArrayPool<byte>.Shared.Rent(4096)|];
        int count = from.Read(buffer);
        to.Write(buffer, 0, count);
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
