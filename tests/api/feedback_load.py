"""``kill -9`` of a server under feedback: ``python tests/api/feedback_load.py --kills 20``.

Clients send each answer with its key until it is acknowledged, across the kills. At the end every
acknowledged answer must be in the label file, and no key twice.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
CLIENTS = 8


@dataclass
class Result:
    """What came of it: keys that were acknowledged and are missing, and those that are there twice;
    ``repeated`` answers came again after an acknowledgement that was lost."""

    acknowledged: int = 0
    repeated: int = 0
    missing: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)


class _Load:
    """Clients that send without pause until they are stopped."""

    def __init__(self, port: int, ids: list[str]) -> None:
        self._port, self._ids = port, ids
        self.acknowledged: dict[str, str] = {}
        self.repeated = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._client, args=(n,), daemon=True) for n in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(60)

    def _client(self, number: int) -> None:
        turn = 0
        while not self._stopped.is_set():
            key = f"client-{number}-{turn:06d}"
            image = self._ids[(number + turn) % len(self._ids)]
            if self._send(key, image):
                turn += 1
            else:
                time.sleep(0.02)  # the server is gone; the same answer goes out again

    def _send(self, key: str, image: str) -> bool:
        body = json.dumps({"key": key, "id": image, "right": True, "class": "red"})
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/v1/feedback", body, headers)
            answer = connection.getresponse()
            content = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            connection.close()
        if answer.status != 200:
            return False
        with self._lock:
            self.acknowledged[key] = image
            self.repeated += content["again"]
        return True


def load(folder: Path, kills: int, seed: int = 0) -> Result:
    """Kill a server again and again while clients send, and count afterwards."""
    sys.path.insert(0, str(HERE.parent))
    from api.serving import coloured, free_port, model_of

    project = coloured(folder)
    file = model_of(project, folder / "colours.winnow")
    port, chance = free_port(), random.Random(seed)
    clients = _Load(port, project.pool().ids)
    for _ in range(kills):
        process = _start(file, folder / "ws", port)
        before = len(clients.acknowledged)
        while len(clients.acknowledged) == before:
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.wait()
    process = _start(file, folder / "ws", port)
    time.sleep(0.3)
    clients.stop()
    process.kill()
    process.wait()
    return _judge(clients, project.workspace.labels)


def _start(file: Path, workspace: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(HERE / "feedback_server.py"), str(file), str(workspace)]
    process = subprocess.Popen([*command, str(port)])
    end = time.monotonic() + 120
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/ready")
            if connection.getresponse().status == 200:
                return process
        except OSError:
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.05)


def _judge(clients: _Load, labels: Path) -> Result:
    with sqlite3.connect(labels) as connection:
        rows = connection.execute(
            "SELECT client, image_id FROM events WHERE source = 'feedback:colours'"
        ).fetchall()
    stored: dict[str, list[str]] = {}
    for client, image in rows:
        stored.setdefault(client.removeprefix("feedback:"), []).append(image)
    wanted = clients.acknowledged
    return Result(
        len(wanted),
        clients.repeated,
        [key for key, image in wanted.items() if stored.get(key, [None])[0] != image],
        [key for key, images in stored.items() if len(images) > 1],
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        outcome = load(Path(made), asked.kills, asked.seed)
    print(
        f"{asked.kills} kills: {outcome.acknowledged:,} acknowledged ({outcome.repeated} sent again"
        f" after an answer that was lost), {len(outcome.missing)} missing, {len(outcome.twice)} "
        "twice"
    )
    sys.exit(bool(outcome.missing or outcome.twice))
