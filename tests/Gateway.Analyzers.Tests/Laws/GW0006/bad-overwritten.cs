internal static class Growth
{
    public static void Fill(Stream from, int rounds)
    {
        byte[] buffer = [|ArrayPool<byte>.Shared.Rent(16)|];
        try
        {
            for (int i = 0; i < rounds; i++)
            {
                buffer = [|ArrayPool<byte>.Shared.Rent(buffer.Length * 2)|];
                _ = from.Read(buffer);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
