"""Images of many requests, encoded together.

A few threads decode; lanes encode what is ready. A lane that is free takes what waits at once: as
long as all lanes are busy images gather by themselves, and an idle server answers without delay.
Only where more images are just being decoded a lane waits for them, three milliseconds at most.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import numpy as np

from core.api.decoding import Picture, Upload, prepare
from core.api.metrics import Metrics
from core.api.settings import Refusal, Settings
from core.embedding.batching import CPU_IMAGES, BatchSize, encode
from core.encoders.base import NO_VECTOR, Encoder
from core.encoders.lanes import one_thread_each
from core.runtime.machine import usable_cpus

WAIT = 0.003
"""Seconds that a lane waits for images that are being decoded."""
_PATIENCE = (1, 60)  # seconds, least and most, after which to ask again

Work = Callable[[np.ndarray, Sequence[str]], Sequence[Any]]
"""What is made of vectors (n, D) float32 and the words (n,) beside them: a result an image."""


@dataclass(eq=False)
class _Job:
    """An image on its way."""

    upload: Upload | None
    work: Work
    words: str = ""
    future: Future[tuple[Picture, Any]] = field(default_factory=Future)
    picture: Picture | None = None

    def drop(self, _: object) -> None:
        """Let go of the bytes of an image that nobody waits for any more."""
        self.upload = None


class Batcher:
    """One encoder, shared by all requests. Safe for several threads."""

    def __init__(
        self, encoder: Encoder, settings: Settings, metrics: Metrics, batch_size: int | None = None
    ) -> None:
        """Start the threads.

        Args:
            batch_size: images a forward pass; chosen from the device when None.
        """
        self._encoder = encoder
        self._settings = settings
        self._metrics = metrics
        # A batch is not filled up here as it is for a collection: one image would cost as much as
        # eight. Vectors differ by rounding, far below the half precision that they are kept in.
        asked = batch_size or (CPU_IMAGES if encoder.device == "cpu" else None)
        self._size = BatchSize.for_device(encoder.device, asked)
        self._changed = threading.Condition()
        self._turn = threading.Lock()
        self._ready: deque[_Job] = deque()
        self._coming = 0
        self._inside = 0
        self._closed = False
        self._rate = _Rate()
        self._stack = ExitStack()
        self._stack.enter_context(one_thread_each(encoder.lanes))
        self._decoders = ThreadPoolExecutor(usable_cpus(), thread_name_prefix="decode")
        self._lanes = [
            threading.Thread(target=self._lane, name=f"lane-{n}", daemon=True)
            for n in range(encoder.lanes)
        ]
        for lane in self._lanes:
            lane.start()

    @property
    def inside(self) -> int:
        """Images that are in work or wait."""
        return self._inside

    @property
    def alive(self) -> bool:
        """Whether it can answer."""
        return not self._closed and all(lane.is_alive() for lane in self._lanes)

    def submit(self, uploads: Sequence[Upload], work: Work) -> list[Future[tuple[Picture, Any]]]:
        """Have images decoded, encoded and worked on; all of them or none.

        Returns:
            A future an image. What is wrong with an image is its future's exception.

        Raises:
            Refusal: the queue is full, or the server stops.
        """
        self._admit(len(uploads))
        jobs = [_Job(upload, work, upload.words) for upload in uploads]
        for job in jobs:
            job.future.add_done_callback(job.drop)
            self._decoders.submit(self._decode, job)
        return [job.future for job in jobs]

    def close(self) -> None:
        """Finish what is inside and stop the threads."""
        self._decoders.shutdown(wait=True)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for lane in self._lanes:
            lane.join()
        self._stack.close()

    # -- inside ----------------------------------------------------------------------------------

    def _admit(self, count: int) -> None:
        with self._changed:
            if self._closed:
                raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "The server is being stopped.", 5)
            if self._inside + count > self._settings.queue:
                after = self._rate.seconds_for(self._inside + count)
                raise Refusal(
                    HTTPStatus.TOO_MANY_REQUESTS,
                    f"{self._inside} images are waiting and at most {self._settings.queue} may: "
                    f"send this again in {after} s.",
                    after,
                )
            self._inside += count
            self._coming += count

    def _decode(self, job: _Job) -> None:
        upload = job.upload
        try:
            if upload is not None:  # else nobody waits for it any more
                job.picture = prepare(upload, self._encoder, self._settings.pixels)
        except Exception as error:
            _fail(job, error)
        job.upload = None
        with self._changed:
            self._coming -= 1
            if job.picture is None:
                self._inside -= 1
            else:
                self._ready.append(job)
            self._changed.notify_all()

    def _lane(self) -> None:
        while jobs := self._gather():
            try:
                self._run([job for job in jobs if not job.future.cancelled()])
            except Exception as error:  # of the encoder; the next batch may well go through
                for job in jobs:
                    _fail(job, error)
            finally:
                with self._changed:
                    self._inside -= len(jobs)
                self._rate.count(len(jobs))

    def _gather(self) -> list[_Job]:
        """The next batch; empty when there will be none. One lane gathers at a time, so that two
        do not share out what makes one batch."""
        with self._turn, self._changed:
            while not self._ready and not self._closed:
                self._changed.wait()
            end = time.monotonic() + WAIT
            while self._coming and len(self._ready) < self._size.now:
                left = end - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            count = min(len(self._ready), self._size.now)
            return [self._ready.popleft() for _ in range(count)]

    def _run(self, jobs: list[_Job]) -> None:
        if not jobs:
            return
        self._metrics.batch.observe(len(jobs))
        pixels = np.stack([job.picture.pixels for job in jobs if job.picture is not None])
        vectors = encode(self._encoder.encode_images, pixels, self._size)
        usable = np.isfinite(vectors).all(axis=1)
        groups: dict[Work, list[int]] = {}
        for place, job in enumerate(jobs):
            if usable[place]:
                groups.setdefault(job.work, []).append(place)
            else:
                _fail(job, Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"Of this image {NO_VECTOR}."))
        for work, places in groups.items():
            words = [jobs[place].words for place in places]
            for place, result in zip(places, work(vectors[places], words), strict=True):
                _finish(jobs[place], result)


def _finish(job: _Job, result: Any) -> None:
    assert job.picture is not None
    if job.future.set_running_or_notify_cancel():
        job.future.set_result((job.picture.without_pixels(), result))


def _fail(job: _Job, error: Exception) -> None:
    # Of a batch that failed halfway some are finished; futures that were cancelled are too.
    if not job.future.done() and job.future.set_running_or_notify_cancel():
        job.future.set_exception(error)


class _Rate:
    """Images a second of late, to say when to ask again."""

    def __init__(self) -> None:
        self._times: deque[tuple[float, int]] = deque(maxlen=200)

    def count(self, images: int) -> None:
        self._times.append((time.monotonic(), images))

    def seconds_for(self, images: int) -> int:
        """Whole seconds after which so many will be done."""
        least, most = _PATIENCE
        times = list(self._times)
        if len(times) < 2:
            return least
        rate = sum(n for _, n in times) / max(1e-3, time.monotonic() - times[0][0])
        return max(least, min(most, math.ceil(images / max(rate, 1e-3))))
