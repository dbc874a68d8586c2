using System.Reflection;
using System.Reflection.Emit;

namespace Gateway.Relay.Tests.Trunk;

/// <summary>Which namespaces of a compiled assembly use which: by signatures, fields and the code of every method.</summary>
internal static class AssemblyUses
{
    private const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static f => (OpCode)f.GetValue(null)!).ToDictionary(static c => c.Value);

    /// <summary>Every use of a type of another namespace under the root, with the type that makes it.</summary>
    public static IEnumerable<(Type User, Type Used)> Of(Assembly assembly, string root)
    {
        bool IsOurs(Type type) => type.Assembly == assembly && (type.Namespace == root || type.Namespace?.StartsWith(root + ".", StringComparison.Ordinal) == true);
        return assembly.GetTypes().Where(IsOurs).SelectMany(user => UsedBy(user).SelectMany(Parts).Distinct().Where(IsOurs).Select(used => (user, used)))
            .Where(static u => u.user.Namespace != u.used.Namespace);
    }

    /// <summary>Every method that the code of a type calls, that of its lambdas and state machines included.</summary>
    public static IEnumerable<MethodBase> CallsOf(Type type) => type.GetNestedTypes(All).SelectMany(CallsOf).Concat(
        type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All))
            .SelectMany(static m => m.GetMethodBody() is { } body ? Members(m, body).OfType<MethodBase>() : []));

    /// <summary>The circles: sets of more than one name in which each can be reached from each.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Circles(IEnumerable<(string From, string To)> uses)
    {
        ILookup<string, string> next = uses.Distinct().ToLookup(static u => u.From, static u => u.To);
        Dictionary<string, HashSet<string>> reached = next.ToDictionary(static g => g.Key, g => ReachedFrom(g.Key, next));
        return
        [
            .. reached.Keys.Select(a => (IReadOnlyList<string>)[.. reached.Keys.Where(b => a == b || (reached[a].Contains(b) && reached[b].Contains(a))).Order(StringComparer.Ordinal)])
                .Where(static circle => circle.Count > 1).DistinctBy(static circle => string.Join(' ', circle)),
        ];
    }

    private static HashSet<string> ReachedFrom(string start, ILookup<string, string> next)
    {
        HashSet<string> reached = [];
        Stack<string> open = new([start]);
        while (open.TryPop(out string? at))
        {
            foreach (string to in next[at].Where(reached.Add))
            {
                open.Push(to);
            }
        }

        return reached;
    }

    private static IEnumerable<Type> UsedBy(Type type)
    {
        IEnumerable<Type?> signatures = type.GetInterfaces().Append(type.BaseType)
            .Concat(type.GetFields(All).Select(static f => f.FieldType))
            .Concat(type.GetGenericArguments().Where(static a => a.IsGenericParameter).SelectMany(static a => a.GetGenericParameterConstraints()));
        IEnumerable<MethodBase> methods = type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All));
        return signatures.OfType<Type>().Concat(methods.SelectMany(UsedBy));
    }

    private static IEnumerable<Type> UsedBy(MethodBase method)
    {
        foreach (Type type in method.GetParameters().Select(static p => p.ParameterType).Append(method is MethodInfo { ReturnType: var answer } ? answer : typeof(void)))
        {
            yield return type;
        }

        if (method.GetMethodBody() is not { } body)
        {
            yield break;
        }

        foreach (Type local in body.LocalVariables.Select(static v => v.LocalType).Concat(body.ExceptionHandlingClauses
            .Where(static c => c.Flags == ExceptionHandlingClauseOptions.Clause).Select(static c => c.CatchType!)))
        {
            yield return local;
        }

        foreach (MemberInfo member in Members(method, body))
        {
            yield return member as Type ?? member.DeclaringType ?? typeof(void);
            foreach (Type argument in member is MethodInfo { IsGenericMethod: true } generic ? generic.GetGenericArguments() : [])
            {
                yield return argument;
            }
        }
    }

    private static IEnumerable<MemberInfo> Members(MethodBase method, MethodBody body) => Tokens(body.GetILAsByteArray()!).Select(token => method.Module.ResolveMember(
        token, method.DeclaringType!.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null)!);

    /// <summary>The tokens of types, fields and methods in the code of a method.</summary>
    private static IEnumerable<int> Tokens(byte[] code)
    {
        for (int at = 0; at < code.Length;)
        {
            OpCode op = code[at] == 0xFE ? Codes[unchecked((short)(0xFE00 | code[at + 1]))] : Codes[code[at]];
            at += op.Size;
            if (op.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return BitConverter.ToInt32(code, at);
            }

            at += op.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }

    private static IEnumerable<Type> Parts(Type type) => type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition())
        : [type];
}
