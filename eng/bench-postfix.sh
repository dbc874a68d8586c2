#!/usr/bin/env bash
# Measures Gateway against Debian's Postfix, both relaying durable mail into the same smtp-sink, in turn within one run.
#
# Usage: eng/bench-postfix.sh [--messages 5000] [--rounds 3] [--size 4096] [--sessions 20] [--at-least RATIO] [--out FILE] [--no-build]
#   --at-least RATIO   exit 1 when Gateway's median with connection reuse is below RATIO times Postfix's
#   --out FILE         where the result goes; default benchmarks/results/postfix-<date>.md
#
# One measurement: smtp-source sends N messages in S sessions; the clock stops when smtp-sink has counted the N-th message behind
# the relay. Rounds alternate (Postfix, Gateway, Postfix, ...). Lost and duplicated messages fail the run. CPU is user + system time of
# all processes of a relay, exited children included. Uncounted warm-up before each shape: 2,000 messages for Postfix, until its
# processes are there; 20,000 for Gateway, until its hot code is compiled.
#
# What is set for Postfix, and why; everything else is Debian's default (/usr/share/postfix/main.cf.debian and master.cf.dist):
#   queue_directory, data_directory   an own instance in a temporary directory, on the same volume as Gateway's spool
#   maillog_file, maillog_file_prefixes  containers have no syslogd; postlogd writes a file, as Gateway's log goes to a file
#   inet_interfaces = loopback-only, inet_protocols = ipv4, and smtpd on a free port of 127.0.0.1 (master.cf)
#   relayhost = [127.0.0.1]:PORT      the sink; an address in brackets needs no DNS
#   mynetworks = 127.0.0.0/8, smtpd_relay_restrictions, mydestination, myhostname   what Debian's postinst writes for a new install
#   chroot off in master.cf           Debian's init script fills the chroot of the system instance only; costs nothing per message
# For Gateway: data directory, listener, management socket, default route. All else is default: all rules on, durable before 250.
#
# Needs root (Postfix changes user), postfix, python3 and the .NET SDK; installs nothing. Never touches a system Postfix.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"

messages=5000 rounds=3 size=4096 sessions=20 least=0 out="benchmarks/results/postfix-$(date +%F).md" build=yes
arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --messages) messages=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --size) size=$2; shift 2 ;;
    --sessions) sessions=$2; shift 2 ;;
    --at-least) least=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

missing=()
for tool in postfix smtp-source smtp-sink python3 dotnet; do
  command -v "$tool" >/dev/null 2>&1 || missing+=("$tool")
done
[ -r /usr/share/postfix/master.cf.dist ] || missing+=("/usr/share/postfix/master.cf.dist")
if [ ${#missing[@]} -gt 0 ]; then
  echo "bench-postfix: missing: ${missing[*]} (apt-get install postfix python3; the .NET SDK from dot.net)" >&2
  exit 2
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "bench-postfix: needs root: Postfix's master starts as root and changes user" >&2
  exit 2
fi

# The exe is shipped by 'dotnet build -c Release'; building is not installing.
dll=src/Gateway/bin/Release/net10.0/gateway.dll
if [ "$build" = yes ] || [ ! -f "$dll" ]; then
  dotnet build src/Gateway -c Release -v quiet -nologo
fi

# /var/tmp and not /tmp: a tmpfs would make fsync free for both.
work=$(mktemp -d "${BENCH_DIRECTORY:-/var/tmp}/bench-postfix.XXXXXX")
chmod 755 "$work"
gateway_pid='' postfix_pid='' bench_pid=''
stop_all() {
  trap - EXIT INT TERM
  # Whatever the exit codes say, all of it is done: a gateway stopped while it starts ends with 143.
  set +e
  if [ -n "$bench_pid" ]; then kill -TERM "$bench_pid" 2>/dev/null; wait "$bench_pid" 2>/dev/null; fi
  if [ -n "$gateway_pid" ]; then kill -TERM "$gateway_pid" 2>/dev/null; wait "$gateway_pid" 2>/dev/null; fi
  if [ -n "$postfix_pid" ]; then
    kill -TERM "$postfix_pid" 2>/dev/null || true
    for _ in $(seq 100); do kill -0 "$postfix_pid" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$postfix_pid" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 130' INT TERM

read -r sink_port postfix_port gateway_port < <(python3 -c '
import socket
s = [socket.socket() for _ in range(3)]
for x in s: x.bind(("127.0.0.1", 0))
print(*[x.getsockname()[1] for x in s])')

# --- Postfix: Debian's files, plus what is listed at the top.
mkdir -p "$work/postfix/etc" "$work/postfix/queue" "$work/postfix/data"
chown postfix "$work/postfix/data"
cp /etc/postfix/dynamicmaps.cf "$work/postfix/etc/" 2>/dev/null || true
cp -r /etc/postfix/dynamicmaps.cf.d "$work/postfix/etc/" 2>/dev/null || true
{
  cat /usr/share/postfix/main.cf.debian
  if [ -r /etc/ssl/private/ssl-cert-snakeoil.key ]; then cat /usr/share/postfix/main.cf.tls; fi
  cat <<CONF

smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
myhostname = postfix.bench.example
mydestination = \$myhostname, localhost.localdomain, localhost
mynetworks = 127.0.0.0/8
mailbox_size_limit = 0
recipient_delimiter = +

queue_directory = $work/postfix/queue
data_directory = $work/postfix/data
maillog_file = $work/postfix/mail.log
maillog_file_prefixes = $work/postfix
inet_interfaces = loopback-only
inet_protocols = ipv4
relayhost = [127.0.0.1]:$sink_port
CONF
} >"$work/postfix/etc/main.cf"
awk -v port="$postfix_port" '
  /^#/ || /^[ \t]/ || NF < 8 { print; next }
  { $5 = "n"; if ($1 == "smtp" && $2 == "inet") $1 = "127.0.0.1:" port; print }
' /usr/share/postfix/master.cf.dist >"$work/postfix/etc/master.cf"
if ! postfix -c "$work/postfix/etc" start >"$work/postfix/start.log" 2>&1; then
  cat "$work/postfix/start.log" "$work/postfix/mail.log" >&2 || true
  exit 1
fi
postfix_pid=$(tr -d ' ' <"$work/postfix/queue/pid/master.pid")

# --- Gateway: as anybody runs it.
dotnet "$dll" run \
  "--Gateway:DataDirectory=$work/gateway" \
  "--Gateway:Listeners:0:Endpoint=127.0.0.1:$gateway_port" \
  "--Gateway:Management:Endpoint=unix:$work/gateway.sock" \
  "--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:$sink_port" >"$work/gateway.log" 2>&1 &
gateway_pid=$!

commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
if ! git diff --quiet HEAD -- src 2>/dev/null; then commit="$commit, src changed"; fi
status=0
COMMIT="$commit" ARGUMENTS="$arguments" WORK="$work" python3 - \
  "$messages" "$rounds" "$size" "$sessions" "$least" "$out" "$sink_port" \
  "$postfix_port" "$postfix_pid" "$gateway_port" "$gateway_pid" <<'PY' &
import atexit, datetime, glob, os, platform, re, signal, socket, statistics, subprocess, sys, threading, time

messages, rounds, size, sessions = map(int, sys.argv[1:5])
least, out = float(sys.argv[5]), sys.argv[6]
sink_port, postfix_port, postfix_pid, gateway_port, gateway_pid = map(int, sys.argv[7:])
TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = 900
WARM_UP = {"Postfix": 2000, "Gateway": 20000}
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


class Sink:
    """smtp-sink with its running counters, and when each count was reached."""

    def __init__(self, port):
        self.process = subprocess.Popen(
            ["smtp-sink", "-c", "-u", "nobody", f"127.0.0.1:{port}", "1024"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        atexit.register(self.stop)
        self.count, self.reached, self.changed = 0, 0.0, threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def read(self):
        rest = b""
        while data := os.read(self.process.stdout.fileno(), 65536):
            now = time.monotonic()
            rest = (rest + data)[-4096:]
            if found := re.findall(rb"mesg=(\d+)\r", rest):
                with self.changed:
                    self.count, self.reached = int(found[-1]), now
                    self.changed.notify_all()

    def wait_for(self, count):
        with self.changed:
            if not self.changed.wait_for(lambda: self.count >= count, PATIENCE):
                sys.exit(f"bench-postfix: only {self.count} of {count} messages came through within {PATIENCE} s")
            return self.reached


def children(pid):
    for task in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            yield from map(int, open(task).read().split())
        except OSError:
            pass


def cpu(pid):
    """User and system seconds of a process, its living children and the children it has waited for."""
    try:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICK + sum(cpu(c) for c in children(pid))


def ready(port):
    for _ in range(600):
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as s:
                if s.recv(4) == b"220 ":
                    s.sendall(b"QUIT\r\n")
                    return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit(f"bench-postfix: nothing answers on port {port}")


def measure(sink, port, pid, reuse, count):
    """Messages a second end to end and accepted, CPU milliseconds a message."""
    os.sync()
    time.sleep(0.5)
    before, spent = sink.count, cpu(pid) if pid else 0.0
    command = ["smtp-source", "-s", str(sessions), "-m", str(count), "-l", str(size),
               "-f", "sender@example.com", "-t", "recipient@example.org"] + (["-d"] if reuse else []) + [f"127.0.0.1:{port}"]
    started = time.monotonic()
    sent = subprocess.run(command, capture_output=True, text=True)
    accepted = time.monotonic()
    if sent.returncode != 0:
        sys.exit(f"bench-postfix: smtp-source failed: {sent.stderr}")
    arrived = max(sink.wait_for(before + count), started)
    time.sleep(1.0)
    if sink.count != before + count:
        sys.exit(f"bench-postfix: {sink.count - before} messages arrived of {count} sent: duplicates")
    used = (cpu(pid) - spent) if pid else 0.0
    return count / (arrived - started), count / (accepted - started), used / count * 1000


def spread(values, digits=0):
    return f"{statistics.median(values):,.{digits}f} [{min(values):,.{digits}f}-{max(values):,.{digits}f}]"


sink = Sink(sink_port)
for port in (sink_port, postfix_port, gateway_port):
    ready(port)
systems = {"Postfix": (postfix_port, postfix_pid), "Gateway": (gateway_port, gateway_pid)}
load_before = os.getloadavg()
lines, verdict = [], 0
rows = []
try:
    for reuse in (True, False):
        shape = "connections reused" if reuse else "one connection a message"
        results = {name: [] for name in systems}
        for name, (port, pid) in systems.items():
            measure(sink, port, pid, reuse, WARM_UP[name])
        for number in range(rounds):
            for name, (port, pid) in systems.items():
                result = measure(sink, port, pid, reuse, messages)
                results[name].append(result)
                print(f"{shape}, round {number + 1}, {name}: {result[0]:,.0f}/s end to end, {result[1]:,.0f}/s accepted, "
                      f"{result[2]:.2f} ms CPU a message", flush=True)
        ceiling = measure(sink, sink_port, 0, reuse, messages)[0]
        columns = {name: list(zip(*values)) for name, values in results.items()}
        ratio = statistics.median(columns["Gateway"][0]) / statistics.median(columns["Postfix"][0])
        pairs = [g[0] / p[0] for g, p in zip(results["Gateway"], results["Postfix"])]
        lines += [f"## {shape.capitalize()}", "",
                  "| | end to end, messages/s | accepted, messages/s | CPU, ms a message |", "|---|---|---|---|"]
        lines += [f"| {name} | {spread(c[0])} | {spread(c[1])} | {spread(c[2], 2)} |" for name, c in columns.items()]
        cpu_ratio = statistics.median(columns["Postfix"][2]) / max(0.001, statistics.median(columns["Gateway"][2]))
        lines += [f"| ratio | **{ratio:.1f}** (round by round {', '.join(f'{p:.1f}' for p in pairs)}) | "
                  f"{statistics.median(columns['Gateway'][1]) / statistics.median(columns['Postfix'][1]):.1f} | 1 / {cpu_ratio:.1f} |", "",
                  f"smtp-source straight into smtp-sink, nothing between, once: {ceiling:,.0f}/s.", ""]
        if reuse and least > 0 and ratio < least:
            verdict = 1
            print(f"bench-postfix: {ratio:.2f} times Postfix, {least:g} were required", file=sys.stderr)
finally:
    sink.stop()


def output(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


cpu_name = next((l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
memory = int(re.search(r"MemTotal:\s+(\d+)", open("/proc/meminfo").read())[1]) // 1024 // 1024
volume = output("findmnt", "-n", "-o", "FSTYPE,OPTIONS", "-T", os.environ["WORK"])
distribution = re.search(r'PRETTY_NAME="(.*)"', open("/etc/os-release").read())
head = [
    f"# Gateway and Postfix, {datetime.date.today().isoformat()}", "",
    f"Made by `eng/bench-postfix.sh {os.environ['ARGUMENTS']}`".rstrip("` ") + "`; what is set and why is at the top of the script.", "",
    f"- {messages:,} messages of {size:,} octets a round, {sessions} sessions, rounds in turn: {rounds}, after a warm-up of {WARM_UP['Postfix']:,} (Postfix) and {WARM_UP['Gateway']:,} (Gateway) messages; medians, [lowest-highest]",
    f"- every message arrived exactly once; the clock stops at the last message's arrival in smtp-sink",
    f"- Gateway at commit {os.environ['COMMIT']}, .NET {output('dotnet', '--list-runtimes').splitlines()[-1].split()[1]}, defaults: all rules on, durable before 250",
    f"- Postfix {output('postconf', '-d', '-h', 'mail_version')}, Debian's defaults",
    f"- {os.cpu_count()} x {cpu_name}, {memory} GiB, {distribution[1] if distribution else platform.system()}, Linux {platform.release()}, {volume}",
    f"- load average before {load_before[0]:.1f}, after {os.getloadavg()[0]:.1f} (the measurement itself is part of the latter)", ""]
os.makedirs(os.path.dirname(out) or ".", exist_ok=True)
with open(out, "w") as page:
    page.write("\n".join(head + lines))
print(f"Written: {out}")
sys.exit(verdict)
PY
bench_pid=$!
wait "$bench_pid" || status=$?
bench_pid=''
if [ "$status" -ne 0 ]; then
  echo "--- last lines of the logs" >&2
  for log in "$work/postfix/mail.log" "$work/gateway.log"; do tail -n 5 "$log" >&2 || true; done
fi
exit "$status"
