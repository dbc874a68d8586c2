#!/usr/bin/env bash
# Measures what a long queue costs: a million messages for a destination that is dead, a restart with them, and mail to a live one beside them.
#
# Usage: eng/million.sh [--messages 1000000] [--size 4096] [--dead refuse|defer] [--cold] [--turn 20000] [--rounds 3] [--sessions 20]
#                       [--out FILE] [--no-build] [--keep] [--Gateway:KEY=VALUE ...]
#   --messages N   messages in the queue for the dead destination, sent by SMTP; each has a recipient of its own
#   --dead HOW     refuse: nothing listens there, so the line waits for the host; defer: it answers 451 to each message, so each is
#                  tried once and waits on its own
#   --cold         drop the page cache before the restart (needs root)
#   --turn N       messages to the live destination in one turn; turns alternate between a gateway with the queue and one without
#   --keep         leave the directory, for a look with `gateway spool stats DIRECTORY/full/spool`
#   --out FILE     also write the table there
#
# Everything else is the gateway's default. Exit 1 when a message is missing after the restart, recovery takes 10 s or longer, the process
# has 1 KB or more for each message (and 1 GB or more in all), summary or list takes a second or longer, or mail to the live destination
# is accepted at less than 90 % of the rate without the queue. Below 200,000 messages the process's own 200 MB are not counted.
# Needs smtp-source and smtp-sink (Debian's postfix), python3 and the .NET SDK; installs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

messages=1000000 size=4096 dead=refuse cold=no turn=20000 rounds=3 sessions=20 out='' build=yes keep=no settings=()
while [ $# -gt 0 ]; do
  case "$1" in
    --messages) messages=$2; shift 2 ;;
    --size) size=$2; shift 2 ;;
    --dead) dead=$2; shift 2 ;;
    --cold) cold=yes; shift ;;
    --turn) turn=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --sessions) sessions=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    --keep) keep=yes; shift ;;
    --Gateway:*) settings+=("$1"); shift ;;
    *) usage 2 18 ;;
  esac
done
case "$dead" in refuse|defer) ;; *) echo "million: --dead is refuse or defer" >&2; exit 2 ;; esac
need_tools "apt-get install postfix python3" smtp-source smtp-sink python3 dotnet

build_product

work=$(mktemp -d "${BENCH_DIRECTORY:-/var/tmp}/million.XXXXXX")
at_end '[ "$keep" = yes ] && echo "left: $work" || rm -rf "$work"'
python3 eng/million.py "$messages" "$size" "$dead" "$cold" "$turn" "$rounds" "$sessions" "$out" "$work" "$dll" "${settings[@]}"
