#!/usr/bin/env bash
# What strangers at the management interface cost the mail beside them: no token, 200 connections with bodies of 25 MB, slow heads, 10,000 wrong tokens.
#
# Usage: eng/door.sh [--seconds 10] [--rounds 3] [--rate 50] [--random SECONDS] [--out FILE] [--no-build]
#
# Clean mail goes through the gateway to a sink at a fixed rate: alone, beside the attack on a plain listener that answers 401 and closes at once, and beside the
# attack on the gateway, in turn. Attackers, sink and gateway share the processors, so the plain listener says what the attack costs wherever it goes. Promise:
# resident memory at most 20 MB higher than alone, p99 of the time to the reply to the end of data at most 1.2 times that beside the plain listener, one log line a
# minute, the counter exact, a request with the token answered within 5 s. With --random, requests with the token made of known and
# unknown words follow for so long: no 500, and no order without all=true, a filter or an id is carried out. Exit 1 when a promise is not kept. Needs python3 and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

seconds=10 rounds=3 rate=50 random=0 out='' build=yes arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) seconds=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --rate) rate=$2; shift 2 ;;
    --random) random=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) usage 4 4 ;;
  esac
done
build_product
raise_open_files 4096
work=$(mktemp -d "${BENCH_DIRECTORY:-/var/tmp}/gateway-door.XXXXXX")
at_end 'rm -rf "$work"'
ARGUMENTS="$arguments" python3 eng/door.py "$dll" "$work" "$seconds" "$rounds" "$rate" "$random" "$out"
