# Sourced by the scripts that measure a gateway with benchmarks/Gateway.LoadGen: builds both, starts and stops the gateway.
# Expects $build (yes or no); gives $loadgen, $work, and after start_gateway $gateway_pid, $gateway_port, $sink_port, $sink_at.

loadgen="$PWD/benchmarks/Gateway.LoadGen/bin/Release/net10.0/gateway-loadgen"
gateway_dll="$PWD/src/Gateway/bin/Release/net10.0/gateway.dll"
if [ "$build" = yes ] || [ ! -x "$loadgen" ] || [ ! -f "$gateway_dll" ]; then
  dotnet build src/Gateway -c Release -v quiet -nologo
  dotnet build benchmarks/Gateway.LoadGen -c Release -v quiet -nologo
fi

# /var/tmp and not /tmp: on a tmpfs durability costs nothing.
work=$(mktemp -d "${BENCH_DIRECTORY:-/var/tmp}/gateway-load.XXXXXX")
gateway_pid=''
stop_gateway() {
  [ -z "$gateway_pid" ] && return 0
  kill -TERM "$gateway_pid" 2>/dev/null || true
  wait "$gateway_pid" 2>/dev/null || true
  gateway_pid=''
}
end_of_script() {
  local status=$?
  trap - EXIT
  stop_gateway
  if [ "$status" -ne 0 ] && [ -f "$work/gateway.log" ]; then
    echo "--- the gateway's last lines that are not about single messages" >&2
    grep -vE 'status=sent|queue active|disconnect|quarantine\[' "$work/gateway.log" | tail -n 5 >&2 || true
  fi
  rm -rf "$work"
  exit "$status"
}
trap end_of_script EXIT
trap 'exit 130' INT TERM

free_ports() {
  python3 -c '
import socket, sys
s = [socket.socket() for _ in range(int(sys.argv[1]))]
for x in s: x.bind(("127.0.0.1", 0))
print(*[x.getsockname()[1] for x in s])' "$1"
}

start_gateway() { # more settings; all else is default: all rules on, durable before 250
  read -r gateway_port sink_port < <(free_ports 2)
  sink_at="127.0.0.1:$sink_port"
  rm -rf "$work/data"
  dotnet "$gateway_dll" run \
    "--Gateway:DataDirectory=$work/data" \
    "--Gateway:Listeners:0:Endpoint=127.0.0.1:$gateway_port" \
    "--Gateway:Management:Endpoint=unix:$work/gateway.sock" \
    "--Gateway:Relay:DefaultRoute:Hosts:0=$sink_at" "$@" >"$work/gateway.log" 2>&1 &
  gateway_pid=$!
  local i
  for i in $(seq 300); do
    grep -q 'API on' "$work/gateway.log" && return 0
    kill -0 "$gateway_pid" 2>/dev/null || { cat "$work/gateway.log" >&2; return 1; }
    sleep 0.1
  done
  echo "the gateway does not become ready" >&2
  return 1
}

# The sink of the load generator is the gateway's downstream; its processes are watched.
load() { "$loadgen" run --target "127.0.0.1:$gateway_port" --sink "$sink_at" --pid "$gateway_pid" --data "$work" "$@"; }
