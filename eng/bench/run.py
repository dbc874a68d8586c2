"""Runs the same workloads against several mail systems in turn; called by eng/bench-peers.sh, which explains the arguments."""

import argparse
import datetime
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import peers
from ports import free_port

LOADGEN = ["dotnet", os.environ.get("LOADGEN_BIN", "benchmarks/Gateway.LoadGen/bin/Release/net10.0") + "/gateway-loadgen.dll"]

# What each workload is called, how it is sent, and how many times each peer's end-to-end rate Gateway has to reach.
WORKLOADS = {
    "reused": ("4 KB, 20 sessions, connections reused", "--size 4k --sessions 20 --pipelining off", {"postfix": 10, "rspamd": 20}),
    "single": ("4 KB, 20 sessions, one connection for each message", "--size 4k --sessions 20 --reuse none --pipelining off", {"postfix": 6}),
    "single-pipelined": ("4 KB, 20 sessions, one connection for each message, pipelining client", "--size 4k --sessions 20 --reuse none --pipelining on",
                         {"postfix": 6}),
    "large": ("1 MB with an attachment, 8 sessions, connections reused", "--size 1m --sessions 8 --pipelining off", {"postfix": 3}),
    # What Rspamd costs depends on the words in a message; an attachment has none.
    "large-text": ("1 MB of text, 8 sessions, connections reused", "--size 1m --parts 1 --sessions 8 --pipelining off", {"postfix": 3, "rspamd": 25}),
}


def load(system, sink, *arguments):
    """One run of the load generator: its report. Ends everything when a message is lost, duplicated or altered."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        before = system.cpu()
        with peers.PeakMemory(system.pids) as watch:
            done = subprocess.run([*LOADGEN, "run", "--quiet", "--target", f"127.0.0.1:{system.port}", "--sink", f"127.0.0.1:{sink}",
                                   "--settle", "1s", "--drain", "600s", "--compare", system.compare, "--json", report.name, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"bench-peers: {system.name}: the account does not balance:\n{done.stdout}\n{done.stderr}\n{system.log_tail()}")
        result = json.loads(pathlib.Path(report.name).read_text())
    warm = int(arguments[arguments.index("--warmup") + 1]) if "--warmup" in arguments else 0
    result["cpu"] = (system.cpu() - before) / (result["account"]["clean"]["sent"] + warm) * 1000
    result["peak"] = watch.peak
    for latency in result["latencies"]:
        result[latency["kind"]] = latency
    return result


def spread(values, digits=0):
    return f"{statistics.median(values):,.{digits}f} [{min(values):,.{digits}f}-{max(values):,.{digits}f}]"


def median(results, *path):
    values = []
    for result in results:
        for key in path:
            result = result[key]
        values.append(result)
    return statistics.median(values)


def compare(name, systems, sink, options):
    """Rounds in turn; the lines of the report and what was required and not reached."""
    title, arguments, required = WORKLOADS[name]
    count, results = {}, {key: [] for key in systems}
    for key, system in systems.items():
        # Uncounted: hot code compiled, processes forked; then as many messages as take the time that was asked for.
        share = 1 if "1m" not in arguments else 100
        load(system, sink, *arguments.split(), "--messages", str(max(40, system.warm_up // share)))
        rate = load(system, sink, *arguments.split(), "--messages", str(max(40, system.warm_up // share // 2)))["deliveredPerSecond"]
        count[key] = max(60, round(rate * options.seconds, -1))
    for number in range(options.rounds):
        for key, system in systems.items():
            os.sync()
            result = load(system, sink, *arguments.split(), "--messages", str(int(count[key])), "--warmup", "40")
            results[key].append(result)
            print(f"{name}, round {number + 1}, {system.name}: {result['deliveredPerSecond']:,.0f}/s end to end, {result['cpu']:.2f} ms CPU a message, "
                  f"accept p99 {result['accept']['p99']:.1f} ms", flush=True)
    head = ["| | end to end, messages/s | Gateway is | accept p50 / p99, ms | end to end p50 / p99, ms | CPU, ms a message | most memory, MB |",
            "|---|---|---|---|---|---|---|"]
    rows, missed = {True: [], False: []}, []
    ours = median(results["gateway"], "deliveredPerSecond")
    for key, system in systems.items():
        r = results[key]
        ratio = ours / median(r, "deliveredPerSecond")
        pairs = [g["deliveredPerSecond"] / p["deliveredPerSecond"] for g, p in zip(results["gateway"], r)]
        times = "" if key == "gateway" else f"**{ratio:.1f} times** ({min(pairs):.1f}-{max(pairs):.1f})"
        rows[system.keeps].append(f"| {system.name} | {spread([x['deliveredPerSecond'] for x in r])} | {times} | {median(r, 'accept', 'p50'):,.1f} / {median(r, 'accept', 'p99'):,.1f} | "
                     f"{median(r, 'endToEnd', 'p50'):,.1f} / {median(r, 'endToEnd', 'p99'):,.1f} | {spread([x['cpu'] for x in r], 2)} | "
                     f"{max(x['peak'] for x in r) / 1e6:,.0f} |")
        if key in required and ratio < required[key]:
            missed.append(f"{title}: {ratio:.1f} times {system.name}, {required[key]} are required")
    sent = sum(x["account"]["clean"]["sent"] for r in results.values() for x in r)
    lines = [f"## {title}", "", *head, *rows[True]]
    if rows[False]:
        lines += ["", "### Keeps nothing: answers when the host behind has answered", "",
                  "A message is in memory only until its 250, and a host behind that is down or slow is the client's to wait for. Nothing is inspected.", "", *head, *rows[False]]
    return [*lines, "", f"{sent:,} messages, each delivered once and unaltered{' (the body, where nothing is kept)' if rows[False] else ''}.", ""], missed


def fixed_rate(systems, sink, options):
    """Gateway alone at 1,000 messages a second, open loop: latencies count from the intended time of sending."""
    system = systems["gateway"]
    runs = [load(system, sink, "--rate", "1000", "--duration", f"{max(10, int(options.seconds))}s", "--sessions", "20", "--size", "4k", "--warmup", "2000")
            for _ in range(options.rounds)]
    lines = ["## Gateway at 1,000 messages a second, open loop", "", "| | p50 | p95 | p99 | p99.9 | max |", "|---|---|---|---|---|---|"]
    for kind, label in (("accept", "accept, ms"), ("endToEnd", "end to end, ms")):
        lines.append(f"| {label} | " + " | ".join(f"{spread([r[kind][p] for r in runs], 2)}" for p in ("p50", "p95", "p99", "p999", "max")) + " |")
    return [*lines, "", f"CPU {spread([r['cpu'] for r in runs], 2)} ms a message; unsent in time: {sum(r['unsent'] for r in runs)}.", ""], []


def machine(work):
    def output(*command):
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    name = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    memory = int(re.search(r"MemTotal:\s+(\d+)", open("/proc/meminfo").read())[1]) // 1024 // 1024
    system = re.search(r'PRETTY_NAME="(.*)"', open("/etc/os-release").read())
    return f"{os.cpu_count()} x {name}, {memory} GiB, {system[1]}, Linux {os.uname().release}, {output('findmnt', '-n', '-o', 'FSTYPE,OPTIONS', '-T', work)}"


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--peers", default="postfix,rspamd,haraka,haraka-cluster")
    parser.add_argument("--workloads", default=",".join([*WORKLOADS, "rate"]))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--out")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    names = ["gateway", *(p for p in options.peers.split(",") if p)]
    workloads = options.workloads.split(",")
    for unknown in [n for n in names if n not in peers.SYSTEMS] + [w for w in workloads if w not in (*WORKLOADS, "rate")]:
        sys.exit(f"bench-peers: there is no {unknown}")
    out = pathlib.Path(options.out or f"benchmarks/results/peers-{datetime.date.today().isoformat()}.md")
    # /var/tmp and not /tmp: a tmpfs would make a sync free for all.
    work = tempfile.mkdtemp(dir=os.environ.get("BENCH_DIRECTORY", "/var/tmp"), prefix="bench-peers.")
    os.chmod(work, 0o755)
    sink, systems, lines, missed, before = free_port(), {}, [], [], os.getloadavg()[0]
    try:
        for name in names:
            systems[name] = peers.SYSTEMS[name](work, sink)
            print(f"starting {systems[name].name}", flush=True)
            try:
                systems[name].start()
            except (SystemExit, RuntimeError, OSError) as failure:
                sys.exit(f"bench-peers: {systems[name].name}: {failure}\n{systems[name].log_tail()}")
        for name in workloads:
            more, less = fixed_rate(systems, sink, options) if name == "rate" else compare(name, systems, sink, options)
            lines += more
            missed += less
        head = [
            f"# Gateway and its peers, {datetime.date.today().isoformat()}", "",
            f"Made by `eng/bench-peers.sh {' '.join(sys.argv[1:])}".rstrip() + "`. What is set for each system is in `eng/bench/peers.py`; all of them have a message on "
            "stable storage before they answer 250, but for those in a table of their own; all relay to the same sink, and rounds alternate between them.", "",
            f"- rounds: {options.rounds}, each as many messages as a system takes in about {options.seconds:g} s; medians, [lowest-highest]",
            "- end to end is the time until the last message arrived at the sink; latencies are of a closed loop where no rate is named; CPU is user and system time of all "
            "processes of a system; memory is its PSS at most",
            *(f"- {s.name}: {s.version()}" for s in systems.values()),
            f"- {machine(work)}", f"- load average before {before:.1f}, after {os.getloadavg()[0]:.1f} (the measurement itself is part of the latter)", ""]
        out.parent.mkdir(parents=True, exist_ok=True)
        verdict = [f"- {m}" for m in missed] or ["- every ratio that these workloads require is kept"]
        out.write_text("\n".join([*head, *lines, "## What was required and not reached" if missed else "## What was required", "", *verdict, ""]))
    finally:
        for system in systems.values():
            system.stop()
        shutil.rmtree(work, ignore_errors=True)
    print("\n".join(f"bench-peers: {m}" for m in missed) or "bench-peers: all that is required is reached", flush=True)
    print(f"Written: {out}")
    sys.exit(1 if missed and options.check else 0)


main()
