#!/usr/bin/env bash
# Tries to smuggle a second message through a real gateway into a real Postfix, Exim and OpenSMTPD, with every false end of data there is.
#
# Usage: eng/smuggling.sh [--out FILE] [--no-build]
#   --out FILE   where the result goes; default benchmarks/results/smuggling-<date>.md
#
# All pairs of CRLF, LF and CR around a lone dot but the true one, and each pair with a NUL at every place between them, in DATA and in a
# BDAT chunk, each in one packet, cut in two at every octet from the one before it to the MAIL behind it, and octet by octet. Behind it MAIL,
# RCPT and DATA of a second message. Behind each host a strict sink counts what the host understood. Bad is: the gateway takes two messages, a host hands
# on two, or the second one arrives anywhere.
# All of it twice: with the rules as they are, and with the most that a site can soften them (nonstandard-end-of-data=quarantine; bare-lf,
# bare-cr and nul-byte=tag).
# The control sends the same octets to the hosts without the gateway. Postfix runs with smtpd_forbid_bare_newline=no, as all did before
# 2024, and must fall for it, or this proves nothing. (Every variant, cut at every octet of the whole content, against a host that falls for
# all of them: dotnet run -c Release --project tests/Gateway.Fuzz -- smuggling.)
#
# The three hosts exclude each other as Debian packages. So everything runs in a private mount namespace on an overlay of this
# machine's root: packages are downloaded, unpacked there with dpkg -x, and gone at the end. Ports are free ones of 127.0.0.1.
# Needs root (namespace, the hosts change user), Debian with apt-get, postfix, python3 and the .NET SDK. Exit 0: nothing was smuggled.
set -euo pipefail
cd "$(dirname "$0")/.."
. eng/lib/common.sh

out="benchmarks/results/smuggling-$(date +%F).md" build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) usage 2 20 ;;
  esac
done
need_tools "apt-get install postfix python3" postfix python3 dotnet apt-get dpkg unshare
[ "$(id -u)" -eq 0 ] || { echo "smuggling: needs root" >&2; exit 2; }
build_product

work=$(mktemp -d /var/tmp/smuggling.XXXXXX)
at_end 'rm -rf "$work"'
mkdir "$work/debs" "$work/layer" "$work/root"
chmod 777 "$work/debs"
(cd "$work/debs" && apt-get download -qq exim4-base exim4-daemon-light opensmtpd)
# What they link to and this machine does not have.
for library in $(apt-cache depends exim4-daemon-light opensmtpd | sed -n 's/^ *Depends: \(lib[^ ]*\)$/\1/p' | sort -u); do
  dpkg -s "$library" >/dev/null 2>&1 || (cd "$work/debs" && apt-get download -qq "$library")
done

status=0
commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
unshare --mount bash -s "$work" "$dll" "$commit" >"$work/result.md" <<'INSIDE' || status=$?
set -euo pipefail
work=$1 dll=$2 commit=$3
mount -t tmpfs tmpfs "$work/layer"
mkdir "$work/layer/upper" "$work/layer/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/layer/upper,workdir=$work/layer/work" "$work/root"
for directory in proc sys dev; do mount --rbind "/$directory" "$work/root/$directory"; done
mkdir "$work/root/unpacked"
for package in "$work"/debs/*.deb; do dpkg -x "$package" "$work/root/unpacked"; done
# Only /usr: a package's /lib would replace the link of a merged /usr.
cp -a "$work/root/unpacked/usr/." "$work/root/usr/"
chroot "$work/root" sh -c '
  for user in Debian-exim opensmtpd opensmtpq; do id "$user" >/dev/null 2>&1 || useradd --system --no-create-home "$user"; done
  mkdir -p /var/spool/smtpd /var/lib/opensmtpd/empty /var/spool/exim4 /var/log/exim4 /srv/try
  chmod 711 /var/spool/smtpd; chown Debian-exim /var/spool/exim4 /var/log/exim4; chmod 755 /srv/try'
cp eng/smuggling.py eng/lib/*.py "$work/root/srv/try/"
chroot "$work/root" python3 /srv/try/smuggling.py "$dll" "$commit"
INSIDE
cat "$work/result.md"
if [ -s "$work/result.md" ]; then mkdir -p "$(dirname "$out")"; cp "$work/result.md" "$out"; fi
exit "$status"
