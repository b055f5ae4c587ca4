"""open_clip's own tables: which architectures and checkpoints it knows, and where those lie.

Every function here imports open_clip, hence PyTorch, on its first call.
"""

from __future__ import annotations

import difflib
from typing import Any

from core.encoders import torchvision_compat
from core.encoders.openclip.artifacts import WEIGHTS_FILES


def architecture_config(name: str) -> dict[str, Any] | None:
    """open_clip's model configuration (embed_dim, vision_cfg, text_cfg, ...); None: unknown."""
    torchvision_compat.prepare()
    import open_clip

    if name not in open_clip.list_models():  # it would read a place that a name may hold, too
        return None
    config: dict[str, Any] | None = open_clip.get_model_config(name)
    return config


def pretrained_config(architecture: str, tag: str) -> dict[str, Any] | None:
    """open_clip's entry of a checkpoint (hf_hub, mean, std, ...); None: unknown."""
    torchvision_compat.prepare()
    from open_clip.pretrained import get_pretrained_cfg

    return get_pretrained_cfg(architecture, tag) or None


def hub_files(pretrained: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Repository and file names, most wanted first, of an entry of open_clip's table.

    Its ``hf_hub`` is "ORG/NAME/" for the usual file names or "ORG/NAME/FILE" for another.
    """
    owner, name, *rest = pretrained["hf_hub"].split("/")
    file = "/".join(rest)
    if not file:
        return f"{owner}/{name}", WEIGHTS_FILES
    safe = f"{file.rpartition('.')[0]}.safetensors"
    return f"{owner}/{name}", tuple(dict.fromkeys((safe, file)))


def close_names(spec: str) -> list[str]:
    """Up to three of open_clip's NAME/CHECKPOINT that are spelled like ``spec``."""
    torchvision_compat.prepare()
    import open_clip

    names = [f"{name}/{tag}" for name, tag in open_clip.list_pretrained()]
    wanted = spec.replace(":", "/").lower()
    same = [name for name in names if name.lower().split("/")[0] == wanted.split("/")[0]]
    lowered = {name.lower(): name for name in names}
    near = [lowered[m] for m in difflib.get_close_matches(wanted, lowered, n=3, cutoff=0.5)]
    return list(dict.fromkeys([*near, *same] if near else same))[:3]


def longest_side(size: object) -> int:
    """The longer side in pixels of an ``image_size`` or preprocessing size; 0 where it is none."""
    if isinstance(size, list | tuple):
        size = max(size)
    return size if isinstance(size, int) else 0
