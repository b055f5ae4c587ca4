"""Which images share a split, and that it stays so when images are added.

An image's split is a function of its key and the seed (``core.export.splits``). Alone, an image is
its own key; near-duplicates must share one. No key computed from a group alone is stable: a new
image can join a group, or join two groups into one. So the workspace remembers the key of every
image that was once given a split. A new image takes the key that most remembered images of its
group have; a group without remembered images takes the smallest id in it. What was given a split
never moves: where a new image shows that two old groups are one, these stay in their splits, and
the run says so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from core.runtime.errors import WinnowError
from core.store.parquet import read_parquet, write_parquet
from core.store.workspace import Workspace


def settle(
    ids: Sequence[str], groups: np.ndarray | None, remembered: Mapping[str, str]
) -> dict[str, str]:
    """The key of every image.

    Args:
        ids: (N,) image ids.
        groups: (N,) number of each image's group of near-duplicates; None when nobody
            looked for them.
        remembered: id → key, from earlier runs.

    Returns:
        Id → key, an image id too.
    """
    if groups is None:
        return {image_id: remembered.get(image_id, image_id) for image_id in ids}
    members: dict[int, list[str]] = defaultdict(list)
    for image_id, group in zip(ids, np.asarray(groups).tolist(), strict=True):
        members[group].append(image_id)
    keys: dict[str, str] = {}
    for group_ids in members.values():
        counts = Counter(remembered[i] for i in group_ids if i in remembered)
        shared = min(counts, key=lambda key: (-counts[key], key)) if counts else min(group_ids)
        keys |= {image_id: remembered.get(image_id, shared) for image_id in group_ids}
    return keys


def parted(ids: Sequence[str], groups: np.ndarray, keys: Mapping[str, str]) -> int:
    """How many groups have members with different keys."""
    keys_of: dict[int, set[str]] = defaultdict(set)
    for image_id, group in zip(ids, np.asarray(groups).tolist(), strict=True):
        keys_of[group].add(keys[image_id])
    return sum(len(group_keys) > 1 for group_keys in keys_of.values())


def read(workspace: Workspace) -> dict[str, str]:
    """Id → key as remembered; empty when no run made splits yet.

    Raises:
        WinnowError: the file is there and cannot be read.
    """
    path = workspace.split_keys
    if not path.exists():
        return {}
    try:
        frame = read_parquet(path, ["id", "key"])
        return dict(zip(frame["id"].to_list(), frame["key"].to_list(), strict=True))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise WinnowError(
            f"{path} cannot be read, which tells the splits of earlier runs: restore it, or delete "
            "it to let near-duplicates be divided anew."
        ) from error


def remember(workspace: Workspace, keys: Mapping[str, str]) -> None:
    """Add keys to those remembered; a key once remembered stays.

    Raises:
        WinnowError: the workspace cannot be written.
    """
    remembered = read(workspace)
    merged = {**keys, **remembered}
    if merged == remembered:
        return
    frame = pl.DataFrame(
        {"id": list(merged), "key": list(merged.values())},
        schema={"id": pl.String, "key": pl.String},
    ).sort("id")
    write_parquet(workspace.split_keys, frame)
