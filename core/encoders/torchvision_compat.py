"""Lets a CUDA build of torchvision be imported beside a CPU build of PyTorch.

The package index serves torchvision with its operators linked against CUDA. Beside a CPU build of
PyTorch that library cannot be loaded, the operators stay undeclared, and ``import torchvision``
(hence timm and open_clip) dies with ``operator torchvision::nms does not exist`` while it attaches
shape rules to them. Winnow uses torchvision for resizing only, so declaring the two operators,
without an implementation, is enough. Must run before the first import of torchvision.
"""

from __future__ import annotations

import ctypes
import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from threading import Lock
from typing import Any

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_OPERATORS = ("nms", "qnms")
_lock = Lock()
_declared: list[Any] = []  # torch forgets the declarations when their Library object dies


def prepare() -> bool:
    """Declare the operators if torchvision's own library cannot be loaded here.

    Returns:
        Whether the declarations are this function's.
    """
    with _lock:
        if _declared:
            return True
        if "torchvision" in sys.modules or _library_loads():
            return False
        import torch

        library = torch.library.Library("torchvision", "DEF")
        for name in _OPERATORS:
            library.define(name + _SCHEMA)
        _declared.append(library)
        return True


def _library_loads() -> bool:
    """Whether torchvision's compiled operators can be loaded into this PyTorch."""
    import torch  # noqa: F401 - its libraries must be in the process for the attempt to be fair

    path = _library_path()
    if path is None:
        return False
    try:
        ctypes.CDLL(str(path))
    except OSError:
        return False
    return True


def _library_path() -> Path | None:
    """The file torchvision would load, found without importing torchvision."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0])
    for suffix in (*importlib.machinery.EXTENSION_SUFFIXES, ".pyd", ".dll"):
        if (folder / f"_C{suffix}").is_file():
            return folder / f"_C{suffix}"
    return None
