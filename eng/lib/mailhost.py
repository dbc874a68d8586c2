"""A mail host behind the gateway that takes everything, and a client in front of it. Written apart from the gateway: line by line, dots undone."""
import re
import socket
import threading
import time


class Sink(threading.Thread):
    """Commands and dots between CRLF only. took(sender, recipients, content) is called for each message, one at a time, before its 250."""

    def __init__(self, took, extensions=(b"PIPELINING", b"8BITMIME", b"SMTPUTF8"), refuse=lambda recipient: False, port=0, host="127.0.0.1"):
        super().__init__(daemon=True)
        self.listener = socket.create_server((host, port), backlog=200)
        self.port = self.listener.getsockname()[1]
        self.took, self.extensions, self.refuse = took, extensions, refuse
        self.lock, self.last = threading.Lock(), time.monotonic()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        try:
            self.converse(connection.makefile("rwb"))
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    def converse(self, wire):
        def say(line):
            wire.write(line + b"\r\n")
            wire.flush()
        sender, recipients = "", []
        say(b"220 sink.test ESMTP")
        while line := wire.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                say(b"250-sink.test\r\n" + b"".join(b"250-%b\r\n" % e for e in self.extensions[:-1]) + b"250 " + self.extensions[-1])
            elif verb == b"MAIL":
                sender, recipients = re.search(rb"<(.*?)>", line).group(1).decode(), []
                say(b"250 2.1.0 Ok")
            elif verb == b"RCPT":
                recipient = re.search(rb"<(.*?)>", line).group(1).decode()
                if self.refuse(recipient):
                    say(b"450 4.2.1 later")
                else:
                    recipients.append(recipient)
                    say(b"250 2.1.5 Ok")
            elif verb == b"DATA":
                say(b"354 go")
                content = self.content(wire)
                if content is None:
                    return
                with self.lock:
                    self.took(sender, recipients, content)
                    self.last = time.monotonic()
                say(b"250 2.0.0 Ok")
            elif verb == b"QUIT":
                say(b"221 2.0.0 Bye")
                return
            else:
                say(b"250 2.0.0 Ok")

    @staticmethod
    def content(wire):
        """The octets up to the end of data, without it; None when the client has gone."""
        content, at_line = bytearray(), True
        while part := wire.readline():
            if at_line and part == b".\r\n":
                return bytes(content)
            content += part[1:] if at_line and part.startswith(b".") else part
            at_line = part.endswith(b"\r\n")
        return None


class Client:
    """One SMTP session. Replies are the last line of each, without its line end."""

    def __init__(self, port, hello=b"client.test", source=None, seconds=60):
        self.socket = socket.create_connection(("127.0.0.1", port), seconds, source_address=(source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.wire = self.socket.makefile("rb")
        self.greeting = self.reply()
        if hello:
            self.say(b"EHLO " + hello)

    def reply(self):
        """Empty when the gateway has hung up."""
        try:
            while (line := self.wire.readline())[3:4] == b"-":
                pass
        except OSError:
            return ""
        return line.decode("latin-1").strip()

    def say(self, line):
        self.socket.sendall(line + b"\r\n")
        return self.reply()

    def send(self, sender, recipient, content):
        """A whole message, dots doubled; the reply to the end of data, or the first that was not positive."""
        for line in (b"MAIL FROM:<" + sender + b">", b"RCPT TO:<" + recipient + b">", b"DATA"):
            answer = self.say(line)
            if answer[:1] not in "23" or not answer:
                return answer
        self.socket.sendall((b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n")
        return self.reply()

    def close(self):
        try:
            self.say(b"QUIT")
        except OSError:
            pass
        self.socket.close()
