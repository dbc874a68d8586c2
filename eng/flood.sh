#!/usr/bin/env bash
# A flood of hostile mail beside clean mail: what does the clean mail notice, and does anything hostile reach the mail system behind?
#
# Usage: eng/flood.sh [--rate 100] [--seconds 30] [--rounds 3] [--at-most 1.5] [--out FILE] [--system gateway|dotnet] [--no-build]
#   --rate      clean messages a second, 4 KB, open loop; with the flood as many hostile ones beside them, on sessions of their own
#   --seconds   length of one measurement; each round is clean alone, then clean and hostile
#   --system    dotnet measures benchmarks/Gateway.DotnetPeer instead, which relays what it can read and keeps nothing: nothing is required of it
#   --at-most   exit 1 when the median p99 of clean mail end to end grows by more than this factor
#
# The shapes: `gateway-loadgen run --help`, --hostile-shape; all nine take turns. Exit 1 also when a message is lost, duplicated or altered, or
# when a hostile one arrives at the sink. Latency counts from the time a message was to be sent. Needs python3 and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

rate=100 seconds=30 rounds=3 most=1.5 out='' system=gateway build=yes arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --rate) rate=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --at-most) most=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --system) system=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) usage 4 8 ;;
  esac
done
. eng/lib/load.sh

case "$system" in
  gateway)
    start_gateway_to_sink
    forbid=(--forbid-hostile) compare=all warm=20000 ;;
  dotnet)
    [ "$build" = no ] || dotnet build benchmarks/Gateway.DotnetPeer -c Release -v quiet -nologo >&2
    free_ports gateway_port
    gateway_at="127.0.0.1:$gateway_port"
    dotnet benchmarks/Gateway.DotnetPeer/bin/Release/net10.0/gateway-dotnet-peer.dll relay "$gateway_port" "$sink_port" >"$work/peer.log" 2>&1 &
    gateway_pid=$!
    at_end "kill $gateway_pid 2>/dev/null"
    peer_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$gateway_port") 2>/dev/null; }
    wait_until "an answer of the peer" peer_answers || exit 1
    forbid=() compare=body warm=1000 ;;
  *) usage 4 8 ;;
esac
load -q --messages "$warm" --compare "$compare" --label warm-up >/dev/null
# The first hostile messages compile what only they need.
load -q --rate "$rate" --hostile-rate "$rate" --duration 5s --settle 0s --compare "$compare" >/dev/null || [ "$system" = dotnet ]
failed=0
for round in $(seq "$rounds"); do
  for kind in alone flood; do
    more=()
    if [ "$kind" = flood ]; then more=(--hostile-rate "$rate" "${forbid[@]}"); fi
    load -q --rate "$rate" --duration "${seconds}s" --compare "$compare" "${more[@]}" --label "$kind" --json "$work/$kind-$round.json" >"$work/report" || { failed=1; cat "$work/report" >&2; }
    echo "round $round, $kind: $(grep -E 'endToEnd clean' "$work/report" | tr -s ' ')"
    # What is left of the flood in the quarantine's queue is not the next measurement's.
    sleep 2
  done
done
ARGUMENTS="$arguments" SYSTEM="$system" python3 eng/flood.py "$work" "$rounds" "$most" "$out" "$failed"
