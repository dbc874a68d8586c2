"""Called by eng/byte-exact.sh, which says what is compared: byte-exact.py DLL FOLDER SENDER."""
import json
import os
import sys
import tempfile
import time

from mailhost import Client, Sink
from relay import Gateway, wait_until

TRACE = b"Received: from exact.test ([127.0.0.1])\r\n\tby gateway.test (Gateway) with ESMTP id "


def wire_form(data):
    """Stored mail as it is sent: line ends CRLF, without an mbox line in front."""
    if data.startswith(b"From ") and b"\n" in data:
        data = data[data.index(b"\n") + 1:]
    data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return data if data.endswith(b"\r\n") else data + b"\r\n"


def without_received(data):
    """The octets after the first field, which must be a Received field of this gateway."""
    assert data.startswith(TRACE), data[:200]
    end = data.index(b"\r\n")
    while data[end + 2:end + 3] in (b" ", b"\t"):
        end = data.index(b"\r\n", end + 2)
    return data[end + 2:]


def send_all(port, paths, sender):
    """What was sent, by recipient; ids of accepted ones; path and reply of refused ones."""
    sent, accepted, refused = {}, {}, {}
    client = Client(port, b"exact.test")
    for number, path in enumerate(paths):
        with open(path, "rb") as file:
            data = wire_form(file.read())
        recipient = f"m{number}@example.net"
        sent[recipient] = data
        answer = client.send(sender.encode(), recipient.encode(), data)
        if not answer:
            sys.exit("byte-exact: the gateway hung up")
        if answer.startswith("250"):
            accepted[recipient] = answer.rsplit(" ", 1)[1]
        else:
            refused[recipient] = (path, answer)
            if len(refused) % 10 == 0:
                # A session with too many refusals is ended by the gateway, as it should be.
                client.close()
                client = Client(port, b"exact.test")
    client.close()
    return sent, accepted, refused


def quarantined(gateway):
    """Entries by first recipient."""
    found, after = {}, ""
    while page := gateway.json("quarantine?state=quarantined&limit=1000" + after):
        found.update((row["firstRecipient"], row) for row in page)
        after = "&after=" + page[-1]["cursor"]
    return found


def main(dll, folder, sender):
    got = {}
    sink = Sink(lambda _, recipients, content: [got.setdefault(r, []).append(content) for r in recipients])
    sink.start()
    gateway = Gateway(dll, tempfile.mkdtemp(prefix="byte-exact-"), "--Gateway:HostName=gateway.test", f"--Gateway:Relay:DefaultRoute:Hosts:0=127.0.0.1:{sink.port}")
    paths = sorted(os.path.join(root, name) for root, _, names in os.walk(folder) for name in names)
    good = False
    try:
        gateway.start()
        begin = time.monotonic()
        sent, accepted, refused = send_all(gateway.port, paths, sender)
        seconds = time.monotonic() - begin
        wait_until(lambda: gateway.waiting() == 0 and gateway.json("status")["quarantined"] + len(got) >= len(accepted), "an empty queue", log=gateway.log)
        held = quarantined(gateway)
        path_of = lambda recipient: paths[int(recipient[1:].split("@")[0])]
        exact = differing = twice = held_exact = 0
        lost = []
        for recipient in accepted:
            copies = got.get(recipient, [])
            if recipient in held:
                same = gateway.get("quarantine/" + held[recipient]["id"] + "/message") == sent[recipient]
                held_exact += same
                differing += not same
                twice += len(copies)
            elif not copies:
                lost.append(recipient)
            else:
                twice += len(copies) - 1
                if all(without_received(copy) == sent[recipient] for copy in copies):
                    exact += 1
                else:
                    differing += 1
                    print("DIFFERS:", path_of(recipient))
        for recipient, row in held.items():
            print(f"quarantined: {path_of(recipient)}: {row['worstRule']}")
        for path, answer in refused.values():
            print(f"refused: {path}: {answer}")
        octets = sum(len(data) for data in sent.values())
        print(f"{folder}: {len(sent)} sent ({octets} octets, {seconds:.1f} s, one message after another), {exact} delivered byte for byte, "
              f"{len(held)} held ({held_exact} byte for byte in the quarantine), {len(refused)} refused, "
              f"{differing} differ, {len(lost)} lost, {twice} twice")
        good = differing == 0 and not lost and twice == 0 and exact + held_exact + len(refused) == len(sent)
    finally:
        code = gateway.stop()
        gateway.remove()
    if code != 0:
        print("the gateway ended with exit code", code)
    sys.exit(0 if good and code == 0 else 1)


if __name__ == "__main__":
    main(*sys.argv[1:4])
