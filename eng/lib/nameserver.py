"""A name server over UDP that says what a script wants. Written apart from the gateway."""
import socket
import threading

TYPES = {"A": 1, "MX": 15, "AAAA": 28}
SERVFAIL, NXDOMAIN = 2, 3


def octets(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


class NameServer(threading.Thread):
    """answer(name, type) gives a list of (life, value), values of MX being host names, or a code such as SERVFAIL."""

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.answer, self.asked = answer, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            question, asker = self.socket.recvfrom(4096)
            self.socket.sendto(self.reply(question), asker)

    def reply(self, question):
        at, labels = 12, []
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        kind = {number: name for name, number in TYPES.items()}[int.from_bytes(question[at + 1:at + 3], "big")]
        name = ".".join(labels).lower()
        self.asked.append((name, kind))
        said = self.answer(name, kind)
        code, records = (said, []) if isinstance(said, int) else (0, said)
        return (question[:2] + (0x8180 | code).to_bytes(2, "big") + b"\0\1" + len(records).to_bytes(2, "big") + b"\0\0\0\0" + question[12:at + 5]
                + b"".join(self.record(kind, life, value) for life, value in records))

    @staticmethod
    def record(kind, life, value):
        data = {"MX": lambda: b"\0\x0a" + octets(value), "A": lambda: socket.inet_aton(value), "AAAA": lambda: socket.inet_pton(socket.AF_INET6, value)}[kind]()
        return b"\xc0\x0c" + TYPES[kind].to_bytes(2, "big") + b"\0\1" + life.to_bytes(4, "big") + len(data).to_bytes(2, "big") + data
