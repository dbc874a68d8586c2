# Sourced after common.sh by scripts that run a gateway: starts and stops gateways, tells when one is ready, reads its metrics.
# Expects $work, a folder of the script; start_gateway gives $gateway_pid, $gateway_port, $gateway_at, $gateway_log, $gateway_socket.

gateways=()
stop_gateway() { # all that this script started, or the one named by its process id
  local one rest=()
  for one in "${gateways[@]}"; do
    if [ $# -gt 0 ] && [ "$1" != "$one" ]; then rest+=("$one"); continue; fi
    kill -TERM "$one" 2>/dev/null || true
    wait "$one" 2>/dev/null || true
  done
  gateways=("${rest[@]}")
}
say_gateway_tail() {
  if [ "$status" -ne 0 ] && [ -f "${gateway_log:-}" ]; then
    echo "--- $gateway_log: the last lines that are not about single messages" >&2
    grep -vE ': client=|status=|queue active|disconnect' "$gateway_log" | tail -n 10 >&2
  fi
}
at_end 'rm -rf "$work"'
at_end say_gateway_tail
at_end stop_gateway

# Starts a gateway in a folder and waits until it is ready to take mail, by /readyz. All that is not set here or by the caller is the default: all rules on,
# durable before 250. The folder's data is new.
start_gateway() { # folder, more settings
  local at=$1
  shift
  mkdir -p "$at"
  rm -rf "$at/data"
  [ -n "${gateway_fixed_port:-}" ] && gateway_port=$gateway_fixed_port || free_ports gateway_port
  gateway_at="127.0.0.1:$gateway_port" gateway_log="$at/gateway.log" gateway_socket="$at/gateway.sock"
  dotnet "$dll" run "--Gateway:DataDirectory=$at/data" "--Gateway:Listeners:0:Endpoint=$gateway_at" \
    "--Gateway:Management:Endpoint=unix:$gateway_socket" "$@" >"$gateway_log" 2>&1 &
  gateway_pid=$!
  gateways+=("$gateway_pid")
  log_of_wait=$gateway_log wait_until "a gateway that is ready" gateway_answers || exit 1
  python3 "$root/eng/lib/ask.py" "$gateway_socket" /readyz >/dev/null || { tail -n 20 "$gateway_log" >&2; exit 1; }
}
# Ends the wait also when the process has ended; whether it is ready is asked once more behind it.
gateway_answers() { python3 "$root/eng/lib/ask.py" "$gateway_socket" /readyz || ! kill -0 "$gateway_pid"; }

gateway_metrics() { python3 "$root/eng/lib/ask.py" "$gateway_socket" /metrics; }
queue_length() { gateway_metrics | awk 'index($0, "gateway_queue_messages") == 1 { n += $2 } END { print n + 0 }'; }
queue_is_empty() { [ "$(queue_length)" -eq 0 ]; }
