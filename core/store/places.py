"""Where workspaces, unpacked archives and uploads lie unless the user says otherwise."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """Where workspaces live unless the user says otherwise."""
    return Path(platformdirs.user_data_dir("winnow", appauthor=False)) / "workspaces"


def unpacked_root(archive: Path) -> Path:
    """The folder into which an archive is unpacked: its name plus a short hash of its full path."""
    return data_folder().with_name("unpacked") / _named_after(archive)


def received_root(name: str, digest: str) -> Path:
    """The folder of an upload: its name plus a digest of its content."""
    return data_folder().with_name("received") / f"{_safe(name)}-{digest}"


def deliveries_root(model: str) -> Path:
    """The folder for the records of deliveries that a model file of this name received."""
    digest = hashlib.blake2b(model.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return data_folder().with_name("deliveries") / f"{_safe(model)}-{digest}"


def classified_root() -> Path:
    """The folder for what was classified and not yet saved."""
    return data_folder().with_name("classified")


def own_folders() -> tuple[Path, ...]:
    """Where Winnow keeps workspaces, deliveries, what was classified and dropped into the app."""
    own = data_folder()
    names = ("received", "deliveries", "classified", "addresses")
    return own, *(own.with_name(name) for name in names)


def default_root(images: Path) -> Path:
    """The workspace folder of an image folder: its name plus a short hash of its full path."""
    return data_folder() / _named_after(images)


def _named_after(path: Path) -> str:
    return f"{_safe(path.name)}-{hashlib.blake2b(os.fsencode(path), digest_size=4).hexdigest()}"


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:40] or "images"
