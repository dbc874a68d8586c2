using Gateway.Analyzers.Flow;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Gateway.Analyzers.Pairs;

/// <summary>Conditions that ask whether a local is null.</summary>
internal static class NullTests
{
    /// <summary>The local that is null where the condition has that value.</summary>
    public static ISymbol? LocalThatIsNull(IOperation condition, bool value, Values values) => condition switch
    {
        IIsNullOperation test when value => values.Local(test.Operand),
        IIsPatternOperation { Pattern: IConstantPatternOperation { Value: { } constant } } test when value && IsNull(constant) => values.Local(test.Value),
        IIsPatternOperation { Pattern: INegatedPatternOperation { Pattern: IConstantPatternOperation { Value: { } constant } } } test when !value && IsNull(constant) =>
            values.Local(test.Value),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals } test when value => Compared(test, values),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.NotEquals } test when !value => Compared(test, values),
        _ => null,
    };

    private static ISymbol? Compared(IBinaryOperation test, Values values) =>
        IsNull(test.RightOperand) ? values.Local(test.LeftOperand) : IsNull(test.LeftOperand) ? values.Local(test.RightOperand) : null;

    private static bool IsNull(IOperation operation) => operation is IConversionOperation conversion
        ? IsNull(conversion.Operand)
        : operation.ConstantValue is { HasValue: true, Value: null };
}
