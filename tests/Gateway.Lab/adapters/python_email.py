"""Python's email package. Usage: python_email.py FOLDER OUT {default|compat32}"""
import base64
import email
import email.policy
import email.utils
import json
import os
import sys

folder, out, which = sys.argv[1:4]
policy = email.policy.default if which == 'default' else email.policy.compat32


def clean(name):
    return name.encode('utf-8', 'backslashreplace').decode()


def leaves(part):
    if part.is_multipart():
        for child in part.get_payload():
            yield from leaves(child)
    else:
        data = part.get_payload(decode=True)
        if data is None:
            data = b''
        try:
            name = part.get_filename()
        except Exception:
            name = '?'
        try:
            kind = part.get_content_type()
        except Exception:
            kind = '?'
        yield {'type': kind, 'data': base64.b64encode(data).decode(), 'names': [clean(str(name))] if name else []}


def authors(message):
    """The addresses of From as the package's own callers get them."""
    try:
        if which == 'default':
            field = message['From']
            return [] if field is None else [address.addr_spec for address in field.addresses]
        return [address for _, address in email.utils.getaddresses([str(value) for value in message.get_all('From', [])])]
    except Exception:
        return None


with open(out, 'w', encoding='utf-8', errors='backslashreplace') as target:
    for file in sorted(os.listdir(folder)):
        line = {'id': file[:-4]}
        try:
            with open(os.path.join(folder, file), 'rb') as source:
                message = email.message_from_binary_file(source, policy=policy)
            line['parts'] = list(leaves(message))
            found = authors(message)
            line['from'] = None if found is None else [clean(address) for address in found]
        except Exception as fault:
            line['error'] = f'{type(fault).__name__}: {fault}'
        target.write(json.dumps(line) + '\n')
