using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]

namespace Gateway.LoadGen.Net;

/// <summary>The system calls of the event loop, with errno as the result instead of exceptions.</summary>
/// <remarks>Linux only. .NET's own sockets cost a thread-pool hop for each wait: half of what this program may cost at all.</remarks>
internal static unsafe partial class Libc
{
    public const int Interrupted = 4;
    public const int TryAgain = 11;
    public const int NoSuchCall = 38;
    public const int InProgress = 115;
    public const int SendMore = 0x8000;
    public const uint Readable = 0x1;
    public const uint Writable = 0x4;
    public const uint Failed = 0x8;
    public const uint HungUp = 0x10;
    public const uint PeerClosed = 0x2000;

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int NoSignal = 0x4000;
    private const int SocketLevel = 1;
    private const int ReuseAddress = 2;
    private const int SocketError = 4;
    private const int TcpLevel = 6;
    private const int NoDelay = 1;
    private const short PollIn = 1;
    private const short PollOut = 4;

    // struct epoll_event is packed on x86 only.
    private static readonly int s_eventSize = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 12 : 16;

    /// <summary>Octets that one event takes in the buffer of <see cref="Wait"/>.</summary>
    public static int EventSize => s_eventSize;

    /// <summary>Reads an event.</summary>
    public static (uint Events, ulong Tag) Event(ReadOnlySpan<byte> buffer, int index)
    {
        ReadOnlySpan<byte> at = buffer.Slice(index * s_eventSize, s_eventSize);
        return (MemoryMarshal.Read<uint>(at), MemoryMarshal.Read<ulong>(at[(s_eventSize - 8)..]));
    }

    /// <summary>A new epoll instance.</summary>
    public static int Epoll() => Good(EpollCreate(CloseOnExec), "epoll_create1");

    /// <summary>Watches a descriptor (1 add, 2 delete, 3 change).</summary>
    public static void Watch(int epoll, int operation, int descriptor, uint events, ulong tag)
    {
        Span<byte> record = stackalloc byte[16];
        MemoryMarshal.Write(record, events);
        MemoryMarshal.Write(record[(s_eventSize - 8)..], tag);
        fixed (byte* at = record)
        {
            Good(EpollControl(epoll, operation, descriptor, at), "epoll_ctl");
        }
    }

    /// <summary>Waits for events for at most so many nanoseconds (below zero: for ever); negative errno on failure.</summary>
    public static int Wait(int epoll, Span<byte> buffer, long nanoseconds, ref bool fine)
    {
        fixed (byte* at = buffer)
        {
            int most = buffer.Length / s_eventSize;
            if (fine)
            {
                TimeSpec limit = new() { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
                int count = EpollWaitFine(epoll, at, most, nanoseconds < 0 ? null : &limit, null, 8);
                if (count >= 0 || Marshal.GetLastPInvokeError() != NoSuchCall)
                {
                    return count >= 0 ? count : -Marshal.GetLastPInvokeError();
                }

                // Kernels before 5.11 and some sandboxes: whole milliseconds then, rounded up.
                fine = false;
            }

            int milliseconds = nanoseconds < 0 ? -1 : (int)Math.Min(int.MaxValue, (nanoseconds + 999_999) / 1_000_000);
            int ready = EpollWait(epoll, at, most, milliseconds);
            return ready >= 0 ? ready : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>A non-blocking TCP socket.</summary>
    public static int Socket(AddressFamily family)
        => Good(NewSocket(family == AddressFamily.InterNetworkV6 ? 10 : 2, 1 | CloseOnExec | NonBlocking, 0), "socket");

    /// <summary>A socket that listens.</summary>
    public static int Listen(IPEndPoint endPoint, int backlog)
    {
        int socket = Socket(endPoint.AddressFamily);
        Set(socket, SocketLevel, ReuseAddress, 1);
        fixed (byte* address = endPoint.Serialize().Buffer.Span)
        {
            Good(Bind(socket, address, endPoint.Serialize().Size), $"bind to {endPoint}");
        }

        Good(Listen(socket, backlog), "listen");
        return socket;
    }

    /// <summary>The port that a socket is bound to.</summary>
    public static int Port(int socket)
    {
        byte* address = stackalloc byte[128];
        int length = 128;
        Good(Name(socket, address, &length), "getsockname");
        return (address[2] << 8) | address[3];
    }

    /// <summary>Takes a connection; negative errno when there is none.</summary>
    public static int Accept(int listener)
    {
        int socket = Accept4(listener, null, null, CloseOnExec | NonBlocking);
        if (socket < 0)
        {
            return -Marshal.GetLastPInvokeError();
        }

        Set(socket, TcpLevel, NoDelay, 1);
        return socket;
    }

    /// <summary>Begins to connect; 0 or errno.</summary>
    public static int Connect(int socket, SocketAddress address)
    {
        Set(socket, TcpLevel, NoDelay, 1);
        fixed (byte* at = address.Buffer.Span)
        {
            return Connect(socket, at, address.Size) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>The error that a connection attempt ended with; 0 for none.</summary>
    public static int Outcome(int socket)
    {
        int error = 0;
        int length = sizeof(int);
        return GetOption(socket, SocketLevel, SocketError, &error, &length) == 0 ? error : Marshal.GetLastPInvokeError();
    }

    /// <summary>Receives; 0 at the end of the stream, negative errno on failure.</summary>
    public static int Receive(int socket, Span<byte> buffer)
    {
        fixed (byte* at = buffer)
        {
            nint count = Recv(socket, at, buffer.Length, 0);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Sends what fits; negative errno on failure.</summary>
    public static int Send(int socket, ReadOnlySpan<byte> octets, bool more)
    {
        fixed (byte* at = octets)
        {
            nint count = Send(socket, at, octets.Length, NoSignal | (more ? SendMore : 0));
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Blocks until a socket can be read (or written), or the time is over; for handshakes, which run beside the loops.</summary>
    public static bool Poll(int socket, bool write, int milliseconds)
    {
        PollRecord record = new() { Descriptor = socket, Events = write ? PollOut : PollIn };
        return Poll(&record, 1, milliseconds) > 0;
    }

    /// <summary>A descriptor that wakes a loop.</summary>
    public static int WakeUp() => Good(EventDescriptor(0, CloseOnExec | NonBlocking), "eventfd");

    /// <summary>Closes.</summary>
    public static void Close(int descriptor) => _ = CloseDescriptor(descriptor);

    /// <summary>Writes eight octets to an event descriptor.</summary>
    public static void Signal(int descriptor)
    {
        ulong one = 1;
        _ = Write(descriptor, (byte*)&one, 8);
    }

    /// <summary>Empties an event descriptor.</summary>
    public static void Clear(int descriptor)
    {
        ulong count = 0;
        _ = Read(descriptor, (byte*)&count, 8);
    }

    /// <summary>What an errno means.</summary>
    public static string Text(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    private static void Set(int socket, int level, int option, int value) => _ = SetOption(socket, level, option, &value, sizeof(int));

    private static int Good(int result, string call)
        => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{call}: {Text(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int epoll, int operation, int descriptor, byte* record);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int epoll, byte* events, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    private static partial int EpollWaitFine(int epoll, byte* events, int most, TimeSpec* limit, byte* signals, nint size);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int NewSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int socket, byte* address, int length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    private static partial int Listen(int socket, int backlog);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    private static partial int Name(int socket, byte* address, int* length);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static partial int Accept4(int socket, byte* address, int* length, int flags);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int socket, byte* address, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int socket, int level, int option, int* value, int length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(int socket, int level, int option, int* value, int* length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Recv(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollRecord* records, nint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, byte* buffer, nint length);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    private struct PollRecord
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
