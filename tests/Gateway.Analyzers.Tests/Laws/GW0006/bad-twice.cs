internal static class Copy
{
    public static void All(Stream from)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            _ = from.Read(buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        [|ArrayPool<byte>.Shared.Return(buffer)|];
    }
}
