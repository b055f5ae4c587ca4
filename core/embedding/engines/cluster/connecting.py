"""A connection to a Ray cluster, or to a small one of this machine's own that ends with it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from core.images.names import shown
from core.runtime.errors import WinnowError
from core.runtime.machine import memory, usable_cpus

EXTRA = "ray"
_PIXELS = 250_000_000  # bytes of the object store a processor: a few blocks of pixels
_BLOCK = 1 << 30  # bytes that one block of pixels may have; Ray would split at an eighth of it


@dataclass(frozen=True)
class Cluster:
    """Who does what on it.

    Attributes:
        encoders: actors that encode; encoder: what each of them takes of the cluster.
        reader: what a task takes that reads and decodes; waiter: one that mostly waits for files.
        device: of the encoders.
        block: files that are read and encoded together.
    """

    encoders: int
    encoder: dict[str, Any]
    reader: dict[str, Any]
    waiter: dict[str, Any]
    device: str
    block: int


_CPU_BLOCK, _GPU_BLOCK = 256, 512


@contextmanager
def connected(address: str | None, gpus: int = 0) -> Iterator[Cluster]:
    """Use a cluster for the block; one that this process is connected to already is used as it is.

    Args:
        address: of a running cluster, or "auto" for the one that this machine belongs to; None:
            one is started on this machine and stopped again.
        gpus: actors that encode on a GPU each; 0: all processors encode.

    Raises:
        WinnowError: Ray is not installed, the cluster does not answer, or there are no such GPUs.
    """
    ray = imported()
    begun = not ray.is_initialized()
    if begun:
        _begin(ray, address)
    try:
        _set_up(ray)
        yield _shares(ray, gpus, own=address is None)
    finally:
        if begun:
            ray.shutdown()


def imported() -> Any:
    """The package.

    Raises:
        WinnowError: it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # else it reports to its makers
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
        import ray.data
    except ImportError:
        raise WinnowError(
            f"The engine ray needs a further package: install it with pip install 'winnow[{EXTRA}]'"
            ", on all machines of the cluster."
        ) from None
    return ray


def _begin(ray: Any, address: str | None) -> None:
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is not None:
        try:
            ray.init(address=address, **quiet)
        except (ConnectionError, ValueError, OSError, RuntimeError) as error:
            raise WinnowError(
                f"No Ray cluster can be used at {shown(address)} ({_first_line(error)}): start one "
                "with ray start --head, or leave out --ray-address to use this machine alone."
            ) from error
        return
    # Ray counts processors; with a single one there would be no room for two stages.
    cpus = max(2, usable_cpus())
    total = memory()
    room = _PIXELS * cpus if total is None else min(_PIXELS * cpus, int(0.3 * total))
    ray.init(
        address="local",
        num_cpus=cpus,
        object_store_memory=room,
        include_dashboard=False,
        **quiet,
    )


def _set_up(ray: Any) -> None:
    """Set this process's way to use Ray Data: silent, errors as they are."""
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.raise_original_map_exception = True
    context.target_max_block_size = _BLOCK


def _shares(ray: Any, gpus: int, own: bool) -> Cluster:
    there = ray.cluster_resources()
    if gpus:
        if own and there.get("GPU", 0) < gpus:  # a cluster may grow when it is asked for more
            raise WinnowError(
                f"This machine has {int(there.get('GPU', 0))} GPUs that Ray can use, {gpus} were "
                "asked for: name fewer with --gpus, or a cluster with --ray-address."
            )
        one = {"num_cpus": 1.0, "num_gpus": 1.0}
        cpu, half = {"num_cpus": 1.0}, {"num_cpus": 0.5}
        return Cluster(gpus, one, cpu, half, "cuda", _GPU_BLOCK)
    # What reads and encodes with equal shares Ray joins into one stage, so that no pixels travel.
    # Files that are waited for are read in tasks of their own, beside the encoders.
    half, quarter = {"num_cpus": 0.5}, {"num_cpus": 0.25}
    return Cluster(max(1, int(there.get("CPU", 1))), half, half, quarter, "cpu", _CPU_BLOCK)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
