#!/usr/bin/env bash
# Which part of the processor time of a message is validation? An upper bound from the gateway's own metrics, and the share in a profile where perf is installed.
#
# Usage: eng/validation-share.sh [--rate 1000] [--seconds 20] [--at-most 0.25] [--out FILE] [--no-build]
#   --rate     messages of 4 KB a second, open loop, 20 sessions; all rules on, durable before 250, end to end
#   --at-most  exit 1 when the upper bound is a larger part than this
#
# The upper bound is the time of the stage `inspect` on the clock, from the end of data to the verdict (so with every wait for a processor), over the processor time
# of the whole process for the same messages. The scanner, which reads while octets arrive, is outside of that stage: its cost is a benchmark's (ScannerBenchmarks, below
# 1 us for 4 KB). In a profile everything below InspectionJob.Run, MessageIntake.Append and WireScanner counts. Needs python3 and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

rate=1000 seconds=20 most=0.25 out='' build=yes arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --rate) rate=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --at-most) most=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) usage 4 6 ;;
  esac
done
. eng/lib/load.sh

# The sum of the stage on the clock, seconds, and its count.
inspected() {
  gateway_metrics |
    awk '/^gateway_stage_duration_seconds_(sum|count)\{/ && /stage="inspect"/ { print $2 }' | sort -g | tr '\n' ' '
}

# Symbols of compiled code for perf; costs nothing once the code is compiled.
profile=no
command -v perf >/dev/null && { profile=yes; export DOTNET_PerfMapEnabled=1 DOTNET_EnableWriteXorExecute=0; }
start_gateway_to_sink
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
ARGUMENTS="$arguments" python3 eng/validation-share.py "$work" "$profile" "$most" "$out" "$before" "$after"
