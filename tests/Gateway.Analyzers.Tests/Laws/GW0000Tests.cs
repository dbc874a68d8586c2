using Gateway.Analyzers.Tests.Harness;

namespace Gateway.Analyzers.Tests.Laws;

public class GW0000Tests : LawTests<GW0000Silenced>;
