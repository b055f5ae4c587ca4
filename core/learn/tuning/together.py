"""Pieces of work of one kind, a processor each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

from core.runtime.machine import usable_cpus

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What ``work`` makes of every item, in their order.

    BLAS takes one thread for each, however many processors there are: so sums are added up in the
    same order everywhere, and pieces do not wait for each other.
    """
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(usable_cpus()) as workers:
        return list(workers.map(work, items))
