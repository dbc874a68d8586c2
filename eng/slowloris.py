"""Called by eng/slowloris.sh, which says what is measured: slowloris.py DLL CONNECTIONS ADDRESSES SECONDS RATE LIMITS."""
import asyncio
import multiprocessing
import sys
import tempfile
import time

from mailhost import Client, Sink
from relay import Gateway

dll = sys.argv[1]
CONNECTIONS, ADDRESSES, SECONDS, RATE = map(int, sys.argv[2:6])
limits = sys.argv[6]
OCTET_EVERY = 5.0

def sink(port, taken):
    """Takes everything, counts; in a process of its own."""
    def took(*_):
        with taken.get_lock():
            taken.value += 1
    host = Sink(took)
    port.value = host.port
    host.run()

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
    body = b'From: a@example.org\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nSubject: x\r\n\r\n' + b'0123456789 0123456789 0123456789\r\n' * 120
    times, failed, client = [], [], None
    begin = time.monotonic()
    for number in range(int(seconds * rate)):
        due = begin + number / rate
        time.sleep(max(0, due - time.monotonic()))
        try:
            if number % 20 == 0:
                if client is not None:
                    client.close()
                client = Client(port, source='127.2.0.1', seconds=30)
            answer = client.send(b'a@example.org', b'bob@example.net', body)
            if not answer.startswith('250'):
                failed.append(answer or 'hung up')
        except OSError as error:
            failed.append(str(error))
        times.append(time.monotonic() - due)
    results.put((times, failed))

def point(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000

context = multiprocessing.get_context('fork')
taken, sink_port = context.Value('i', 0), context.Value('i', 0)
context.Process(target=sink, args=(sink_port, taken), daemon=True).start()
while not sink_port.value:
    time.sleep(0.01)
settings = ['--Gateway:HostName=gateway.test', f'--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{sink_port.value}',
            '--Gateway:Relay:AllowedNetworks:0=127.255.0.1/32', '--Gateway:Relay:AllowedNetworks:1=::1/128', '--Gateway:Relay:Domains:0=example.net']
if limits == 'admit':
    settings += ['--Gateway:Limits:Connections=8000', '--Gateway:Limits:ClientConnections=0', '--Gateway:Limits:ClientConnectionRate=0']
gateway = Gateway(dll, tempfile.mkdtemp(prefix='slowloris-', dir='/var/tmp'), *settings)
good = True
try:
    gateway.start()
    port = gateway.port
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
              f'{len(failed)} refused{" (" + failed[0] + ")" if failed else ""}; slow connections {there} open, {refused.value} refused; RSS {gateway.memory():.0f} MB', flush=True)
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
    peak = gateway.memory('VmHWM')
    print(f'all: p50 {point(all_times[False], 0.5):.2f} -> {point(all_times[True], 0.5):.2f} ms, p99 {without:.2f} -> {with_them:.2f} ms, ratio {with_them / without:.2f}; '
          f'peak RSS {peak:.0f} MB; {sent} sent, {taken.value - before} arrived (limits: {limits})')
    good &= with_them <= 2 * without and peak <= 400 and taken.value - before == sent
finally:
    code = gateway.stop()
    gateway.remove()
print('good' if good and code == 0 else 'BAD')
sys.exit(0 if good and code == 0 else 1)
