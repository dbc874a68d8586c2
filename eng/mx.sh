#!/usr/bin/env bash
# Mail by MX in a network namespace: a gateway, a name server and a mail host at 192.0.2.10, which is there and nowhere else.
#
# Usage: eng/mx.sh [--short] [--no-build]
#
# Right-to-left names, address literals, half a look-up, other name servers by a reload. The gateway never uses loopback hosts that DNS names; the namespace gives it another
# address. --short leaves out the half look-up, which takes 40 s. Exit 0 only when all mail arrives. Root, Linux: unshare, ip, python3.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

build=yes short=
while [ $# -gt 0 ]; do
  case "$1" in
    --short) short=--short; shift ;;
    --no-build) build=no; shift ;;
    *) usage 2 4 ;;
  esac
done
build_product
need_tools "apt-get install util-linux iproute2 python3" unshare ip python3
unshare --net sh -c 'ip link set lo up && ip addr add 192.0.2.10/32 dev lo && exec python3 eng/mx.py "$@"' sh "$dll" $short
