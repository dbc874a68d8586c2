"""Asks a gateway's management socket: ask.py SOCKET PATH. Prints the body; exit 0 for 200, 1 for another status, 3 when nobody answers."""
import sys

from relay import ask

if __name__ == "__main__":
    try:
        status, body = ask(sys.argv[1], sys.argv[2])
    except OSError:
        sys.exit(3)
    sys.stdout.write(body.decode())
    sys.exit(0 if status == 200 else 1)
