#!/usr/bin/env bash
# Counts what the rules find over sets of mail, as a Markdown table: one row per rule, one column per set.
# Usage: eng/rule-counts.sh SET... > docs/rules-on-corpora.md
#   SET is a folder, a file or an mbox; its last path element names the column. In front of it may stand
#     bounce:   judge with the null sender, as MAIL FROM:<> (some rules are softened)
#     wire:     take every octet as it is, also where all lines end in LF
#   such as  eng/rule-counts.sh ham-2002 bounce:bounces wire:bounces-bare-cr
# GATEWAY names another binary than the one this builds. A cell is the number of messages with a finding of the rule, and
# behind the slash how many of them the rule alone would hold or reject.
set -euo pipefail
[ $# -gt 0 ] || { usage 2 9; }
root=$(cd "$(dirname "$0")/.." && pwd)
if [ -z "${GATEWAY:-}" ]; then
  dotnet build "$root/src/Gateway" -c Release -v quiet -nologo >&2
  GATEWAY=$root/src/Gateway/bin/Release/net10.0/gateway.dll
fi
run=("$GATEWAY"); [[ $GATEWAY == *.dll ]] && run=(dotnet "$GATEWAY")
out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
names=()
for set in "$@"; do
  options=()
  case $set in
    bounce:*) options=(--sender ""); set=${set#bounce:} ;;
    wire:*) options=(--line-endings wire); set=${set#wire:} ;;
  esac
  name=$(basename "$set"); names+=("$name")
  status=0
  "${run[@]}" check --format json "${options[@]}" "$set" >"$out/$name.json" || status=$?
  # 1 means that something would be held; that is what is counted here.
  [ "$status" -le 1 ] || { echo "eng/rule-counts.sh: check of $set ended with $status" >&2; exit "$status"; }
done
"${run[@]}" rules list --format json >"$out/.rules"
python3 "$root/eng/rule-counts.py" "$out" "${names[@]}"
