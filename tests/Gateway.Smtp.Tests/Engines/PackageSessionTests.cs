using Gateway.Smtp.Server;
using Gateway.Smtp.Tests.Proxy;
using Gateway.Smtp.Tests.Server;
using Gateway.Smtp.Tests.Tls;

namespace Gateway.Smtp.Tests.Engines;

// The tests of sessions once more, with the package reading the commands: limits, deadlines, drain, TLS and records are the same objects.

public sealed class PackageSessionFlowTests : SessionFlowTests
{
    public PackageSessionFlowTests() => SmtpTestHost.Engine.Value = SmtpEngine.SmtpServer;
}

public sealed class PackageSessionEndTests : SessionEndTests
{
    public PackageSessionEndTests() => SmtpTestHost.Engine.Value = SmtpEngine.SmtpServer;
}

public sealed class PackageDrainTests : DrainTests
{
    public PackageDrainTests() => SmtpTestHost.Engine.Value = SmtpEngine.SmtpServer;
}

public sealed class PackageSessionLimitTests : SessionLimitTests
{
    public PackageSessionLimitTests() => SmtpTestHost.Engine.Value = SmtpEngine.SmtpServer;
}

public sealed class PackageSessionRecordTests : SessionRecordTests
{
    public PackageSessionRecordTests() => SmtpTestHost.Engine.Value = SmtpEngine.SmtpServer;
}

public sealed class PackageLenientGrammarTests : LenientGrammarTests
{
    public PackageLenientGrammarTests() => SmtpTestHost.Engine.Value = SmtpEngine.SmtpServer;
}

public sealed class PackageTlsSessionTests : TlsSessionTests
{
    public PackageTlsSessionTests() => SmtpTestHost.Engine.Value = SmtpEngine.SmtpServer;
}

public sealed class PackageAuthTests : AuthTests
{
    public PackageAuthTests() => SmtpTestHost.Engine.Value = SmtpEngine.SmtpServer;
}

public sealed class PackageListenerAuthTests : ListenerAuthTests
{
    public PackageListenerAuthTests() => SmtpTestHost.Engine.Value = SmtpEngine.SmtpServer;
}

public sealed class PackageProxySessionTests : ProxySessionTests
{
    public PackageProxySessionTests() => SmtpTestHost.Engine.Value = SmtpEngine.SmtpServer;
}
