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
[ $# -gt 0 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
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
python3 - "$out" "${names[@]}" <<'PY'
import collections, json, sys
folder, sets = sys.argv[1], sys.argv[2:]
verdicts = {s: collections.Counter() for s in sets}
found = {s: collections.Counter() for s in sets}
held = {s: collections.Counter() for s in sets}
for s in sets:
    with open(f"{folder}/{s}.json", encoding="utf-8") as lines:
        for line in lines:
            message = json.loads(line)
            verdicts[s][message["verdict"]] += 1
            rules = collections.defaultdict(bool)
            for f in message["findings"]:
                rules[f["rule"]] |= f["action"] in ("quarantine", "reject")
            found[s].update(rules.keys())
            held[s].update(r for r, h in rules.items() if h)
row = lambda cells: "| " + " | ".join(str(c) for c in cells) + " |"
print("# Rules on sets of mail\n\nWritten by `eng/rule-counts.sh`; run it over mail of your own. A cell is the number of messages with a finding of the")
print("rule; behind the slash how many of them the rule alone would hold or reject. Empty means none. Findings beyond the first")
print("hundred of a message are not listed by `gateway check`, so a rare rule may be missing from a very broken message.\n")
print("## Verdicts\n")
print(row(["", *sets])); print(row(["---"] * (len(sets) + 1)))
print(row(["messages", *(sum(verdicts[s].values()) for s in sets)]))
for v in ("accept", "tag", "quarantine", "reject"):
    print(row([v, *(verdicts[s][v] or "" for s in sets)]))
print(row(["held or rejected", *(f"{100 * (verdicts[s]['quarantine'] + verdicts[s]['reject']) / max(1, sum(verdicts[s].values())):.2f} %" for s in sets)]))
print("\n## Rules\n")
print(row(["rule", *sets])); print(row(["---"] * (len(sets) + 1)))
for rule in sorted(set().union(*(f.keys() for f in found.values()))):
    print(row([rule, *((f"{found[s][rule]} / {held[s][rule]}" if held[s][rule] else found[s][rule]) if found[s][rule] else "" for s in sets)]))
PY
