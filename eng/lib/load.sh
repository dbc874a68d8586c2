# Sourced after common.sh by scripts that measure a gateway with benchmarks/Gateway.LoadGen. Expects $build; gives $work, start_gateway_to_sink, load.

build_product benchmarks/Gateway.LoadGen
# /var/tmp and not /tmp: on a tmpfs durability costs nothing.
work=$(mktemp -d "${BENCH_DIRECTORY:-/var/tmp}/gateway-load.XXXXXX")
. eng/lib/gateway.sh
free_ports sink_port
sink_at="127.0.0.1:$sink_port"

start_gateway_to_sink() { start_gateway "$work" "--Gateway:Relay:DefaultRoute:Hosts:0=$sink_at" "$@"; }

# The sink of the load generator is the gateway's downstream; its processes are watched.
load() { "$loadgen" run --target "$gateway_at" --sink "$sink_at" --pid "$gateway_pid" --data "$work" "$@"; }
