#!/usr/bin/env bash
# Every script of eng in a short form, and the tests, on a machine that has twice as many busy processes as cores, with cold caches.
#
# Usage: eng/stress.sh [--tests 3] [--only NAME,...] [--out FILE]
#   --tests  how often eng/test.sh runs as well; 0 for never
#   --only   these scripts alone, by their names without .sh
#   --out    a page with the table
#
# A script must end as on a quiet machine, or say what was too slow: the table has its exit code, seconds and last line. A script of eng that is not in the
# list below is an error, so that a new one is in it. Exit 1 when a script that judges no speed, or a run of the tests, ends with another code than 0.
# Root (to drop caches), Debian: stress-ng, what the scripts need, the .NET SDK. Takes about an hour and a half on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

tests=3 only='' out='' arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --tests) tests=$2; shift 2 ;;
    --only) only=",$2,"; shift 2 ;;
    --out) out=$2; shift 2 ;;
    *) usage 2 11 ;;
  esac
done

# Script, whether it judges speed (which a busy machine may fail), arguments of the short form.
forms='
bench-commits    speed  HEAD HEAD --filter *Decoder* --rounds 1
bench-peers      speed  --peers postfix --workloads reused --rounds 1 --seconds 3
byte-exact       -
certificates     -      10
cost-curves      speed  --quick --only sessions
door             speed  --seconds 3 --rounds 1
drain            speed  --messages 100
flood            speed  --rate 30 --seconds 5 --rounds 1
greylist         -      --delay 60
idle             speed  --starts 3 --sessions 200
kill-storm       -      --kills 10
lab              -      --count 400 --no-install
large-messages   speed  --sessions 8 --megabytes 5
million          speed  --messages 5000 --turn 1000 --rounds 1
mx               -      --short
orders           -      --rounds 1 --messages 100
rule-counts      -      fuzz-corpus
signals          -      --signals 8
slowloris        speed  --connections 300 --seconds 5
smoke-postfix    -      --messages 2000
smuggling        -
soak             speed  --minutes 2 --rate 100
validation-share speed  --rate 100 --seconds 5
'
for file in eng/*.sh; do
  name=$(basename "$file" .sh)
  case "$name" in test | stress) continue ;; esac
  grep -q "^$name " <<<"$forms" || { echo "stress: $name has no short form in this script" >&2; exit 2; }
done

command -v stress-ng >/dev/null 2>&1 || need_packages stress-ng || exit 2
build=yes
build_product benchmarks/Gateway.LoadGen
stress-ng --cpu $(($(nproc) * 2)) --timeout 0 >/dev/null 2>&1 &
at_end "kill $! 2>/dev/null"

log=$(mktemp)
table=$(printf '| script | exit | seconds | last line |\n|---|---|---|---|\n')
bad=0
run() { # name, speed or -, command
  local name=$1 speed=$2 code=0 began=$SECONDS last
  shift 2
  sync
  echo 3 >/proc/sys/vm/drop_caches 2>/dev/null || echo "stress: caches stay warm: not root" >&2
  "$@" >"$log" 2>&1 </dev/null || code=$?
  last=$(grep -v '^[[:space:]]*$' "$log" | tail -1 | tr '|' '/' | cut -c1-160) || true
  table+=$(printf '\n| %s | %s | %s | %s |' "$name" "$code" "$((SECONDS - began))" "$last")
  echo "stress: $name: exit $code after $((SECONDS - began)) s: $last"
  if [ "$code" -ne 0 ] && [ "$speed" = - ]; then
    bad=1
    tail -40 "$log"
  fi
}

while read -r name speed short; do
  [ -n "$name" ] || continue
  [ -z "$only" ] || [[ $only == *",$name,"* ]] || continue
  set -f
  # shellcheck disable=SC2086 # words of the table are arguments
  run "$name" "$speed" "eng/$name.sh" $short
  set +f
done <<<"$forms"
for ((i = 1; i <= tests; i++)); do
  run "test ($i)" - eng/test.sh
done

page=$(printf '# Every script on a busy machine, %s\n\nMade by `eng/stress.sh %s`; what is run is in the script.\nCommit %s; %s cores, stress-ng with %s workers, caches dropped before each.\n\n%s\n' \
  "$(date +%F)" "$arguments" "$(git rev-parse --short HEAD)" "$(nproc)" "$(($(nproc) * 2))" "$table")
[ -z "$out" ] || printf '%s\n' "$page" >"$out"
printf '%s\n' "$table"
exit "$bad"
