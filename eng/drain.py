"""Called by eng/drain.sh for each form: a row of its table; exit 1 when a promise is broken."""
import re
import sys
log, second, domain, messages, limit, name = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]), sys.argv[6]
sent, deferred, bounced = [], 0, 0
for line in open(log, errors="replace"):
    if "to=<" not in line or domain not in line: continue
    if "status=sent" in line: sent.append(float(re.search(r"delay=([0-9.]+)", line)[1]))
    deferred += "status=deferred" in line
    bounced += "status=bounced" in line or "status=expired" in line
there = {}
for line in open(second, errors="replace"):
    found = re.search(r"to=<([^>]*)>.*status=sent", line)
    if found and found[1].endswith(domain): there[found[1]] = there.get(found[1], 0) + 1
twice = sum(n - 1 for n in there.values())
sent.sort()
good = len(there) == messages and twice == 0 and bounced == 0 and len(sent) == messages and sent[-1] <= limit
at = lambda q: sent[max(0, int(len(sent) * q) - 1)] if sent else 0
print(f"| {name} | {messages} | {len(there)} | {twice} | {bounced} | {deferred} | {at(.5):.3f} | {at(.99):.3f} | {sent[-1] if sent else 0:.3f} | {limit:.0f} | {'kept' if good else 'BROKEN'} |")
sys.exit(not good)
