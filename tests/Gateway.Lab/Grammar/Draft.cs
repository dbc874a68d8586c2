using System.Text;

namespace Gateway.Lab.Grammar;

/// <summary>A message being made: its entities, and last changes to its whole text.</summary>
internal sealed class Draft(Entity root, Random random)
{
    public Entity Root { get; } = root;

    public Random Random { get; } = random;

    /// <summary>Changes to the finished text, in order.</summary>
    public List<Func<string, string>> Rewrites { get; } = [];

    public Entity? Multipart() => Pick(Root.All().Where(entity => entity.IsMultipart));

    /// <summary>A multipart inside a multipart, with the one around it.</summary>
    public (Entity Outer, Entity Inner)? Nested() => Root.All()
        .Where(entity => entity.IsMultipart)
        .SelectMany(outer => outer.Parts.SelectMany(part => part.All()).Where(inner => inner.IsMultipart).Select(inner => ((Entity, Entity)?)(outer, inner)))
        .FirstOrDefault();

    public Entity? Leaf() => Pick(Root.All().Where(entity => entity.IsLeaf));

    public Entity? TextLeaf() => Pick(Root.All().Where(entity => entity.IsLeaf && IsText(entity) && !IsEncoded(entity)));

    /// <summary>A leaf inside a multipart.</summary>
    public Entity? Part() => Pick(Root.All().Where(entity => entity.IsMultipart).SelectMany(multipart => multipart.Parts).Where(part => part.IsLeaf));

    public Entity? Encoded(string encoding) => Pick(Root.All().Where(entity => entity.IsLeaf && entity.Value("Content-Transfer-Encoding") == encoding));

    public Entity? Encoded() => Pick(Root.All().Where(IsEncoded));

    public Entity? Embedded() => Pick(Root.All().Where(entity => entity.IsMessage));

    /// <summary>An entity with a Content-Type field: multipart or leaf.</summary>
    public Entity? Typed() => Pick(Root.All().Where(entity => entity.Find("Content-Type") >= 0 && !entity.IsMessage));

    public Entity? Named() => Pick(Root.All().Where(entity => entity.IsLeaf && entity.Find("Content-Disposition") >= 0));

    public string Word() => Words.Next(Random);

    /// <summary>The octets of the message, one char each; null when a change to the whole text found nothing to change.</summary>
    public string? Render()
    {
        StringBuilder text = new();
        Root.Write(text);
        string whole = text.Append("\r\n").ToString();
        foreach (Func<string, string> rewrite in Rewrites)
        {
            string changed = rewrite(whole);
            if (changed == whole)
            {
                return null;
            }

            whole = changed;
        }

        return whole;
    }

    public static bool IsEncoded(Entity entity) =>
        entity.IsLeaf && entity.Value("Content-Transfer-Encoding") is "base64" or "quoted-printable";

    private static bool IsText(Entity entity) => entity.Value("Content-Type")?.StartsWith("text/", StringComparison.Ordinal) ?? false;

    private Entity? Pick(IEnumerable<Entity> candidates)
    {
        Entity[] all = [.. candidates];
        return all.Length == 0 ? null : all[Random.Next(all.Length)];
    }
}
