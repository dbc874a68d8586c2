internal sealed class Intake(Room room, Func<Task> commit)
{
    public async Task<bool> EndAsync()
    {
        if (![|room.TryTake()|])
        {
            return false;
        }

        try
        {
            await commit();
        }
        catch (IOException)
        {
            room.GiveBack();
            return false;
        }

        room.GiveBack();
        return true;
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
