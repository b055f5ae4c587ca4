"""The stages of the work as Ray Data runs them: tasks that read, actors that encode."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import numpy as np
import pyarrow as pa

from core.embedding.batching import BatchSize, encode
from core.embedding.engines.base import Away
from core.embedding.engines.cluster import tables
from core.embedding.engines.cluster.connecting import Cluster
from core.embedding.reading import Read
from core.encoders.base import Encoder
from core.encoders.lanes import one_torch_thread
from core.images.scan import FoundFile


def encoded(
    blocks: Iterable[pa.Table],
    away: Away,
    cluster: Cluster,
    batch_size: int | None = None,
    ordered: bool = False,
) -> Any:
    """A dataset of files that are read and encoded as they are asked for.

    Args:
        blocks: files, see `tables.of_files`.
        batch_size: images a forward pass; chosen from the device when None.
        ordered: blocks come in their order, however long each takes.
    """
    import ray.data

    ray.data.DataContext.get_current().execution_options.preserve_order = ordered
    dataset: Any = ray.data.from_arrow(list(blocks))
    dataset = dataset.map_batches(
        read_files,
        batch_size=None,
        batch_format="pyarrow",
        fn_kwargs={"read": away.read, "readers": away.readers},
        **(cluster.reader if away.readers == 1 else cluster.waiter),
    )
    return dataset.map_batches(
        Encoding,
        batch_size=None,
        batch_format="pyarrow",
        fn_constructor_kwargs={
            "load": away.load,
            "device": cluster.device,
            "batch_size": batch_size,
        },
        compute=ray.data.ActorPoolStrategy(size=cluster.encoders),
        **cluster.encoder,
    )


def read_files(table: pa.Table, read: Callable[[FoundFile], Read], readers: int) -> pa.Table:
    """Read and decode some files.

    Raises:
        WinnowError: what ``read`` raised.
    """
    files = tables.files_of(table)
    part = table["part"][0].as_py()
    if readers == 1:
        return tables.of_read([read(file) for file in files], part)
    with ThreadPoolExecutor(readers, thread_name_prefix="read") as pool:
        return tables.of_read(list(pool.map(read, files)), part)


class Encoding:
    """Encodes, in a process of its own; the encoder is loaded when the first pixels come.

    All forward passes are of one size, so that vectors have the same bits whatever comes together.
    """

    def __init__(
        self, load: Callable[[str], Encoder], device: str, batch_size: int | None = None
    ) -> None:
        self._load = load
        self._device = device
        self._encoder: Encoder | None = None
        self._size = BatchSize.for_device(device, batch_size, steady=True)
        self._held = ExitStack()

    def __call__(self, table: pa.Table) -> pa.Table:
        """Vectors in place of pixels.

        Raises:
            WinnowError: the encoder cannot be loaded, or not even one image fits into memory.
        """
        pixels = tables.pixels_of(table)
        if not pixels:
            return tables.of_encoded(table, {})
        encoder, ids = self._loaded(), list(pixels)
        groups = [ids[at : at + self._size.now] for at in range(0, len(ids), self._size.now)]
        batches = (np.stack([pixels[image_id] for image_id in group]) for group in groups)

        def one(batch: np.ndarray) -> np.ndarray:
            return encode(encoder.encode_images, batch, self._size)

        # On a GPU one batch travels while another is computed; a processor has an actor for each.
        lanes = encoder.lanes if self._device == "cuda" else 1
        with ThreadPoolExecutor(lanes, thread_name_prefix="encode") as pool:
            vectors = np.concatenate(list(pool.map(one, batches)))
        return tables.of_encoded(table, dict(zip(ids, vectors, strict=True)))

    def _loaded(self) -> Encoder:
        if self._encoder is None:
            self._encoder = self._load(self._device)
            if self._device == "cpu":
                self._held.enter_context(one_torch_thread())
        return self._encoder
