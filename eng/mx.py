#!/usr/bin/env python3
"""Mail by MX against a name server of ours. eng/mx.sh starts it in a network namespace: a host that DNS names is never loopback for the gateway.

Usage: mx.py gateway.dll [--short]
"""
import os
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from mailhost import Client, Sink
from nameserver import NXDOMAIN, SERVFAIL, NameServer
from relay import Gateway, wait_until

HOST = "192.0.2.10"
# The discard prefix: no host answers there.
NOWHERE = "100::1"
DAY = 86400
HOLD = 30
# Hebrew, the same with a digit behind, Dhivehi, Yiddish with a point at the end, and one that only looks like an A-label.
NAMES = ["xn--" + name.encode("punycode").decode() for name in ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd1", "\u078b\u07a8\u0788\u07ac\u0780\u07a8", "\u05d8\u05e2\u05e1\u05d8\u05b7")] + ["xn--9"]

taken, failing = [], set()


def zone(name, kind):
    """Each domain d.test has the host mx.d.test; half.test has an address of each family, of which only IPv4 is any good."""
    if (name, kind) in failing:
        return SERVFAIL
    if name.startswith("nowhere"):
        return NXDOMAIN
    if kind == "MX":
        return [(DAY, "mx." + name)] if not name.startswith("mx.") else []
    if kind == "AAAA":
        return [(DAY, NOWHERE)] if name == "mx.half.test" else []
    return [(5, HOST)] if name.startswith("mx.") else []


def main():
    short = "--short" in sys.argv
    sink = Sink(lambda sender, recipients, content: taken.extend(recipients), host=HOST)
    sink.start()
    old, new = NameServer(zone), NameServer(zone)
    directory = tempfile.mkdtemp(prefix="gateway-mx.")
    configuration = f"{directory}/gateway.json"
    write(configuration, old)
    gateway = Gateway(sys.argv[1], directory, "-c", configuration, "--Gateway:Relay:DefaultRoute:Kind=mx", f"--Gateway:Relay:DefaultRoute:MxPort={sink.port}",
                      "--Gateway:Relay:AllowedNetworks=127.0.0.0/8", "--Gateway:Relay:Retry:First=1s", "--Gateway:Delivery:ConnectTimeout=3s",
                      "--Gateway:Delivery:MessagesPerConnection=1", "--Gateway:Shutdown:DrainTimeout=2s").start()
    try:
        for name in NAMES:
            arrives(gateway, f"a@{name}.test")
        arrives(gateway, f"a@[{HOST}]")
        refused = Client(gateway.port).send(b"ada@example.org", b"a@[127.0.0.1]", content("self"))
        told(refused.startswith("550 5.4.6"), f"an address of ours in brackets is refused: {refused}")
        failing.add(("mx.half.test", "A"))
        send(gateway, "b@half.test")
        wait_until(lambda: ("mx.half.test", "A") in old.asked, "a question", log=gateway.log)
        time.sleep(1)
        failing.clear()
        if not short:
            arrives(gateway, "c@half.test", HOLD + 10)
        write(configuration, new)
        gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: gateway.json("status")["generation"] == 2, "a reload", log=gateway.log)
        arrives(gateway, "d@xn--9.test")
        told(("xn--9.test", "MX") in new.asked, "the name server of the reload is asked")
    finally:
        gateway.stop()
    gateway.remove()
    print("good")


def write(configuration, server):
    with open(configuration, "w") as file:
        file.write('{"Gateway": {"HostName": "gw.test", "Relay": {"DnsServers": ["%s"]}}}' % server.address)


def content(subject):
    return (f"From: ada@example.org\r\nTo: b@example.net\r\nSubject: {subject}\r\nDate: Mon, 30 Nov 2026 10:00:00 +0000\r\n"
            f"Message-ID: <{subject}@example.org>\r\n\r\nHello.\r\n").encode()


def send(gateway, recipient):
    client = Client(gateway.port)
    answer = client.send(b"ada@example.org", recipient.encode(), content("x"))
    client.close()
    told(answer.startswith("250"), f"{recipient} is taken: {answer}")


def arrives(gateway, recipient, patience=None):
    send(gateway, recipient)
    wait_until(lambda: recipient in taken, f"{recipient} at its host", *([patience] if patience else []), log=gateway.log)
    print(f"good  {recipient} is at its host")


def told(holds, what):
    if not holds:
        sys.exit(f"BAD   {what}")
    print(f"good  {what}")


if __name__ == "__main__":
    main()
