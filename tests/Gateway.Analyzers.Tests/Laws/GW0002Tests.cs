using Gateway.Analyzers.Tests.Harness;

namespace Gateway.Analyzers.Tests.Laws;

public class GW0002Tests : LawTests<GW0002CustodyEndsWithOutcome>;
