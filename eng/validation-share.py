"""Called by eng/validation-share.sh: the share of validation."""
import json
import os
import re
import sys
work, profile, most, out, before, after = sys.argv[1], sys.argv[2] == "yes", float(sys.argv[3]), sys.argv[4], sys.argv[5].split(), sys.argv[6].split()
run = json.load(open(f"{work}/run.json"))
# Sum before count: they are sorted, and an inspection takes less than a second.
clock, count = (float(after[i]) - float(before[i]) for i in (0, 1))
cpu = run["target"]["cpuSeconds"]
sent = run["account"]["clean"]["sent"]
if count < sent:
    sys.exit(f"validation-share: {count:.0f} inspections counted for {sent} messages")
share = clock / cpu
lines = [f"{sent:,} messages: {1e6 * cpu / sent:.1f} us of processor time a message, {1e6 * clock / count:.1f} us on the clock in inspection: at most **{100 * share:.1f} %** of the whole (at most {100 * most:g} % wanted)."]
if profile:
    stacks = [s for s in open(f"{work}/perf.txt").read().split("\n\n") if s.strip()]
    inside = sum(1 for s in stacks if re.search(r"InspectionJob::Run\b|WireScanner::|MimeInspector::", s))
    lines.append(f"In a profile of {len(stacks):,} samples {100 * inside / len(stacks):.1f} % are below the inspection or the scanner.")
print("\n".join(lines))
if out:
    m = run["machine"]
    with open(out, "w") as page:
        page.write("\n".join([f"# What validation costs, {m['date'][:10]}", "", f"Made by `eng/validation-share.sh {os.environ['ARGUMENTS']}".rstrip() + "`; what is measured is at the top of the script.",
            f"Commit {m['commit']}; {m['cores']} x {m['processor']}, Linux {m['kernel']}; load average before {m['loadBefore']:.1f}.", ""] + lines) + "\n")
if share > most:
    sys.exit(1)
