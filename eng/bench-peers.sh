#!/usr/bin/env bash
# Measures Gateway against Postfix, Postfix with Rspamd, and Haraka: the same workloads in turn within one run, every message accounted for.
#
# Usage: eng/bench-peers.sh [--peers postfix,rspamd,haraka,haraka-cluster,dotnet,dotnet-nodelay] [--workloads reused,single,single-pipelined,large,large-text,rate]
#                           [--rounds 3] [--seconds 8] [--out FILE] [--check] [--no-build] [--no-install]
#   --peers LIST      which systems beside Gateway; without it all but the two dotnet, which keep nothing and stand in a table of their own
#   --workloads LIST  which workloads; rate is Gateway alone at 1,000 messages a second, open loop
#   --seconds N       about how long a system is measured in one round
#   --check           exit 1 when a ratio that eng/bench/run.py requires is not reached (it is in the report anyway)
#   --out FILE        where the report goes; default benchmarks/results/peers-<date>.md
#   --no-install      do not install what is missing: Debian's postfix and rspamd, npm's haraka (below /var/cache/gateway-bench)
#
# What is set for each system, and why, is in eng/bench/peers.py. Needs root: Postfix and Rspamd change user. Never touches a system Postfix.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

build=yes install=yes arguments=() peers=postfix,rspamd,haraka,haraka-cluster
while [ $# -gt 0 ]; do
  case "$1" in
    --no-build) build=no; shift ;;
    --no-install) install=no; shift ;;
    --check) arguments+=("$1"); shift ;;
    --peers|--workloads|--rounds|--seconds|--out) [ "$1" = --peers ] && peers=$2; arguments+=("$1" "$2"); shift 2 ;;
    *) usage 2 13 ;;
  esac
done
[ "$(id -u)" -eq 0 ] || { echo "bench-peers: needs root: Postfix and Rspamd start as root and change user" >&2; exit 2; }

cache="${BENCH_CACHE:-/var/cache/gateway-bench}"
version=$(sed -n 's/^HARAKA = "\(.*\)"$/\1/p' eng/bench/peers.py)
packages=()
command -v python3 >/dev/null || packages+=(python3)
case "$peers" in *postfix*|*rspamd*) [ -r /usr/share/postfix/master.cf.dist ] || packages+=(postfix) ;; esac
case "$peers" in *rspamd*) command -v rspamd >/dev/null || packages+=(rspamd) ;; esac
case "$peers" in *haraka*) command -v npm >/dev/null || packages+=(nodejs npm) ;; esac
if [ ${#packages[@]} -gt 0 ]; then
  [ "$install" = yes ] || { echo "bench-peers: missing: ${packages[*]}" >&2; exit 2; }
  need_packages "${packages[@]}" || exit 2
fi
case "$peers" in *haraka*)
  if ! grep -q "\"version\": \"$version\"" "$cache/node_modules/haraka/package.json" 2>/dev/null; then
    [ "$install" = yes ] || { echo "bench-peers: missing: npm's haraka@$version in $cache" >&2; exit 2; }
    mkdir -p "$cache"
    npm install --prefix "$cache" --no-audit --no-fund --omit=optional --loglevel=error "haraka@$version" >/dev/null
  fi ;;
esac

build_product benchmarks/Gateway.LoadGen
case "$peers" in *dotnet*) [ "$build" = no ] || dotnet build benchmarks/Gateway.DotnetPeer -c Release -v quiet -nologo >&2 ;; esac
COMMIT=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
git diff --quiet HEAD -- src 2>/dev/null || COMMIT="$COMMIT, src changed"
export COMMIT
python3 eng/bench/run.py "${arguments[@]}"
