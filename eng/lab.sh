#!/usr/bin/env bash
# The differential lab: makes ambiguous messages, lets other people's parsers read them, and judges the gateway's verdicts by that.
#
# Usage: eng/lab.sh [--seed 4] [--count 8000] [--report FILE] [--record] [--no-install] [--keep FOLDER]
#
# Installs the parsers from Debian's packages and npm (--no-install: uses what is there; a parser that is missing is left out, and said so).
# --report writes the page of results; without it the page goes to standard output. --record writes tests/Gateway.Lab/recorded/readings.txt,
# by which the tests judge again without the parsers. --keep leaves the messages and the readings in a folder.
# Exit 0 only if all metrics hold. docs/lab.md says what is compared and how.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

seed=4 count=8000 report='' record='' install=yes work=''
while [ $# -gt 0 ]; do
  case "$1" in
    --seed) seed=$2; shift 2 ;;
    --count) count=$2; shift 2 ;;
    --report) report=$2; shift 2 ;;
    --record) record=yes; shift ;;
    --no-install) install=no; shift ;;
    --keep) work=$2; shift 2 ;;
    *) usage 2 9 ;;
  esac
done
if [ -z "$work" ]; then
  work=$(mktemp -d)
  at_end 'rm -rf "$work"'
fi
mkdir -p "$work/bin" "$work/messages" "$work/readings" "$work/node"
log="$work/install.log"
: >"$log"

if [ "$install" = yes ]; then
  packages=(gcc libc6-dev pkg-config python3 libmime-tools-perl libemail-mime-perl libgmime-3.0-dev ripmime mpack maildrop golang-go ruby-mail php-cli php-mailparse)
  command -v node >/dev/null 2>&1 || packages+=(nodejs npm)
  missing=()
  for package in "${packages[@]}"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  # One by one when not all can be had: a parser that is missing is left out.
  need_packages "${missing[@]}" || for package in "${missing[@]}"; do need_packages "$package" || echo "lab: could not install $package" >&2; done
fi
adapters=tests/Gateway.Lab/adapters
(cd "$work/node" && cp "$root/$adapters/package.json" . && npm install --no-audit --no-fund >>"$log" 2>&1) || echo "lab: could not install the npm packages" >&2
export LAB_NODE_MODULES="$work/node"
# pkg-config prints several words.
# shellcheck disable=SC2046
gcc -O1 -o "$work/bin/gmime" "$adapters/gmime.c" $(pkg-config --cflags --libs gmime-3.0) >>"$log" 2>&1 || echo "lab: no GMime" >&2
cp "$adapters/gomail.go" "$work/gomail.go"
(cd "$work" && GO111MODULE=off GOCACHE="$work/go" go build -o bin/gomail gomail.go) >>"$log" 2>&1 || echo "lab: no Go" >&2

dotnet build tests/Gateway.Lab -c Release -v quiet -nologo
lab=(dotnet tests/Gateway.Lab/bin/Release/net10.0/Gateway.Lab.dll)
"${lab[@]}" generate "$work/messages" --seed "$seed" --count "$count"

# A parser gets an hour for all messages; an adapter that fails or is cut off leaves its parser out.
read_with() { # name, command
  local name=$1
  shift
  if timeout 3600 "$@" >>"$log" 2>&1 && [ "$(wc -l <"$work/readings/$name.part")" -eq "$(find "$work/messages" -name '*.eml' | wc -l)" ]; then
    mv "$work/readings/$name.part" "$work/readings/$name.jsonl"
  else
    rm -f "$work/readings/$name.part"
    echo "lab: $name is left out" >&2
  fi
}
m="$work/messages" r="$work/readings"
(
  read_with python python3 "$adapters/python_email.py" "$m" "$r/python.part" default
  read_with python-compat32 python3 "$adapters/python_email.py" "$m" "$r/python-compat32.part" compat32
  read_with mime-parser perl "$adapters/mime_parser.pl" "$m" "$r/mime-parser.part"
  read_with email-mime perl "$adapters/email_mime.pl" "$m" "$r/email-mime.part"
  read_with gmime "$work/bin/gmime" "$m" "$r/gmime.part"
  read_with go "$work/bin/gomail" "$m" "$r/go.part"
  read_with munpack python3 "$adapters/extractors.py" "$m" "$r/munpack.part" munpack
) &
(
  read_with mailparser node "$adapters/mailparser.mjs" "$m" "$r/mailparser.part"
  read_with postal-mime node "$adapters/postal_mime.mjs" "$m" "$r/postal-mime.part"
  read_with ruby-mail ruby "$adapters/ruby_mail.rb" "$m" "$r/ruby-mail.part"
  read_with mailparse php "$adapters/mailparse.php" "$m" "$r/mailparse.part"
  read_with ripmime python3 "$adapters/extractors.py" "$m" "$r/ripmime.part" ripmime
  read_with reformime python3 "$adapters/extractors.py" "$m" "$r/reformime.part" reformime
) &
wait
parsers=$(find "$r" -name '*.jsonl' | wc -l)
[ "$parsers" -ge 5 ] || { echo "lab: only $parsers parsers; see below" >&2; tail -20 "$log" >&2; exit 2; }

"${lab[@]}" judge "$r" --seed "$seed" --count "$count" ${report:+--report "$report"} ${record:+--record tests/Gateway.Lab/recorded/readings.txt}
