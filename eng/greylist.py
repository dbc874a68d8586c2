"""Called by eng/greylist.sh: the table of greylisted mail."""
import re
import sys
log, delay, others = open(sys.argv[1], errors="replace").read().splitlines(), int(sys.argv[2]), sys.argv[3]
print("| greylisted | attempts | delivered after s | host said | poison or suspect |\n|---|---|---|---|---|")
bad = False
for where in ("rcpt", "dot"):
    mine = [l for l in log if f": to=<first@{where}.test>, relay=" in l]
    sent = [l for l in mine if "status=sent" in l]
    ids = {l.split("]: ", 1)[-1].split(":")[0] for l in mine}
    blamed = [l for l in log if ("poison" in l or "suspect" in l) and any(i in l for i in ids)]
    said = next((re.search(r"status=deferred \((.{0,60})", l)[1] for l in mine if "status=deferred" in l), "nothing")
    after = float(re.search(r"delay=([0-9.]+)", sent[0])[1]) if sent else -1
    print(f"| {'RCPT' if where == 'rcpt' else 'end of data'} | {len(mine)} | {after:.0f} | {said} | {len(blamed)} |")
    bad |= len(sent) != 1 or bool(blamed) or len(mine) < 2 or after < delay
passed = sum("to=<other@" in l and "status=sent" in l for l in log)
print(f"\n{passed} of {others} other messages passed at the same hosts meanwhile.")
sys.exit(bad or passed < int(others) - 2)
