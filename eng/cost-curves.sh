#!/usr/bin/env bash
# What a message costs a gateway against sessions, size, recipients, parts, header size and the length of the queue: rate, latency, CPU, memory; tables and plots.
#
# Usage: eng/cost-curves.sh [--only sessions,size,recipients,parts,header,queue] [--rounds 3] [--quick] [--out DIRECTORY] [--no-build]
#   --quick   four points a curve, one round, a tenth of the messages: a look whether it works
#   --out     default benchmarks/results/cost-curves-<date>
#
# All is 4 KB, 20 sessions, one recipient, reused connections, closed loop, all rules on, durable before 250, but for the one thing that varies.
# Rounds go through all points of a curve in turn; a table has medians, and the lowest and highest rate. Each round has a gateway of its own with a
# warm-up of 20,000 messages before; its memory is the largest seen while a point was measured, so a later point of a round may owe some to an
# earlier one. Larger messages are sent in fewer sessions and numbers: up to 8 sessions from 1 MB on, 4 from 10 MB on, 400 MB in all.
# For the curves over size Limits:MessageBytes is 100 MB; over parts and header they end where a rule begins to hold mail (part-count-exceeded over 1,000,
# header-block-too-large over 128 KB). The queue is one that grows, of mail for a host that refuses connections; at each length all rounds are measured, with mail
# for a host that lives (eng/million.sh has its restart and its listings). Exit 1 when a message is lost, duplicated or altered.
# Needs python3 and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

only=sessions,size,recipients,parts,header,queue rounds=3 quick=no out="benchmarks/results/cost-curves-$(date +%F)" build=yes arguments="$*"
while [ $# -gt 0 ]; do
  case "$1" in
    --only) only=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --quick) quick=yes; rounds=1; shift ;;
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) usage 4 6 ;;
  esac
done
. eng/lib/load.sh
raise_open_files 4096
mkdir -p "$out"

messages=20000 warm=20000 volume=400000000
declare -A points=(
  [sessions]="1 2 5 10 20 50 100 200 500 1000"
  [size]="1024 4096 16384 65536 262144 1048576 4194304 10485760 26214400 52428800"
  [recipients]="1 2 5 10 20 50 100 200 500 1000"
  [parts]="1 2 5 10 20 50 100 200 500 900"
  [header]="1024 2048 4096 8192 16384 32768 65536 122880"
  [queue]="0 1000 10000 100000 300000 1000000"
)
if [ "$quick" = yes ]; then
  messages=2000 warm=2000 volume=40000000
  points=([sessions]="1 10 100 1000" [size]="1024 65536 1048576 52428800" [recipients]="1 10 100 1000" [parts]="1 10 100 900" [header]="1024 8192 32768 122880" [queue]="0 1000 10000")
fi

measure() { # curve, point, round
  local curve=$1 point=$2 sessions=20 size=4096 recipients=1 count=$messages more=()
  case "$curve" in
    sessions) sessions=$point ;;
    size) size=$point ;;
    recipients) recipients=$point; count=$((messages / point > 500 ? messages / point : 500)) ;;
    # Some 100 octets a part, so that parts vary and not what is in them.
    parts) more=(--parts "$point"); size=$((4096 + 100 * point)) ;;
    header) more=(--header-size "$point"); size=$((4096 + point)) ;;
  esac
  if [ "$size" -ge 10485760 ]; then sessions=4; elif [ "$size" -ge 1048576 ]; then sessions=8; fi
  if [ $((count * size)) -gt "$volume" ]; then count=$((volume / size > 12 ? volume / size : 12)); fi
  load -q --sessions "$sessions" --size "$size" --recipients "$recipients" --messages "$count" "${more[@]}" \
    --label "$curve $point" --json "$work/$curve-$point-$3.json" >"$work/report" || { cat "$work/report" >&2; exit 1; }
  echo "$curve $point, round $3:$(sed -n 's/^  end to end  */ /p' "$work/report")$(sed -n 's/^  target:/;/p' "$work/report")"
}

start_warm() {
  start_gateway_to_sink --Gateway:Limits:MessageBytes=100MB "$@"
  load -q --messages "$warm" >/dev/null
}

for curve in ${only//,/ }; do
  [ -n "${points[$curve]:-}" ] || { echo "cost-curves: no curve '$curve'" >&2; exit 2; }
  if [ "$curve" = queue ]; then
    # Nothing listens on port 1: the host is taken for dead, and its mail waits for the next look at it.
    start_warm --Gateway:Relay:Routes:0:Domain=dead.example --Gateway:Relay:Routes:0:Hosts:0=127.0.0.1:1
    queued=0
    for point in ${points[queue]}; do
      if [ "$point" -gt "$queued" ]; then
        "$loadgen" source -q --target "$gateway_at" --to-domain dead.example --messages $((point - queued)) >"$work/report" || { cat "$work/report" >&2; exit 1; }
        queued=$point
      fi
      for round in $(seq "$rounds"); do measure queue "$point" "$round"; done
    done
    stop_gateway
    continue
  fi
  for round in $(seq "$rounds"); do
    start_warm
    for point in ${points[$curve]}; do measure "$curve" "$point" "$round"; done
    stop_gateway
  done
done

ARGUMENTS="$arguments" python3 eng/cost-curves.py "$work" "$out" "$rounds" "$only"
for curve in ${only//,/ }; do
  # A queue begins with nothing, which has no place on a logarithmic axis.
  scale=--log-x; [ "$curve" = queue ] && scale=''
  plot() { "$loadgen" plot "$out/$curve.csv" --x "$curve" --y "${@:3}" $scale $2 --title "$curve: $1" -o "$out/$curve-$1.svg"; }
  # Rates over sizes and recipients fall by powers of ten.
  case "$curve" in size | recipients) log=--log-y ;; *) log='' ;; esac
  plot rate "$log" messages_per_s
  plot cpu "$log" cpu_ms_per_message
  plot memory '' peak_mb
  plot latency --log-y accept_p50_ms accept_p99_ms end_to_end_p50_ms end_to_end_p99_ms
done
echo "Written: $out"
