"""The systems that eng/bench-peers.sh compares: each starts as an own instance in a directory of its own, on loopback, and relays to one sink.

Every one of them has the message on stable storage before it answers 250: Postfix and Haraka sync their queue files, Gateway its log. The one that keeps nothing says so
(`keeps = False`) and stands in a table of its own.
What is set is set here and said here; all else is the default of Debian (Postfix, Rspamd), npm (Haraka) and this repository.
"""

import glob
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading

from ports import free_port
from relay import PATIENCE, answers, wait_until

TICK = os.sysconf("SC_CLK_TCK")
HARAKA = "3.3.4"
CACHE = pathlib.Path(os.environ.get("BENCH_CACHE", "/var/cache/gateway-bench"))


def wait_until_ready(port, name, greeting=b"220"):
    """Rspamd compiles its expressions at every start here: 15 s on a quiet machine, more on a busy one."""
    wait_until(lambda: answers(port, greeting), f"an answer of {name}")


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def tree(pid):
    """The process and all below it."""
    yield pid
    for task in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            below = open(task).read().split()
        except OSError:
            continue
        for child in below:
            yield from tree(int(child))


def cpu(pid):
    """User and system seconds of a process and all below it, those included that have ended and were waited for."""
    total = 0
    for process in tree(pid):
        try:
            total += sum(map(int, open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()[11:15]))
        except OSError:
            pass
    return total / TICK


def memory(pid):
    """Octets in memory of a process and all below it; what they share counts once (PSS)."""
    total = 0
    for process in tree(pid):
        try:
            total += next(int(line.split()[1]) for line in open(f"/proc/{process}/smaps_rollup") if line.startswith("Pss:")) * 1024
        except (OSError, StopIteration):
            pass
    return total


class PeakMemory:
    """Looks four times a second; reading PSS of many processes is not free, so not oftener."""

    def __init__(self, pids):
        self.pids, self.peak, self.done = pids, 0, threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        while True:
            self.peak = max(self.peak, sum(memory(p) for p in self.pids))
            if self.done.wait(0.25):
                return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


class System:
    """A running mail system: its port, and the processes it is made of."""

    name = ""
    warm_up = 1000  # messages before anything is counted
    keeps = True  # the message is on stable storage before its 250
    compare = "all"  # what must arrive as it was sent

    def __init__(self, work, sink_port):
        self.home = pathlib.Path(work) / self.name.lower().replace(" ", "-").replace("+", "and")
        self.home.mkdir(parents=True)
        self.sink_port, self.port, self.pids, self.started = sink_port, free_port(), [], []

    def spawn(self, *command, log, **options):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=open(self.home / log, "ab"), stderr=subprocess.STDOUT, **options)
        self.started.append(process)
        self.pids.append(process.pid)

    def cpu(self):
        return sum(cpu(p) for p in self.pids)

    def stop(self):
        for process in reversed(self.started):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self.started):
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log_tail(self):
        logs = sorted(p for p in self.home.rglob("*.log") if p.is_file())
        return "\n".join(f"--- {p}\n" + "\n".join(p.read_text(errors="replace").splitlines()[-8:]) for p in logs)


class Gateway(System):
    """As anybody runs it: all rules on. Set: directory, listener, management socket, route."""

    name, warm_up = "Gateway", 20000

    def start(self):
        dll = pathlib.Path(os.environ.get("GATEWAY_BIN", "src/Gateway/bin/Release/net10.0")) / "gateway.dll"
        self.spawn("dotnet", str(dll), "run", f"--Gateway:DataDirectory={self.home}/data",
                   f"--Gateway:Listeners:0:Endpoint=127.0.0.1:{self.port}", f"--Gateway:Management:Endpoint=unix:{self.home}/gateway.sock",
                   f"--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{self.sink_port}", log="gateway.log")
        wait_until_ready(self.port, self.name)

    version = staticmethod(lambda: "commit " + (os.environ.get("COMMIT") or "unknown"))


class Postfix(System):
    """Debian's main.cf and master.cf. Set:

    queue_directory, data_directory      an own instance, on the same volume as the others
    maillog_file, maillog_file_prefixes  containers have no syslogd; postlogd writes a file, as the others' logs go to files
    inet_interfaces, inet_protocols, and smtpd on a free port of 127.0.0.1
    relayhost                            the sink; an address in brackets needs no DNS
    mynetworks, smtpd_relay_restrictions, mydestination, myhostname   what Debian's postinst writes for a new install
    message_size_limit                   60 MB, as Gateway's, so that the same sizes pass
    chroot off in master.cf              Debian's init script fills the chroot of the system instance only; costs nothing per message
    """

    name, warm_up, more = "Postfix", 2000, ""

    def start(self):
        etc = self.home / "etc"
        for part in ("etc", "queue", "data"):
            (self.home / part).mkdir()
        shutil.chown(self.home / "data", "postfix")
        for maps in ("/etc/postfix/dynamicmaps.cf", "/etc/postfix/dynamicmaps.cf.d"):
            if os.path.isdir(maps):
                shutil.copytree(maps, etc / os.path.basename(maps))
            elif os.path.exists(maps):
                shutil.copy(maps, etc)
        base = pathlib.Path("/usr/share/postfix/main.cf.debian").read_text()
        if os.access("/etc/ssl/private/ssl-cert-snakeoil.key", os.R_OK):
            base += pathlib.Path("/usr/share/postfix/main.cf.tls").read_text()
        write(etc / "main.cf", base + f"""
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
myhostname = postfix.bench.example
mydestination = $myhostname, localhost.localdomain, localhost
mynetworks = 127.0.0.0/8
mailbox_size_limit = 0
message_size_limit = 62914560
recipient_delimiter = +
queue_directory = {self.home}/queue
data_directory = {self.home}/data
maillog_file = {self.home}/mail.log
maillog_file_prefixes = {self.home}
inet_interfaces = loopback-only
inet_protocols = ipv4
relayhost = [127.0.0.1]:{self.sink_port}
{self.more}""")
        lines = []
        for line in pathlib.Path("/usr/share/postfix/master.cf.dist").read_text().splitlines():
            fields = line.split()
            if line[:1] not in ("#", " ", "\t", "") and len(fields) >= 8:
                fields[4] = "n"
                if fields[:2] == ["smtp", "inet"]:
                    fields[0] = f"127.0.0.1:{self.port}"
                line = " ".join(fields)
            lines.append(line)
        write(etc / "master.cf", "\n".join(lines) + "\n")
        done = subprocess.run(["postfix", "-c", str(etc), "start"], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"Postfix does not start: {done.stderr}")
        wait_until_ready(self.port, self.name)
        self.pids.append(int((self.home / "queue/pid/master.pid").read_text()))

    def stop(self):
        subprocess.run(["postfix", "-c", str(self.home / "etc"), "stop"], capture_output=True)
        super().stop()

    version = staticmethod(lambda: subprocess.run(["postconf", "-d", "-h", "mail_version"], capture_output=True, text=True).stdout.strip())


class PostfixRspamd(Postfix):
    """Postfix as above, with Debian's Rspamd as its milter: the relay that validates. Set for Rspamd:

    worker proxy: milter that scans itself, without a second process in between, in as many processes as there are processors
    modules that ask the network or need Redis are off: rbl, surbl, spf, dkim, arc, dmarc, fuzzy_check, asn, mx_check, rspamd_update, phishing ...
    no action above "add header": nothing that we send may be lost to a score; greylisting off (needs Redis)
    """

    name, warm_up = "Postfix + Rspamd", 1000
    OFF = ("antivirus arc asn bimi dcc dkim dkim_signing dmarc emails external_services fuzzy_check greylist hfilter history_redis mx_check neural p0f phishing "
           "ratelimit rbl replies reputation rspamd_update spf surbl url_redirector").split()

    def start(self):
        milter = free_port()
        etc, data = self.home / "rspamd", self.home / "rspamd-data"
        shutil.copytree("/etc/rspamd", etc)
        data.mkdir()
        local = etc / "local.d"
        ends = {"normal": free_port(), "controller": free_port()}
        config = (etc / "rspamd.conf").read_text().replace("localhost:11333", f"127.0.0.1:{ends['normal']}")
        config = config.replace("localhost:11334", f"127.0.0.1:{ends['controller']}").replace("localhost:11332", f"127.0.0.1:{milter}")
        write(etc / "rspamd.conf", config)
        write(local / "worker-proxy.inc", f'milter = yes; count = {os.cpu_count()}; upstream "local" {{ self_scan = yes; default = yes; }}\n')
        write(local / "worker-normal.inc", "enabled = false;\n")
        write(local / "worker-controller.inc", "enabled = false;\n")
        write(local / "options.inc", 'dns { nameserver = ["127.0.0.1:9"]; timeout = 0.1s; retransmits = 1; } filters = "chartable,regexp";\n')
        write(local / "actions.conf", "reject = null; greylist = null; rewrite_subject = null; add_header = 1000;\n")
        for module in self.OFF:
            write(local / f"{module}.conf", "enabled = false;\n")
        for path in (data, *data.parents):
            if str(path).startswith(str(self.home)):
                path.chmod(0o777)
        variables = [f"--var={k}={v}" for k, v in
                     {"CONFDIR": etc, "LOCAL_CONFDIR": etc, "RUNDIR": data, "DBDIR": data, "LOGDIR": data}.items()]
        self.spawn("rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", str(etc / "rspamd.conf"), *variables, log="rspamd-start.log")
        wait_until_ready(milter, "Rspamd", b"")
        self.more = f"smtpd_milters = inet:127.0.0.1:{milter}\nmilter_default_action = tempfail\n"
        super().start()

    version = staticmethod(lambda: Postfix.version() + ", Rspamd " + next(
        iter(subprocess.run(["rspamd", "--version"], capture_output=True, text=True).stdout.split()[3:4]), "unknown"))


class Haraka(System):
    """Haraka's own queue (a synced file for each message), not its smtp_forward, which keeps nothing. Set:

    nodes = 0, or 2 for the cluster      one process, or one for each processor and one that hands out
    a plugin of ten lines                every client may relay, every domain goes to the sink
    enable_tls = false for outbound, local_mx_ok, databytes 60 MB; log level warn
    """

    name, warm_up, nodes = "Haraka", 1000, 0

    def start(self):
        config = self.home / "config"
        shutil.copytree(CACHE / "node_modules/haraka/config", config)
        write(config / "smtp.ini", f"listen=127.0.0.1:{self.port}\nnodes={self.nodes}\n")
        write(config / "plugins", "bench\n")
        write(config / "outbound.ini", "enable_tls=false\nlocal_mx_ok=true\n")
        write(config / "log.ini", "[main]\nlevel=WARN\n")
        write(config / "databytes", "62914560\n")
        write(config / "me", "haraka.bench.example\n")
        write(self.home / "plugins/bench.js", f"""
exports.hook_lookup_rdns = function (next) {{ next(OK, 'localhost') }}
exports.hook_connect = function (next, connection) {{ connection.relaying = true; next() }}
exports.hook_mail = function (next) {{ next(OK) }}
exports.hook_rcpt = function (next) {{ next(OK) }}
exports.hook_get_mx = function (next) {{ next(OK, {{ priority: 0, exchange: '127.0.0.1', port: {self.sink_port} }}) }}
""")
        (self.home / "queue").mkdir()
        self.spawn("node", str(CACHE / "node_modules/haraka/bin/haraka"), "-c", str(self.home), log="haraka.log")
        wait_until_ready(self.port, self.name)

    version = staticmethod(lambda: HARAKA)


class HarakaCluster(Haraka):
    name, nodes = "Haraka cluster", 2


class DotnetRelay(System):
    """benchmarks/Gateway.DotnetPeer: what a .NET developer would write in an afternoon with SmtpServer, MimeKit and MailKit. Set:

    SessionTimeout one day            the package's two minutes cut sessions that are busy
    MaxMessageSize 60 MB              as Gateway's
    It answers 250 when the host behind has; it has no queue. MimeKit writes the header fields anew, so only bodies are compared.
    """

    name, warm_up, keeps, compare, mode = "SmtpServer + MailKit", 2000, False, "body", "relay"

    def start(self):
        dll = pathlib.Path(os.environ.get("DOTNET_PEER_BIN", "benchmarks/Gateway.DotnetPeer/bin/Release/net10.0")) / "gateway-dotnet-peer.dll"
        self.spawn("dotnet", str(dll), self.mode, str(self.port), str(self.sink_port), log="dotnet-peer.log")
        wait_until_ready(self.port, self.name)

    @staticmethod
    def version():
        pins = pathlib.Path("Directory.Packages.props").read_text()
        return ", ".join(f"{p} {re.search(rf'Include={chr(34)}{p}{chr(34)} Version={chr(34)}([^{chr(34)}]+)', pins)[1]}" for p in ("SmtpServer", "MimeKit", "MailKit"))


class DotnetRelayNoDelay(DotnetRelay):
    """With a listener of its own that sets NoDelay; the package sets it nowhere."""

    name, mode = "SmtpServer + MailKit, NoDelay", "relay-nodelay"


SYSTEMS = {"gateway": Gateway, "dotnet": DotnetRelay, "dotnet-nodelay": DotnetRelayNoDelay, "postfix": Postfix, "rspamd": PostfixRspamd, "haraka": Haraka, "haraka-cluster": HarakaCluster}
