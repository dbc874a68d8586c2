"""Holds five conversations with the sample of Gateway.SmtpServerGuard: pack-guard.py PORT FOLDER PATIENCE. Used by pack-guard.sh."""
import os
import shutil
import socket
import sys
import time

HEAD = b"From: a@one.test\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@one.test>\r\nSubject: x\r\n\r\n"
bad = 0


def connect(port, patience):
    end = time.monotonic() + patience
    while True:
        try:
            stream = socket.create_connection(("127.0.0.1", port), timeout=patience).makefile("rwb")
            reply(stream)
            say(stream, b"EHLO pack.test")
            return stream
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def reply(stream):
    while True:
        line = stream.readline().decode("latin-1").rstrip("\r\n")
        if line[3:4] != "-":
            return line


def say(stream, line):
    stream.write(line + b"\r\n")
    stream.flush()
    return reply(stream)


def deliver(stream, content):
    for line in (b"MAIL FROM:<a@one.test>", b"RCPT TO:<b@two.test>", b"DATA"):
        said = say(stream, line)
        if said[:1] not in "23":
            return said
    return say(stream, content + b".")


def expect(what, said, begin):
    global bad
    good = said.startswith(begin)
    bad += not good
    print(f"{'ok ' if good else 'BAD'} {what}: {said}")


def files(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def main():
    port, folder, patience = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    clean, held = os.path.join(folder, "clean"), os.path.join(folder, "held")
    stream = connect(port, patience)
    message = HEAD + b"..stuffed\r\nHello\r\n"
    expect("clean mail", deliver(stream, message), "250 ")
    names = files(clean)
    stored = open(os.path.join(clean, names[0]), "rb").read() if names else b""
    expect("clean mail is stored byte for byte", "yes" if stored == HEAD + b".stuffed\r\nHello\r\n" else repr(stored), "yes")
    expect("mail without a header is held", deliver(stream, b"no header field at all\r\n"), "250 2.0.0 ")
    expect("held mail is two files", " ".join(os.path.splitext(n)[1] for n in files(held)), ".eml .json")
    expect("a bare LF is refused with rule and octet", deliver(stream, HEAD + b"line\nline\r\n"), f"550 5.6.0 Message refused (bare-lf at octet {len(HEAD) + 4})")
    shutil.rmtree(clean)
    open(clean, "wb").close()
    expect("a store that fails puts off", deliver(stream, message), "451 4.3.0 ")
    os.remove(clean)
    expect("the session goes on behind it", deliver(stream, message), "250 ")
    expect("a control character in an address is refused", say(stream, b'MAIL FROM:<"a\\tb"@one.test>'), "553 5.1.7 ")
    expect("the end", say(stream, b"QUIT"), "221 ")
    print("pack-guard: " + (f"{bad} BROKEN" if bad else "five conversations as the README says"))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
