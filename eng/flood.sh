#!/usr/bin/env bash
# A flood of hostile mail beside clean mail: what does the clean mail notice, and does anything hostile reach the mail system behind?
#
# Usage: eng/flood.sh [--rate 100] [--seconds 30] [--rounds 3] [--at-most 1.5] [--out FILE] [--no-build]
#   --rate      clean messages a second, 4 KB, open loop; with the flood as many hostile ones beside them, on sessions of their own
#   --seconds   length of one measurement; each round is clean alone, then clean and hostile
#   --at-most   exit 1 when the median p99 of clean mail end to end grows by more than this factor
#
# The shapes: `gateway-loadgen run --help`, --hostile-shape; all nine take turns. Exit 1 also when a message is lost, duplicated or altered, or
# when a hostile one arrives at the sink. Latency counts from the time a message was to be sent. Needs python3 and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."

rate=100 seconds=30 rounds=3 most=1.5 out='' build=yes arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --rate) rate=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --at-most) most=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) sed -n '4,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
. eng/load-common.sh

start_gateway
load -q --messages 20000 --label warm-up >/dev/null
# The first hostile messages compile what only they need.
load -q --rate "$rate" --hostile-rate "$rate" --duration 5s --settle 0s >/dev/null
failed=0
for round in $(seq "$rounds"); do
  for kind in alone flood; do
    more=()
    if [ "$kind" = flood ]; then more=(--hostile-rate "$rate" --forbid-hostile); fi
    load -q --rate "$rate" --duration "${seconds}s" "${more[@]}" --label "$kind" --json "$work/$kind-$round.json" >"$work/report" || { failed=1; cat "$work/report" >&2; }
    echo "round $round, $kind: $(grep -E 'endToEnd clean' "$work/report" | tr -s ' ')"
    # What is left of the flood in the quarantine's queue is not the next measurement's.
    sleep 2
  done
done
ARGUMENTS="$arguments" python3 - "$work" "$rounds" "$most" "$out" "$failed" <<'PY'
import json, os, statistics, sys
work, rounds, most, out, failed = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], int(sys.argv[5])
runs = {kind: [json.load(open(f"{work}/{kind}-{r}.json")) for r in range(1, rounds + 1)] for kind in ("alone", "flood")}
def clean(run, what, kind="endToEnd"):
    return next(l for l in run["latencies"] if l["kind"] == kind and l["class"] == "clean")[what]
def spread(values): return f"{statistics.median(values):.1f} [{min(values):.1f}-{max(values):.1f}]"
rows = ["| clean mail, ms from the intended time | alone | with the flood |", "|---|---:|---:|"]
for name, kind, what in (("accept p50", "accept", "p50"), ("accept p99", "accept", "p99"), ("end to end p50", "endToEnd", "p50"), ("end to end p99", "endToEnd", "p99"), ("end to end max", "endToEnd", "max")):
    rows.append(f"| {name} | " + " | ".join(spread([clean(r, what, kind) for r in runs[k]]) for k in runs) + " |")
rows.append("| CPU of the gateway, s | " + " | ".join(spread([r["target"]["cpuSeconds"] for r in runs[k]]) for k in runs) + " |")
rows.append("| peak memory, MB | " + " | ".join(spread([r["target"]["peakMegabytes"] for r in runs[k]]) for k in runs) + " |")
ratio = statistics.median(clean(r, "p99") for r in runs["flood"]) / statistics.median(clean(r, "p99") for r in runs["alone"])
hostile = [r["account"]["hostile"] for r in runs["flood"]]
sums = {k: sum(h[k] for h in hostile) for k in ("sent", "accepted", "refused", "unanswered", "delivered")}
said = [f"p99 end to end with the flood: **{ratio:.2f} times** that without (at most {most:g} wanted).",
        f"Hostile: {sums['sent']:,} sent, {sums['refused']:,} refused, {sums['accepted']:,} accepted and held, {sums['unanswered']:,} unanswered; arrived at the sink: {sums['delivered']:,}."]
print("\n".join(rows + [""] + said))
if out:
    m = runs["alone"][0]["machine"]
    os.makedirs(os.path.dirname(out) or ".", exist_ok=True)
    with open(out, "w") as page:
        page.write("\n".join([f"# Flood, {m['date'][:10]}", "", f"Made by `eng/flood.sh {os.environ['ARGUMENTS']}`; what is measured is at the top of the script. Medians of {rounds} rounds, [lowest-highest].",
            f"Commit {m['commit']}; {m['cores']} x {m['processor']}, Linux {m['kernel']}; load average before {m['loadBefore']:.1f}.", ""] + rows + [""] + said) + "\n")
if failed or sums["delivered"] or ratio > most:
    print("flood: FAILED", file=sys.stderr)
    sys.exit(1)
print("flood: passed")
PY
