internal static class Copy
{
    public static void All(Stream from, Stream to, int size)
    {
        byte[]? rented = size > 64 ? ArrayPool<byte>.Shared.Rent(size) : null;
        try
        {
            Span<byte> buffer = rented ?? stackalloc byte[64];
            to.Write(buffer[..from.Read(buffer)]);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }
}
