"""Called by eng/million.sh, which says what is measured."""
import asyncio
import json
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import time

from ports import free_port
from relay import Gateway as Relay
from relay import answers, tail, wait_until

messages, size, dead, cold, turn, rounds, sessions, out, work, dll = sys.argv[1:11]
messages, size, turn, rounds, sessions, extra = int(messages), int(size), int(turn), int(rounds), int(sessions), sys.argv[11:]
TICK = os.sysconf("SC_CLK_TCK")
children, kept = [], []


def defer(number):
    """A mail host that wants every message later."""
    class Host(asyncio.Protocol):
        def connection_made(self, transport):
            self.to, self.rest = transport, b""
            transport.write(b"220 later\r\n")

        def data_received(self, data):
            *lines, self.rest = (self.rest + data).split(b"\r\n")
            answers = {b"EHLO": b"250-later\r\n250-PIPELINING\r\n250 8BITMIME\r\n", b"RCPT": b"451 4.2.0 mailbox busy, try again later\r\n",
                       b"DATA": b"503 5.5.1 no recipients\r\n", b"QUIT": b"221 bye\r\n"}
            self.to.write(b"".join(answers.get(line[:4].upper(), b"250 ok\r\n") for line in lines))

    async def run():
        server = await asyncio.get_running_loop().create_server(Host, "127.0.0.1", number)
        await server.serve_forever()
    asyncio.run(run())


class Gateway(Relay):
    def __init__(self, name, dead_port, live_port):
        super().__init__(dll, os.path.join(work, name), f"--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{dead_port}",
                         "--Gateway:Relay:Routes:0:Domain=live.example", f"--Gateway:Relay:Routes:0:Hosts:0=127.0.0.1:{live_port}",
                         "--Gateway:Relay:Retry:First=1d", "--Gateway:Relay:Retry:Longest=1d", *extra)

    def start(self):
        """Seconds from the launch to the first greeting."""
        began = time.monotonic()
        self.launch()
        children.append(self.process)
        while not answers(self.port, seconds=60):
            if self.process.poll() is not None:
                sys.exit(f"million: the gateway did not start\n{tail(self.log)}")
            time.sleep(0.02)
        took = time.monotonic() - began
        wait_until(self.is_ready, "a gateway that is ready", log=self.log)
        return took

    def recovered(self):
        with open(self.log) as log:
            log.seek(self.log_start)
            return re.search(r"recovered (\d+) messages .* in ([\d.]+) s from (\d+) segments.*", log.read())

    def memories(self):
        """RSS now and the most it was, in bytes."""
        status = open(f"/proc/{self.process.pid}/status").read()
        return [int(re.search(rf"{key}:\s+(\d+)", status)[1]) * 1024 for key in ("VmRSS", "VmHWM")]

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def timed(self, path):
        """Seconds of an answer of the API, and what it says."""
        began = time.monotonic()
        found = self.json(path)
        return time.monotonic() - began, found

    def command(self, *words):
        began = time.monotonic()
        done = subprocess.run(["dotnet", dll, *words, *self.settings], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"million: gateway {' '.join(words)} failed: {done.stderr}")
        return time.monotonic() - began

    def send(self, count, domain):
        """Sends by SMTP; seconds until the last 250."""
        began = time.monotonic()
        done = subprocess.run(
            ["smtp-source", "-s", str(sessions), "-m", str(count), "-l", str(size), "-d", "-N", "-f", "load@load.example", "-t", f"to@{domain}",
             f"127.0.0.1:{self.port}"], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"million: smtp-source failed: {done.stderr}")
        return time.monotonic() - began

    def is_drained(self):
        """All mail to the live destination has left; cheap, unlike counting the queue, which would be part of what is measured."""
        live = [r for r in self.timed("routes")[1] if r["name"] == "live.example"]
        return all(r["waiting"] + r["suspects"] + r["deferred"] + r["sending"] + r["hanging"] == 0 for r in live)


def main():
    dead_port, live_port = free_port(), free_port()
    if dead == "defer":
        host = multiprocessing.Process(target=defer, args=(dead_port,), daemon=True)
        host.start()
    children.append(subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{live_port}", "1024"], stdout=subprocess.DEVNULL))
    full, empty = Gateway("full", dead_port, live_port), Gateway("empty", dead_port, live_port)
    full.start()
    base = full.memories()[0]
    filling = sent = 0
    while sent < messages:
        # smtp-source keeps every session's count in one process; pieces show that it goes on.
        count = min(100_000, messages - sent)
        filling += full.send(count, "dead.example")
        sent += count
        print(f"{sent} messages in the queue, {full.memories()[0] // messages if sent == messages else full.memories()[0] // sent} bytes of memory each", flush=True)
    if dead == "defer":
        wait_until(lambda: full.timed("queue/summary")[1][0]["state"].lower() == "deferred" and full.timed("status")[1]["active"] == 0, "deferral", 3600, 0.5)
    filled = full.memories()
    full.stop()
    disk = sum(os.stat(os.path.join(root, f)).st_blocks * 512 for root, _, files in os.walk(full.directory) for f in files)
    if cold == "yes":
        subprocess.run(["sync"], check=True)
        open("/proc/sys/vm/drop_caches", "w").write("3")
    ready = full.start()
    found = full.recovered()
    lost = messages - full.waiting()
    restarted = full.memories()
    answers = {}
    for path in ("queue/summary", "queue"):
        answers[path] = [full.timed(path)[0] for _ in range(3)]
    commands = {words: full.command("queue", words) for words in ("summary", "list")}
    empty.start()
    turns = {empty: [], full: []}
    for g in (empty, full):
        # The first messages pay for the compiler.
        g.send(max(turn, 10_000), "live.example")
    for n in range(rounds):
        for g in (empty, full):
            wait_until(g.is_drained, "delivery to the live destination", 600, 0.5)
            cpu, took = g.cpu(), g.send(turn, "live.example")
            wait_until(g.is_drained, "delivery to the live destination", 600, 0.5)
            turns[g].append((turn / took, (g.cpu() - cpu) / turn * 1000))
    later = full.memories()
    row = lambda g, i: statistics.median(t[i] for t in turns[g])
    span = lambda g, i: f"[{min(t[i] for t in turns[g]):,.2f}-{max(t[i] for t in turns[g]):,.2f}]" if i else f"[{min(t[i] for t in turns[g]):,.0f}-{max(t[i] for t in turns[g]):,.0f}]"
    mb = lambda b: f"{b / 1e6:,.0f} MB"
    each = lambda b: f"{(b - base) / messages:,.0f}"
    lines = [
        f"{messages:,} messages of {size} octets for a destination that {'refuses connections' if dead == 'refuse' else 'defers each message'}; "
        f"page cache at the restart: {'dropped' if cold == 'yes' else 'as it was'}. Load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors.", "",
        "| | | |", "|---|---|---|",
        f"| filled by SMTP | {messages / filling:,.0f} messages/s | {mb(disk)} on disk |",
        f"| memory when filled | {mb(filled[0])}, most {mb(filled[1])} | {each(filled[0])} bytes a message |",
        f"| start to the first 220 | {ready:.2f} s | the log: {found[0] if found else 'nothing recovered'} |",
        f"| memory after the restart | {mb(restarted[0])}, most {mb(restarted[1])} | {each(restarted[0])} bytes a message |",
        f"| memory at the end | {mb(later[0])}, most {mb(later[1])} | {each(later[0])} bytes a message |",
        f"| summary, over HTTP, three times | {', '.join(f'{t * 1000:,.0f}' for t in answers['queue/summary'])} ms | `gateway queue summary`: {commands['summary'] * 1000:,.0f} ms |",
        f"| list, over HTTP, three times | {', '.join(f'{t * 1000:,.0f}' for t in answers['queue'])} ms | `gateway queue list`: {commands['list'] * 1000:,.0f} ms |",
        f"| live mail without the queue | {row(empty, 0):,.0f} messages/s {span(empty, 0)} | {row(empty, 1):.2f} ms of CPU each {span(empty, 1)} |",
        f"| live mail beside the queue | {row(full, 0):,.0f} messages/s {span(full, 0)} | {row(full, 1):.2f} ms of CPU each {span(full, 1)} |",
        f"| ratio of the medians, {rounds} rounds of {turn:,} in turn | {row(full, 0) / row(empty, 0):.3f} | {row(full, 1) / row(empty, 1):.3f} |",
    ]
    print("\n".join(lines))
    if out:
        os.makedirs(os.path.dirname(out) or ".", exist_ok=True)
        with open(out, "w") as page:
            page.write(f"# A long queue, {time.strftime('%Y-%m-%d')}\n\nMade by `eng/million.sh`; what is measured is at the top of the script.\n\n" + "\n".join(lines) + "\n")
    most = max(filled[0], restarted[0], later[0]) - (base if messages < 200_000 else 0)
    failures = [text for bad, text in (
        (lost != 0, f"{lost} messages missing after the restart"),
        (found is None or float(found[2]) >= 10, "recovery takes 10 s or longer"),
        (most >= 1024 * messages and most >= 200e6 or most >= 1024 ** 3, f"memory {mb(most)}"),
        (max(answers["queue/summary"] + answers["queue"] + list(commands.values())) >= 1, "summary or list takes a second or longer"),
        (row(full, 0) < 0.9 * row(empty, 0), "live mail is slowed by more than 10 %"),
    ) if bad]
    print("\n".join("million: FAILED: " + f for f in failures) or "million: passed", flush=True)
    return 1 if failures else 0


code = 1
try:
    code = main()
finally:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(60)
        except subprocess.TimeoutExpired:
            child.kill()
    for child in multiprocessing.active_children():
        child.terminate()
sys.exit(code)
