#!/usr/bin/env bash
# A Postfix with Debian's postgrey and its own delay of 5 minutes greylists, at RCPT and behind the end of data, while a gateway with its default retries sends.
#
# Usage: eng/greylist.sh [--delay 300] [--no-build]
#
# One message of a new sender to each, and every 5 s one to a recipient whom postgrey lets be, so that other mail passes at the same host all the time. The greylisted
# ones must be delivered when the delay is over, at the first attempt behind it, and never be called poison. Exit 0 only if so. Root, Debian: postfix, postgrey, curl, python3.
set -euo pipefail
cd "$(dirname "$0")/.."

delay=300 build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --delay) delay=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
gateway=${GATEWAY:-$PWD/src/Gateway/bin/Release/net10.0/gateway}
if [ "$build" = yes ]; then dotnet build src/Gateway -c Release -v quiet -nologo; fi
work=$(mktemp -d /var/tmp/gateway-greylist.XXXXXX)
chmod 711 "$work"
. eng/postfix-common.sh
for tool in postfix postgrey curl python3; do
  command -v "$tool" >/dev/null 2>&1 || { echo "greylist: missing $tool (apt-get install postfix postgrey curl python3)" >&2; exit 2; }
done
[ "$(id -u)" -eq 0 ] || { echo "greylist: Postfix's master must be started by root" >&2; exit 2; }

read -r policy rcpt dot < <(free_ports 3)
mkdir "$work/postgrey"
echo "other@" >"$work/known"
chown postgrey "$work/postgrey"
postgrey --inet="127.0.0.1:$policy" --delay="$delay" --dbdir="$work/postgrey" --user=postgrey --group=postgrey --auto-whitelist-clients=0 \
  --whitelist-clients=/dev/null --whitelist-recipients="$work/known" >"$work/postgrey.log" 2>&1 &
pids+=($!)
start_postfix "$work/receiver" <<CONF
127.0.0.1:$rcpt inet n - n - - smtpd
  -o { smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:$policy }
127.0.0.1:$dot inet n - n - - smtpd
  -o { smtpd_end_of_data_restrictions = check_policy_service inet:127.0.0.1:$policy }
CONF
route() { printf -- '--Gateway:Relay:Routes:%s:Domain=%s --Gateway:Relay:Routes:%s:Hosts:0=127.0.0.1:%s ' "$1" "$2" "$1" "$3"; }
# shellcheck disable=SC2046
start_gateway "$work/gateway" $(route 0 rcpt.test "$rcpt") $(route 1 dot.test "$dot")
send() { smtp-source -m 1 -l 2000 -f "$1" -t "$2" "$smtp_at"; }
send new@partner.test first@rcpt.test
send new@partner.test first@dot.test
begin=$SECONDS others=0
# The time, and the longest wait of the default retries at that age.
while [ $((SECONDS - begin)) -lt $((2 * delay + 180)) ]; do
  send usual@example.org other@rcpt.test
  send usual@example.org other@dot.test
  others=$((others + 2))
  [ "$(grep -cE 'to=<first@(rcpt|dot).test>.*status=sent' "$work/gateway/log" || true)" -ge 2 ] && break
  sleep 5
done
python3 - "$work/gateway/log" "$delay" "$others" <<'PY'
import re, sys
log, delay, others = open(sys.argv[1], errors="replace").read().splitlines(), int(sys.argv[2]), sys.argv[3]
print("| greylisted | attempts | delivered after s | host said | poison or suspect |\n|---|---|---|---|---|")
bad = False
for where in ("rcpt", "dot"):
    mine = [l for l in log if f"to=<first@{where}.test>" in l]
    sent = [l for l in mine if "status=sent" in l]
    ids = {l.split("]: ", 1)[-1].split(":")[0] for l in mine}
    blamed = [l for l in log if ("poison" in l or "suspect" in l) and any(i in l for i in ids)]
    said = next((re.search(r"status=deferred \((.{0,60})", l)[1] for l in mine if "status=deferred" in l), "nothing")
    after = float(re.search(r"delay=([0-9.]+)", sent[0])[1]) if sent else -1
    print(f"| {'RCPT' if where == 'rcpt' else 'end of data'} | {len(mine)} | {after:.0f} | {said} | {len(blamed)} |")
    bad |= len(sent) != 1 or bool(blamed) or len(mine) < 2 or after < delay
passed = sum("to=<other@" in l and "status=sent" in l for l in log)
print(f"\n{passed} of {others} other messages passed at the same hosts meanwhile.")
sys.exit(bad or passed < int(others) - 2)
PY
