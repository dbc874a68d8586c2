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
. eng/lib/common.sh

rate=100 seconds=30 rounds=3 most=1.5 out='' build=yes arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --rate) rate=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --at-most) most=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) usage 4 7 ;;
  esac
done
. eng/lib/load.sh

start_gateway_to_sink
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
ARGUMENTS="$arguments" python3 eng/flood.py "$work" "$rounds" "$most" "$out" "$failed"
