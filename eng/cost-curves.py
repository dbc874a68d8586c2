"""Called by eng/cost-curves.sh: tables of the curves."""
import glob
import json
import os
import re
import statistics
import sys
work, out, rounds, only = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4].split(",")
def latency(run, kind, what): return next((l[what] for l in run["latencies"] if l["kind"] == kind and l["class"] == "clean"), float("nan"))
columns = [("messages_per_s", lambda r: r["deliveredPerSecond"]), ("megabytes_per_s", lambda r: r["megabytesPerSecond"]),
    ("cpu_ms_per_message", lambda r: r["target"]["cpuMillisecondsPerMessage"]), ("peak_mb", lambda r: r["target"]["peakMegabytes"]),
    ("accept_p50_ms", lambda r: latency(r, "accept", "p50")), ("accept_p99_ms", lambda r: latency(r, "accept", "p99")),
    ("end_to_end_p50_ms", lambda r: latency(r, "endToEnd", "p50")), ("end_to_end_p99_ms", lambda r: latency(r, "endToEnd", "p99"))]
page = []
for curve in only:
    found = {}
    for path in glob.glob(f"{work}/{curve}-*.json"):
        found.setdefault(int(re.search(r"-(\d+)-\d+\.json$", path)[1]), []).append(json.load(open(path)))
    machine = next(iter(found.values()))[0]["machine"]
    with open(f"{out}/{curve}.csv", "w") as table:
        table.write(",".join([curve] + [c for c, _ in columns] + ["lowest_messages_per_s", "highest_messages_per_s"]) + "\n")
        page += [f"## {curve.capitalize()}", "", f"| {curve} | messages/s | MB/s | CPU, ms a message | peak MB | accept p50 / p99, ms | end to end p50 / p99, ms |", "|---:|---:|---:|---:|---:|---:|---:|"]
        for point, runs in sorted(found.items()):
            v = {name: statistics.median(value(r) for r in runs) for name, value in columns}
            rates = [r["deliveredPerSecond"] for r in runs]
            table.write(",".join([str(point)] + [f"{v[c]:g}" for c, _ in columns] + [f"{min(rates):g}", f"{max(rates):g}"]) + "\n")
            page.append(f"| {point:,} | {v['messages_per_s']:,.0f} [{min(rates):,.0f}-{max(rates):,.0f}] | {v['megabytes_per_s']:,.1f} | {v['cpu_ms_per_message']:.3f} | {v['peak_mb']:,.0f} | "
                        f"{v['accept_p50_ms']:.2f} / {v['accept_p99_ms']:.2f} | {v['end_to_end_p50_ms']:.2f} / {v['end_to_end_p99_ms']:.2f} |")
    page += ["", f"![rate]({curve}-rate.svg) ![CPU]({curve}-cpu.svg) ![memory]({curve}-memory.svg) ![latency]({curve}-latency.svg)", ""]
head = [f"# Cost curves, {machine['date'][:10]}", "", f"Made by `eng/cost-curves.sh {os.environ['ARGUMENTS']}`".rstrip("` ") + "`; what is measured is at the top of the script. Medians of "
        f"{rounds} rounds, [lowest-highest].", f"Commit {machine['commit']}; {machine['cores']} x {machine['processor']}, Linux {machine['kernel']}, {machine['disk']}; load average before {machine['loadBefore']:.1f}.", ""]
open(f"{out}/README.md", "w").write("\n".join(head + page))
