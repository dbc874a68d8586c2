"""Called by eng/soak.sh: the table and the verdict of a soak."""
import json
import os
import statistics
import sys
work, failed = sys.argv[1], int(sys.argv[2])
run = json.load(open(f"{work}/soak.json"))
rows = run["minutes"]
with open(f"{work}/soak.csv", "w") as table:
    table.write("minute,accepted,delivered,accept_p99_ms,end_to_end_p99_ms,end_to_end_max_ms,resident_mb\n")
    for r in rows:
        table.write(f"{r['number']},{r['accepted']},{r['delivered']},{r['acceptP99']},{r['endToEndP99']},{r['endToEndMax']},{r['residentMegabytes']}\n")
steady = rows[max(1, len(rows) // 10):] or rows
half = max(1, len(steady) // 2)
first, second = steady[:half], steady[half:] or steady
median = lambda part, key: statistics.median(r[key] for r in part)
memory = median(first, "residentMegabytes"), median(second, "residentMegabytes")
p99 = median(first, "endToEndP99"), median(second, "endToEndP99")
peak = run["target"]["peakMegabytes"]
m = run["machine"]
said = [f"{run['account']['clean']['accepted']:,} messages in {len(rows)} minutes, {run['workload']}; {run['target']['cpuMillisecondsPerMessage']:.3f} ms CPU a message.",
        f"Memory, first and second half: {memory[0]:.0f} and {memory[1]:.0f} MB; peak {peak:.0f} MB. p99 end to end of a minute: {p99[0]:.2f} and {p99[1]:.2f} ms, worst minute {max(r['endToEndP99'] for r in rows):.2f} ms."]
print("\n".join(said))
with open(f"{work}/soak.md", "w") as page:
    page.write("\n".join([f"# Soak, {m['date'][:10]}", "", f"Made by `eng/soak.sh {os.environ['ARGUMENTS']}`; what is measured is at the top of the script.",
        f"Commit {m['commit']}; {m['cores']} x {m['processor']}, Linux {m['kernel']}; load average before {m['loadBefore']:.1f}.", ""] + said + [""]))
wrong = [text for bad, text in (
    (failed, "the account is not in order"),
    (memory[1] > memory[0] * 1.1 + 10, "memory grows"),
    (p99[1] > p99[0] * 1.5 + 5, "the p99 grows"),
    (peak > 250, "memory is over 250 MB")) if bad]
if wrong:
    print("soak: FAILED: " + ", ".join(wrong), file=sys.stderr)
    sys.exit(1)
print("soak: passed")
