#!/usr/bin/env bash
# Packs Gateway.Mime and Gateway.SmtpServerGuard, builds samples/GuardedRelay from these packages in an empty folder, and holds five conversations with it.
#
# Usage: eng/pack-guard.sh [OUTPUT]      the packages go to OUTPUT (default: a temporary folder, removed at the end)
#
# Exit 0 only if the sample builds without a warning and every reply and every file is what the README of the package promises.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

case "${1:-}" in -*) usage 2 6 ;; esac
work=$(mktemp -d "${TMPDIR:-/tmp}/pack-guard-XXXXXX")
at_end "rm -rf '$work'"
packages=${1:-$work/packages}
mkdir -p "$packages" "$work/sample"
packages=$(cd "$packages" && pwd)

for project in Gateway.Mime Gateway.SmtpServerGuard; do
  echo "pack-guard: packing $project" >&2
  dotnet pack "src/$project" -c Release -v quiet -nologo -o "$packages" >&2
done

# An empty project of a stranger: nothing of this repository but the packages, with a cache of its own so that no older build of them is found.
cp samples/GuardedRelay/* "$work/sample/" 2>/dev/null || true
rm -rf "$work/sample/bin" "$work/sample/obj"
cat >"$work/sample/nuget.config" <<XML
<configuration><packageSources><add key="packed" value="$packages" /></packageSources></configuration>
XML
fallback=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: //')
echo "pack-guard: building the sample" >&2
NUGET_FALLBACK_PACKAGES=$fallback NUGET_PACKAGES=$work/cache dotnet build "$work/sample" -c Release -nologo -warnaserror -v quiet >&2

free_ports smtp_port
mkdir "$work/mail"
dotnet "$work/sample/bin/Release/net10.0/GuardedRelay.dll" "$smtp_port" "$work/mail" 2>"$work/sample.log" &
sample=$!
at_end "kill $sample 2>/dev/null"
python3 eng/pack-guard.py "$smtp_port" "$work/mail" "$patience"
