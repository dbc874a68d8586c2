"""Extractors that are programs of their own, one run a message. Usage: extractors.py FOLDER OUT {ripmime|munpack|reformime}"""
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

folder, out, which = sys.argv[1:4]
LIMIT = 10


def run(arguments, **more):
    return subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=LIMIT, check=False, **more)


def part(data, kind='', names=()):
    return {'type': kind, 'data': base64.b64encode(data).decode(), 'names': [name.encode('utf-8', 'backslashreplace').decode() for name in names]}


def files(work):
    for root, _, names in os.walk(work):
        for name in sorted(names):
            with open(os.path.join(root, name), 'rb') as source:
                yield name, source.read()


def ripmime(path, work):
    run(['ripmime', '-i', path, '-d', work])
    # Text parts without a name become textfileN.
    return [part(data, names=[] if name.startswith('textfile') else [name]) for name, data in files(work)]


def munpack(path, work):
    copy = os.path.join(work, 'message')
    # A Unix program from the time when mail was stored with LF: given CRLF it leaves CR in what it decodes.
    with open(path, 'rb') as source, open(copy, 'wb') as local:
        local.write(source.read().replace(b'\r\n', b'\n'))
    target = os.path.join(work, 'parts')
    os.mkdir(target)
    run(['munpack', '-t', '-q', '-C', target, copy])
    # A .desc file holds the text before an attachment, which is a part file as well.
    found = [part(data, names=[] if name.startswith('part') else [name]) for name, data in files(target) if not name.endswith('.desc')]
    return found or None


def reformime(path, work):
    with open(path, 'rb') as source:
        sections = run(['reformime', '-i'], stdin=source).stdout.decode('latin-1')
    blocks, current = [], {}
    for line in sections.splitlines() + ['']:
        if not line:
            if current.get('section'):
                blocks.append(current)
            current = {}
        else:
            name, _, value = line.partition(': ')
            current[name] = value
    found = []
    for block in blocks:
        section = block['section']
        if any(other['section'].startswith(section + '.') for other in blocks):
            continue
        with open(path, 'rb') as source:
            data = run(['reformime', '-e', '-s', section], stdin=source).stdout
        name = block.get('content-disposition-filename') or block.get('content-name')
        found.append(part(data, block.get('content-type', ''), [name] if name else []))
    return found


read = {'ripmime': ripmime, 'munpack': munpack, 'reformime': reformime}[which]


def line_of(file):
    line = {'id': file[:-4]}
    work = tempfile.mkdtemp()
    try:
        found = read(os.path.join(folder, file), work)
        if found is None:
            line['error'] = 'nothing extracted'
        else:
            line['parts'] = found
    except (subprocess.TimeoutExpired, OSError) as fault:
        line['error'] = type(fault).__name__
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return json.dumps(line) + '\n'


# Most of the time goes into starting processes: a few at a time.
with ThreadPoolExecutor(4) as pool, open(out, 'w', encoding='utf-8') as target:
    for text in pool.map(line_of, sorted(os.listdir(folder))):
        target.write(text)
