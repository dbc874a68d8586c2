#!/usr/bin/env bash
# Sends every message of a folder by SMTP through a real gateway into a capturing host and compares: what arrives, minus the one
# Received field of the gateway, must be what was sent, octet for octet.
#
# Usage: eng/byte-exact.sh [FOLDER] [--sender ADDRESS] [--no-build]
#   FOLDER   defaults to ../shared/corpora/ham-2002; skipped when it is absent
#   --sender the envelope sender; "" is the null sender of bounces, for whom some rules are softened
#
# Files are taken as stored mail: line ends become CRLF, an mbox "From " line in front is left out. Held and refused mail is counted
# apart; held mail is compared too, as the quarantine exports it. Exit 0 when nothing differs and nothing is lost.
# Needs python3, curl and the .NET SDK.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=../shared/corpora/ham-2002 sender=sender@example.org build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --no-build) build=no ;;
    --sender) sender=$2; shift ;;
    -*) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) folder=$1 ;;
  esac
  shift
done
if [ ! -d "$folder" ]; then
  echo "byte-exact: SKIPPED: $folder is not there; name a folder of messages"
  exit 0
fi
dll=src/Gateway/bin/Release/net10.0/gateway.dll
if [ "$build" = yes ] || [ ! -f "$dll" ]; then
  dotnet build src/Gateway -c Release -v quiet -nologo
fi
exec python3 - "$dll" "$folder" "$sender" <<'PYTHON'
import json, os, re, shutil, socket, subprocess, sys, tempfile, threading, time, urllib.request

dll, folder, sender = sys.argv[1:4]

class Sink(threading.Thread):
    """Takes everything; keeps the octets by recipient. Written apart from the gateway: line by line, dots undone."""
    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=200)
        self.port = self.listener.getsockname()[1]
        self.got, self.lock = {}, threading.Lock()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        wire = connection.makefile('rwb')
        def say(line):
            wire.write(line + b'\r\n')
            wire.flush()
        recipients = []
        say(b'220 sink.test ESMTP')
        while line := wire.readline():
            verb = line[:4].upper()
            if verb == b'EHLO':
                say(b'250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8')
            elif verb == b'MAIL':
                recipients = []
                say(b'250 2.1.0 Ok')
            elif verb == b'RCPT':
                recipients.append(re.search(rb'<(.*?)>', line).group(1).decode())
                say(b'250 2.1.5 Ok')
            elif verb == b'DATA':
                say(b'354 go')
                body = bytearray()
                while (part := wire.readline()) != b'.\r\n' or not (body == b'' or body.endswith(b'\r\n')):
                    if not part:
                        return
                    body += part[1:] if part.startswith(b'.') and (body == b'' or body.endswith(b'\r\n')) else part
                with self.lock:
                    for recipient in recipients:
                        self.got.setdefault(recipient, []).append(bytes(body))
                say(b'250 2.0.0 Ok')
            elif verb == b'QUIT':
                say(b'221 2.0.0 Bye')
                return
            else:
                say(b'250 2.0.0 Ok')

def wire_form(data):
    if data.startswith(b'From ') and b'\n' in data:
        data = data[data.index(b'\n') + 1:]
    data = data.replace(b'\r\n', b'\n').replace(b'\n', b'\r\n')
    return data if data.endswith(b'\r\n') else data + b'\r\n'

def without_received(data):
    """The octets behind the first field, which must be a Received field of this gateway."""
    assert data.startswith(b'Received: from exact.test ([127.0.0.1])\r\n\tby gateway.test (Gateway) with ESMTP id '), data[:200]
    end = data.index(b'\r\n')
    while data[end + 2:end + 3] in (b' ', b'\t'):
        end = data.index(b'\r\n', end + 2)
    return data[end + 2:]

sink = Sink()
sink.start()
work = tempfile.mkdtemp(prefix='byte-exact-')
settings = ['--Gateway:DataDirectory=' + work + '/data']
gateway = subprocess.Popen(
    ['dotnet', dll, 'run', '--Gateway:HostName=gateway.test', '--Gateway:Listeners:0:Endpoint=127.0.0.1:0',
     '--Gateway:Management:Endpoint=127.0.0.1:0', f'--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{sink.port}'] + settings,
    stdout=subprocess.PIPE, text=True)
try:
    smtp = management = None
    for line in gateway.stdout:
        if found := re.search(r'listening for SMTP on 127\.0\.0\.1:(\d+)', line):
            smtp = int(found.group(1))
        if found := re.search(r'API on http://(\S+)', line):
            management = found.group(1)
            break
    assert smtp and management, 'the gateway did not start'
    threading.Thread(target=lambda: [None for _ in gateway.stdout], daemon=True).start()

    paths = sorted(os.path.join(root, name) for root, _, names in os.walk(folder) for name in names)
    sent, accepted, refused = {}, {}, {}
    wire = None
    def reply():
        while True:
            line = wire.readline()
            if not line:
                sys.exit('byte-exact: the gateway hung up')
            if line[3:4] != b'-':
                return line.decode('utf-8', 'replace').strip()
    def command(line):
        wire.write(line + b'\r\n')
        wire.flush()
        return reply()
    def connect():
        global wire
        wire = socket.create_connection(('127.0.0.1', smtp)).makefile('rwb')
        reply()
        command(b'EHLO exact.test')
    connect()
    begin = time.monotonic()
    for number, path in enumerate(paths):
        with open(path, 'rb') as file:
            data = wire_form(file.read())
        recipient = f'm{number}@example.net'
        sent[recipient] = data
        for line in (b'MAIL FROM:<' + sender.encode() + b'>', b'RCPT TO:<' + recipient.encode() + b'>'):
            answer = command(line)
            assert answer.startswith('250'), answer
        assert command(b'DATA').startswith('354')
        stuffed = (b'\r\n' + data).replace(b'\r\n.', b'\r\n..')[2:]
        wire.write(stuffed + b'.\r\n')
        wire.flush()
        answer = reply()
        if answer.startswith('250'):
            accepted[recipient] = answer.rsplit(' ', 1)[1]
        else:
            refused[recipient] = (path, answer)
            if len(refused) % 10 == 0:
                # A session with too many refusals is ended by the gateway, as it should be.
                command(b'QUIT')
                connect()
    seconds = time.monotonic() - begin
    command(b'QUIT')

    with open(work + '/data/management.token') as file:
        token = file.read()
    def api(path):
        request = urllib.request.Request(f'http://{management}/api/{path}', headers={'Authorization': 'Bearer ' + token})
        with urllib.request.urlopen(request) as answer:
            return answer.read()
    def status():
        return json.loads(api('status'))
    for _ in range(1200):
        now = status()
        if now['active'] + now['deferred'] == 0 and now['held'] + len(sink.got) >= len(accepted):
            break
        time.sleep(0.1)
    held, after = {}, ''
    while page := json.loads(api('quarantine?state=held&limit=1000' + after)):
        held.update((row['firstRecipient'], row) for row in page)
        after = '&after=' + page[-1]['cursor']

    exact = differing = twice = held_exact = 0
    lost = []
    for recipient in accepted:
        copies = sink.got.get(recipient, [])
        if recipient in held:
            same = api('quarantine/' + held[recipient]['id'] + '/message') == sent[recipient]
            held_exact += same
            differing += not same
            twice += len(copies)
        elif not copies:
            lost.append(recipient)
        else:
            twice += len(copies) - 1
            if all(without_received(copy) == sent[recipient] for copy in copies):
                exact += 1
            else:
                differing += 1
                print('DIFFERS:', paths[int(recipient[1:].split('@')[0])])
    for recipient, row in held.items():
        print(f"held: {paths[int(recipient[1:].split('@')[0])]}: {row['worstRule']}")
    for path, answer in refused.values():
        print(f'refused: {path}: {answer}')
    octets = sum(len(data) for data in sent.values())
    print(f'{folder}: {len(sent)} sent ({octets} octets, {seconds:.1f} s, one message after another), {exact} delivered byte for byte, '
          f'{len(held)} held ({held_exact} byte for byte in the quarantine), {len(refused)} refused, '
          f'{differing} differ, {len(lost)} lost, {twice} twice')
    good = differing == 0 and not lost and twice == 0 and exact + held_exact + len(refused) == len(sent)
finally:
    gateway.terminate()
    code = gateway.wait()
    shutil.rmtree(work, ignore_errors=True)
if code != 0:
    print('the gateway ended with exit code', code)
sys.exit(0 if good and code == 0 else 1)
PYTHON
