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
export PATH="$PATH:/usr/sbin:/sbin"

out="benchmarks/results/smuggling-$(date +%F).md" build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --out) out=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) sed -n '2,20s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
for tool in postfix python3 dotnet apt-get dpkg unshare; do
  command -v "$tool" >/dev/null 2>&1 || { echo "smuggling: missing: $tool" >&2; exit 2; }
done
[ "$(id -u)" -eq 0 ] || { echo "smuggling: needs root" >&2; exit 2; }
dll="$PWD/src/Gateway/bin/Release/net10.0/gateway.dll"
if [ "$build" = yes ] || [ ! -f "$dll" ]; then
  dotnet build src/Gateway -c Release -v quiet -nologo
fi

work=$(mktemp -d /var/tmp/smuggling.XXXXXX)
trap 'rm -rf "$work"' EXIT
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
cat >"$work/root/srv/try/smuggling.py" <<'PYTHON'
import concurrent.futures, json, os, re, signal, socket, subprocess, sys, threading, time, urllib.request

dll, commit = sys.argv[1:3]
LINE_ENDS = [('CRLF', b'\r\n'), ('LF', b'\n'), ('CR', b'\r')]
BEFORE = b'From: a@b.test\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nx'

def note(text):
    print(text, file=sys.stderr, flush=True)

def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]

def variants():
    for first, before in LINE_ENDS:
        for second, after in LINE_ENDS:
            plain = before + b'.' + after
            if plain != b'\r\n.\r\n':
                yield plain
            for at in range(1, len(plain)):
                yield plain[:at] + b'\0' + plain[at:]

def name(end):
    return end.replace(b'\r', b'CR ').replace(b'\n', b'LF ').replace(b'\0', b'NUL ').replace(b'.', b'. ').replace(b'CR LF', b'CRLF').decode().strip()

class Sink(threading.Thread):
    """Strict: commands and dots between CRLF only. Counts messages by envelope sender."""
    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=200)
        self.port = self.listener.getsockname()[1]
        self.count, self.lock, self.last = {}, threading.Lock(), time.monotonic()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        wire = connection.makefile('rwb')
        def say(line):
            wire.write(line + b'\r\n')
            wire.flush()
        try:
            say(b'220 sink.test ESMTP')
            sender = ''
            while line := wire.readline():
                verb = line[:4].upper()
                if verb == b'EHLO':
                    say(b'250-sink.test\r\n250 8BITMIME')
                elif verb == b'MAIL':
                    sender = re.search(rb'<(.*?)>', line).group(1).decode()
                    say(b'250 2.1.0 Ok')
                elif verb == b'DATA':
                    say(b'354 go')
                    body = b''
                    while not (body == b'.\r\n' or body.endswith(b'\r\n.\r\n')):
                        part = wire.readline()
                        if not part:
                            return
                        body = body[-8:] + part
                    with self.lock:
                        self.count[sender] = self.count.get(sender, 0) + 1
                        self.last = time.monotonic()
                    say(b'250 2.0.0 Ok')
                elif verb == b'QUIT':
                    say(b'221 2.0.0 Bye')
                    return
                else:
                    say(b'250 2.0.0 Ok')
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

def wait_for_port(port, what):
    for _ in range(600):
        try:
            with socket.create_connection(('127.0.0.1', port), 5) as probe:
                probe.settimeout(5)
                if probe.recv(3) == b'220':
                    return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit(f'smuggling: {what} does not answer')

class Postfix:
    name = 'Postfix, smtpd_forbid_bare_newline=no'
    def __init__(self, sink):
        self.port, self.home = free_port(), '/srv/try/postfix'
        os.makedirs(self.home + '/etc'); os.makedirs(self.home + '/queue'); os.makedirs(self.home + '/data')
        subprocess.run(['chown', 'postfix', self.home + '/data'], check=True)
        with open(self.home + '/etc/main.cf', 'w') as main:
            main.write(f'''compatibility_level = 3.6
queue_directory = {self.home}/queue
data_directory = {self.home}/data
maillog_file = {self.home}/mail.log
maillog_file_prefixes = {self.home}
myhostname = postfix.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
relayhost = [127.0.0.1]:{sink}
smtpd_relay_restrictions = permit_mynetworks reject
smtpd_forbid_bare_newline = no
disable_dns_lookups = yes
''')
        with open('/usr/share/postfix/master.cf.dist') as given, open(self.home + '/etc/master.cf', 'w') as made:
            for line in given:
                words = line.split()
                if not line.startswith(('#', ' ', '\t')) and len(words) >= 8:
                    words[4] = 'n'
                    if words[:2] == ['smtp', 'inet']:
                        words[0] = f'127.0.0.1:{self.port}'
                    line = ' '.join(words) + '\n'
                made.write(line)
        subprocess.run(['postfix', '-c', self.home + '/etc', 'start'], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(self.home + '/queue/pid/master.pid') as file:
            self.pid = int(file.read())
        self.version = subprocess.run(['postconf', '-d', '-h', 'mail_version'], capture_output=True, text=True).stdout.strip()

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)

class Exim:
    name = 'Exim'
    def __init__(self, sink):
        self.port = free_port()
        with open('/srv/try/exim.conf', 'w') as conf:
            conf.write(f'''exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = /var/spool/exim4
log_file_path = /var/log/exim4/%slog
daemon_smtp_ports = {self.port}
local_interfaces = 127.0.0.1
primary_hostname = exim.test
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts =
acl_smtp_rcpt = take
begin acl
take:
  accept
begin routers
all:
  driver = manualroute
  route_list = * 127.0.0.1
  transport = out
  self = send
begin transports
out:
  driver = smtp
  port = {sink}
  allow_localhost
begin retry
* * F,2h,5s
''')
        self.process = subprocess.Popen(['exim4', '-C', '/srv/try/exim.conf', '-bdf', '-q5s', '-oP', '/srv/try/exim.pid'], stdout=subprocess.DEVNULL, stderr=open('/srv/try/exim.log', 'w'))
        self.version = re.search(r'version (\S+)', subprocess.run(['exim4', '-C', '/srv/try/exim.conf', '-bV'], capture_output=True, text=True).stdout).group(1)

    def stop(self):
        self.process.terminate()
        self.process.wait()

class OpenSmtpd:
    name = 'OpenSMTPD'
    def __init__(self, sink):
        self.port = free_port()
        with open('/srv/try/smtpd.conf', 'w') as conf:
            conf.write(f'listen on 127.0.0.1 port {self.port}\naction "out" relay host smtp://127.0.0.1:{sink}\nmatch from any for any action "out"\n')
        self.process = subprocess.Popen(['smtpd', '-d', '-f', '/srv/try/smtpd.conf'], stdout=subprocess.DEVNULL, stderr=open('/srv/try/smtpd.log', 'w'))
        self.version = re.search(r'OpenSMTPD (\S+)', subprocess.run(['smtpd', '-h'], capture_output=True, text=True).stderr + 'OpenSMTPD ?').group(1)

    def stop(self):
        self.process.terminate()
        self.process.wait()

class Gateway:
    SOFT = ['--Gateway:Rules:nonstandard-end-of-data=quarantine'] + [f'--Gateway:Rules:{rule}=tag' for rule in ('bare-lf', 'bare-cr', 'nul-byte')]

    def __init__(self, downstream, softened):
        self.data = f'/srv/try/gateway-{downstream}-{softened}'
        self.process = subprocess.Popen(
            ['dotnet', dll, 'run', '--Gateway:HostName=gateway.test', '--Gateway:Listeners:0:Endpoint=127.0.0.1:0', '--Gateway:DataDirectory=' + self.data,
             '--Gateway:Management:Endpoint=127.0.0.1:0', f'--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{downstream}'] + (self.SOFT if softened else []),
            stdout=subprocess.PIPE, text=True, cwd='/srv/try')
        for line in self.process.stdout:
            if found := re.search(r'listening for SMTP on 127\.0\.0\.1:(\d+)', line):
                self.port = int(found.group(1))
            if found := re.search(r'API on http://(\S+)', line):
                self.management = found.group(1)
                break
        else:
            sys.exit('smuggling: the gateway did not start')
        threading.Thread(target=lambda: [None for _ in self.process.stdout], daemon=True).start()

    def status(self):
        with open(self.data + '/management.token') as file:
            token = file.read()
        request = urllib.request.Request(f'http://{self.management}/api/status', headers={'Authorization': 'Bearer ' + token})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        self.process.wait()

class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port), 60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.wire = self.socket.makefile('rb')
        self.reply()

    def reply(self):
        while True:
            try:
                line = self.wire.readline()
            except OSError:
                return ''
            if not line or line[3:4] != b'-':
                return line.decode('latin-1').strip()

    def say(self, line):
        self.socket.sendall(line + b'\r\n')
        return self.reply()

def attempt(port, number, end, chunked, cuts):
    """One connection; gives the replies behind the content."""
    client = Client(port)
    client.say(b'EHLO client.test')
    client.say(b'MAIL FROM:<p%d@b.test>' % number)
    client.say(b'RCPT TO:<c@d.test>')
    content = BEFORE + end + b'MAIL FROM:<evil%d@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n' % number
    if chunked:
        client.socket.sendall(b'BDAT %d LAST\r\n' % len(content))
    elif not client.say(b'DATA').startswith('354'):
        return ['no 354']
    heard = []
    try:
        at = 0
        for cut in cuts + [len(content)]:
            client.socket.sendall(content[at:cut])
            at = cut
            time.sleep(0.01)
        client.socket.sendall(b'QUIT\r\n')
    except OSError:
        pass
    while answer := client.reply():
        heard.append(answer)
    client.socket.close()
    return heard

def settle(sink, gateway=None):
    """Until nothing moves any more."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        time.sleep(0.5)
        busy = gateway is not None and (lambda s: s['active'] + s['deferred'])(gateway.status())
        if not busy and time.monotonic() - sink.last > 8:
            return
    sys.exit('smuggling: mail still waits after two minutes')

def cuts_of(end):
    span = range(len(BEFORE) - 1, len(BEFORE) + len(end) + 5)
    return [[], *([at] for at in span), list(span)]

def clean(port, sender):
    client = Client(port)
    client.say(b'EHLO client.test')
    client.say(b'MAIL FROM:<%s@b.test>' % sender)
    client.say(b'RCPT TO:<c@d.test>')
    client.say(b'DATA')
    answer = client.say(b'From: a@b.test\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nclean\r\n.')
    client.say(b'QUIT')
    assert answer.startswith('250'), answer

all_ends = list(variants())
bad = 0
print(f'# Smuggling through Gateway {commit} into real hosts, {time.strftime("%Y-%m-%d", time.gmtime())}\n')
print('Made by `eng/smuggling.sh`. For each false end of data: messages that arrived behind the host when the octets went to it directly (control; '
      'a 2 means it was smuggled past), then the gateway\'s reply and what arrived behind gateway and host, in DATA and in BDAT: one cell for '
      'all ways to cut the packets (whole, in two at every octet of the false end and beside it, octet by octet); they differ only where a cell has two values.\n')
print('`550`: refused, the session ended. `held`: 250, in quarantine, nothing arrived. `one`: one message arrived. Softened: '
      'nonstandard-end-of-data=quarantine, bare-lf, bare-cr and nul-byte=tag, which is the most that a site can soften them. A clean message went through each gateway and '
      'arrived, or this page would say so.\n')
for kind in (Postfix, Exim, OpenSmtpd):
    sink = Sink()
    sink.start()
    host = kind(sink.port)
    wait_for_port(host.port, kind.name)
    note(f'{kind.name} {host.version}: control')
    number = 0
    control = {}
    for end in all_ends:
        number += 1
        control[end] = number
        attempt(host.port, number, end, False, [])
    settle(sink)
    rows, sent = {}, 0
    for softened in (False, True):
        gateway = Gateway(host.port, softened)
        note(f'{kind.name}: through the gateway{", rules softened" if softened else ""}')
        clean(gateway.port, b'clean%d' % softened)
        jobs = []
        for end in all_ends:
            for chunked in (False, True):
                for cuts in cuts_of(end):
                    number += 1
                    jobs.append((number, end, chunked, cuts))
        sent += len(jobs)
        with concurrent.futures.ThreadPoolExecutor(8) as clients:
            for (n, end, chunked, _), heard in zip(jobs, clients.map(lambda job: attempt(gateway.port, *job), jobs)):
                rows.setdefault((end, softened, chunked), []).append((n, heard))
        settle(sink, gateway)
        gateway.stop()
        if sink.count.get(f'clean{softened:d}@b.test') != 1:
            bad += 1
            print('BAD: the clean message did not arrive\n')
    print(f'## {kind.name} {host.version}\n')
    print('| end of data | without the gateway | DATA | BDAT | DATA, rules softened | BDAT, rules softened |\n|---|---|---|---|---|---|')
    fallen = 0
    def arrived(n):
        return sink.count.get(f'p{n}@b.test', 0), sink.count.get(f'evil{n}@b.test', 0)
    for end in all_ends:
        direct = sum(arrived(control[end]))
        fallen += direct > 1
        cells = []
        for column in ((False, False), (False, True), (True, False), (True, True)):
            seen = set()
            for n, heard in rows[end, *column]:
                taken = sum('queued as' in answer for answer in heard)
                first, second = arrived(n)
                if taken > 1 or first > 1 or second:
                    bad += 1
                    seen.add(f'**SMUGGLED** {heard}')
                elif taken:
                    seen.add('one' if first else 'held')
                else:
                    seen.add(' '.join(heard[0].split()[:2]) if heard else 'hung up')
            cells.append(', '.join(sorted(seen)))
        print(f'| {name(end)} | {direct} | {" | ".join(cells)} |')
    print(f'\n{fallen} of {len(all_ends)} get past {kind.name} alone; connections through the gateway: {sent}.\n')
    if kind is Postfix and not fallen:
        bad += 1
        print('BAD: the control did not fall for anything: this run proves nothing')
    host.stop()
print(f'Result: {bad} bad.')
sys.exit(1 if bad else 0)
PYTHON
chroot "$work/root" python3 /srv/try/smuggling.py "$dll" "$commit"
INSIDE
cat "$work/result.md"
if [ -s "$work/result.md" ]; then mkdir -p "$(dirname "$out")"; cp "$work/result.md" "$out"; fi
exit "$status"
