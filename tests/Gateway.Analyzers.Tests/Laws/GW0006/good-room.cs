internal sealed class Intake(Room room, Func<Task> commit)
{
    public async Task<bool> EndAsync()
    {
        bool taken = room.TryTake();
        if (!taken)
        {
            return false;
        }

        try
        {
            await commit();
            return true;
        }
        finally
        {
            room.GiveBack();
        }
    }
}

internal sealed class Room
{
    [Takes("room")]
    public bool TryTake() => true;

    [GivesBack("room")]
    public void GiveBack()
    {
    }
}
