#!/usr/bin/env bash
# The first of two Postfix of one route drains, in eight forms: 1,000 messages each must reach the second at once, none bounced, none twice.
#
# Usage: eng/drain.sh [--messages 1000] [--rate-sessions 5] [--no-build]
#
# Forms: 421 at the greeting, to MAIL, RCPT and DATA; 451 4.3.0 and a full disk (452 4.3.1) to MAIL, all said by a real Postfix; closes
# behind the end of data (Postfix's smtp-sink); silent after connect (a socket that nobody reads). Each form has a gateway of its own. Delays are the
# gateway's own (delay= of each status=sent), arrivals are counted in the second Postfix's log. Exit 0 only if none was later than
# 2 s (10 s where the first is silent), none bounced, none missing, none there twice. Root, Debian: postfix, curl, python3, the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."

messages=1000 sessions=5 build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --messages) messages=$2; shift 2 ;;
    --rate-sessions) sessions=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
gateway=${GATEWAY:-$PWD/src/Gateway/bin/Release/net10.0/gateway}
if [ "$build" = yes ]; then dotnet build src/Gateway -c Release -v quiet -nologo; fi
work=$(mktemp -d /var/tmp/gateway-drain.XXXXXX)
chmod 711 "$work"
. eng/postfix-common.sh
for tool in postfix smtp-source smtp-sink curl python3; do
  command -v "$tool" >/dev/null 2>&1 || { echo "drain: missing $tool (apt-get install postfix curl python3)" >&2; exit 2; }
done
[ "$(id -u)" -eq 0 ] || { echo "drain: Postfix's master must be started by root" >&2; exit 2; }

read -r good p1 p2 p3 p4 p5 p6 p7 p8 < <(free_ports 9)
start_postfix "$work/second" <<CONF
127.0.0.1:$good inet n - n - - smtpd
CONF
draining() { printf '127.0.0.1:%s inet n - n - - smtpd\n  -o smtpd_delay_reject=no\n  -o { %s }\n' "$1" "$2"; }
start_postfix "$work/first" < <(
  draining "$p1" 'smtpd_client_restrictions = check_client_access static:{421 4.3.2 draining}'
  draining "$p2" 'smtpd_sender_restrictions = check_sender_access static:{421 4.3.2 draining}'
  draining "$p3" 'smtpd_recipient_restrictions = check_recipient_access static:{421 4.3.2 draining}'
  draining "$p4" 'smtpd_data_restrictions = check_client_access static:{421 4.3.2 draining}'
  draining "$p5" 'smtpd_sender_restrictions = check_sender_access static:{451 4.3.0 trouble}'
  draining "$p6" 'queue_minfree = 100000000000000')
user=()
[ "$(id -u)" -eq 0 ] && user=(-u nobody)
smtp-sink "${user[@]}" -q . "127.0.0.1:$p7" 200 >/dev/null 2>&1 &
pids+=($!)
python3 -c '
import socket, sys, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(1000)
time.sleep(100000)' "$p8" &
pids+=($!)

failed=0
form() { # name, port of the first host, the longest delay
  local name=$1 port=$2 limit=$3 at="$work/gateway-$2" i
  start_gateway "$at" --Gateway:Relay:DefaultRoute:Hosts:0="127.0.0.1:$port" --Gateway:Relay:DefaultRoute:Hosts:1="127.0.0.1:$good" \
    --Gateway:Relay:Routes:0:Domain=warm.test --Gateway:Relay:Routes:0:Hosts:0="127.0.0.1:$good"
  # The first messages pay for the compiler.
  smtp-source -s "$sessions" -m 300 -l 2000 -N -f sender@example.org -t rcpt@warm.test "$smtp_at"
  for i in $(seq 600); do [ "$(queue_length)" -eq 0 ] && break; sleep 0.1; done
  smtp-source -s "$sessions" -m "$messages" -l 2000 -N -f sender@example.org -t "rcpt@f$port.test" "$smtp_at"
  for i in $(seq 1200); do [ "$(queue_length)" -eq 0 ] && break; sleep 0.1; done
  sleep 0.3
  kill "$gateway_pid"
  wait "$gateway_pid" || true
  python3 - "$at/log" "$work/second/mail.log" "@f$port.test" "$messages" "$limit" "$name" <<'PY' || failed=1
import re, sys
log, second, domain, messages, limit, name = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]), sys.argv[6]
sent, deferred, bounced = [], 0, 0
for line in open(log, errors="replace"):
    if "to=<" not in line or domain not in line: continue
    if "status=sent" in line: sent.append(float(re.search(r"delay=([0-9.]+)", line)[1]))
    deferred += "status=deferred" in line
    bounced += "status=bounced" in line or "status=expired" in line
there = {}
for line in open(second, errors="replace"):
    found = re.search(r"to=<([^>]*)>.*status=sent", line)
    if found and found[1].endswith(domain): there[found[1]] = there.get(found[1], 0) + 1
twice = sum(n - 1 for n in there.values())
sent.sort()
good = len(there) == messages and twice == 0 and bounced == 0 and len(sent) == messages and sent[-1] <= limit
at = lambda q: sent[max(0, int(len(sent) * q) - 1)] if sent else 0
print(f"| {name} | {messages} | {len(there)} | {twice} | {bounced} | {deferred} | {at(.5):.3f} | {at(.99):.3f} | {sent[-1] if sent else 0:.3f} | {limit:.0f} | {'kept' if good else 'BROKEN'} |")
sys.exit(not good)
PY
}
echo "| first host | sent | at the second | twice | bounced | deferred lines | p50 s | p99 s | max s | allowed s | |"
echo "|---|---|---|---|---|---|---|---|---|---|---|"
form "421 4.3.2 at the greeting" "$p1" 2
form "421 4.3.2 to MAIL" "$p2" 2
form "421 4.3.2 to RCPT" "$p3" 2
form "421 4.3.2 to DATA" "$p4" 2
form "451 4.3.0 to MAIL" "$p5" 2
form "452 4.3.1 to MAIL (disk full)" "$p6" 2
form "closes behind the end of data" "$p7" 2
form "silent after connect" "$p8" 10
exit "$failed"
