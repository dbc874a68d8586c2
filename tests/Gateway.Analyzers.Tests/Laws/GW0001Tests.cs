using Gateway.Analyzers.Tests.Harness;

namespace Gateway.Analyzers.Tests.Laws;

public class GW0001Tests : LawTests<GW0001AcceptBehindCommit>;
