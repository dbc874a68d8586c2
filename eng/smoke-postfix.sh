#!/usr/bin/env bash
# Sends mail with Postfix's smtp-source through a real gateway into Postfix's smtp-sink and proves that all arrive, none twice.
#
# Usage: eng/smoke-postfix.sh [--messages 10000] [--sessions 20] [--size 4096] [--no-build]
#
# Twice: with connection reuse (smtp-source -d) and without. Every message has a recipient of its own (smtp-source -N), and smtp-sink
# writes each message to a file with its envelope (-d): distinct recipients prove "all arrive", files = recipients proves "none twice".
# The gateway's own metrics and log must agree: so many accepted, so many delivered at the first attempt, no error line, an empty queue.
# Exit 0 only if all of that holds. Needs postfix's smtp-source and smtp-sink, curl, and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PATH:/usr/sbin:/sbin"

messages=10000 sessions=20 size=4096 build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --messages) messages=$2; shift 2 ;;
    --sessions) sessions=$2; shift 2 ;;
    --size) size=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
for tool in smtp-source smtp-sink curl dotnet; do
  command -v "$tool" >/dev/null 2>&1 || { echo "smoke-postfix: missing $tool (apt-get install postfix curl)" >&2; exit 2; }
done
dll=src/Gateway/bin/Release/net10.0/gateway.dll
if [ "$build" = yes ] || [ ! -f "$dll" ]; then
  dotnet build src/Gateway -c Release -v quiet -nologo
fi

work=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
sum() { awk -v name="$1" 'index($0, name) == 1 { n += $2 } END { print n + 0 }'; }

failed=0
shape() { # name, extra arguments of smtp-source
  local name=$1 run="$work/$1" sink_port metrics_at smtp_at i
  shift
  mkdir -p "$run/mail"
  sink_port=$(free_port)
  # smtp-sink refuses to be root.
  local user=()
  if [ "$(id -u)" -eq 0 ]; then chmod 711 "$work"; chmod 711 "$run"; chmod 777 "$run/mail"; user=(-u nobody); fi
  (cd "$run/mail" && exec smtp-sink "${user[@]}" -d m. "127.0.0.1:$sink_port" 200) >"$run/sink.log" 2>&1 &
  local sink=$!
  pids+=("$sink")
  dotnet "$dll" run --Gateway:HostName=gateway.test --Gateway:DataDirectory="$run/data" --Gateway:Listeners:0:Endpoint=127.0.0.1:0 \
    --Gateway:Management:Endpoint=127.0.0.1:0 --Gateway:Relay:DefaultRoute:Hosts:0="127.0.0.1:$sink_port" >"$run/log" 2>&1 &
  local gateway=$!
  pids+=("$gateway")
  for i in $(seq 300); do
    grep -q 'API on http' "$run/log" && break
    kill -0 "$gateway" 2>/dev/null || { cat "$run/log" >&2; exit 1; }
    sleep 0.1
  done
  smtp_at=$(sed -n 's/.*listening for SMTP on \([^;, ]*\).*/\1/p' "$run/log")
  metrics_at=$(sed -n 's/.*API on http:\/\/\([^ ]*\).*/\1/p' "$run/log")

  local begin end status=0
  begin=$(date +%s.%N)
  smtp-source "$@" -s "$sessions" -m "$messages" -l "$size" -N -f sender@example.org -t rcpt@example.net "$smtp_at" || status=$?
  end=$(date +%s.%N)
  for i in $(seq 600); do
    curl -s "http://$metrics_at/metrics" >"$run/metrics"
    [ "$(sum gateway_queue_messages <"$run/metrics")" -eq 0 ] && break
    sleep 0.1
  done
  sleep 0.2
  kill "$gateway"
  local exit_code=0
  wait "$gateway" || exit_code=$?
  kill "$sink"
  wait "$sink" 2>/dev/null || true

  local arrived distinct accepted delivered attempts errors
  find "$run/mail" -type f -name 'm.*' -exec grep -h -m1 '^X-Rcpt-Args:' {} + >"$run/recipients" || true
  arrived=$(find "$run/mail" -type f -name 'm.*' | wc -l)
  distinct=$(sort -u "$run/recipients" | wc -l)
  accepted=$(sum 'gateway_messages_received_total{result="accepted"}' <"$run/metrics")
  delivered=$(sum 'gateway_delivery_attempts_total{result="Delivered"}' <"$run/metrics")
  attempts=$(sum gateway_delivery_attempts_total <"$run/metrics")
  errors=$(grep -cE '\]: (error|fatal): ' "$run/log" || true)
  local word=ok
  if [ "$status" -ne 0 ] || [ "$exit_code" -ne 0 ] || [ "$errors" -ne 0 ] || [ "$arrived" -ne "$messages" ] || [ "$distinct" -ne "$messages" ] \
    || [ "$accepted" -ne "$messages" ] || [ "$delivered" -ne "$messages" ] || [ "$attempts" -ne "$messages" ]; then
    word=FAILED
    failed=1
  fi
  echo "$name: $word: $messages sent (smtp-source exit $status, $(awk "BEGIN { printf \"%.1f\", $end - $begin }") s), $accepted accepted," \
    "$delivered of $attempts attempts delivered, $arrived arrived, $distinct different, $errors error lines, gateway exit $exit_code"
}

shape with-reuse -d
shape without-reuse
exit "$failed"
