#!/usr/bin/env bash
# What a gateway needs when nothing happens: from its start to its first greeting with an empty spool, and memory with a thousand idle sessions.
#
# Usage: eng/idle.sh [--sessions 1000] [--starts 5] [--most-seconds 1.5] [--most-megabytes 150] [--out FILE] [--no-build]
#
# A start is timed from the launch of the process (`dotnet gateway.dll run`, empty data directory, files in the page cache) to the 220 of a client that
# tries every 5 ms. Sessions have said EHLO; memory is resident memory 10 seconds after the last of them, and after mail on 20 more sessions.
# Exit 1 when the median start or the memory is over the bound. Needs python3 and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."

sessions=1000 starts=5 most_seconds=1.5 most_megabytes=150 out='' build=yes arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --sessions) sessions=$2; shift 2 ;;
    --starts) starts=$2; shift 2 ;;
    --most-seconds) most_seconds=$2; shift 2 ;;
    --most-megabytes) most_megabytes=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) sed -n '4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
. eng/load-common.sh
ulimit -n "$(ulimit -Hn)"
read -r gateway_port sink_port < <(free_ports 2)
ARGUMENTS="$arguments" python3 - "$gateway_dll" "$work" "$sessions" "$starts" "$most_seconds" "$most_megabytes" "$out" "$gateway_port" "$sink_port" "$loadgen" <<'PY'
import datetime, os, platform, re, shutil, socket, statistics, subprocess, sys, time
dll, work = sys.argv[1:3]
sessions, starts = map(int, sys.argv[3:5])
most_seconds, most_megabytes, out = float(sys.argv[5]), float(sys.argv[6]), sys.argv[7]
port, sink = map(int, sys.argv[8:10])
loadgen = sys.argv[10]

def launch():
    shutil.rmtree(f"{work}/data", ignore_errors=True)
    began = time.monotonic()
    gateway = subprocess.Popen(["dotnet", dll, "run", f"--Gateway:DataDirectory={work}/data", f"--Gateway:Listeners:0:Endpoint=127.0.0.1:{port}",
        f"--Gateway:Management:Endpoint=unix:{work}/gateway.sock", f"--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{sink}"],
        stdout=open(f"{work}/gateway.log", "w"), stderr=subprocess.STDOUT)
    while time.monotonic() - began < 60:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as s:
                s.settimeout(60)
                if s.recv(4) == b"220 ":
                    took = time.monotonic() - began
                    s.sendall(b"QUIT\r\n")
                    return gateway, took
        except OSError:
            time.sleep(0.005)
        if gateway.poll() is not None:
            break
    gateway.kill()
    sys.exit("idle: the gateway did not start:\n" + open(f"{work}/gateway.log").read())

def stop(gateway):
    gateway.terminate()
    gateway.wait()

def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read())[1]) * 1024 / 1e6

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

took = []
for _ in range(starts):
    gateway, seconds = launch()
    took.append(seconds)
    stop(gateway)
gateway, _ = launch()
try:
    time.sleep(2)
    bare = resident(gateway.pid)
    held = []
    for _ in range(sessions):
        s = socket.create_connection(("127.0.0.1", port), 30)
        s.settimeout(30)
        if not ask(s).startswith(b"220") or not ask(s, b"EHLO idle.example\r\n").startswith(b"250"):
            sys.exit("idle: a session was refused")
        held.append(s)
    time.sleep(10)
    idle = resident(gateway.pid)
    subprocess.run([loadgen, "run", "-q", "--target", f"127.0.0.1:{port}", "--sink", f"127.0.0.1:{sink}", "--messages", "10000"], check=True, stdout=subprocess.DEVNULL)
    time.sleep(10)
    after = resident(gateway.pid)
    for s in held:
        if not ask(s, b"NOOP\r\n").startswith(b"250"):
            sys.exit("idle: a session is gone")
finally:
    stop(gateway)
start = statistics.median(took)
lines = [f"- start to the first greeting, empty spool: median {start:.2f} s [{min(took):.2f}-{max(took):.2f}] of {starts} (at most {most_seconds:g} wanted)",
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
if start > most_seconds or idle > most_megabytes:
    print("idle: FAILED", file=sys.stderr)
    sys.exit(1)
print("idle: passed")
PY
