using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;

namespace Gateway.Tests.Hosting;

/// <summary>An object with all that it holds as one text, to see whether two snapshots differ anywhere.</summary>
internal static class SnapshotText
{
    /// <summary>The text. Clocks and functions are left out; what has no order is sorted.</summary>
    public static string Of(object? value)
    {
        StringBuilder text = new();
        Write(value, text, []);
        return text.ToString();
    }

    private static void Write(object? value, StringBuilder text, List<object> path)
    {
        switch (value)
        {
            case null or Delegate or TimeProvider or Type:
                return;
            case string or IPAddress or IPEndPoint or IPNetwork or TimeSpan or DateTimeOffset or Enum or IConvertible:
                text.Append(CultureInfo.InvariantCulture, $"{value};");
                return;
            case IEnumerable items:
                IEnumerable<string> texts = items.Cast<object?>().Select(item => Inner(item, path));
                // Sets and dictionaries of texts have another order in each process and may have one in each instance.
                text.Append('[').AppendJoin(',', items is IList ? texts : texts.Order(StringComparer.Ordinal)).Append(']');
                return;
        }

        if (path.Exists(p => ReferenceEquals(p, value)))
        {
            return;
        }

        path.Add(value);
        for (Type? type = value.GetType(); type is not null && type != typeof(object); type = type.BaseType)
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                text.Append(field.Name).Append('=');
                Write(field.GetValue(value), text, path);
            }
        }

        path.RemoveAt(path.Count - 1);
    }

    private static string Inner(object? item, List<object> path)
    {
        StringBuilder text = new();
        Write(item, text, path);
        return text.ToString();
    }
}
