"""How many batches an encoder takes at once, and the threads that it may use for each.

On a CPU every processor runs batches of its own in one thread. Sharing one batch between all of
them would make each wait for the slowest at every layer, and decoding threads, or anything else
that runs on the machine, keep some of them slow.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from core.runtime.machine import free_memory, usable_cpus
from core.runtime.threads import one_blas_thread

GPU_LANES = 2  # one batch travels to the GPU while another is computed
MEMORY_PER_LANE = 500_000_000  # bytes: activations of a batch of the largest models, and slack

_counting = threading.Lock()  # of the two below
_holders = 0  # of `one_torch_thread`
_usual = 1  # threads of PyTorch's operators while there are none


def lanes_for(device: str) -> int:
    """Calls of ``encode_images`` that should run side by side."""
    if device != "cpu":
        return GPU_LANES
    memory = free_memory()
    fitting = usable_cpus() if memory is None else max(1, memory // MEMORY_PER_LANE)
    return min(usable_cpus(), fitting)


@contextmanager
def one_thread_each(lanes: int) -> Iterator[None]:
    """While this holds, PyTorch's and BLAS's operators in threads that begin now use one thread.

    A single lane keeps all threads. The setting belongs to the process: text encoding in new
    threads of it takes one thread too, which is what is left for it. PyTorch is not imported here.
    """
    if lanes == 1:
        yield
        return
    operators = one_torch_thread() if "torch" in sys.modules else nullcontext()
    with operators, one_blas_thread():
        yield


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """While this holds, PyTorch's operators in this thread and in new ones use one thread.

    Several threads may hold it at once: what was usual before the first is usual after the last.
    """
    import torch

    global _holders, _usual
    with _counting:
        if not _holders:
            _usual = torch.get_num_threads()
        _holders += 1
    torch.set_num_threads(1)
    try:
        yield
    finally:
        with _counting:
            _holders -= 1
            torch.set_num_threads(_usual)
