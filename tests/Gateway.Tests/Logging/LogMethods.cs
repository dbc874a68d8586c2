using System.Reflection;
using Gateway.Commands;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Logging;

/// <summary>The events of the log, as the code declares them.</summary>
internal static class LogMethods
{
    /// <summary>All log methods of the program.</summary>
    public static IEnumerable<(int Id, string Type, string Name)> All() =>
        from assembly in Assemblies()
        from type in assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
        where attribute is not null
        select (attribute.EventId, type.FullName, method.Name);

    /// <summary>The program and all of ours that it is made of.</summary>
    private static HashSet<Assembly> Assemblies()
    {
        HashSet<Assembly> found = [];
        Queue<Assembly> left = new([typeof(RuleRow).Assembly]);
        while (left.TryDequeue(out Assembly? assembly))
        {
            if (found.Add(assembly))
            {
                foreach (AssemblyName name in assembly.GetReferencedAssemblies().Where(name => name.Name!.StartsWith("Gateway.", StringComparison.Ordinal)))
                {
                    left.Enqueue(Assembly.Load(name));
                }
            }
        }

        return found;
    }
}
