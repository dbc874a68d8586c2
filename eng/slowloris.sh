#!/usr/bin/env bash
# Five thousand slow connections from fifty addresses against a gateway, while a normal client sends mail: what does the client notice?
#
# Usage: eng/slowloris.sh [--connections 5000] [--addresses 50] [--seconds 40] [--rate 15] [--limits admit|default] [--no-build]
#   --seconds   length of one phase; phases are without, with, without, with in one run
#   --rate      messages a second of the normal client; it keeps its pace however long a message takes
#   --limits    admit (default): room is made for all of them, so that all are really there:
#                 Limits:Connections=8000 (default 2000), ClientConnections=0 and ClientConnectionRate=0 (no limit; defaults 50 and 300)
#               default: nothing is raised; most are refused and come back every second
#   both        Relay:AllowedNetworks=127.255.0.1/32, so that neither they nor the client are friends (friends are exempt from limits), and
#               Relay:Domains=example.net, so that strangers may send at all. All other limits are the defaults.
#
# The slow ones, from 127.1.0.1 on: a third say nothing, a third send an EHLO octet by octet, a third a message octet by octet,
# one octet in 5 seconds; whoever is thrown out comes back after a second. The normal client sends 4 KB messages from 127.2.0.1, a new
# session for every twentieth. Its time is from connecting or MAIL to the 250, as it waits for it.
# Exit 1: p99 with them is over twice that without, a message was refused or lost, or the gateway's peak memory is over 400 MB.
# Needs python3, the .NET SDK, and a hard limit of open files over 3 times the connections.
set -euo pipefail
cd "$(dirname "$0")/.."

connections=5000 addresses=50 seconds=40 rate=15 limits=admit build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --connections) connections=$2; shift 2 ;;
    --addresses) addresses=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --rate) rate=$2; shift 2 ;;
    --limits) limits=$2; shift 2 ;;
    --no-build) build=no; shift ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
dll="$PWD/src/Gateway/bin/Release/net10.0/gateway.dll"
if [ "$build" = yes ] || [ ! -f "$dll" ]; then
  dotnet build src/Gateway -c Release -v quiet -nologo
fi
ulimit -n "$(ulimit -Hn)"
exec python3 - "$dll" "$connections" "$addresses" "$seconds" "$rate" "$limits" <<'PYTHON'
import asyncio, multiprocessing, os, re, resource, shutil, socket, subprocess, sys, tempfile, threading, time

dll = sys.argv[1]
CONNECTIONS, ADDRESSES, SECONDS, RATE = map(int, sys.argv[2:6])
limits = sys.argv[6]
OCTET_EVERY = 5.0

def sink(listener, taken):
    """Takes everything, counts."""
    def talk(connection):
        wire = connection.makefile('rwb')
        def say(line):
            wire.write(line + b'\r\n')
            wire.flush()
        try:
            say(b'220 sink.test ESMTP')
            while line := wire.readline():
                verb = line[:4].upper()
                if verb == b'DATA':
                    say(b'354 go')
                    while (part := wire.readline()) != b'.\r\n':
                        if not part:
                            return
                    with taken.get_lock():
                        taken.value += 1
                    say(b'250 2.0.0 Ok')
                elif verb == b'QUIT':
                    say(b'221 2.0.0 Bye')
                    return
                else:
                    say(b'250 2.0.0 Ok')
        except OSError:
            pass
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=talk, args=(connection,), daemon=True).start()

def attack(port, on, open_now, refused):
    """The slow ones, in a process of their own."""
    loop_count = [0, 0]
    async def one(number):
        source = f'127.1.{number % ADDRESSES // 250}.{number % ADDRESSES % 250 + 1}'
        kind = number % 3
        await asyncio.sleep(number / CONNECTIONS * 5)
        while on.value:
            writer = None
            try:
                reader, writer = await asyncio.wait_for(asyncio.open_connection('127.0.0.1', port, local_addr=(source, 0), limit=4096), 30)
                greeting = await reader.readline()
                if not greeting.startswith(b'220'):
                    loop_count[1] += 1
                    continue
                loop_count[0] += 1
                if kind == 2:
                    for line in (b'EHLO slow.test', b'MAIL FROM:<slow@example.org>', b'RCPT TO:<bob@example.net>', b'DATA'):
                        writer.write(line + b'\r\n')
                        while (answer := await reader.readline())[3:4] == b'-':
                            pass
                end = asyncio.ensure_future(reader.read())
                text = b'EHLO ' + b'x' * 200 if kind == 1 else b'Subject: slow and slower\r\n'
                at = 0
                while on.value and not end.done():
                    await asyncio.wait([end], timeout=min(OCTET_EVERY, 5))
                    if kind and not end.done():
                        writer.write(text[at % len(text):at % len(text) + 1])
                        at += 1
                end.cancel()
                loop_count[0] -= 1
            except (OSError, asyncio.TimeoutError):
                pass
            finally:
                if writer is not None:
                    writer.close()
            if on.value:
                await asyncio.sleep(1)
    async def run():
        async def report():
            while on.value:
                open_now.value, refused.value = loop_count
                await asyncio.sleep(0.5)
        await asyncio.gather(report(), *(one(n) for n in range(CONNECTIONS)))
        open_now.value = 0
    asyncio.run(run())

def normal(port, seconds, rate, results):
    """The client whose time counts, in a process of its own: open loop, so that a slow message does not hide the next."""
    body = b'From: a@example.org\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nSubject: x\r\n\r\n' + b'0123456789 0123456789 0123456789\r\n' * 120 + b'.\r\n'
    times, failed, wire = [], [], None
    def reply():
        while (line := wire.readline())[3:4] == b'-':
            pass
        return line
    def say(line):
        wire.write(line + b'\r\n')
        wire.flush()
        return reply()
    begin = time.monotonic()
    for number in range(int(seconds * rate)):
        due = begin + number / rate
        time.sleep(max(0, due - time.monotonic()))
        try:
            if number % 20 == 0:
                if wire is not None:
                    say(b'QUIT')
                    wire.close()
                connection = socket.create_connection(('127.0.0.1', port), 30, source_address=('127.2.0.1', 0))
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                wire = connection.makefile('rwb')
                reply()
                say(b'EHLO client.test')
            for line in (b'MAIL FROM:<a@example.org>', b'RCPT TO:<bob@example.net>', b'DATA'):
                answer = say(line)
            wire.write(body)
            wire.flush()
            answer = reply()
            if not answer.startswith(b'250'):
                failed.append(answer.decode().strip())
        except OSError as error:
            failed.append(str(error))
        times.append(time.monotonic() - due)
    results.put((times, failed))

def point(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000

def memory(pid, field):
    with open(f'/proc/{pid}/status') as status:
        return int(re.search(field + r':\s+(\d+) kB', status.read()).group(1)) / 1024

if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < CONNECTIONS * 3:
    sys.exit(f'slowloris: the limit of open files ({resource.getrlimit(resource.RLIMIT_NOFILE)[0]}) is too low')
context = multiprocessing.get_context('fork')
listener = socket.create_server(('127.0.0.1', 0), backlog=200)
taken = context.Value('i', 0)
context.Process(target=sink, args=(listener, taken), daemon=True).start()
work = tempfile.mkdtemp(prefix='slowloris-', dir='/var/tmp')
settings = ['--Gateway:HostName=gateway.test', '--Gateway:Listeners:0:Endpoint=127.0.0.1:0', '--Gateway:Management:Endpoint=127.0.0.1:0',
            f'--Gateway:DataDirectory={work}/data', f'--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{listener.getsockname()[1]}',
            '--Gateway:Relay:AllowedNetworks:0=127.255.0.1/32', '--Gateway:Relay:AllowedNetworks:1=::1/128', '--Gateway:Relay:Domains:0=example.net']
if limits == 'admit':
    settings += ['--Gateway:Limits:Connections=8000', '--Gateway:Limits:ClientConnections=0', '--Gateway:Limits:ClientConnectionRate=0']
gateway = subprocess.Popen(['dotnet', dll, 'run'] + settings, stdout=open(work + '/log', 'w'))
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
        sys.exit('slowloris: the gateway did not start\n' + text)
    results = context.Queue()
    def measure(seconds, rate):
        client = context.Process(target=normal, args=(port, seconds, rate, results), daemon=True)
        client.start()
        answer = results.get()
        client.join()
        return answer
    def arrive(count):
        for _ in range(300):
            if taken.value >= count:
                break
            time.sleep(0.1)
    warm, _ = measure(15, 100)  # The hot code is compiled.
    arrive(len(warm))
    before = taken.value
    all_times, sent = {False: [], True: []}, 0
    for phase in range(4):
        slow = phase % 2 == 1
        on, open_now, refused = context.Value('b', 1), context.Value('i', 0), context.Value('i', 0)
        attackers = None
        if slow:
            attackers = context.Process(target=attack, args=(port, on, open_now, refused), daemon=True)
            attackers.start()
            time.sleep(12)
        times, failed = measure(SECONDS, RATE)
        sent += len(times)
        all_times[slow] += times
        there = open_now.value
        print(f'{"with   " if slow else "without"}: {len(times)} messages, p50 {point(times, 0.5):.2f} ms, p99 {point(times, 0.99):.2f} ms, most {max(times) * 1000:.1f} ms, '
              f'{len(failed)} refused{" (" + failed[0] + ")" if failed else ""}; slow connections {there} open, {refused.value} refused; RSS {memory(gateway.pid, "VmRSS"):.0f} MB', flush=True)
        good &= not failed
        if slow and limits == 'admit' and there < CONNECTIONS * 0.95:
            print(f'BAD: only {there} of {CONNECTIONS} slow connections are there')
            good = False
        if attackers is not None:
            on.value = 0
            attackers.join(30)
            attackers.terminate()
            time.sleep(5)
    arrive(before + sent)
    without, with_them = (point(all_times[slow], 0.99) for slow in (False, True))
    peak = memory(gateway.pid, 'VmHWM')
    print(f'all: p50 {point(all_times[False], 0.5):.2f} -> {point(all_times[True], 0.5):.2f} ms, p99 {without:.2f} -> {with_them:.2f} ms, ratio {with_them / without:.2f}; '
          f'peak RSS {peak:.0f} MB; {sent} sent, {taken.value - before} arrived (limits: {limits})')
    good &= with_them <= 2 * without and peak <= 400 and taken.value - before == sent
finally:
    gateway.terminate()
    code = gateway.wait()
    shutil.rmtree(work, ignore_errors=True)
print('good' if good and code == 0 else 'BAD')
sys.exit(0 if good and code == 0 else 1)
PYTHON
