using System.Runtime.InteropServices;

namespace Gateway.Hosting;

/// <summary>The signals of a relay, from the first line of its process to the last.</summary>
/// <remarks>
/// Promises: SIGHUP never ends the process. Before the relay is ready it is remembered, while the relay stops it is ignored. SIGUSR1, SIGUSR2
/// and SIGALRM do nothing: their default would end the process without a drain. SIGTERM and SIGINT are not touched.
/// Fails: never; a system without these signals has none to listen for.
/// Threads: any. The registrations last as long as the process; nothing takes them back.
/// </remarks>
internal sealed class ProcessSignals
{
    // The numbers of Linux; PosixSignal names only those that all systems number alike in .NET.
    private const int User1 = 10;
    private const int User2 = 12;
    private const int Alarm = 14;

    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _gate = new();
    private Action? _reload;
    private bool _isAsked;
    private bool _isStopping;

    private ProcessSignals()
    {
    }

    /// <summary>Takes the signals over; what comes from here on ends nothing.</summary>
    public static ProcessSignals Listen()
    {
        ProcessSignals signals = new();
        if (!OperatingSystem.IsWindows())
        {
            signals._registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, signals.HangUp));
        }

        if (OperatingSystem.IsLinux())
        {
            foreach (int number in (ReadOnlySpan<int>)[User1, User2, Alarm])
            {
                signals._registrations.Add(PosixSignalRegistration.Create((PosixSignal)number, static context => context.Cancel = true));
            }
        }

        return signals;
    }

    /// <summary>The relay is ready: a SIGHUP reads the configuration again from here on, and one that came before does so now.</summary>
    /// <param name="reload">Reads the configuration again; called on any thread, one call at a time.</param>
    public void Ready(Action reload)
    {
        lock (_gate)
        {
            _reload = reload;
            Reload();
        }
    }

    /// <summary>The relay stops: a SIGHUP does nothing any more.</summary>
    public void Stopping() => Volatile.Write(ref _isStopping, true);

    private void HangUp(PosixSignalContext context)
    {
        context.Cancel = true;
        // Signals that come while a reload runs are one more reload behind it, however many they are.
        Volatile.Write(ref _isAsked, true);
        lock (_gate)
        {
            Reload();
        }
    }

    private void Reload()
    {
        if (_reload is not null && !Volatile.Read(ref _isStopping) && Interlocked.Exchange(ref _isAsked, false))
        {
            _reload();
        }
    }
}
