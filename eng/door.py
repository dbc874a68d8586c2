"""Called by eng/door.sh, which says what is measured: door.py DLL WORK SECONDS ROUNDS RATE RANDOM OUT."""
import http.client
import multiprocessing
import os
import random
import re
import socket
import statistics
import sys
import threading
import time

from mailhost import Client, Sink
from ports import free_port
from relay import Gateway, answers, wait_until

dll, work = sys.argv[1:3]
seconds, rounds, rate, fuzz = map(int, sys.argv[3:7])
out, management = sys.argv[7], free_port()

sink = Sink(lambda *_: None, refuse=lambda recipient: recipient.startswith("later"))
sink.start()
gateway = Gateway(dll, work, f"--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{sink.port}", "--Gateway:Relay:Retry:First=1h", management=f"127.0.0.1:{management}")
gateway.launch()
port = gateway.port
wait_until(lambda: answers(port), "a greeting of the gateway", log=gateway.log)

memory = gateway.memory
CONTENT = b"From: a@example.org\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nSubject: door\r\n\r\n" + b"x" * 2000 + b"\r\n"


class Timed(Client):
    """Sends good mail; says how long the reply to the end of data took."""

    def __init__(self):
        super().__init__(port, b"door.test", seconds=30)

    def send(self, to=b"b@example.net"):
        for line in (b"MAIL FROM:<a@example.org>", b"RCPT TO:<" + to + b">", b"DATA"):
            self.say(line)
        begin = time.perf_counter()
        reply = self.say(CONTENT + b".")
        if not reply.startswith("250"):
            sys.exit(f"door: mail was refused: {reply}")
        return time.perf_counter() - begin


def mail(duration):
    client, times, peak, begin = Timed(), [], memory(), time.monotonic()
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
warm = Timed()
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
    client = Timed()
    for _ in range(20): client.send(b"later@example.net")
    time.sleep(2)
    words = ["from", "to", "all", "state", "reason", "id", "limit", "dryRun", "route", "olderThan", "text", "sender", "sendr", "now", "x"]
    values = ["true", "false", "", "nobody", "on-hold", "active,deferred", "3", "1d", "%00", "9" * 40, "later", "x" * 3000]
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
gateway.stop()
if out:
    with open(out, "w") as f:
        f.write(f"# Strangers at the management interface, {time.strftime('%Y-%m-%d')}\n\n`eng/door.sh {os.environ['ARGUMENTS']}`, {os.cpu_count()} processors, load {os.getloadavg()[1]:.0f} by others in the last 5 minutes.\n\n| promise | measured | kept |\n|---|---|---|\n" + "\n".join(lines) + "\n")
sys.exit(1 if failures else 0)
