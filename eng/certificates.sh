#!/usr/bin/env bash
# Many certificates on one listener, each broken and mended in turn while clients come for all of them: the others are renewed in one period of the watch, no handshake fails.
#
# Usage: eng/certificates.sh [number of certificates, 50]
#
# The long form of the test ManyCertificatesTests, whose watch has a clock of its own: a period is 10 s there too, and no time passes. Needs the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

case "${1:-50}" in *[!0-9]*) usage 2 4 ;; esac
build=yes build_product tests/Gateway.Smtp.Tests
GATEWAY_CERTIFICATES=${1:-50} dotnet test --project tests/Gateway.Smtp.Tests -c Release --no-build -- --filter-class '*ManyCertificatesTests' --output Detailed --show-live-output on
