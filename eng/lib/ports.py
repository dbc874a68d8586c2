"""Loopback ports for processes that must be told theirs; the same locks as free_ports in common.sh."""
import fcntl
import os
import random
import socket

FOLDER = "/tmp/gateway-ports"
_kept = []


def free_port():
    """A port below ip_local_port_range that no other script of eng takes while this process runs. RuntimeError: there is none."""
    os.makedirs(FOLDER, exist_ok=True)
    for _ in range(2000):
        port = random.randrange(20000, 32000)
        lock = open(f"{FOLDER}/{port}", "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        _kept.append(lock)
        return port
    raise RuntimeError("no free port from 20000 to 31999")
