"""What a dataset gives, taken by a thread of its own so that the caller can go on meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import closing
from queue import Empty, Full, Queue
from typing import Any

import pyarrow as pa

from core.embedding.engines.base import HEARTBEAT
from core.runtime.errors import WinnowError

_AHEAD = 2  # tables that wait for the caller
_LOOK = 0.1  # seconds between looks at whether to stop


def streamed(dataset: Callable[[], Any]) -> Generator[pa.Table | None, None, None]:
    """The tables of a dataset as they come, None whenever there was none for a while.

    Closing stops the work on the cluster.

    Args:
        dataset: makes it.

    Raises:
        WinnowError: what a stage raised, or the cluster gave up.
    """
    come: Queue[pa.Table | BaseException | None] = Queue(_AHEAD)
    stop = threading.Event()
    thread = threading.Thread(target=_take, args=(dataset, come, stop), name="ray", daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = come.get(timeout=HEARTBEAT)
            except Empty:
                yield None
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise _plain(item)
            yield item
    finally:
        stop.set()
        thread.join()


def _take(dataset: Callable[[], Any], come: Queue[Any], stop: threading.Event) -> None:
    end: BaseException | None = None
    try:
        with closing(_tables(dataset())) as items:
            for item in items:
                if not _handed(item, come, stop):
                    break
    except BaseException as error:
        end = error
    _handed(end, come, stop)


def _tables(dataset: Any) -> Generator[pa.Table, None, None]:
    yield from dataset.iter_batches(batch_size=None, batch_format="pyarrow")


def _handed(item: Any, come: Queue[Any], stop: threading.Event) -> bool:
    """Hand something over when there is room; False when nobody wants it any more."""
    while not stop.is_set():
        try:
            come.put(item, timeout=_LOOK)
        except Full:
            continue
        return True
    return False


def _plain(error: BaseException) -> BaseException:
    """What a stage raised, without what Ray wraps around it."""
    from ray.exceptions import RayError, RayTaskError

    cause = error.cause if isinstance(error, RayTaskError) else error
    if isinstance(cause, RayError) and not isinstance(cause, RayTaskError):
        line = (str(cause).strip().splitlines() or [type(cause).__name__])[0][:200]
        return WinnowError(
            f"Ray could not go on ({line}): what was finished is kept, and the same command goes "
            "on from there."
        )
    return cause
