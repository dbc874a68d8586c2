# Sourced by the scripts that put a gateway in front of Postfix instances of their own: starts and stops Postfix and the gateway.
# Expects $work, $gateway (the executable); gives free_ports, start_postfix, start_gateway, queue_length and cleans up at the end.

export PATH="$PATH:/usr/sbin:/sbin"
pids=() postfixes=()
end_of_script() {
  local status=$? one
  trap - EXIT
  for one in "${pids[@]}"; do kill "$one" 2>/dev/null || true; done
  wait 2>/dev/null || true
  for one in "${postfixes[@]}"; do postfix -c "$one/conf" stop >/dev/null 2>&1 || true; done
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

start_postfix() { # folder; the services that take mail come from standard input, as in master.cf
  local at=$1
  mkdir -p "$at/conf" "$at/queue" "$at/data"
  chown postfix "$at/data"
  chmod 711 "$at"
  cat >"$at/conf/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $at/queue
data_directory = $at/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file_prefixes = $at
maillog_file = $at/mail.log
myhostname = $(basename "$at").test
mydestination =
alias_maps =
alias_database =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
default_transport = discard:
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_tls_security_level = none
CONF
  cat >"$at/conf/master.cf"
  cat >>"$at/conf/master.cf" <<'CONF'
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
CONF
  postfix -c "$at/conf" start >/dev/null 2>&1
  postfixes+=("$at")
}

start_gateway() { # folder, more settings
  local at=$1 i
  shift
  mkdir -p "$at"
  "$gateway" run --Gateway:HostName=gateway.test --Gateway:DataDirectory="$at/data" --Gateway:Listeners:0:Endpoint=127.0.0.1:0 \
    --Gateway:Management:Endpoint=127.0.0.1:0 "$@" >"$at/log" 2>&1 &
  gateway_pid=$!
  pids+=("$gateway_pid")
  for i in $(seq 900); do
    grep -q 'API on http' "$at/log" && break
    kill -0 "$gateway_pid" 2>/dev/null || { cat "$at/log" >&2; exit 1; }
    sleep 0.1
  done
  smtp_at=$(sed -n 's/.*listening for SMTP on \([^;, ]*\).*/\1/p' "$at/log" | head -1)
  metrics_at=$(sed -n 's/.*API on http:\/\/\([^ ]*\).*/\1/p' "$at/log" | head -1)
}

queue_length() { curl -s "http://$metrics_at/metrics" | awk 'index($0, "gateway_queue_messages") == 1 { n += $2 } END { print n + 0 }'; }
