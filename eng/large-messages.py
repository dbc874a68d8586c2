"""Called by eng/large-messages.sh, which says what is measured: large-messages.py DLL SESSIONS MEGABYTES PEAK."""
import base64
import hashlib
import multiprocessing
import os
import queue
import re
import socket
import sys
import tempfile
import threading
import time

from relay import Gateway

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
gateway = Gateway(dll, tempfile.mkdtemp(prefix='large-messages-', dir='/var/tmp'), '--Gateway:HostName=gateway.test',
                  f'--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{listener.getsockname()[1]}')
good = True
try:
    gateway.start()
    idle = gateway.memory()
    ready, answers = threading.Barrier(SESSIONS + 1), {}
    def send(number):
        connection = socket.create_connection(('127.0.0.1', gateway.port), 900)
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
        except queue.Empty:
            quiet += 1
    delivered = time.monotonic() - begin - quiet
    top = gateway.memory('VmHWM')
    octets = len(body) * SESSIONS
    print(f'{SESSIONS} sessions with {len(body) / (1 << 20):.1f} MB each: {taken} taken in {received:.1f} s ({octets / (1 << 20) / received:.0f} MB/s), {len(arrived)} arrived in {delivered:.1f} s, '
          f'{exact} of them byte-exact, {sum(arrived.values()) - len(arrived)} twice; RSS {idle:.0f} MB idle, peak {top:.0f} MB')
    good = taken == exact == len(arrived) == sum(arrived.values()) == SESSIONS and top <= PEAK
finally:
    code = gateway.stop()
    gateway.remove()
print('good' if good and code == 0 else 'BAD')
sys.exit(0 if good and code == 0 else 1)
