#!/usr/bin/env bash
# Compares two commits by their BenchmarkDotNet suites: each built in a worktree of its own, run in turn (A B A B), medians and spread in one table.
#
# Usage: eng/bench-commits.sh A B [--filter '*Decoder*'] [--rounds 3] [--out FILE] [--full] [--at-most RATIO]
#   A, B       commits; the word "tree" stands for the working tree as it is
#   --filter   as BenchmarkDotNet takes it; may be given several times; default all
#   --full     BenchmarkDotNet's default job, a process for each benchmark; else the short job in one process
#   --at-most  exit 1 when B's median time of any benchmark is more than so many times A's
#
# Benchmarks that only one of the two has are named and not compared. Needs git, python3 and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."

arguments="$*" commits=() filters=() rounds=3 out='' short=(--quick) most=''
while [ $# -gt 0 ]; do
  case "$1" in
    --filter) filters+=("$2"); shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --full) short=(); shift ;;
    --at-most) most=$2; shift 2 ;;
    -*) commits=(); break ;;
    *) commits+=("$1"); shift ;;
  esac
done
if [ ${#commits[@]} -ne 2 ]; then sed -n '4,8s/^# \{0,1\}//p' "$0" >&2; exit 2; fi
[ ${#filters[@]} -gt 0 ] || filters=('*')

# Below /var/tmp, because a suite that commits messages needs a real disk.
work=$(mktemp -d "${BENCH_DIRECTORY:-/var/tmp}/gateway-commits.XXXXXX")
trap 'for side in A B; do git worktree remove --force "$work/$side" 2>/dev/null || true; done; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

for i in 0 1; do
  side=$([ "$i" = 0 ] && echo A || echo B)
  git worktree add --quiet --detach "$work/$side" "$([ "${commits[$i]}" = tree ] && echo HEAD || echo "${commits[$i]}")"
  if [ "${commits[$i]}" = tree ]; then
    git diff --binary HEAD | git -C "$work/$side" apply --allow-empty --whitespace=nowarn
    git ls-files --others --exclude-standard -z | xargs -0r cp --parents -t "$work/$side"
  fi
  echo "$side: ${commits[$i]}, $(git -C "$work/$side" rev-parse --short HEAD)"
  dotnet build "$work/$side/benchmarks/Gateway.Benchmarks" -c Release -v quiet -nologo
done

for round in $(seq "$rounds"); do
  for side in A B; do
    echo "round $round, $side"
    (cd "$work/$side" && dotnet run --no-build -c Release --project benchmarks/Gateway.Benchmarks -- "${short[@]}" --filter "${filters[@]}" \
      --exporters briefjson --artifacts "$work/$side-$round") >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }
  done
done

ARGUMENTS="$arguments" python3 - "$work" "$rounds" "${commits[@]}" "$out" "$most" <<'PY'
import datetime, glob, json, os, statistics, subprocess, sys
work, rounds, names, out, most = sys.argv[1], int(sys.argv[2]), sys.argv[3:5], sys.argv[5], sys.argv[6]
times, octets, host = ({}, {}), ({}, {}), None
for side in (0, 1):
    for r in range(1, rounds + 1):
        for file in glob.glob(f"{work}/{'AB'[side]}-{r}/results/*-report-brief.json"):
            report = json.load(open(file))
            host = host or report["HostEnvironmentInfo"]
            for b in report["Benchmarks"]:
                name = b["FullName"].removeprefix("Gateway.Benchmarks.")
                if b.get("Statistics"):
                    times[side].setdefault(name, []).append(b["Statistics"]["Median"])
                    octets[side][name] = (b.get("Memory") or {}).get("BytesAllocatedPerOperation")
both = [n for n in times[0] if n in times[1]]
if not both:
    sys.exit("bench-commits: no benchmark that both commits have")
def span(ns):
    unit, by = ("ns", 1) if ns < 1e4 else ("us", 1e3) if ns < 1e7 else ("ms", 1e6)
    return f"{ns / by:,.4g} {unit}"
def spread(values): return f"{span(statistics.median(values))} [{span(min(values))} - {span(max(values))}]"
rows = [f"| benchmark | A: {names[0]} | B: {names[1]} | B / A | allocated A | B |", "|---|---:|---:|---:|---:|---:|"]
worst = 0.0
for n in sorted(both):
    ratio = statistics.median(times[1][n]) / statistics.median(times[0][n])
    worst = max(worst, ratio)
    rows.append(f"| `{n}` | {spread(times[0][n])} | {spread(times[1][n])} | {ratio:.3f} | {octets[0][n]} | {octets[1][n]} |")
alone = [f"Only in {'AB'[s]}: `{n}`" for s in (0, 1) for n in sorted(times[s]) if n not in times[1 - s]]
lines = rows + ([""] + alone if alone else [])
print("\n".join(lines))
if out:
    head = lambda s: subprocess.run(["git", "-C", f"{work}/{s}", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    os.makedirs(os.path.dirname(out) or ".", exist_ok=True)
    with open(out, "w") as page:
        page.write("\n".join([f"# Two commits, {datetime.date.today()}", "", f"Made by `eng/bench-commits.sh {os.environ['ARGUMENTS']}`. A is {head('A')}, B is {head('B')}"
            + (" (with changes of the working tree)" if "tree" in names else "") + f". Medians of {rounds} rounds, A B A B, [lowest - highest].",
            f"{host['ProcessorName']}, {host['LogicalCoreCount']} processors; load average after {os.getloadavg()[0]:.1f}.", ""] + lines) + "\n")
if most and worst > float(most):
    print(f"bench-commits: a benchmark takes {worst:.2f} times as long, at most {most} wanted", file=sys.stderr)
    sys.exit(1)
PY
