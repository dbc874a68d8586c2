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
. eng/lib/common.sh

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
if [ -z "$minutes" ]; then usage 4 6; fi
. eng/lib/load.sh

start_gateway_to_sink
failed=0
# Two seconds more, so that the last minute is whole.
load --rate "$rate" --size "$size" --duration "$((minutes * 60 + 2))s" --warmup 20000 --label soak --json "$work/soak.json" --html "$work/soak.html" || failed=1
status=0
ARGUMENTS="$arguments" python3 eng/soak.py "$work" "$failed" || status=$?
if [ -n "$out" ]; then
  mkdir -p "$out"
  cp "$work"/soak.{csv,md,html} "$out/"
  "$loadgen" plot "$work/soak.csv" --x minute --y resident_mb --title "Memory during the soak" -o "$out/soak-memory.svg"
  "$loadgen" plot "$work/soak.csv" --x minute --y accept_p99_ms end_to_end_p99_ms --title "p99 of each minute, ms" -o "$out/soak-p99.svg"
fi
exit "$status"
