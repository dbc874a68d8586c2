#!/usr/bin/env bash
# Installs what the tests need, builds everything in Release, runs all tests, and prints the totals as its last line.
# Usage: eng/test.sh [extra arguments for 'dotnet test']
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

# Real peers come from Debian's packages: Postfix sends, smtp-source and smtp-sink are its too, swaks is a client, python3 has smtplib,
# HAProxy stands in front, openssl has s_client, postgrey greylists, faketime sets the wall clock of
# one process, ip makes the network of a namespace, unbound and BIND resolve names, pflogsumm and the Postfix exporter read the log, promtool judges the
# names of metrics. MailKit is a NuGet package.
has() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
missing=()
has smtp-source || missing+=(postfix)
has swaks || missing+=(swaks)
has python3 || missing+=(python3)
has haproxy || missing+=(haproxy)
has openssl || missing+=(openssl)
has postgrey || missing+=(postgrey)
has faketime || missing+=(faketime)
has ip || missing+=(iproute2)
has unbound || missing+=(unbound)
has named || missing+=(bind9)
has promtool || missing+=(prometheus)
has pflogsumm || missing+=(pflogsumm)
has prometheus-postfix-exporter || missing+=(prometheus-postfix-exporter)
# swaks speaks TLS with it.
perl -MNet::SSLeay -e 1 >/dev/null 2>&1 || missing+=(libnet-ssleay-perl)
need_packages "${missing[@]}" || exit 2

echo "Building Gateway.sln in Release; on two slow cores this takes up to 10 minutes. A line for each project follows."
began=$SECONDS
dotnet build Gateway.sln -c Release -v minimal -nologo | sed -nE 's/^ *([A-Za-z.]+) -> .*/  built \1/p; / (error|warning) /p'
echo "Built in $(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s."

out=$(mktemp)
result=0
dotnet test --solution Gateway.sln -c Release --no-build "$@" 2>&1 | tee "$out" || result=$?

# The summary of Microsoft.Testing.Platform, as one plain line.
number() { sed -nE "s/^ *$1: ([0-9]+).*/\1/p" "$out" | tail -1; }
passed=$(number succeeded); failed=$(number failed); skipped=$(number skipped); errors=$(number error)
passed=${passed:-0}; failed=${failed:-0}; skipped=${skipped:-0}
if [ "${errors:-0}" -gt 0 ] || [ "$passed" -eq 0 ]; then
  [ "$failed" -gt 0 ] || failed=1
  result=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$result"
