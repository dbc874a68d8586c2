#!/usr/bin/env bash
# Five thousand slow connections from fifty addresses against a gateway, while a normal client sends mail: what does the client notice?
#
# Usage: eng/slowloris.sh [--connections 5000] [--addresses 50] [--seconds 40] [--rate 15] [--limits admit|default] [--no-build]
#   --seconds   length of one phase; phases are without, with, without, with in one run
#   --rate      messages a second of the normal client; it keeps its pace however long a message takes
#   --limits    admit (default): room is made for all of them, so that all are really there:
#                 Limits:Connections=8000 (default 2000), ClientConnections=0 and ClientConnectionRate=0 (no limit; defaults 50 and 300)
#               default: nothing is raised; most are refused and come back every second
#   both        Relay:AllowedNetworks=127.255.0.1/32, so that neither they nor the client are friends (friends are exempt from limits), and
#               Relay:Domains=example.net, so that strangers may send at all. All other limits are the defaults.
#
# The slow ones, from 127.1.0.1 on: a third say nothing, a third send an EHLO octet by octet, a third a message octet by octet,
# one octet in 5 seconds; whoever is thrown out comes back after a second. The normal client sends 4 KB messages from 127.2.0.1, a new
# session for every twentieth. Its time is from connecting or MAIL to the 250, as it waits for it.
# Exit 1: p99 with them is over twice that without, a message was refused or lost, or the gateway's peak memory is over 400 MB.
# Needs python3, the .NET SDK, and a hard limit of open files over 3 times the connections.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

connections=5000 addresses=50 seconds=40 rate=15 limits=admit build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --connections) connections=$2; shift 2 ;;
    --addresses) addresses=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --rate) rate=$2; shift 2 ;;
    --limits) limits=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) usage 2 11 ;;
  esac
done
build_product
raise_open_files $((connections * 3 + 500))
python3 eng/slowloris.py "$dll" "$connections" "$addresses" "$seconds" "$rate" "$limits"
