"""Called by eng/flood.sh: the table of a flood."""
import json
import os
import statistics
import sys
work, rounds, most, out, failed = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], int(sys.argv[5])
peer = os.environ["SYSTEM"] == "dotnet"
who = "the peer" if peer else "the gateway"
runs = {kind: [json.load(open(f"{work}/{kind}-{r}.json")) for r in range(1, rounds + 1)] for kind in ("alone", "flood")}
def clean(run, what, kind="endToEnd"):
    return next(l for l in run["latencies"] if l["kind"] == kind and l["class"] == "clean")[what]
def spread(values): return f"{statistics.median(values):.1f} [{min(values):.1f}-{max(values):.1f}]"
rows = ["| clean mail, ms from the intended time | alone | with the flood |", "|---|---:|---:|"]
for name, kind, what in (("accept p50", "accept", "p50"), ("accept p99", "accept", "p99"), ("end to end p50", "endToEnd", "p50"), ("end to end p99", "endToEnd", "p99"), ("end to end max", "endToEnd", "max")):
    rows.append(f"| {name} | " + " | ".join(spread([clean(r, what, kind) for r in runs[k]]) for k in runs) + " |")
rows.append(f"| CPU of {who}, s | " + " | ".join(spread([r["target"]["cpuSeconds"] for r in runs[k]]) for k in runs) + " |")
rows.append("| peak memory, MB | " + " | ".join(spread([r["target"]["peakMegabytes"] for r in runs[k]]) for k in runs) + " |")
ratio = statistics.median(clean(r, "p99") for r in runs["flood"]) / statistics.median(clean(r, "p99") for r in runs["alone"])
hostile = [r["account"]["hostile"] for r in runs["flood"]]
sums = {k: sum(h[k] for h in hostile) for k in ("sent", "accepted", "refused", "unanswered", "delivered")}
wanted = "" if peer else f" (at most {most:g} wanted)"
said = [f"p99 end to end with the flood: **{ratio:.2f} times** that without{wanted}.",
        f"Hostile: {sums['sent']:,} sent, {sums['refused']:,} refused, {sums['accepted']:,} accepted{'' if peer else ' and held'}, {sums['unanswered']:,} unanswered; arrived at the sink: {sums['delivered']:,}."]
print("\n".join(rows + [""] + said))
if out:
    m = runs["alone"][0]["machine"]
    os.makedirs(os.path.dirname(out) or ".", exist_ok=True)
    with open(out, "w") as page:
        page.write("\n".join([f"# Flood{', SmtpServer + MailKit (Gateway.DotnetPeer)' if peer else ''}, {m['date'][:10]}", "", f"Made by `eng/flood.sh {os.environ['ARGUMENTS']}`; what is measured is at the top of the script. Medians of {rounds} rounds, [lowest-highest].",
            f"Commit {m['commit']}; {m['cores']} x {m['processor']}, Linux {m['kernel']}; load average before {m['loadBefore']:.1f}.", ""] + rows + [""] + said) + "\n")
if not peer and (failed or sums["delivered"] or ratio > most):
    print("flood: FAILED", file=sys.stderr)
    sys.exit(1)
print("flood: measured" if peer else "flood: passed")
