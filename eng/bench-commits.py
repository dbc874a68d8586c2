"""Called by eng/bench-commits.sh: the table of two commits."""
import datetime
import glob
import json
import os
import statistics
import subprocess
import sys
work, rounds, names, out, most = sys.argv[1], int(sys.argv[2]), sys.argv[3:5], sys.argv[5], sys.argv[6]
times, octets, host = ({}, {}), ({}, {}), None
for side in (0, 1):
    for r in range(1, rounds + 1):
        for file in glob.glob(f"{work}/{'AB'[side]}-{r}/results/*-report-brief.json"):
            report = json.load(open(file))
            host = host or report["HostEnvironmentInfo"]
            for b in report["Benchmarks"]:
                name = b["FullName"].removeprefix("Gateway.Benchmarks.")
                if b.get("Statistics"):
                    times[side].setdefault(name, []).append(b["Statistics"]["Median"])
                    octets[side][name] = (b.get("Memory") or {}).get("BytesAllocatedPerOperation")
both = [n for n in times[0] if n in times[1]]
if not both:
    sys.exit("bench-commits: no benchmark that both commits have")
def span(ns):
    unit, by = ("ns", 1) if ns < 1e4 else ("us", 1e3) if ns < 1e7 else ("ms", 1e6)
    return f"{ns / by:,.4g} {unit}"
def spread(values): return f"{span(statistics.median(values))} [{span(min(values))} - {span(max(values))}]"
rows = [f"| benchmark | A: {names[0]} | B: {names[1]} | B / A | allocated A | B |", "|---|---:|---:|---:|---:|---:|"]
worst = 0.0
for n in sorted(both):
    ratio = statistics.median(times[1][n]) / statistics.median(times[0][n])
    worst = max(worst, ratio)
    rows.append(f"| `{n}` | {spread(times[0][n])} | {spread(times[1][n])} | {ratio:.3f} | {octets[0][n]} | {octets[1][n]} |")
alone = [f"Only in {'AB'[s]}: `{n}`" for s in (0, 1) for n in sorted(times[s]) if n not in times[1 - s]]
lines = rows + ([""] + alone if alone else [])
print("\n".join(lines))
if out:
    head = lambda s: subprocess.run(["git", "-C", f"{work}/{s}", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    os.makedirs(os.path.dirname(out) or ".", exist_ok=True)
    with open(out, "w") as page:
        page.write("\n".join([f"# Two commits, {datetime.date.today()}", "", f"Made by `eng/bench-commits.sh {os.environ['ARGUMENTS']}`. A is {head('A')}, B is {head('B')}"
            + (" (with changes of the working tree)" if "tree" in names else "") + f". Medians of {rounds} rounds, A B A B, [lowest - highest].",
            f"{host['ProcessorName']}, {host['LogicalCoreCount']} processors; load average after {os.getloadavg()[0]:.1f}.", ""] + lines) + "\n")
if most and worst > float(most):
    print(f"bench-commits: a benchmark takes {worst:.2f} times as long, at most {most} wanted", file=sys.stderr)
    sys.exit(1)
