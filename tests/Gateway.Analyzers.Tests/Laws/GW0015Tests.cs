using Gateway.Analyzers.Tests.Harness;

namespace Gateway.Analyzers.Tests.Laws;

public class GW0015Tests : LawTests<GW0015ParserOptions>;
