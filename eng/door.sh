#!/usr/bin/env bash
# What strangers at the management interface cost the mail beside them: no token, 200 connections with bodies of 25 MB, slow heads, 10,000 wrong tokens.
#
# Usage: eng/door.sh [--seconds 10] [--rounds 3] [--rate 50] [--random SECONDS] [--out FILE] [--no-build]
#
# Clean mail goes through the gateway to a sink at a fixed rate: alone, beside the attack on a plain listener that answers 401 and closes at once, and beside the
# attack on the gateway, in turn. Attackers, sink and gateway share the processors, so the plain listener says what the attack costs wherever it goes. Promise:
# resident memory at most 20 MB higher than alone, p99 of the time to the reply to the end of data at most 1.2 times that beside the plain listener, one log line a
# minute, the counter exact, a request with the token answered within 5 s. With --random, requests with the token made of known and
# unknown words follow for so long: no 500, and no order without all=true, a filter or an id is carried out. Exit 1 when a promise is not kept. Needs python3 and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=10 rounds=3 rate=50 random=0 out='' build=yes arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) seconds=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --rate) rate=$2; shift 2 ;;
    --random) random=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) sed -n '4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
. eng/load-common.sh
ulimit -n "$(ulimit -Hn)"
read -r gateway_port sink_port management_port < <(free_ports 3)
ARGUMENTS="$arguments" python3 - "$gateway_dll" "$work" "$seconds" "$rounds" "$rate" "$random" "$out" "$gateway_port" "$sink_port" "$management_port" <<'PY'
import http.client, multiprocessing, os, random, re, socket, socketserver, statistics, subprocess, sys, threading, time
dll, work = sys.argv[1:3]
seconds, rounds, rate, fuzz = map(int, sys.argv[3:7])
out, port, sink_port, management = sys.argv[7], *map(int, sys.argv[8:11])

class Sink(socketserver.StreamRequestHandler):
    def handle(self):
        say = lambda text: self.wfile.write(text + b"\r\n")
        say(b"220 sink")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                say(b"354 go")
                while (line := self.rfile.readline()) and line != b".\r\n": pass
            elif verb == b"RCPT" and b"later" in line: say(b"450 4.2.1 later"); continue
            elif verb == b"QUIT": say(b"221 bye"); return
            say(b"250 ok")
socketserver.ThreadingTCPServer.allow_reuse_address = socketserver.ThreadingTCPServer.daemon_threads = True
sink = socketserver.ThreadingTCPServer(("127.0.0.1", sink_port), Sink)
threading.Thread(target=sink.serve_forever, daemon=True).start()
log = open(f"{work}/gateway.log", "w")
gateway = subprocess.Popen(["dotnet", dll, "run", f"--Gateway:DataDirectory={work}/data", f"--Gateway:Listeners:0:Endpoint=127.0.0.1:{port}",
    f"--Gateway:Management:Endpoint=127.0.0.1:{management}", f"--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{sink_port}", "--Gateway:Relay:Retry:First=1h"], stdout=log, stderr=log)

def memory(): return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{gateway.pid}/status").read()).group(1)) / 1024
def connect(to):
    for _ in range(600):
        try: return socket.create_connection(("127.0.0.1", to), 30)
        except OSError: time.sleep(0.1)
    raise SystemExit("the gateway does not answer")

class Client:
    def __init__(self):
        self.socket = connect(port); self.file = self.socket.makefile("rb"); self.read(); self.ask(b"EHLO door.test")
    def read(self):
        while (line := self.file.readline())[3:4] == b"-": pass
        return line
    def ask(self, text): self.socket.sendall(text + b"\r\n"); return self.read()
    def send(self, to=b"b@example.net"):
        self.ask(b"MAIL FROM:<a@example.org>"); self.ask(b"RCPT TO:<" + to + b">"); self.ask(b"DATA")
        begin = time.perf_counter()
        reply = self.ask(b"From: a@example.org\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nSubject: door\r\n\r\n" + b"x" * 2000 + b"\r\n.")
        if reply[:3] != b"250": raise SystemExit(f"mail was refused: {reply}")
        return time.perf_counter() - begin

def mail(duration):
    client, times, peak, begin = Client(), [], memory(), time.monotonic()
    for i in range(duration * rate):
        time.sleep(max(0, begin + i / rate - time.monotonic()))
        times.append(client.send()); peak = max(peak, memory()) if i % 10 == 0 else peak
    return times, peak
def p99(times): return statistics.quantiles(times, n=100)[98] * 1000

denied, lock = 0, threading.Lock()
def count():
    global denied
    with lock: denied += 1
def attack(octets, patience=30, to=management):
    try:
        with socket.create_connection(("127.0.0.1", to), patience) as s:
            s.settimeout(patience)
            try:
                for piece in octets: s.sendall(piece)
            except OSError: pass
            return s.recv(4096)
    except OSError: return b""
head = b"POST /api/queue/orders/remove HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
def bodies(to, attacks):
    while True:
        attack([head + b"Content-Length: 25000000\r\n\r\n"] + [b"x" * 1_000_000] * 25, to=to)
        with attacks.get_lock(): attacks.value += 1
def slow(to, attacks):
    while True:
        try:
            with socket.create_connection(("127.0.0.1", to), 10) as s:
                for octet in head:
                    time.sleep(1)
                    s.sendall(bytes([octet]))
        except OSError: time.sleep(0.2)
def besiege(to, attacks):
    os.nice(19)  # Strangers elsewhere do not take this machine's processors.
    for target, threads in ((bodies, 200), (slow, 50)):
        for _ in range(threads): threading.Thread(target=target, args=(to, attacks), daemon=True).start()
    time.sleep(3600)
def refuse(listener):
    # What any listener costs: it answers each connection and closes it, and does nothing else.
    while True:
        with listener.accept()[0] as s:
            try: s.recv(65536); s.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            except OSError: pass
def metric():
    connection = http.client.HTTPConnection("127.0.0.1", management, timeout=30); connection.request("GET", "/metrics")
    found = re.search(r'gateway_management_denied_total\{reason="token"\} (\d+)', connection.getresponse().read().decode()); return int(found.group(1)) if found else 0

def ask():
    begin = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", management, timeout=60)
    connection.request("GET", "/api/status", headers={"Authorization": "Bearer " + open(f"{work}/data/management.token").read().strip()})
    if connection.getresponse().status != 200: raise SystemExit("the administrator was refused")
    return time.monotonic() - begin

failures = []
def judge(what, kept, figures):
    print(f"{'ok ' if kept else 'BAD'} {what}: {figures}", flush=True)
    if not kept: failures.append(what)
    lines.append(f"| {what} | {figures} | {'yes' if kept else '**no**'} |")
lines = []
fork = multiprocessing.get_context("fork")
def beside(to):
    attacks = fork.Value("i", 0)
    # A process of its own: its threads must not slow the client that is timed.
    siege = fork.Process(target=besiege, args=(to, attacks), daemon=True); siege.start()
    time.sleep(1)
    begin, first = time.monotonic(), attacks.value
    times, peak = mail(seconds)
    asked = [ask() for _ in range(10)] if to == management else [0]
    pace = (attacks.value - first) / (time.monotonic() - begin)
    siege.kill(); siege.join(); time.sleep(3)
    return times, peak, pace, max(asked)
listener = socket.create_server(("127.0.0.1", 0), backlog=128)
plain = fork.Process(target=refuse, args=(listener,), daemon=True); plain.start()
plain_port = listener.getsockname()[1]; listener.close()
# A gateway in service: its heap has its size, and the interface was asked once. A start is not what strangers cost.
warm = Client()
for _ in range(4000): warm.send()
metric(); mail(5)
alone, other, ours, waits, rises = [], [], [], [], []
# In turn, so that what else runs on the machine falls on all three alike.
for _ in range(rounds):
    times, before = mail(seconds); alone += times
    times, _, plain_pace, _ = beside(plain_port); other += times
    times, peak, pace, wait = beside(management); ours += times
    waits.append(wait); rises.append((peak - before, before, peak))
    print(f"    alone {p99(alone):.1f} ms, plain {p99(other):.1f} ms at {plain_pace:.0f}/s, ours {p99(ours):.1f} ms at {pace:.0f}/s, administrator {wait:.2f} s, memory {before:.0f} to {peak:.0f} MB", flush=True)
plain.kill()
judge("p99 to the reply to the end of data, beside 200 bodies of 25 MB and 50 slow heads, over the same attack on a plain listener", p99(ours) <= 1.2 * p99(other),
    f"{p99(alone):.1f} ms alone, {p99(other):.1f} ms beside the plain listener, {p99(ours):.1f} ms beside ours ({p99(ours) / p99(other):.2f} times; {p99(ours) / p99(alone):.2f} times alone)")
judge("the administrator's request beside them", max(waits) <= 5, f"{max(waits):.2f} s the slowest of {10 * rounds}, each on a connection of its own")
judge("resident memory", max(rises)[0] <= 20, f"{max(rises)[1]:.0f} MB alone, {max(rises)[2]:.0f} MB at the most")
counted = metric()
for _ in range(10_000):
    if b" 401 " in attack([b"GET /api/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + b"0" * 64 + b"\r\n\r\n"]): count()
judge("10,000 wrong tokens are counted", metric() - counted == denied == 10_000, f"{metric() - counted} counted, {denied} answered 401")
said = [l for l in open(f"{work}/gateway.log") if "management: " in l and "denied" in l]
minutes = {l[:16] for l in said}
judge("log lines", len(said) <= len(minutes) + 1, f"{len(said)} lines in {len(minutes)} minutes")

if fuzz:
    token = open(f"{work}/data/management.token").read().strip()
    client = Client()
    for _ in range(20): client.send(b"later@example.net")
    time.sleep(2)
    words = ["from", "to", "all", "state", "reason", "id", "limit", "dryRun", "route", "olderThan", "text", "sender", "sendr", "now", "x"]
    values = ["true", "false", "", "nobody", "held", "active,deferred", "3", "1d", "%00", "9" * 40, "later", "x" * 3000]
    paths = ["queue", "queue/summary", "queue/orders/remove", "queue/orders/hold", "queue/orders/3", "queue/retry", "quarantine", "quarantine/stats", "status", "routes", "crashes", "queue/x/remove", "quarantine/x/release", "nothing"]
    random.seed(19); statuses, wide, sizes, end = {}, [], [], time.monotonic() + fuzz
    while time.monotonic() < end:
        query = [(random.choice(words), random.choice(values)) for _ in range(random.randrange(4))]
        path = f"/api/{random.choice(paths)}" + ("?" + "&".join(f"{n}={v}" for n, v in query) if query else "")
        # Nothing that asks for all in full, or names the waiting mail: what is left may not touch it.
        if any(v == "later" or (n == "all" and v == "true") for n, v in query): continue
        body = random.choice([None, '{"reason":"x"}', '{"reason":"x","all":true}', '{"to":"later"}', "{", "[]", '"x"', "x" * 70_000])
        try:
            connection = http.client.HTTPConnection("127.0.0.1", management, timeout=30)
            connection.request(random.choice(["GET", "POST", "POST", "PUT", "HEAD"]), path, body, {"Authorization": f"Bearer {token}"})
            answer = connection.getresponse(); text = answer.read()
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
            if answer.status == 200 and b'"asked":' in text and b'"asked":0,' not in text and not any(n in ("olderThan", "reason", "state", "from", "to", "route", "id") for n, _ in query): wide.append((path, body))
        except (OSError, http.client.HTTPException): statuses["closed"] = statuses.get("closed", 0) + 1
        sizes.append(memory())
        if random.random() < 0.05: client.send()
    judge(f"random requests for {fuzz} s: no 500", not any(isinstance(s, int) and s >= 500 for s in statuses), ", ".join(f"{n} x {s}" for s, n in sorted(statuses.items(), key=str)))
    judge("no order that was not written in full", not wide, str(wide[:3]) if wide else "none")
    # Medians: a collection of garbage lets the size rise for a moment.
    first, last = (statistics.median(part) for part in (sizes[:len(sizes) // 10], sizes[-len(sizes) // 10:]))
    judge("no growth", last - first <= 40, f"{first:.0f} MB in the first tenth, {last:.0f} in the last, {max(sizes):.0f} at the most")
gateway.terminate(); gateway.wait(60)
if out:
    with open(out, "w") as f:
        f.write(f"# Strangers at the management interface, {time.strftime('%Y-%m-%d')}\n\n`eng/door.sh {os.environ['ARGUMENTS']}`, {os.cpu_count()} processors, load {os.getloadavg()[1]:.0f} by others in the last 5 minutes.\n\n| promise | measured | kept |\n|---|---|---|\n" + "\n".join(lines) + "\n")
sys.exit(1 if failures else 0)
PY
