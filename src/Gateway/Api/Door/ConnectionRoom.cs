using Microsoft.AspNetCore.Connections;

namespace Gateway.Api.Door;

/// <summary>Bounds the connections to the management interface, without shutting out who has the token.</summary>
/// <remarks>
/// Promises: when the room is full, a new connection takes the place of the one that has been open longest without a request that carried the
/// token. Who only holds connections open, or sends its head slowly, loses them to others; nobody loses one over which a right token came.
/// Fails: a connection is refused when all others have brought the token, or have not ended yet.
/// Threads: any.
/// </remarks>
/// <param name="most">Connections at the same time.</param>
/// <param name="pace">What newcomers took to be accepted; who brings the token gives it back.</param>
internal sealed class ConnectionRoom(int most, NewcomerPace pace)
{
    /// <summary>How many times the bound there may be with those that are being ended.</summary>
    private const int Dying = 8;

    private readonly Lock _gate = new();
    private readonly LinkedList<ConnectionContext> _strangers = [];
    private int _count;

    /// <summary>Gives a connection its place, or ends it.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        LinkedListNode<ConnectionContext> place = new(connection);
        if (!TryEnter(place, out ConnectionContext? oldest))
        {
            connection.Abort(new ConnectionAbortedException("All places of the management interface are taken."));
            return;
        }

        oldest?.Abort(new ConnectionAbortedException("Another connection took its place: it never brought the token."));
        connection.Features.Set(new ConnectionPlace(() => Trust(place)));
        try
        {
            await next(connection);
        }
        finally
        {
            Leave(place);
        }
    }

    private bool TryEnter(LinkedListNode<ConnectionContext> place, out ConnectionContext? oldest)
    {
        lock (_gate)
        {
            oldest = null;
            if (_count >= most)
            {
                oldest = _strangers.First?.Value;
                // What was ended a moment ago still counts until it is gone: so many more are borne with.
                if (oldest is null || _count >= Dying * most)
                {
                    oldest = null;
                    return false;
                }

                _strangers.RemoveFirst();
            }

            _strangers.AddLast(place);
            _count++;
            return true;
        }
    }

    private void Trust(LinkedListNode<ConnectionContext> place)
    {
        lock (_gate)
        {
            if (place.List is null)
            {
                return;
            }

            place.List.Remove(place);
        }

        pace.GiveBack();
    }

    private void Leave(LinkedListNode<ConnectionContext> place)
    {
        lock (_gate)
        {
            place.List?.Remove(place);
            _count--;
        }
    }
}

/// <summary>The place of a connection in its <see cref="ConnectionRoom"/>; a feature of the connection.</summary>
/// <param name="Trust">Says that the token came over it.</param>
internal sealed record ConnectionPlace(Action Trust);
