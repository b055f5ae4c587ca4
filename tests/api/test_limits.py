"""A server takes so much and no more, says so in one sentence, and ends what it began."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from api.serving import TOKEN, GatedEncoder, Reply, Running, form_of, running, wait_for
from colours import ColourEncoder
from hostile import huge_png
from PIL import Image

from core.api.settings import Settings

Pictures = list[tuple[str, bytes]]


def later(work: Callable[[], Reply], into: list[Reply]) -> threading.Thread:
    thread = threading.Thread(target=lambda: into.append(work()))
    thread.start()
    return thread


def test_beyond_the_queue_comes_429_and_nothing_is_lost(file: Path, pictures: Pictures) -> None:
    encoder = GatedEncoder()
    with running([file], Settings(queue=6), encoder) as one:
        encoder.gate.clear()
        waiting: list[Reply] = []
        threads = [later(lambda: one.form("/v1/classify", pictures[:2]), waiting) for _ in "abc"]
        wait_for(lambda: one.service.models.inside == 6)
        refused = one.form("/v1/classify", pictures[:1])
        assert refused.status == 429
        assert int(refused.headers["Retry-After"]) >= 1
        assert "6 images are waiting" in refused.error
        assert b"winnow_queue_images 6.0" in one.get("/metrics").body
        encoder.gate.set()
        for thread in threads:
            thread.join()
        assert [reply.status for reply in waiting] == [200] * 3
        wait_for(lambda: one.service.models.inside == 0)
        assert one.form("/v1/classify", pictures[:6]).status == 200
        # More at once than would ever fit is no reason to wait.
        assert one.form("/v1/classify", pictures[:7]).status == 429


def test_a_request_that_takes_too_long_ends_and_frees_its_place(
    file: Path, pictures: Pictures
) -> None:
    encoder = GatedEncoder()
    with running([file], Settings(queue=4, seconds=0.5), encoder) as one:
        encoder.gate.clear()
        late = one.form("/v1/classify", pictures[:3])
        assert late.status == 504 and "0.5 s" in late.error
        assert one.get("/health").status == 200
        encoder.gate.set()
        wait_for(lambda: one.service.models.inside == 0)
        assert one.form("/v1/classify", pictures[:4]).status == 200
        assert one.service.traffic.bytes == one.service.traffic.running == 0


def test_a_body_that_does_not_come_ends_too(file: Path) -> None:
    with running([file], Settings(seconds=0.5)) as one:
        with socket.create_connection(("127.0.0.1", one.port), timeout=30) as wire:
            wire.sendall(
                f"POST /v1/classify HTTP/1.1\r\nHost: 127.0.0.1:{one.port}\r\n"
                f"Authorization: Bearer {TOKEN}\r\nContent-Type: image/jpeg\r\n"
                "Content-Length: 1000\r\n\r\nabc".encode()
            )
            assert wire.recv(4_096).startswith(b"HTTP/1.1 408")
        wait_for(lambda: one.service.traffic.running == 0)
        assert one.service.traffic.bytes == 0


@pytest.mark.parametrize("named", [True, False])
def test_a_body_that_is_too_large_is_refused(file: Path, named: bool) -> None:
    with running([file], Settings(body_bytes=50_000)) as one:
        body = bytes(60_000)
        sent = body if named else iter([body[:30_000], body[30_000:]])  # in pieces: no length
        reply = one.ask("POST", "/v1/classify", sent, {"Content-Type": "image/png"})  # type: ignore[arg-type]
        assert reply.status == 413 and "MB" in reply.error
        assert one.service.traffic.bytes == 0


def test_all_bodies_together_have_a_limit(file: Path, pictures: Pictures) -> None:
    encoder = GatedEncoder()
    size = len(form_of(pictures[:4])[0])
    with running([file], Settings(all_bytes=size + 100), encoder) as one:
        encoder.gate.clear()
        first: list[Reply] = []
        thread = later(lambda: one.form("/v1/classify", pictures[:4]), first)
        wait_for(lambda: one.service.models.inside == 4)
        second = one.form("/v1/classify", pictures[:4])
        assert second.status == 429 and second.headers["Retry-After"] == "1"
        encoder.gate.set()
        thread.join()
        assert first[0].status == 200


def test_requests_at_once_have_a_limit_but_health_answers(file: Path, pictures: Pictures) -> None:
    encoder = GatedEncoder()
    with running([file], Settings(requests=2), encoder) as one:
        encoder.gate.clear()
        replies: list[Reply] = []
        threads = [later(lambda: one.form("/v1/classify", pictures[:1]), replies) for _ in "ab"]
        wait_for(lambda: one.service.traffic.running == 2)
        assert one.form("/v1/classify", pictures[:1]).status == 429
        for path in ("/health", "/ready", "/metrics"):
            assert one.get(path).status == 200
        encoder.gate.set()
        for thread in threads:
            thread.join()


def test_pictures_of_too_many_pixels_and_too_many_images(file: Path, pictures: Pictures) -> None:
    made = io.BytesIO()
    Image.fromarray(np.zeros((300, 400, 3), np.uint8)).save(made, "PNG")
    with running([file], Settings(pixels=100_000, images=3)) as one:
        large = one.form("/v1/classify", [("a.png", made.getvalue())])
        assert large.status == 413 and "400 × 300" in large.error
        assert one.form("/v1/classify", [("b.png", huge_png())]).status == 422  # not even opened
        assert one.form("/v1/classify", pictures[:4]).status == 413
        encoded = {"images": ["QUJD"] * 4}
        assert one.json("/v1/classify", encoded).status == 413
        assert one.form("/v1/classify", pictures[:3]).status == 200


def test_a_fault_of_the_encoder_is_ours_and_the_next_request_goes_through(
    file: Path, pictures: Pictures
) -> None:
    class Faulty(ColourEncoder):
        broken = True

        def encode_images(self, pixels: np.ndarray) -> np.ndarray:
            if self.broken:
                raise ValueError("a secret of ours")
            return super().encode_images(pixels)

    encoder = Faulty()
    with running([file], encoder=encoder) as one:
        reply = one.form("/v1/classify", pictures[:2])
        assert reply.status == 500 and "secret" not in reply.error
        encoder.broken = False
        assert one.form("/v1/classify", pictures[:2]).status == 200


def test_an_image_without_a_direction_is_refused_alone(file: Path, pictures: Pictures) -> None:
    class Blind(ColourEncoder):
        def encode_images(self, pixels: np.ndarray) -> np.ndarray:
            vectors = super().encode_images(pixels)
            vectors[vectors.argmax(axis=1) % 3 == 0] = np.nan  # red ones
            return vectors

    with running([file], encoder=Blind()) as one:
        answers = one.form("/v1/classify", pictures[:3]).content["images"]
        assert ["error" in answer for answer in answers] == [True, False, False]


def test_a_server_that_is_stopped_finishes_and_refuses(file: Path, pictures: Pictures) -> None:
    encoder = GatedEncoder()
    with running([file], encoder=encoder) as one:
        encoder.gate.clear()
        first: list[Reply] = []
        thread = later(lambda: one.form("/v1/classify", pictures[:2]), first)
        wait_for(lambda: one.service.models.inside == 2)
        one.server.handle_exit(15, None)
        refused = one.form("/v1/classify", pictures[:1])
        assert refused.status == 503 and "stopped" in refused.error
        assert one.get("/ready").status == 503
        assert one.get("/health").status == 200
        encoder.gate.set()
        thread.join()
        assert first[0].status == 200
        wait_for(lambda: not one.server.servers[0].is_serving())


def test_a_lone_request_waits_for_nobody(served: Running, pictures: Pictures) -> None:
    batcher = next(iter(served.service.models)).batcher
    assert batcher._coming == 0
    begun = time.monotonic()
    assert served.form("/v1/classify", pictures[:1]).status == 200
    assert time.monotonic() - begun < 30  # and not until somebody else comes
