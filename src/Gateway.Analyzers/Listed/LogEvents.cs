using Microsoft.CodeAnalysis;

namespace Gateway.Analyzers.Listed;

/// <summary>How a log event is written in the list: <c>206 Information HostLog.Reloaded</c>.</summary>
public static class LogEvents
{
    /// <summary>The line of a method that is a log event; null for others.</summary>
    public static string? Line(IMethodSymbol method)
    {
        AttributeData? attribute = method.GetAttributes().FirstOrDefault(static a => a.AttributeClass?.Name == "LoggerMessageAttribute");
        if (attribute is null)
        {
            return null;
        }

        TypedConstant level = Argument(attribute, "Level", "level");
        object? id = Argument(attribute, "EventId", "eventId").Value;
        return $"{id ?? 0} {LevelName(level)} {method.ContainingType.Name}.{method.Name}";
    }

    private static TypedConstant Argument(AttributeData attribute, string property, string parameter)
    {
        int at = attribute.AttributeConstructor?.Parameters.ToList().FindIndex(p => p.Name == parameter) ?? -1;
        return at >= 0 ? attribute.ConstructorArguments[at] : attribute.NamedArguments.FirstOrDefault(n => n.Key == property).Value;
    }

    private static string LevelName(TypedConstant level) =>
        level.Type?.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => f.HasConstantValue && Equals(f.ConstantValue, level.Value))?.Name ?? "None";
}
