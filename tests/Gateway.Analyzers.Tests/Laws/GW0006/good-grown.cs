internal static class Growth
{
    public static int Fill(Stream from)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(16);
        try
        {
            int count;
            while ((count = from.Read(buffer)) == buffer.Length)
            {
                byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            return count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
