#!/usr/bin/env bash
# Kills a gateway with SIGKILL again and again while six clients send clean, large, malformed and identical malformed mail, and
# accounts for every message that was answered 250. Prints the account; exit code 0 when nothing was lost.
#
#   eng/kill-storm.sh [--kills 200] [--seed 1]
#
# Takes about three seconds a kill. The same with 24 kills runs in every run of the tests (tests/Gateway.Acceptance, KillTests).
set -euo pipefail
cd "$(dirname "$0")/.."

kills=200
seed=$RANDOM
while [ $# -gt 0 ]; do
  case "$1" in
    --kills) kills=$2; shift 2 ;;
    --seed) seed=$2; shift 2 ;;
    -h|--help) sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
    *) echo "unknown argument: $1 (see --help)" >&2; exit 64 ;;
  esac
done

log=$(mktemp "${TMPDIR:-/tmp}/kill-storm-XXXXXX.log")
echo "building; then $kills kills with seed $seed, everything goes to $log"
dotnet build -c Release -v q tests/Gateway.Acceptance >"$log" 2>&1 || { cat "$log"; exit 1; }
if GATEWAY_KILLS=$kills GATEWAY_KILL_SEED=$seed dotnet run --no-build -c Release --project tests/Gateway.Acceptance -- \
    --explicit only --filter-method '*Storm_OfKills_LosesNothingThatWasAcknowledged' --show-live-output on >>"$log" 2>&1
then
  grep -o '[0-9]* kills: .*' "$log" | tail -1
else
  grep -o '[0-9]* kills: .*' "$log" | tail -1 || true
  echo "BAD (seed $seed): see $log" >&2
  exit 1
fi
