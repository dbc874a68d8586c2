"""A gateway as a child process of a script, and what scripts ask it. Waits take GATEWAY_PATIENCE seconds (120) and end with the log's tail."""
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

from ports import free_port

PATIENCE = float(os.environ.get("GATEWAY_PATIENCE", "120"))


def wait_until(done, what, patience=PATIENCE, pause=0.1, log=None):
    """Returns when done() is true; ends the script with what did not happen otherwise."""
    until = time.monotonic() + patience
    while not done():
        if time.monotonic() > until:
            sys.exit(f"{what} did not happen within {patience:g} s (GATEWAY_PATIENCE; load {os.getloadavg()[0]:.1f})\n{tail(log)}")
        time.sleep(pause)


def tail(log, lines=20):
    if not log or not os.path.exists(log):
        return ""
    with open(log, errors="replace") as file:
        return f"--- {log}\n" + "".join(file.readlines()[-lines:])


def answers(port, greeting=b"220", seconds=5):
    """Whether something on the port greets. A milter waits for its client to speak: b"" is enough there."""
    try:
        with socket.create_connection(("127.0.0.1", port), seconds) as s:
            s.settimeout(seconds)
            if greeting and not s.recv(64).startswith(greeting):
                return False
            if greeting:
                s.sendall(b"QUIT\r\n")
            return True
    except OSError:
        return False


def memory(pid, field="VmRSS"):
    """Resident memory of a process in MiB; VmHWM is the most it was."""
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(field + r":\s+(\d+) kB", status.read()).group(1)) / 1024


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(path, resource, token=None, timeout=120):
    """GET over a management socket: status and body. OSError: nobody answers."""
    connection = _UnixConnection(path, timeout)
    try:
        connection.request("GET", resource, headers={"Authorization": f"Bearer {token}"} if token else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


class Gateway:
    """Everything that is not set is the default: all rules on, durable before 250. What asks it (is_ready, get) needs the default management socket."""

    def __init__(self, dll, directory, *settings, management=None):
        self.dll, self.directory, self.port = dll, directory, free_port()
        self.data, self.log, self.socket = f"{directory}/data", f"{directory}/gateway.log", f"{directory}/gateway.sock"
        self.settings = [f"--Gateway:DataDirectory={self.data}", f"--Gateway:Listeners:0:Endpoint=127.0.0.1:{self.port}",
                         f"--Gateway:Management:Endpoint={management or 'unix:' + self.socket}", *settings]
        self.process, self.log_start = None, 0
        os.makedirs(directory, exist_ok=True)

    def launch(self):
        """Starts the process and does not wait."""
        self.log_start = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(["dotnet", self.dll, "run", *self.settings], stdout=log, stderr=subprocess.STDOUT)

    def start(self, patience=PATIENCE):
        """Starts it and returns when it is ready for mail (/readyz)."""
        self.launch()
        wait_until(self.is_ready, "a gateway that is ready", patience, log=self.log)
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            sys.exit(f"the gateway did not start, exit code {self.process.returncode}\n{tail(self.log)}")
        try:
            return ask(self.socket, "/readyz", timeout=10)[0] == 200
        except OSError:
            return False

    def stop(self):
        """SIGTERM; the exit code."""
        if self.process is None:
            return 0
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def get(self, resource):
        """The octets of an answer of the API. OSError: another status than 200."""
        with open(f"{self.data}/management.token") as file:
            token = file.read().strip()
        status, body = ask(self.socket, f"/api/{resource}", token)
        if status != 200:
            raise OSError(f"/api/{resource}: {status} {body[:200]!r}")
        return body

    def json(self, resource):
        return json.loads(self.get(resource))

    def waiting(self):
        """Messages that are active or deferred."""
        status = self.json("status")
        return status["active"] + status["deferred"]

    def memory(self, field="VmRSS"):
        return memory(self.process.pid, field)

    def remove(self):
        shutil.rmtree(self.directory, ignore_errors=True)
