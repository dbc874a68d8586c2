#!/usr/bin/env bash
# Orders while messages are delivered: what remove, hold, retry, resume and export say they did is what the host behind counts.
#
# Usage: eng/orders.sh [--rounds 20] [--messages 1000] [--out FILE] [--no-build]
#
# Each round puts so many messages into the queue of a whole gateway (real SMTP in and out, a scripted host behind), lets them all go at once and gives the order in the
# middle. Promise: done + under way + gone + failed = asked, nothing that is called removed arrives, everything else arrives once, exports are whole. The rig is
# OrdersUnderLoadTests, which the suite runs with 2 rounds of 60. Exit 1 when a promise is not kept. Needs the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=20 messages=1000 out='' build=yes arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --rounds) rounds=$2; shift 2 ;;
    --messages) messages=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) sed -n '4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
[ "$build" = no ] || dotnet build tests/Gateway.Tests -c Release -v quiet -nologo
result=$(mktemp)
trap 'rm -f "$result"' EXIT
status=0
GATEWAY_ORDERS="${rounds}x${messages}" GATEWAY_ORDERS_RESULT="$result" \
  dotnet test --project tests/Gateway.Tests -c Release --no-build -- --filter-class '*OrdersUnderLoadTests' || status=1
page() {
  printf '# Orders while messages are delivered, %s\n\n`eng/orders.sh %s`, %s processors, load %s in the last 15 minutes; %s.\n\n' "$(date -u +%F)" "$arguments" "$(nproc)" \
    "$(cut -d' ' -f3 /proc/loadavg)" "$([ "$status" = 0 ] && echo 'every promise was kept in every round' || echo '**a promise was not kept**')"
  printf '| order | rounds x messages | what it said | arrived at the host, each once |\n|---|---|---|---|\n'
  sort "$result"
}
page
[ -z "$out" ] || page >"$out"
exit "$status"
