using Microsoft.Extensions.Logging;

namespace Gateway.Relay.Telemetry;

/// <summary>The categories of the log: the program name in front of each line, as Postfix has its daemons.</summary>
public static class LogCategories
{
    /// <summary>Receiving.</summary>
    public const string Smtpd = "gateway/smtpd";

    /// <summary>The queue.</summary>
    public const string Queue = "gateway/qmgr";

    /// <summary>Delivery, under the name of Postfix's SMTP client.</summary>
    public const string Deliver = "gateway/smtp";

    /// <summary>Notifications to senders.</summary>
    public const string Bounce = "gateway/bounce";

    /// <summary>The quarantine.</summary>
    public const string Quarantine = "gateway/quarantine";

    /// <summary>The spool.</summary>
    public const string Spool = "gateway/spool";
}

/// <summary>The texts of the relay in the event log, one line an event, in the manner of Postfix.</summary>
/// <remarks>
/// What the process says of itself is in <c>HostLog</c> of the executable; event ids are unique over both.
/// Every value that a peer chose goes through <see cref="LogText.Escape"/> before it gets here: no line break, no control
/// character, no percent trick reaches a log. Bodies, passwords and subjects are never logged.
/// </remarks>
public static partial class GatewayLog
{
    /// <summary>A client connected.</summary>
    [LoggerMessage(1, LogLevel.Debug, "connect from {Name}[{Client}] session={Session} listener={Listener}")]
    public static partial void Connect(ILogger log, string name, string client, string session, string listener);

    /// <summary>A session ended.</summary>
    [LoggerMessage(2, LogLevel.Information, "disconnect from {Name}[{Client}] helo=<{Hello}> {Commands} errors={Errors} messages={Messages} duration={Seconds:0.000} session={Session} listener={Listener} engine={Engine} end={End} notes={Notes}")]
    public static partial void Disconnect(
        ILogger log, string name, string client, string hello, string commands, int errors, int messages, double seconds, string end, string session, string listener, string engine, string notes);

    /// <summary>A connection from a proxy was dropped: no PROXY header that can be believed.</summary>
    [LoggerMessage(14, LogLevel.Information, "dropped connection from proxy [{Proxy}]: {Reason}")]
    public static partial void ProxyRefused(ILogger log, string proxy, string reason);

    /// <summary>A proxy looked whether somebody listens.</summary>
    [LoggerMessage(13, LogLevel.Debug, "connection from proxy [{Proxy}] closed without a header")]
    public static partial void ProxyProbe(ILogger log, string proxy);

    /// <summary>Where a message was before the host that sent it, as that host says (XFORWARD).</summary>
    [LoggerMessage(12, LogLevel.Information, "{Id}: orig_queue_id={Identity}, orig_client={Name}[{Address}], orig_helo=<{Hello}>, orig_proto={Protocol}")]
    public static partial void Forwarded(ILogger log, string id, string identity, string name, string address, string hello, string protocol);

    /// <summary>A session ended by a fault of ours.</summary>
    [LoggerMessage(3, LogLevel.Error, "session fault, client=[{Client}] session={Session}")]
    public static partial void SessionFault(ILogger log, Exception fault, string client, string session);

    /// <summary>A recipient was refused.</summary>
    [LoggerMessage(4, LogLevel.Information, "NOQUEUE: reject: RCPT from {Name}[{Client}]: {Reply}; from=<{Sender}> to=<{Recipient}> proto={Protocol} helo=<{Hello}> sasl_username=<{Login}> session={Session} listener={Listener}")]
    public static partial void RejectRecipient(
        ILogger log, string name, string client, string reply, string sender, string recipient, string protocol, string hello, string login, string session, string listener);

    /// <summary>A message is on stable storage: where it came from and what it was judged to be.</summary>
    [LoggerMessage(5, LogLevel.Information, "{Id}: client={Name}[{Client}], session={Session}, listener={Listener}, helo=<{Hello}>, proto={Protocol}, sasl_username=<{Login}>, message-id={MessageId}, verdict={Verdict}, rules={Rules}, stages={Read:0.000000}/{Inspect:0.000000}/{Commit:0.000000}, {Recipients}")]
    public static partial void Received(
        ILogger log, string id, string name, string client, string session, string listener, string hello, string protocol, string login, string messageId, string verdict, string rules,
        double read, double inspect, double commit, string recipients);

    /// <summary>An accepted message goes to delivery.</summary>
    [LoggerMessage(336, LogLevel.Information, "{Id}: from=<{Sender}>, size={Size}, nrcpt={Recipients} (queue active)")]
    public static partial void Queued(ILogger log, string id, string sender, long size, int recipients);

    /// <summary>The recipients that the line before had no room for.</summary>
    [LoggerMessage(337, LogLevel.Information, "{Id}: {Recipients}")]
    public static partial void MoreRecipients(ILogger log, string id, string recipients);

    /// <summary>A message goes to the quarantine.</summary>
    [LoggerMessage(6, LogLevel.Information, "{Id}: from=<{Sender}>, size={Size}, nrcpt={Recipients}, status=quarantined rule={Rule} offset={Offset} findings={Findings}")]
    public static partial void Quarantined(ILogger log, string id, string sender, long size, int recipients, string rule, long offset, int findings);

    /// <summary>A message was refused for its content.</summary>
    [LoggerMessage(7, LogLevel.Information, "{Id}: reject: DATA from {Name}[{Client}]: {Reply}; from=<{Sender}> {To} proto={Protocol} helo=<{Hello}> sasl_username=<{Login}> session={Session} listener={Listener} message-id={MessageId} nrcpt={Recipients} size={Size} rule={Rule} offset={Offset} excerpt={Excerpt}")]
    public static partial void RejectedMessage(
        ILogger log, string id, string name, string client, string reply, string sender, string to, string protocol, string hello, string login, string session, string listener,
        string messageId, int recipients, long size, string rule, long offset, string excerpt);

    /// <summary>A message could not be stored; the client was told to come again.</summary>
    [LoggerMessage(8, LogLevel.Error, "{Id}: not stored: DATA from {Name}[{Client}]: {Reply}; from=<{Sender}> {To} proto={Protocol} helo=<{Hello}> sasl_username=<{Login}> session={Session} listener={Listener} nrcpt={Recipients} size={Size}: {Reason}")]
    public static partial void NotStored(
        ILogger log, string id, string name, string client, string reply, string sender, string to, string protocol, string hello, string login, string session, string listener,
        int recipients, long size, string reason);

    /// <summary>AUTH succeeded.</summary>
    [LoggerMessage(9, LogLevel.Information, "authenticated client={Name}[{Client}], sasl_method={Mechanism}, sasl_username=<{User}> helo=<{Hello}> session={Session} listener={Listener}")]
    public static partial void Authenticated(ILogger log, string name, string client, string mechanism, string user, string hello, string session, string listener);

    /// <summary>AUTH failed. The name is what the client claimed to be.</summary>
    [LoggerMessage(10, LogLevel.Warning, "{Name}[{Client}]: SASL {Mechanism} authentication failed, sasl_username=<{User}> helo=<{Hello}> session={Session} listener={Listener}")]
    public static partial void AuthenticationFailed(ILogger log, string name, string client, string mechanism, string user, string hello, string session, string listener);

    /// <summary>What was said at last in a session that ended badly.</summary>
    [LoggerMessage(11, LogLevel.Information, "session record client=[{Client}] end={End} session={Session}: {Record}")]
    public static partial void SessionRecord(ILogger log, string client, string session, string end, string record);

    /// <summary>A message was not inspected because its client's mail costs too much.</summary>
    [LoggerMessage(16, LogLevel.Warning, "{Id}: not inspected: DATA from {Name}[{Client}], whose mail took more inspection time than it may: {Reply}; from=<{Sender}> {To} proto={Protocol} helo=<{Hello}> sasl_username=<{Login}> session={Session} listener={Listener} nrcpt={Recipients} size={Size}")]
    public static partial void TooCostly(
        ILogger log, string id, string name, string client, string reply, string sender, string to, string protocol, string hello, string login, string session, string listener,
        int recipients, long size);

    /// <summary>An attempt for one recipient, in Postfix's form: delays are before the queue, in the queue, connection set-up, transmission.</summary>
    [LoggerMessage(20, LogLevel.Information, "{Id}: to=<{Recipient}>, relay={Relay}, conn_use={Use}, delay={Delay}, delays={Delays}, dsn={Dsn}, status={Status} ({Reply})")]
    public static partial void Delivery(
        ILogger log, string id, string recipient, string relay, int use, string delay, string delays, string dsn, string status, string reply);

    /// <summary>A message left the queue.</summary>
    [LoggerMessage(21, LogLevel.Debug, "{Id}: removed")]
    public static partial void Removed(ILogger log, string id);

    /// <summary>A delivery attempt ended by a fault of ours.</summary>
    [LoggerMessage(22, LogLevel.Error, "{Id}: delivery fault, deferred")]
    public static partial void DeliveryFault(ILogger log, Exception fault, string id);

    /// <summary>The whole message went out and no reply came: the host may have it, and the next attempt may make a duplicate (RFC 1047).</summary>
    [LoggerMessage(28, LogLevel.Warning, "{Id}: no reply after the end of data from {Relay}: the message may have arrived, the next attempt may duplicate it")]
    public static partial void MayHaveArrived(ILogger log, string id, string relay);

    /// <summary>A downstream host stopped answering.</summary>
    [LoggerMessage(23, LogLevel.Warning, "downstream {Host} is down: {Reason}; next try in {Seconds:0} s")]
    public static partial void HostDown(ILogger log, string host, string reason, double seconds);

    /// <summary>A downstream host answers again.</summary>
    [LoggerMessage(24, LogLevel.Warning, "downstream {Host} is up again")]
    public static partial void HostUp(ILogger log, string host);

    /// <summary>A bounce was made.</summary>
    [LoggerMessage(25, LogLevel.Information, "{Id}: sender non-delivery notification: {BounceId}")]
    public static partial void Bounced(ILogger log, string id, string bounceId);

    /// <summary>A sender was told that its message is late.</summary>
    [LoggerMessage(70, LogLevel.Information, "{Id}: sender delay notification: {WarningId}")]
    public static partial void DelayTold(ILogger log, string id, string warningId);

    /// <summary>A notification could not be returned with REQUIRETLS; the postmaster is told without details.</summary>
    [LoggerMessage(39, LogLevel.Information, "{Id}: cannot be returned with REQUIRETLS, notice without details to <{Postmaster}>: {NoticeId}")]
    public static partial void Withheld(ILogger log, string id, string postmaster, string noticeId);

    /// <summary>Undeliverable mail of the null sender is dropped, as RFC 5321 section 6.1 demands.</summary>
    [LoggerMessage(26, LogLevel.Warning, "{Id}: to=<{Recipient}>: undeliverable and from the null sender, dropped ({Reply})")]
    public static partial void DoubleBounce(ILogger log, string id, string recipient, string reply);

    /// <summary>The sender asked not to be told about this recipient (RFC 3461, NOTIFY).</summary>
    [LoggerMessage(30, LogLevel.Information, "{Id}: to=<{Recipient}>: the sender wants no notification ({Reply})")]
    public static partial void NotificationUnwanted(ILogger log, string id, string recipient, string reply);

    /// <summary>An administrator acted on a queued message.</summary>
    [LoggerMessage(27, LogLevel.Warning, "{Id}: {Action} by {Actor}")]
    public static partial void QueueOrder(ILogger log, string id, string action, string actor);

    /// <summary>A message in line is not in the spool any more: it was completed by someone else, or that is a fault of ours.</summary>
    [LoggerMessage(29, LogLevel.Error, "{Id}: not in the spool any more, dropped from the queue")]
    public static partial void Vanished(ILogger log, string id);

    /// <summary>A host refuses a connection while messages pass on others: it has enough of them.</summary>
    [LoggerMessage(31, LogLevel.Information, "downstream {Host} takes no further connection: {Reason}; fewer deliveries at once")]
    public static partial void HostBusy(ILogger log, string host, string reason);

    /// <summary>Transactions with a host hang and none passes: nobody is blamed.</summary>
    [LoggerMessage(32, LogLevel.Warning, "downstream {Host} has stalled: no message passes; one at a time tries it from now on")]
    public static partial void Stalled(ILogger log, string host);

    /// <summary>A host failed on a message behind DATA; it travels in the lane of suspects from now on.</summary>
    [LoggerMessage(33, LogLevel.Warning, "{Id}: suspect, route={Route}: {Attempt}")]
    public static partial void Suspect(ILogger log, string id, string route, string attempt);

    /// <summary>Alert: a message was found to be poison and goes to the quarantine.</summary>
    [LoggerMessage(34, LogLevel.Warning, "{Id}: status=quarantined rule=downstream-poison route={Route} attempts={Attempts}; last: {Attempt}")]
    public static partial void Poison(ILogger log, string id, string route, int attempts, string attempt);

    /// <summary>Alert: more messages look like poison than may be blamed without a person.</summary>
    [LoggerMessage(35, LogLevel.Error, "{Id}: looks like poison, but {PerHour} messages were quarantined as such within the hour: is it the downstream? Messages stay in the queue, on the lane of suspects")]
    public static partial void PoisonLimit(ILogger log, string id, int perHour);

    /// <summary>Alert: a kind of message was under way before each of several standstills and is quarantined.</summary>
    [LoggerMessage(36, LogLevel.Error, "mail of kind {Fingerprint} to {Route} was there before each of the last standstills: put on hold as a group; see 'gateway queue list --state on-hold'")]
    public static partial void GroupOnHold(ILogger log, string fingerprint, string route);

    /// <summary>An administrator gave an order for several messages.</summary>
    [LoggerMessage(38, LogLevel.Warning, "queue {Action}: {Count} of {Asked} messages, under way={UnderWay} gone={Gone} failed={Failed} ({Filter}) by {Actor}, reason={Reason}")]
    public static partial void QueueOrders(
        ILogger log, string action, int count, int asked, int underWay, int gone, int failed, string filter, string actor, string reason);

    /// <summary>What was under way when it was ordered removed was not delivered, and has left the queue now.</summary>
    [LoggerMessage(281, LogLevel.Warning, "{Id}: removed after its last attempt, as ordered while that was under way")]
    public static partial void RemovedAfterAttempt(ILogger log, string id);

    /// <summary>An administrator stopped a route, or let it go on.</summary>
    [LoggerMessage(37, LogLevel.Warning, "route {Route}: {Action} by {Actor}, reason={Reason}")]
    public static partial void RouteOrder(ILogger log, string route, string action, string actor, string reason);

    /// <summary>The spool was recovered at start.</summary>
    [LoggerMessage(40, LogLevel.Information, "recovered {Live} messages ({Quarantined} for the quarantine) in {Seconds:0.000} s from {Segments} segments, {Records} records, {Torn} torn, {Orphans} orphan files removed")]
    public static partial void Recovered(ILogger log, int live, int quarantined, double seconds, int segments, long records, int torn, int orphans);

    /// <summary>Something that had been acknowledged is damaged on disk; a copy is kept aside.</summary>
    [LoggerMessage(45, LogLevel.Error, "spool damage: {Kind} in {Segment} at offset {Offset}, {Length} octets, message {Id}; a copy is in the directory damaged/")]
    public static partial void Damage(ILogger log, string kind, string segment, long offset, long length, string id);

    /// <summary>A stored envelope could not be read; the message is kept aside.</summary>
    [LoggerMessage(41, LogLevel.Error, "{Id}: stored envelope cannot be read, the message stays in the spool untouched")]
    public static partial void BadEnvelope(ILogger log, Exception fault, string id);

    /// <summary>The spool refuses mail, or takes it again.</summary>
    [LoggerMessage(42, LogLevel.Critical, "spool health: {State}")]
    public static partial void SpoolHealth(ILogger log, string state);

    /// <summary>A write or fsync failed; the segment is never written again.</summary>
    [LoggerMessage(43, LogLevel.Critical, "segment {Segment} retired at offset {Offset}: {Reason}")]
    public static partial void SegmentRetired(ILogger log, string segment, long offset, string reason);

    /// <summary>Spool work behind the scenes failed and is tried again.</summary>
    [LoggerMessage(44, LogLevel.Warning, "spool housekeeping failed: {What}")]
    public static partial void HousekeepingFailed(ILogger log, string what);

    /// <summary>A quarantined message is in the quarantine.</summary>
    [LoggerMessage(60, LogLevel.Information, "{Id}: in the quarantine, rule={Rule}")]
    public static partial void Admitted(ILogger log, string id, string rule);

    /// <summary>A quarantined message could not be moved into the quarantine; it stays in the spool and is tried again.</summary>
    [LoggerMessage(61, LogLevel.Error, "{Id}: the quarantine is not available, the message stays in the spool; next try in {Seconds:0} s")]
    public static partial void QuarantineUnavailable(ILogger log, Exception fault, string id, double seconds);

    /// <summary>A quarantined message itself cannot be moved into the quarantine; it stays in the spool for the next start.</summary>
    [LoggerMessage(63, LogLevel.Error, "{Id}: cannot be moved into the quarantine, the message stays in the spool")]
    public static partial void NotAdmitted(ILogger log, Exception fault, string id);

    /// <summary>A release that a stop had interrupted could not be finished at the start.</summary>
    [LoggerMessage(64, LogLevel.Error, "{Id}: the interrupted release could not be finished")]
    public static partial void ReleaseFailed(ILogger log, Exception fault, string id);

    /// <summary>A reviewer decided.</summary>
    [LoggerMessage(62, LogLevel.Warning, "{Id}: {Action} by {Actor}, reason={Reason}, release={ReleaseId}")]
    public static partial void Decision(ILogger log, string id, string action, string actor, string reason, string releaseId);
}
