using Gateway.Analyzers.Tests.Harness;

namespace Gateway.Analyzers.Tests.Laws;

public class GW0003Tests : LawTests<GW0003GeneralCatch>;
