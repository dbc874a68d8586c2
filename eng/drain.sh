#!/usr/bin/env bash
# The first of two Postfix of one route drains, in eight forms: 1,000 messages each must reach the second at once, none bounced, none twice.
#
# Usage: eng/drain.sh [--messages 1000] [--rate-sessions 5] [--no-build]
#
# Forms: 421 at the greeting, to MAIL, RCPT and DATA; 451 4.3.0 and a full disk (452 4.3.1) to MAIL, all said by a real Postfix; closes
# behind the end of data (Postfix's smtp-sink); silent after connect (a socket that nobody reads). Each form has a gateway of its own. Delays are the
# gateway's own (delay= of each status=sent), arrivals are counted in the second Postfix's log. Exit 0 only if none was later than
# 2 s (10 s where the first is silent), none bounced, none missing, none there twice. Root, Debian: postfix, python3, the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

messages=1000 sessions=5 build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --messages) messages=$2; shift 2 ;;
    --rate-sessions) sessions=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) usage 2 4 ;;
  esac
done
build_product
work=$(mktemp -d /var/tmp/gateway-drain.XXXXXX)
chmod 711 "$work"
. eng/lib/gateway.sh
. eng/lib/postfix.sh
need_tools "apt-get install python3" python3

free_ports good p1 p2 p3 p4 p5 p6 p7 p8
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
smtp-sink -u nobody -q . "127.0.0.1:$p7" 200 >/dev/null 2>&1 &
at_end "kill $! 2>/dev/null"
python3 -c '
import socket, sys, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(1000)
time.sleep(100000)' "$p8" &
at_end "kill $! 2>/dev/null"

failed=0
form() { # name, port of the first host, the longest delay
  local name=$1 port=$2 limit=$3
  start_gateway "$work/gateway-$port" --Gateway:HostName=gateway.test --Gateway:Relay:DefaultRoute:Hosts:0="127.0.0.1:$port" --Gateway:Relay:DefaultRoute:Hosts:1="127.0.0.1:$good" \
    --Gateway:Relay:Routes:0:Domain=warm.test --Gateway:Relay:Routes:0:Hosts:0="127.0.0.1:$good"
  # The first messages pay for the compiler.
  smtp-source -s "$sessions" -m 300 -l 2000 -N -f sender@example.org -t rcpt@warm.test "$gateway_at"
  log_of_wait=$gateway_log wait_until "an empty queue" queue_is_empty
  smtp-source -s "$sessions" -m "$messages" -l 2000 -N -f sender@example.org -t "rcpt@f$port.test" "$gateway_at"
  log_of_wait=$gateway_log wait_until "an empty queue" queue_is_empty
  sleep 0.3
  stop_gateway "$gateway_pid"
  python3 eng/drain.py "$gateway_log" "$work/second/mail.log" "@f$port.test" "$messages" "$limit" "$name" || failed=1
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
