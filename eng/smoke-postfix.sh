#!/usr/bin/env bash
# Sends mail with Postfix's smtp-source through a real gateway into Postfix's smtp-sink and proves that all arrive, none twice.
#
# Usage: eng/smoke-postfix.sh [--messages 10000] [--sessions 20] [--size 4096] [--no-build]
#
# Twice: with connection reuse (smtp-source -d) and without. Every message has a recipient of its own (smtp-source -N), and smtp-sink
# writes each message to a file with its envelope (-d): distinct recipients prove "all arrive", files = recipients proves "none twice".
# The gateway's own metrics and log must agree: so many accepted, so many delivered at the first attempt, no error line, an empty queue.
# Exit 0 only if all of that holds. Needs postfix's smtp-source and smtp-sink and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

messages=10000 sessions=20 size=4096 build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --messages) messages=$2; shift 2 ;;
    --sessions) sessions=$2; shift 2 ;;
    --size) size=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) usage 2 4 ;;
  esac
done
need_tools "apt-get install postfix" smtp-source smtp-sink dotnet
build_product

work=$(mktemp -d)
chmod 711 "$work"
. eng/lib/gateway.sh
sum() { awk -v name="$1" 'index($0, name) == 1 { n += $2 } END { print n + 0 }'; }

failed=0
shape() { # name, extra arguments of smtp-source
  local name=$1 run="$work/$1" sink_port
  shift
  mkdir -p "$run/mail"
  free_ports sink_port
  # smtp-sink refuses to be root.
  local user=()
  if [ "$(id -u)" -eq 0 ]; then chmod 711 "$run"; chmod 777 "$run/mail"; user=(-u nobody); fi
  (cd "$run/mail" && exec smtp-sink "${user[@]}" -d m. "127.0.0.1:$sink_port" 200) >"$run/sink.log" 2>&1 &
  local sink=$!
  at_end "kill $sink 2>/dev/null"
  start_gateway "$run" --Gateway:HostName=gateway.test --Gateway:Relay:DefaultRoute:Hosts:0="127.0.0.1:$sink_port"

  local begin end sent=0
  begin=$(date +%s.%N)
  smtp-source "$@" -s "$sessions" -m "$messages" -l "$size" -N -f sender@example.org -t rcpt@example.net "$gateway_at" || sent=$?
  end=$(date +%s.%N)
  log_of_wait=$gateway_log wait_until "an empty queue" queue_is_empty
  sleep 0.2
  gateway_metrics >"$run/metrics"
  local exit_code=0
  kill "$gateway_pid"
  wait "$gateway_pid" || exit_code=$?
  kill "$sink"
  wait "$sink" 2>/dev/null || true

  local arrived distinct accepted delivered attempts errors
  find "$run/mail" -type f -name 'm.*' -exec grep -h -m1 '^X-Rcpt-Args:' {} + >"$run/recipients" || true
  arrived=$(find "$run/mail" -type f -name 'm.*' | wc -l)
  distinct=$(sort -u "$run/recipients" | wc -l)
  accepted=$(sum 'gateway_messages_received_total{result="accepted"}' <"$run/metrics")
  delivered=$(sum 'gateway_delivery_attempts_total{result="Delivered"}' <"$run/metrics")
  attempts=$(sum gateway_delivery_attempts_total <"$run/metrics")
  errors=$(grep -cE '\]: (error|fatal): ' "$gateway_log" || true)
  local word=ok
  if [ "$sent" -ne 0 ] || [ "$exit_code" -ne 0 ] || [ "$errors" -ne 0 ] || [ "$arrived" -ne "$messages" ] || [ "$distinct" -ne "$messages" ] \
    || [ "$accepted" -ne "$messages" ] || [ "$delivered" -ne "$messages" ] || [ "$attempts" -ne "$messages" ]; then
    word=FAILED
    failed=1
  fi
  echo "$name: $word: $messages sent (smtp-source exit $sent, $(awk "BEGIN { printf \"%.1f\", $end - $begin }") s), $accepted accepted," \
    "$delivered of $attempts attempts delivered, $arrived arrived, $distinct different, $errors error lines, gateway exit $exit_code"
}

shape with-reuse -d
shape without-reuse
exit "$failed"
