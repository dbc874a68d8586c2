using Gateway.Analyzers.Tests.Harness;

namespace Gateway.Analyzers.Tests.Laws;

public class GW0006Tests : LawTests<GW0006GivenBack>;
