"""Called by eng/idle.sh, which says what is measured."""
import datetime
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time

from relay import PATIENCE, Gateway, answers, tail

dll, work = sys.argv[1:3]
sessions, starts = map(int, sys.argv[3:5])
most_ratio, most_megabytes, out = float(sys.argv[5]), float(sys.argv[6]), sys.argv[7]
sink, loadgen = int(sys.argv[8]), sys.argv[9]
gateway = Gateway(dll, work, f"--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{sink}")
port = gateway.port


def launch():
    """Seconds from the launch of the process to its first greeting, with an empty spool."""
    shutil.rmtree(gateway.data, ignore_errors=True)
    began = time.monotonic()
    gateway.launch()
    while not answers(port):
        if gateway.process.poll() is not None or time.monotonic() - began > PATIENCE:
            gateway.process.kill()
            sys.exit(f"idle: the gateway did not start:\n{tail(gateway.log)}")
        time.sleep(0.005)
    return time.monotonic() - began


def resident():
    return gateway.memory() * 1.048576


def ask(s, line=None):
    if line:
        s.sendall(line)
    data = b""
    while not re.search(rb"(^|\n)\d\d\d [^\n]*\n$", data):
        part = s.recv(4096)
        if not part:
            sys.exit(f"idle: closed by the gateway after {data!r}")
        data += part
    return data


def help_printed():
    """Seconds in which the same program prints its help and ends."""
    began = time.monotonic()
    subprocess.run(["dotnet", dll, "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


took, helps = [], []
for _ in range(starts):
    helps.append(help_printed())
    took.append(launch())
    gateway.stop()
launch()
try:
    time.sleep(2)
    bare = resident()
    held = []
    for _ in range(sessions):
        s = socket.create_connection(("127.0.0.1", port), 30)
        s.settimeout(30)
        if not ask(s).startswith(b"220") or not ask(s, b"EHLO idle.example\r\n").startswith(b"250"):
            sys.exit("idle: a session was refused")
        held.append(s)
    time.sleep(10)
    idle = resident()
    subprocess.run([loadgen, "run", "-q", "--target", f"127.0.0.1:{port}", "--sink", f"127.0.0.1:{sink}", "--messages", "10000"], check=True, stdout=subprocess.DEVNULL)
    time.sleep(10)
    after = resident()
    for s in held:
        if not ask(s, b"NOOP\r\n").startswith(b"250"):
            sys.exit("idle: a session is gone")
finally:
    gateway.stop()
start, bare_start = statistics.median(took), statistics.median(helps)
lines = [f"- start to the first greeting, empty spool: median {start:.2f} s [{min(took):.2f}-{max(took):.2f}] of {starts}, "
         f"{start / bare_start:.1f} times the program's help, {bare_start:.2f} s (at most {most_ratio:g} wanted)",
         f"- memory without sessions {bare:.0f} MB, with {sessions:,} idle ones {idle:.0f} MB (at most {most_megabytes:g} wanted): {(idle - bare) * 1000 / sessions:.1f} KB each",
         f"- after 10,000 messages on 20 more sessions beside them: {after:.0f} MB"]
print("\n".join(lines))
if out:
    git = lambda *a: subprocess.run(["git", *a], capture_output=True, text=True).stdout.strip()
    cpu = next((l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    os.makedirs(os.path.dirname(out) or ".", exist_ok=True)
    with open(out, "w") as page:
        page.write("\n".join([f"# Idle, {datetime.date.today()}", "", f"Made by `eng/idle.sh {os.environ['ARGUMENTS']}`; what is measured is at the top of the script.",
            f"Commit {git('rev-parse', '--short', 'HEAD')}; {os.cpu_count()} x {cpu}, Linux {platform.release()}; load average {os.getloadavg()[0]:.1f}.", ""] + lines) + "\n")
if start > most_ratio * bare_start or idle > most_megabytes:
    print("idle: FAILED", file=sys.stderr)
    sys.exit(1)
print("idle: passed")
