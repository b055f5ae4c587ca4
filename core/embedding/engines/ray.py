"""The engine of a cluster: Ray Data reads in tasks, encodes in actors and hands back vectors.

Ray decides what runs where, starts again what died, and holds reading back while encoders are
busy. Only rows and vectors come to the caller, who stores them; pixels stay on the cluster.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, closing
from itertools import islice
from typing import Any

from core.embedding.batching import CPU_IMAGES
from core.embedding.engines.base import Away, Finished, Work
from core.embedding.engines.cluster.connecting import Cluster, connected
from core.images.scan import FoundFile

WINDOW = 1_000_000
"""Files that are handed to the cluster at once; encoders start anew for the next."""
_BLOCKS = 4  # for each encoder, at least, so that none is idle while the last ones are at work


class Ray:
    """Runs on a Ray cluster, see `core.embedding.engines.base.Engine`.

    Args:
        address: of a running cluster, or "auto" for the one that this machine belongs to; None: one
            is started on this machine, with all its processors.
        gpus: GPUs to encode with; 0: processors.
        window: files that are handed over at once.
    """

    def __init__(self, address: str | None = None, gpus: int = 0, window: int = WINDOW) -> None:
        self.device: str | None = "cuda" if gpus else "cpu"
        self.address = address
        self.gpus = gpus
        self._window = window

    def run(self, files: Iterable[FoundFile], work: Work) -> Generator[Finished, None, None]:
        """Work through ``files``; see `core.embedding.engines.base.Engine`.

        Raises:
            WinnowError: Ray is not installed, the cluster does not answer or gave up, or what
                reading or the encoder raised.
        """
        rest = iter(files)
        window = list(islice(rest, self._window))
        if not window:
            return
        if work.away is None:
            raise ValueError("this work cannot be sent to other processes")
        with ExitStack() as stack:
            cluster = stack.enter_context(connected(self.address, self.gpus))
            away = work.away()
            while window:
                with closing(_finished(window, away, work, cluster)) as results:
                    yield from results
                window = list(islice(rest, self._window))


def _finished(
    files: Sequence[FoundFile], away: Away, work: Work, cluster: Cluster
) -> Generator[Finished, None, None]:
    from core.embedding.engines.cluster import stages, tables
    from core.embedding.engines.cluster.streaming import streamed

    size = block_size(len(files), cluster)

    def dataset() -> Any:
        blocks = (
            tables.of_files(files[start : start + size]) for start in range(0, len(files), size)
        )
        return stages.encoded(blocks, away, cluster, work.batch_size)

    with closing(streamed(dataset)) as results:
        for table in results:
            yield Finished() if table is None else _news(tables.finished(table), work)


def block_size(files: int, cluster: Cluster) -> int:
    """Files of a block: fewer where there are not many, so that all encoders get some."""
    share = -(-files // (_BLOCKS * cluster.encoders))
    return min(cluster.block, -(-share // CPU_IMAGES) * CPU_IMAGES)


def _news(finished: Finished, work: Work) -> Finished:
    """Without the vectors that are stored meanwhile: of a copy that was encoded elsewhere."""
    new = [place for place, image in enumerate(finished.ids) if not work.is_stored(image)]
    if finished.vectors is None or len(new) == len(finished.ids):
        return finished
    if not new:
        return Finished(finished.rows)
    return Finished(finished.rows, [finished.ids[n] for n in new], finished.vectors[new])
