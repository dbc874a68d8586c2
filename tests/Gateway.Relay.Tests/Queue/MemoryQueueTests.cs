using Gateway.Relay.Tests.Delivery;
using Gateway.Relay.Tests.Delivery.Failures;
using Gateway.Relay.Tests.Delivery.Poison;
using Gateway.Relay.Tests.House;
using Gateway.Relay.Tests.Intake;
using Gateway.Relay.Tests.Quarantine;

namespace Gateway.Relay.Tests.Queue;

// The suites of intake, delivery and quarantine once more, with accepted mail in memory: the relay knows no more of its queue than IMailQueue says. What only
// the local log can show (faults of its disk, files in its folder) is skipped with that reason.

[OnMemoryQueue]
public sealed class MessageIntakeOnMemoryQueueTests : MessageIntakeTests;

[OnMemoryQueue]
public sealed class ListenerAccessOnMemoryQueueTests : ListenerAccessTests;

[OnMemoryQueue]
public sealed class SessionFindingsOnMemoryQueueTests : SessionFindingsTests;

[OnMemoryQueue]
public sealed class DeliveryOnMemoryQueueTests : DeliveryTests;

[OnMemoryQueue]
public sealed class QueueRemovalOnMemoryQueueTests : QueueRemovalTests;

[OnMemoryQueue]
public sealed class ExtensionOnMemoryQueueTests : ExtensionTests;

[OnMemoryQueue]
public sealed class RouteTermsOnMemoryQueueTests : RouteTermsTests;

[OnMemoryQueue]
public sealed class RouteChangeOnMemoryQueueTests : RouteChangeTests;

[OnMemoryQueue]
public sealed class WholeReplyOnMemoryQueueTests : WholeReplyTests;

[OnMemoryQueue]
public sealed class BouncePolicyOnMemoryQueueTests : BouncePolicyTests;

[OnMemoryQueue]
public sealed class UndeliverableOnMemoryQueueTests : UndeliverableTests;

[OnMemoryQueue]
public sealed class DelayWarningOnMemoryQueueTests : DelayWarningTests;

[OnMemoryQueue]
public sealed class RequireTlsOnMemoryQueueTests : RequireTlsTests;

[OnMemoryQueue]
public sealed class OutcomeOnMemoryQueueTests : OutcomeTests;

[OnMemoryQueue]
public sealed class RecipientRoundOnMemoryQueueTests : RecipientRoundTests;

[OnMemoryQueue]
public sealed class QueueOrderOnMemoryQueueTests : QueueOrderTests;

[OnMemoryQueue]
public sealed class BounceOnMemoryQueueTests : BounceTests;

[OnMemoryQueue]
public sealed class HostTroubleOnMemoryQueueTests : HostTroubleTests;

[OnMemoryQueue]
public sealed class RecordOnMemoryQueueTests : RecordTests;

[OnMemoryQueue]
public sealed class FailureGridOnMemoryQueueTests : FailureGridTests;

[OnMemoryQueue]
public sealed class GreylistOnMemoryQueueTests : GreylistTests;

[OnMemoryQueue]
public sealed class PoisonOnMemoryQueueTests : PoisonTests;

[OnMemoryQueue]
public sealed class ReleaseOutcomeOnMemoryQueueTests : ReleaseOutcomeTests;

[OnMemoryQueue]
public sealed class QuarantineQuotaOnMemoryQueueTests : QuarantineQuotaTests;

[OnMemoryQueue]
public sealed class QuarantineWardOnMemoryQueueTests : QuarantineWardTests;

[OnMemoryQueue]
public sealed class QueueImportOnMemoryQueueTests : QueueImportTests;
