#!/usr/bin/env bash
# Many sessions send a large message each at the same time: how much memory does the gateway take, and does every octet arrive?
#
# Usage: eng/large-messages.sh [--sessions 64] [--megabytes 25] [--peak 600] [--no-build]
#   --peak   exit 1 when the gateway's peak resident memory is over so many MB
#
# All sessions stand behind their DATA before the first sends its content. Contents differ from each other in every block. The sink
# behind the gateway hashes what it gets, the gateway's Received field taken off, and compares. A lost, doubled, held or changed message is
# exit 1 too. The gateway runs with its defaults; only the addresses are set. Needs python3, the .NET SDK and twice the octets of disk.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

sessions=64 megabytes=25 peak=600 build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --sessions) sessions=$2; shift 2 ;;
    --megabytes) megabytes=$2; shift 2 ;;
    --peak) peak=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) usage 2 5 ;;
  esac
done
build_product
python3 eng/large-messages.py "$dll" "$sessions" "$megabytes" "$peak"
