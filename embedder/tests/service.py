"""The real service, a process of its own on a port of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import httpx

ROOT = Path(__file__).parent.parent
#: Generous: the machine may be busy with other tests.
PATIENCE_SECONDS = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Service:
    def __init__(self, **env: str) -> None:
        self.env = env

    def __enter__(self) -> "Service":
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = tempfile.TemporaryFile("w+")
        command = [sys.executable, "-m", "signalbox_embedder", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **self.env}, stdout=self._log, stderr=self._log)
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE_SECONDS)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.log()
                self.__exit__(None, None, None)
                raise AssertionError(f"the service did not start: {said}")
            time.sleep(0.05)
        return self

    def _ready(self) -> bool:
        try:
            return self.client.get("/.well-known/ready").status_code == 204
        except httpx.TransportError:
            return False

    def log(self) -> str:
        self._log.flush()
        self._log.seek(0)
        return self._log.read()

    def ask_and_keep(self, path: str, body: object) -> socket.socket:
        """Sends a request whole and returns its connection, for the test to close instead of reading an answer."""
        connection = socket.create_connection(("127.0.0.1", self.port))
        content = json.dumps(body).encode()
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
        return connection

    def ask_to_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        return self.process.wait(PATIENCE_SECONDS)

    def metric(self, name: str, otherwise: float | None = None) -> float:
        """A series with labels is there only when it has been counted: `otherwise` says what it is before."""
        for line in self.client.get("/metrics").text.splitlines():
            if line.startswith(f"{name} "):
                return float(line.rpartition(" ")[2])
        if otherwise is None:
            raise AssertionError(f"/metrics has no {name}")
        return otherwise

    def wait_until(self, name: str, value: float) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.metric(name, otherwise=0) != value:
            assert time.monotonic() < deadline, f"{name} did not become {value}: {self.client.get('/metrics').text}"
            time.sleep(0.02)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._log.close()
