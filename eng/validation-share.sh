#!/usr/bin/env bash
# Which part of the processor time of a message is validation? An upper bound from the gateway's own metrics, and the share in a profile where perf is installed.
#
# Usage: eng/validation-share.sh [--rate 1000] [--seconds 20] [--at-most 0.25] [--out FILE] [--no-build]
#   --rate     messages of 4 KB a second, open loop, 20 sessions; all rules on, durable before 250, end to end
#   --at-most  exit 1 when the upper bound is a larger part than this
#
# The upper bound is the time of the stage `inspect` on the clock, from the end of data to the verdict (so with every wait for a processor), over the processor time
# of the whole process for the same messages. The scanner, which reads while octets arrive, is outside of that stage: its cost is a benchmark's (ScannerBenchmarks, below
# 1 us for 4 KB). In a profile everything below InspectionJob.Run, MessageIntake.Append and WireScanner counts. Needs python3, curl and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."

rate=1000 seconds=20 most=0.25 out='' build=yes arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --rate) rate=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --at-most) most=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) sed -n '4,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
. eng/load-common.sh

# The sum of the stage on the clock, seconds, and its count.
inspected() {
  curl -sS --fail --unix-socket "$work/gateway.sock" http://localhost/metrics |
    awk '/^gateway_stage_duration_seconds_(sum|count)\{/ && /stage="inspect"/ { print $2 }' | sort -g | tr '\n' ' '
}

# Symbols of compiled code for perf; costs nothing once the code is compiled.
profile=no
command -v perf >/dev/null && { profile=yes; export DOTNET_PerfMapEnabled=1 DOTNET_EnableWriteXorExecute=0; }
start_gateway
unset DOTNET_PerfMapEnabled DOTNET_EnableWriteXorExecute
load -q --messages 30000 >/dev/null
load -q --rate "$rate" --duration 3s >/dev/null
before=$(inspected)
load -q --rate "$rate" --duration "${seconds}s" --json "$work/run.json" >"$work/report" || { cat "$work/report" >&2; exit 1; }
after=$(inspected)
if [ "$profile" = yes ]; then
  load -q --rate "$rate" --duration "${seconds}s" >/dev/null &
  loading=$!
  sleep 1
  perf record -q -F 999 -g -p "$gateway_pid" -o "$work/perf.data" -- sleep $((seconds - 3)) >/dev/null 2>&1 || profile=no
  wait "$loading"
  perf script -i "$work/perf.data" -F comm,ip,sym >"$work/perf.txt" 2>/dev/null || profile=no
fi
ARGUMENTS="$arguments" python3 - "$work" "$profile" "$most" "$out" "$before" "$after" <<'PY'
import json, os, re, sys
work, profile, most, out, before, after = sys.argv[1], sys.argv[2] == "yes", float(sys.argv[3]), sys.argv[4], sys.argv[5].split(), sys.argv[6].split()
run = json.load(open(f"{work}/run.json"))
# Sum before count: they are sorted, and an inspection takes less than a second.
clock, count = (float(after[i]) - float(before[i]) for i in (0, 1))
cpu = run["target"]["cpuSeconds"]
sent = run["account"]["clean"]["sent"]
if count < sent:
    sys.exit(f"validation-share: {count:.0f} inspections counted for {sent} messages")
share = clock / cpu
lines = [f"{sent:,} messages: {1e6 * cpu / sent:.1f} us of processor time a message, {1e6 * clock / count:.1f} us on the clock in inspection: at most **{100 * share:.1f} %** of the whole (at most {100 * most:g} % wanted)."]
if profile:
    stacks = [s for s in open(f"{work}/perf.txt").read().split("\n\n") if s.strip()]
    inside = sum(1 for s in stacks if re.search(r"InspectionJob::Run\b|WireScanner::|MimeInspector::", s))
    lines.append(f"In a profile of {len(stacks):,} samples {100 * inside / len(stacks):.1f} % are below the inspection or the scanner.")
print("\n".join(lines))
if out:
    m = run["machine"]
    with open(out, "w") as page:
        page.write("\n".join([f"# What validation costs, {m['date'][:10]}", "", f"Made by `eng/validation-share.sh {os.environ['ARGUMENTS']}".rstrip() + "`; what is measured is at the top of the script.",
            f"Commit {m['commit']}; {m['cores']} x {m['processor']}, Linux {m['kernel']}; load average before {m['loadBefore']:.1f}.", ""] + lines) + "\n")
if share > most:
    sys.exit(1)
PY
