#!/usr/bin/env bash
# What a gateway needs when nothing happens: from its start to its first greeting with an empty spool, and memory with a thousand idle sessions.
#
# Usage: eng/idle.sh [--sessions 1000] [--starts 5] [--most-ratio 5] [--most-megabytes 150] [--out FILE] [--no-build]
#
# A start is timed from the launch of the process (`dotnet gateway.dll run`, empty data directory, files in the page cache) to the 220 of a client that
# tries every 5 ms, and before each the same program prints its help: what runtime and machine take today. Sessions have said EHLO; memory is resident memory 10 seconds after the last of them, and after mail on 20 more sessions.
# Exit 1 when the median start is more than so many times the median help, or the memory is over the bound. Needs python3 and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

sessions=1000 starts=5 most_ratio=5 most_megabytes=150 out='' build=yes arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --sessions) sessions=$2; shift 2 ;;
    --starts) starts=$2; shift 2 ;;
    --most-ratio) most_ratio=$2; shift 2 ;;
    --most-megabytes) most_megabytes=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) usage 4 4 ;;
  esac
done
. eng/lib/load.sh
raise_open_files $((sessions + 500))
ARGUMENTS="$arguments" python3 eng/idle.py "$dll" "$work" "$sessions" "$starts" "$most_ratio" "$most_megabytes" "$out" "$sink_port" "$loadgen"
