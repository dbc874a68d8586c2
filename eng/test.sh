#!/usr/bin/env bash
# Installs what the tests need, builds everything in Release, runs all tests, and prints the totals as its last line.
# Usage: eng/test.sh [extra arguments for 'dotnet test']
set -euo pipefail
cd "$(dirname "$0")/.."

# Real peers come from Debian's packages: Postfix sends, smtp-source and smtp-sink are its too, swaks is a client, python3 has smtplib,
# HAProxy stands in front, openssl has s_client, postgrey greylists, faketime sets the wall clock of
# one process. MailKit is a NuGet package.
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
missing=()
need smtp-source || missing+=(postfix)
need swaks || missing+=(swaks)
need python3 || missing+=(python3)
need haproxy || missing+=(haproxy)
need openssl || missing+=(openssl)
need postgrey || missing+=(postgrey)
need faketime || missing+=(faketime)
# swaks speaks TLS with it.
perl -MNet::SSLeay -e 1 >/dev/null 2>&1 || missing+=(libnet-ssleay-perl)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "eng/test.sh: missing ${missing[*]}; install them (apt-get install ${missing[*]}) and run again." >&2
    exit 2
  fi
  echo "Installing ${missing[*]} ..."
  log=$(mktemp)
  if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    exit 2
  fi
fi

echo "Building ..."
dotnet build Gateway.sln -c Release -v quiet -nologo || exit 1

out=$(mktemp)
status=0
dotnet test --solution Gateway.sln -c Release --no-build "$@" 2>&1 | tee "$out" || status=$?

# The summary of Microsoft.Testing.Platform, as one plain line.
number() { sed -nE "s/^ *$1: ([0-9]+).*/\1/p" "$out" | tail -1; }
passed=$(number succeeded); failed=$(number failed); skipped=$(number skipped); errors=$(number error)
passed=${passed:-0}; failed=${failed:-0}; skipped=${skipped:-0}
if [ "${errors:-0}" -gt 0 ] || [ "$passed" -eq 0 ]; then
  [ "$failed" -gt 0 ] || failed=1
  status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
