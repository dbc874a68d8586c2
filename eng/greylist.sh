#!/usr/bin/env bash
# A Postfix with Debian's postgrey and its own delay of 5 minutes greylists, at RCPT and behind the end of data, while a gateway with its default retries sends.
#
# Usage: eng/greylist.sh [--delay 300] [--no-build]
#
# One message of a new sender to each, and every 5 s one to a recipient whom postgrey lets be, so that other mail passes at the same host all the time. The greylisted
# ones must be delivered when the delay is over, at the first attempt behind it, and never be called poison. Exit 0 only if so. Root, Debian: postfix, postgrey, python3.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

delay=300 build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --delay) delay=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) usage 2 4 ;;
  esac
done
build_product
work=$(mktemp -d /var/tmp/gateway-greylist.XXXXXX)
chmod 711 "$work"
. eng/lib/gateway.sh
. eng/lib/postfix.sh
need_tools "apt-get install postgrey python3" postgrey python3

free_ports policy rcpt dot
mkdir "$work/postgrey"
echo "other@" >"$work/known"
chown postgrey "$work/postgrey"
postgrey --inet="127.0.0.1:$policy" --delay="$delay" --dbdir="$work/postgrey" --user=postgrey --group=postgrey --auto-whitelist-clients=0 \
  --whitelist-clients=/dev/null --whitelist-recipients="$work/known" >"$work/postgrey.log" 2>&1 &
at_end "kill $! 2>/dev/null"
start_postfix "$work/receiver" <<CONF
127.0.0.1:$rcpt inet n - n - - smtpd
  -o { smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:$policy }
127.0.0.1:$dot inet n - n - - smtpd
  -o { smtpd_end_of_data_restrictions = check_policy_service inet:127.0.0.1:$policy }
CONF
route() { printf -- '--Gateway:Relay:Routes:%s:Domain=%s --Gateway:Relay:Routes:%s:Hosts:0=127.0.0.1:%s ' "$1" "$2" "$1" "$3"; }
# shellcheck disable=SC2046
start_gateway "$work/gateway" --Gateway:HostName=gateway.test $(route 0 rcpt.test "$rcpt") $(route 1 dot.test "$dot")
send() { smtp-source -m 1 -l 2000 -f "$1" -t "$2" "$gateway_at"; }
send new@partner.test first@rcpt.test
send new@partner.test first@dot.test
begin=$SECONDS others=0
# The time, and the longest wait of the default retries at that age.
while [ $((SECONDS - begin)) -lt $((2 * delay + 180)) ]; do
  send usual@example.org other@rcpt.test
  send usual@example.org other@dot.test
  others=$((others + 2))
  [ "$(grep -cE 'to=<first@(rcpt|dot).test>.*status=sent' "$gateway_log" || true)" -ge 2 ] && break
  sleep 5
done
python3 eng/greylist.py "$gateway_log" "$delay" "$others"
