"""Called by eng/smuggling.sh inside its namespace, which says what is tried: smuggling.py DLL COMMIT."""
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import time

from mailhost import Client, Sink
from ports import free_port
from relay import Gateway, answers, wait_until

dll, commit = sys.argv[1:3]
LINE_ENDS = [('CRLF', b'\r\n'), ('LF', b'\n'), ('CR', b'\r')]
BEFORE = b'From: a@b.test\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nx'

def note(text):
    print(text, file=sys.stderr, flush=True)

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

class CountingSink(Sink):
    """Counts messages by envelope sender."""
    def __init__(self):
        super().__init__(self.add, (b'8BITMIME',))
        self.count = {}

    def add(self, sender, recipients, content):
        self.count[sender] = self.count.get(sender, 0) + 1

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

SOFT = ['--Gateway:Rules:nonstandard-end-of-data=quarantine'] + [f'--Gateway:Rules:{rule}=tag' for rule in ('bare-lf', 'bare-cr', 'nul-byte')]

def start_gateway(downstream, softened):
    return Gateway(dll, f'/srv/try/gateway-{downstream}-{softened}', '--Gateway:HostName=gateway.test',
                   f'--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{downstream}', *(SOFT if softened else [])).start()

def attempt(port, number, end, chunked, cuts):
    """One connection; gives the replies behind the content."""
    client = Client(port)
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
    """Until nothing has moved for eight seconds."""
    wait_until(lambda: time.monotonic() - sink.last > 8 and (gateway is None or gateway.waiting() == 0), 'an end of the mail', pause=0.5, log=gateway and gateway.log)

def cuts_of(end):
    span = range(len(BEFORE) - 1, len(BEFORE) + len(end) + 5)
    return [[], *([at] for at in span), list(span)]

def clean(port, sender):
    client = Client(port)
    answer = client.send(sender + b'@b.test', b'c@d.test', b'From: a@b.test\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nclean\r\n')
    client.close()
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
    sink = CountingSink()
    sink.start()
    host = kind(sink.port)
    wait_until(lambda: answers(host.port), f"an answer of {kind.name}")
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
        gateway = start_gateway(host.port, softened)
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
