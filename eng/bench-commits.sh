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
. eng/lib/common.sh

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
if [ ${#commits[@]} -ne 2 ]; then usage 4 8; fi
[ ${#filters[@]} -gt 0 ] || filters=('*')

# Below /var/tmp, because a suite that commits messages needs a real disk.
work=$(mktemp -d "${BENCH_DIRECTORY:-/var/tmp}/gateway-commits.XXXXXX")
at_end 'rm -rf "$work"'
at_end 'for side in A B; do git worktree remove --force "$work/$side" 2>/dev/null || true; done'

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

ARGUMENTS="$arguments" python3 eng/bench-commits.py "$work" "$rounds" "${commits[@]}" "$out" "$most"
