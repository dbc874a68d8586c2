"""Called by eng/rule-counts.sh: the page of counts."""
import collections
import json
import sys
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
for v in ("allow", "tag", "quarantine", "reject"):
    print(row([v, *(verdicts[s][v] or "" for s in sets)]))
print(row(["held or rejected", *(f"{100 * (verdicts[s]['quarantine'] + verdicts[s]['reject']) / max(1, sum(verdicts[s].values())):.2f} %" for s in sets)]))
with open(f"{folder}/.rules", encoding="utf-8") as lines:
    group = {rule["name"]: rule["group"] for rule in map(json.loads, lines)}
print("\n## Rules\n")
print(row(["group", "rule", *sets])); print(row(["---"] * (len(sets) + 2)))
for rule in sorted(set().union(*(f.keys() for f in found.values())), key=lambda rule: (group[rule], rule)):
    print(row([group[rule], rule, *((f"{found[s][rule]} / {held[s][rule]}" if held[s][rule] else found[s][rule]) if found[s][rule] else "" for s in sets)]))
