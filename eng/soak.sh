#!/usr/bin/env bash
# Steady mail for a long time: does memory grow, and does the p99 of a minute?
#
# Usage: eng/soak.sh --minutes 60 [--rate 1500] [--size 4k] [--out DIRECTORY] [--no-build]
#   --rate   messages a second, open loop, 20 sessions; 1,500 for an hour are 5.4 million
#   --out    a directory for the table (soak.csv), its plots and the report; default none
#
# After a tenth of the time, a minute at least, the rest is cut in halves. Exit 1 when the second half's median memory is over 1.1 times the
# first's and 10 MB, or its median p99 end to end over 1.5 times the first's and 5 ms, when memory is over 250 MB, or when a message is lost, duplicated or altered.
# Needs python3 and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."

minutes='' rate=1500 size=4k out='' build=yes arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --minutes) minutes=$2; shift 2 ;;
    --rate) rate=$2; shift 2 ;;
    --size) size=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) minutes=''; break ;;
  esac
done
if [ -z "$minutes" ]; then sed -n '4,6s/^# \{0,1\}//p' "$0" >&2; exit 2; fi
. eng/load-common.sh

start_gateway
failed=0
# Two seconds more, so that the last minute is whole.
load --rate "$rate" --size "$size" --duration "$((minutes * 60 + 2))s" --warmup 20000 --label soak --json "$work/soak.json" --html "$work/soak.html" || failed=1
status=0
ARGUMENTS="$arguments" python3 - "$work" "$failed" <<'PY' || status=$?
import json, os, statistics, sys
work, failed = sys.argv[1], int(sys.argv[2])
run = json.load(open(f"{work}/soak.json"))
rows = run["minutes"]
with open(f"{work}/soak.csv", "w") as table:
    table.write("minute,accepted,delivered,accept_p99_ms,end_to_end_p99_ms,end_to_end_max_ms,resident_mb\n")
    for r in rows:
        table.write(f"{r['number']},{r['accepted']},{r['delivered']},{r['acceptP99']},{r['endToEndP99']},{r['endToEndMax']},{r['residentMegabytes']}\n")
steady = rows[max(1, len(rows) // 10):] or rows
half = max(1, len(steady) // 2)
first, second = steady[:half], steady[half:] or steady
median = lambda part, key: statistics.median(r[key] for r in part)
memory = median(first, "residentMegabytes"), median(second, "residentMegabytes")
p99 = median(first, "endToEndP99"), median(second, "endToEndP99")
peak = run["target"]["peakMegabytes"]
m = run["machine"]
said = [f"{run['account']['clean']['accepted']:,} messages in {len(rows)} minutes, {run['workload']}; {run['target']['cpuMillisecondsPerMessage']:.3f} ms CPU a message.",
        f"Memory, first and second half: {memory[0]:.0f} and {memory[1]:.0f} MB; peak {peak:.0f} MB. p99 end to end of a minute: {p99[0]:.2f} and {p99[1]:.2f} ms, worst minute {max(r['endToEndP99'] for r in rows):.2f} ms."]
print("\n".join(said))
with open(f"{work}/soak.md", "w") as page:
    page.write("\n".join([f"# Soak, {m['date'][:10]}", "", f"Made by `eng/soak.sh {os.environ['ARGUMENTS']}`; what is measured is at the top of the script.",
        f"Commit {m['commit']}; {m['cores']} x {m['processor']}, Linux {m['kernel']}; load average before {m['loadBefore']:.1f}.", ""] + said + [""]))
wrong = [text for bad, text in (
    (failed, "the account is not in order"),
    (memory[1] > memory[0] * 1.1 + 10, "memory grows"),
    (p99[1] > p99[0] * 1.5 + 5, "the p99 grows"),
    (peak > 250, "memory is over 250 MB")) if bad]
if wrong:
    print("soak: FAILED: " + ", ".join(wrong), file=sys.stderr)
    sys.exit(1)
print("soak: passed")
PY
if [ -n "$out" ]; then
  mkdir -p "$out"
  cp "$work"/soak.{csv,md,html} "$out/"
  "$loadgen" plot "$work/soak.csv" --x minute --y resident_mb --title "Memory during the soak" -o "$out/soak-memory.svg"
  "$loadgen" plot "$work/soak.csv" --x minute --y accept_p99_ms end_to_end_p99_ms --title "p99 of each minute, ms" -o "$out/soak-p99.svg"
fi
exit "$status"
