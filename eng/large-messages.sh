#!/usr/bin/env bash
# Many sessions send a large message each at the same time: how much memory does the gateway take, and does every octet arrive?
#
# Usage: eng/large-messages.sh [--sessions 64] [--megabytes 25] [--peak 600] [--no-build]
#   --peak   exit 1 when the gateway's peak resident memory is over so many MB
#
# All sessions stand behind their DATA before the first sends its content. Contents differ from each other in every block. The sink
# behind the gateway hashes what it gets, the gateway's Received field taken off, and compares. A lost, doubled, held or changed message is
# exit 1 too. The gateway runs with its defaults; only the addresses are set. Needs python3, the .NET SDK and twice the octets of disk.
set -euo pipefail
cd "$(dirname "$0")/.."

sessions=64 megabytes=25 peak=600 build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --sessions) sessions=$2; shift 2 ;;
    --megabytes) megabytes=$2; shift 2 ;;
    --peak) peak=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
dll="$PWD/src/Gateway/bin/Release/net10.0/gateway.dll"
if [ "$build" = yes ] || [ ! -f "$dll" ]; then
  dotnet build src/Gateway -c Release -v quiet -nologo
fi
exec python3 - "$dll" "$sessions" "$megabytes" "$peak" <<'PYTHON'
import base64, hashlib, multiprocessing, os, re, shutil, socket, subprocess, sys, tempfile, threading, time

dll = sys.argv[1]
SESSIONS, MEGABYTES, PEAK = map(int, sys.argv[2:5])

def make_body():
    """Lines of text as they are on the wire, every hundredth with a dot in front, which is doubled there."""
    block = base64.encodebytes(os.urandom(1 << 20)).decode().splitlines()
    lines = [('..' if n % 100 == 0 else '') + line for n, line in enumerate(block)]
    text = ('\r\n'.join(lines) + '\r\n').encode()
    # Each copy begins with its number, so that no two blocks are alike.
    return b''.join(b'block %d\r\n' % n + text for n in range(MEGABYTES * (1 << 20) // len(text) + 1))

def content(body, number):
    """The pieces of message N: its own header, then the body turned to begin at another line."""
    turn = body.index(b'\r\n', len(body) * number // SESSIONS) + 2 if number else 0
    head = (b'From: a@example.org\r\nTo: m%d@example.net\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nSubject: large %d\r\n'
            b'Message-ID: <large-%d@example.org>\r\n\r\n') % (number, number, number)
    view = memoryview(body)
    return head, view[turn:], view[:turn]

def take(connection, results):
    """One session of the sink."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    buffer, recipients = b'', []
    def more():
        octets = connection.recv(1 << 18)
        if not octets:
            raise EOFError
        return octets
    try:
        connection.sendall(b'220 sink.test ESMTP\r\n')
        while True:
            while b'\r\n' not in buffer:
                buffer += more()
            line, _, buffer = buffer.partition(b'\r\n')
            verb = line[:4].upper()
            if verb == b'EHLO':
                connection.sendall(b'250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n')
            elif verb == b'RCPT':
                recipients.append(re.search(rb'<(.*?)>', line).group(1).decode())
                connection.sendall(b'250 2.1.5 Ok\r\n')
            elif verb == b'DATA':
                connection.sendall(b'354 go\r\n')
                # The first field, with the lines that go on from it, is the gateway's.
                while not (end := re.search(rb'\r\n(?![ \t])', buffer)) or len(buffer) < end.end() + 1:
                    buffer += more()
                trace, rest = buffer[:end.end()], buffer[end.end():]
                # All but the last five octets, which may be the end of data; an empty line stands in front in case the content is empty.
                digest, pending, skip = hashlib.sha256(), b'\r\n' + rest, 2
                while not pending.endswith(b'\r\n.\r\n'):
                    if len(pending) > 16:
                        digest.update(pending[skip:-5])
                        pending, skip = pending[-5:], 0
                    pending += more()
                digest.update(pending[skip:-3])
                buffer = b''
                for recipient in recipients:
                    results.put((recipient, digest.hexdigest(), trace.startswith(b'Received: from large.test ([127.0.0.1])\r\n\tby gateway.test (Gateway) with ESMTP id ')))
                recipients = []
                connection.sendall(b'250 2.0.0 Ok\r\n')
            elif verb == b'QUIT':
                connection.sendall(b'221 2.0.0 Bye\r\n')
                return
            else:
                connection.sendall(b'250 2.0.0 Ok\r\n')
    except (EOFError, OSError):
        pass
    finally:
        connection.close()

def sink(listener, results):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=take, args=(connection, results), daemon=True).start()

def memory(pid, field):
    with open(f'/proc/{pid}/status') as status:
        return int(re.search(field + r':\s+(\d+) kB', status.read()).group(1)) / 1024

context = multiprocessing.get_context('fork')
listener = socket.create_server(('127.0.0.1', 0), backlog=200)
results = context.Queue()
context.Process(target=sink, args=(listener, results), daemon=True).start()
body = make_body()
expected = {}
for number in range(SESSIONS):
    digest = hashlib.sha256()
    for piece in content(body, number):
        digest.update(piece)
    expected[f'm{number}@example.net'] = digest.hexdigest()
work = tempfile.mkdtemp(prefix='large-messages-', dir='/var/tmp')
gateway = subprocess.Popen(
    ['dotnet', dll, 'run', '--Gateway:HostName=gateway.test', '--Gateway:Listeners:0:Endpoint=127.0.0.1:0', '--Gateway:Management:Endpoint=127.0.0.1:0',
     f'--Gateway:DataDirectory={work}/data', f'--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{listener.getsockname()[1]}'],
    stdout=open(work + '/log', 'w'))
good = True
try:
    port = None
    for _ in range(600):
        time.sleep(0.1)
        with open(work + '/log') as log:
            text = log.read()
        if 'API on http' in text:
            port = int(re.search(r'listening for SMTP on 127\.0\.0\.1:(\d+)', text).group(1))
            break
    if port is None:
        sys.exit('large-messages: the gateway did not start\n' + text)
    idle = memory(gateway.pid, 'VmRSS')
    ready, answers = threading.Barrier(SESSIONS + 1), {}
    def send(number):
        connection = socket.create_connection(('127.0.0.1', port), 900)
        wire = connection.makefile('rb')
        def reply():
            while (line := wire.readline())[3:4] == b'-':
                pass
            return line.decode().strip()
        reply()
        for line in (b'EHLO large.test', b'MAIL FROM:<a@example.org>', b'RCPT TO:<m%d@example.net>' % number, b'DATA'):
            connection.sendall(line + b'\r\n')
            answer = reply()
        ready.wait()
        if answer.startswith('354'):
            try:
                for piece in content(body, number):
                    connection.sendall(piece)
                connection.sendall(b'.\r\n')
                answer = reply()
                connection.sendall(b'QUIT\r\n')
                reply()
            except OSError as error:
                answer = str(error)
        answers[number] = answer
    threads = [threading.Thread(target=send, args=(number,), daemon=True) for number in range(SESSIONS)]
    for thread in threads:
        thread.start()
    ready.wait()
    begin = time.monotonic()
    for thread in threads:
        thread.join()
    received = time.monotonic() - begin
    taken = sum(answer.startswith('250') for answer in answers.values())
    for number, answer in sorted(answers.items()):
        if not answer.startswith('250'):
            print(f'BAD: message {number}: {answer}')
    arrived, exact, quiet = {}, 0, 0
    while (len(arrived) < taken and quiet < 120) or quiet < 3:
        try:
            recipient, digest, traced = results.get(timeout=1)
            arrived[recipient] = arrived.get(recipient, 0) + 1
            exact += digest == expected[recipient] and traced
            quiet = 0
        except Exception:
            quiet += 1
    delivered = time.monotonic() - begin - quiet
    top = memory(gateway.pid, 'VmHWM')
    octets = len(body) * SESSIONS
    print(f'{SESSIONS} sessions with {len(body) / (1 << 20):.1f} MB each: {taken} taken in {received:.1f} s ({octets / (1 << 20) / received:.0f} MB/s), {len(arrived)} arrived in {delivered:.1f} s, '
          f'{exact} of them byte-exact, {sum(arrived.values()) - len(arrived)} twice; RSS {idle:.0f} MB idle, peak {top:.0f} MB')
    good = taken == exact == len(arrived) == sum(arrived.values()) == SESSIONS and top <= PEAK
finally:
    gateway.terminate()
    code = gateway.wait()
    shutil.rmtree(work, ignore_errors=True)
print('good' if good and code == 0 else 'BAD')
sys.exit(0 if good and code == 0 else 1)
PYTHON
