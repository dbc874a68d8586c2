using System.Net;

namespace Gateway.Demo;

/// <summary>A mail system behind the gateway of a demo or a drill.</summary>
internal interface IMailSystem : IAsyncDisposable
{
    /// <summary>Where it listens.</summary>
    IPEndPoint EndPoint { get; }

    /// <summary>Closes one connection without a word.</summary>
    void Cut(string connection);

    /// <summary>Closes all connections without a word, as a process that crashes does.</summary>
    /// <returns>How many there were.</returns>
    int CutAll();
}
