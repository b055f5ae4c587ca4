"""A real server of model files in a thread, real sockets, and an encoder without weights."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import numpy as np
from colours import ColourEncoder, write_pictures

from core.api.app import Service
from core.api.limits import Traffic
from core.api.metrics import Metrics
from core.api.models import load_models
from core.api.server import Server, server
from core.api.settings import Settings
from core.embedding.run import embed
from core.encoders.base import Encoder
from core.project.project import Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.access.addresses import bind
from core.runtime.access.tokens import Tokens
from core.services.sorter.feedback import Feedback
from core.services.sorter.making import make_sorter
from core.sorter.model_file import write
from core.store.labels.base import Event

TOKEN = "a-token-of-some-length_0123"
WORDS = Vocabulary.of({"red": ["red", "a red picture"], "green": ["green"], "blue": ["blue"]})


class GatedEncoder(ColourEncoder):
    """An encoder that waits until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()

    def encode_images(self, pixels: np.ndarray) -> np.ndarray:
        assert self.gate.wait(60)
        return super().encode_images(pixels)


@dataclass
class Reply:
    """An answer of a server."""

    status: int
    headers: Message
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The one sentence of a refusal."""
        content = self.content
        assert set(content) == {"error"}, content
        text = content["error"]
        assert isinstance(text, str) and text.strip() and "\n" not in text
        assert "Traceback" not in text
        return text


@dataclass
class Running:
    """A server that runs."""

    service: Service
    server: Server
    port: int
    encoder: Encoder
    files: list[Path]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        token: str | None = TOKEN,
    ) -> Reply:
        """One request in a connection of its own."""
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **more: Any) -> Reply:
        return self.ask("GET", path, **more)

    def json(self, path: str, content: Any, **more: Any) -> Reply:
        """Send JSON."""
        return self.ask(
            "POST", path, json.dumps(content).encode(), {"Content-Type": "application/json"}, **more
        )

    def form(self, path: str, files: list[tuple[str, bytes]], **more: Any) -> Reply:
        """Send files as a form does."""
        body, kind = form_of(files)
        return self.ask("POST", path, body, {"Content-Type": kind}, **more)


def form_of(files: list[tuple[str, bytes]]) -> tuple[bytes, str]:
    """The body of a form with files, and its type."""
    mark = uuid.uuid4().hex.encode()
    parts = [
        b'--%s\r\nContent-Disposition: form-data; name="image"; filename="%s"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n%s\r\n" % (mark, name.encode(), data)
        for name, data in files
    ]
    return b"".join(
        [*parts, b"--%s--\r\n" % mark]
    ), f"multipart/form-data; boundary={mark.decode()}"


def coloured(folder: Path, count: int = 45, classes: Vocabulary = WORDS) -> Project:
    """A workspace of red, green and blue pictures with 24 labels, in ``folder``."""
    truth = write_pictures(folder / "pictures", count)
    project = Project.open(folder / "pictures", folder / "ws").use(ColourEncoder())
    embed(project.workspace, ColourEncoder())
    project.save_vocabulary(classes)
    snapshot = project.snapshot()
    pool, names = snapshot.pool, dict(zip(WORDS.names, classes.names, strict=True))
    rows = snapshot.audit_order[:24]
    events = [Event(pool.ids[r], names[truth[pool.paths[r]]]) for r in rows]
    project.labels.add(events, "ann", "test")
    return project


def model_of(project: Project, file: Path, exemplars: bool = True) -> Path:
    """The model file of a project."""
    write(make_sorter(project.snapshot(), file.stem, exemplars=exemplars), file)
    return file


@contextmanager
def running(
    files: list[Path],
    settings: Settings | None = None,
    encoder: Encoder | None = None,
    project: Project | None = None,
    token: str | None = TOKEN,
    batch_size: int | None = None,
) -> Iterator[Running]:
    """Serve model files in a thread of this process."""
    settings, encoder, metrics = settings or Settings(), encoder or ColourEncoder(), Metrics()
    bound = bind("127.0.0.1", free_port())
    models = load_models(files, lambda _: encoder, settings, metrics, batch_size)
    feedback = Feedback(project) if project is not None else None
    service = Service(models, settings, metrics, Traffic(settings), feedback)
    own = server(service, bound, Tokens(token, bound.port) if token else None)
    thread = threading.Thread(target=own.run, daemon=True)
    thread.start()
    wait_for(lambda: own.started)
    try:
        yield Running(service, own, bound.port, encoder, files)
    finally:
        own.should_exit = True
        if isinstance(encoder, GatedEncoder):
            encoder.gate.set()
        thread.join(60)
        models.close()
        assert not thread.is_alive()


def free_port() -> int:
    """A port that nobody listens at."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Any, seconds: float = 60.0) -> None:
    """Wait until something is so; fails when it never is."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)
