#!/usr/bin/env bash
# What the laws of the compiler (docs/analyzers) cost, and whether they see what they are for.
#
# Usage: eng/laws.sh --time [ROUNDS]       build time of src with and without laws, in turn; medians of ROUNDS (5) each. Exit 1 over 1.10.
#        eng/laws.sh --flow [METHODS]      the flow engine against its reference on METHODS (100000) random methods
#        eng/laws.sh --planted PATCH...    each patch alone must fail the build of the projects it touches with an error of a law
#
# Needs git and the .NET SDK. --planted works in a worktree of its own in the directory for temporary files.
set -euo pipefail
cd "$(dirname "$0")/.."

leaves="src/Gateway.Spool src/Gateway.Mime src/Gateway.Smtp src/Gateway.Relay src/Gateway"

seconds() {
  local start
  start=$(date +%s%N)
  for project in $leaves; do
    dotnet build "$project" -c Release -v quiet -nologo --no-dependencies --no-incremental "$@" >/dev/null
  done
  echo $((($(date +%s%N) - start) / 1000000))
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

measure() {
  local rounds=$1 with='' without=''
  dotnet build src/Gateway -c Release -v quiet -nologo >/dev/null
  for _ in $(seq "$rounds"); do
    with+="$(seconds) "
    without+="$(seconds -p:WithoutLaws=true) "
  done
  echo "with laws, ms: $with"
  echo "without, ms:   $without"
  local a b
  a=$(tr ' ' '\n' <<<"$with" | grep . | median)
  b=$(tr ' ' '\n' <<<"$without" | grep . | median)
  echo "medians: $a and $b ms, ratio $(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.3f", a / b }')"
  awk -v a="$a" -v b="$b" 'BEGIN { exit a > 1.10 * b }'
}

planted() {
  local tree failed=0 found projects
  tree=$(mktemp -d)
  git worktree add --quiet --detach "$tree" HEAD
  trap 'git worktree remove --force "'"$tree"'"' EXIT
  dotnet build "$tree/src/Gateway" -c Release -v quiet -nologo >/dev/null
  for patch in "$@"; do
    patch=$(realpath "$patch")
    if ! git -C "$tree" apply "$patch" 2>/dev/null; then
      echo "$(basename "$patch"): does not apply to this source"
      failed=1
      continue
    fi

    projects=$(git -C "$tree" diff --name-only | cut -d/ -f1-2 | sort -u)
    found=$(for project in $projects; do
      dotnet build "$tree/$project" -c Release -v quiet -nologo 2>&1 || true
    done | { grep -oE 'error GW[0-9]{4}' || true; } | sort -u | tr '\n' ' ')
    echo "$(basename "$patch"): ${found:-NOT SEEN}"
    [ -n "$found" ] || failed=1
    git -C "$tree" checkout --quiet .
  done
  return $failed
}

case "${1:-}" in
  --time) measure "${2:-5}" ;;
  --flow) GATEWAY_FLOW_METHODS=${2:-100000} dotnet test --project tests/Gateway.Analyzers.Tests -c Release -- --filter-class '*FlowOracleTests' ;;
  --planted) shift; planted "$@" ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
