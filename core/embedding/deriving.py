"""Vectors of a tuned encoder from those of its base: no image is read again for them."""

from __future__ import annotations

from core.encoders.tuned import files
from core.runtime.progress import Report
from core.store.vectors import VectorStore
from core.store.workspace import Workspace

STEP = "Vectors of the tuned encoder"
_AT_ONCE = 4_096  # images


def derive(workspace: Workspace, spec: str, identity: str, report: Report) -> int:
    """Store vectors of a tuned encoder for all images that have one of its base.

    Does nothing for other encoders, for those that see pictures otherwise than their base, and
    where the base has not been in this workspace. The caller holds the workspace's lock.

    Args:
        identity: of the encoder ``spec``.

    Returns:
        How many were stored.

    Raises:
        WinnowError: the encoder's file is damaged, or the disk is full.
        Cancelled: asked to stop; what is stored stays.
    """
    if not spec.startswith(files.PREFIX):
        return 0
    path = files.path_of(spec.removeprefix(files.PREFIX))
    header = files.read_header(path)
    folder = workspace.vectors(header.base_identity)
    if header.lora or header.identity != identity or not (folder / "meta.json").exists():
        return 0
    adapter = files.read_adapter(path)
    base = VectorStore.peek(folder)
    store = VectorStore(workspace.vectors(identity), adapter.dim, writable=True)
    ids = [image_id for image_id in base.ids if image_id not in store]
    for start in range(0, len(ids), _AT_ONCE):
        report.step(STEP, start, len(ids))
        part = ids[start : start + _AT_ONCE]
        store.append(part, adapter.images(base.get(part)), flush=False)
    store.flush()
    return len(ids)
