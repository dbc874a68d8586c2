#!/usr/bin/env bash
# Sends every message of a folder by SMTP through a real gateway into a capturing host and compares: what arrives, minus the one
# Received field of the gateway, must be what was sent, octet for octet.
#
# Usage: eng/byte-exact.sh [FOLDER] [--sender ADDRESS] [--no-build]
#   FOLDER   defaults to ../shared/corpora/ham-2002; skipped when it is absent
#   --sender the envelope sender; "" is the null sender of bounces, for whom some rules are softened
#
# Files are taken as stored mail: line ends become CRLF, an mbox "From " line in front is left out. Held and refused mail is counted
# apart; held mail is compared too, as the quarantine exports it. Exit 0 when nothing differs and nothing is lost.
# Needs python3 and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

folder=../shared/corpora/ham-2002 sender=sender@example.org build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --no-build) build=no ;;
    --sender) sender=$2; shift ;;
    -*) usage 2 7 ;;
    *) folder=$1 ;;
  esac
  shift
done
if [ ! -d "$folder" ]; then
  echo "byte-exact: SKIPPED: $folder is not there; name a folder of messages"
  exit 0
fi
build_product
python3 eng/byte-exact.py "$dll" "$folder" "$sender"
