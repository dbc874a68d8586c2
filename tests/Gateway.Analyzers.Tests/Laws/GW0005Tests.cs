using Gateway.Analyzers.Tests.Harness;

namespace Gateway.Analyzers.Tests.Laws;

public class GW0005Tests : LawTests<GW0005AtomicReplace>;
