#!/usr/bin/env bash
# SIGHUP, SIGUSR1, SIGINT and SIGTERM at many moments of a gateway's life under load, from exec to exit, and the account of every message that was answered 250.
#
# Usage: eng/signals.sh [--signals 200] [--seed 1] [--no-build]
#
# A process a signal, about four seconds each: at once behind exec, while it starts, while mail passes, while it drains. Exit 0 only if nothing but SIGTERM and SIGINT ended a
# process, each with exit code 0 behind a drain, and nothing was lost or delivered twice. The same with 12 signals is in the tests (SignalStormTests).
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

signals=200 seed=1 build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --signals) signals=$2; shift 2 ;;
    --seed) seed=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) usage 2 4 ;;
  esac
done
build_product tests/Gateway.Acceptance
log=$(mktemp "${TMPDIR:-/tmp}/signals-XXXXXX.log")
# What a shell ignores for a job in the background (SIGINT) or behind nohup (SIGHUP) would be ignored by every process of the test too.
if GATEWAY_SIGNALS=$signals GATEWAY_SIGNAL_SEED=$seed env --default-signal=HUP,INT dotnet run --no-build -c Release --project tests/Gateway.Acceptance -- \
    --explicit only --filter-method '*Storm_OfSignals_LosesNothingAndEndsNothingElse' --show-live-output on >"$log" 2>&1
then
  grep -o '[0-9]* signals: .*' "$log" | tail -1
else
  grep -o '[0-9]* signals: .*\|moment [0-9]*: .*' "$log" | tail -2 >&2 || true
  echo "signals: BROKEN (seed $seed), see $log" >&2
  exit 1
fi
