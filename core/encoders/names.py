"""What the user may type for a model, and what it means.

    starter                          the offline model
    ViT-B-32/laion2b_s34b_b79k       an architecture and a checkpoint that open_clip knows
    hf-hub:org/name                  a Hugging Face repository with an open_clip_config.json
    local:/path/to/folder            a folder with open_clip_config.json and a weights file
    ViT-B-32@/path/to/checkpoint.pt  an architecture that open_clip knows and a weights file

The last form takes the architecture's usual preprocessing; a checkpoint trained with another needs
the folder form, whose configuration says which.

The slash between architecture and checkpoint is the only spelling: open_clip itself writes a colon
in some places and a tuple in others.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from core.encoders.base import STARTER
from core.runtime.errors import WinnowError

FORMS = (
    "starter, NAME/CHECKPOINT as in ViT-B-32/laion2b_s34b_b79k, hf-hub:ORG/NAME, local:FOLDER, or "
    "NAME@FILE"
)


@dataclass(frozen=True)
class Starter:
    """The offline model."""


@dataclass(frozen=True)
class Tag:
    """An architecture and a checkpoint of open_clip's own table."""

    architecture: str
    tag: str


@dataclass(frozen=True)
class Hub:
    """A repository on the Hugging Face hub."""

    repo: str


@dataclass(frozen=True)
class LocalFolder:
    """A folder with configuration and weights."""

    path: Path


@dataclass(frozen=True)
class Checkpoint:
    """An architecture of open_clip's and a weights file."""

    architecture: str
    path: Path


Source = Starter | Tag | Hub | LocalFolder | Checkpoint


def parse(spec: str) -> Source:
    """What ``spec`` names; says nothing about whether it exists.

    Raises:
        WinnowError: it has none of the forms above.
    """
    spec = spec.strip()
    if spec == STARTER:
        return Starter()
    if spec.startswith("hf-hub:"):
        repo = spec.removeprefix("hf-hub:")
        if repo.count("/") == 1 and all(part.strip(". ") for part in repo.split("/")):
            return Hub(repo)
        raise WinnowError(f'The model "{spec}" needs the form hf-hub:ORG/NAME.')
    if spec.startswith("local:"):
        if spec == "local:":
            raise WinnowError('The model "local:" needs a folder, as in local:/path/to/folder.')
        return LocalFolder(Path(spec.removeprefix("local:")).expanduser())
    architecture, at, path = spec.partition("@")
    if at and architecture and path:
        return Checkpoint(architecture, Path(path).expanduser())
    architecture, slash, tag = spec.partition("/")
    if slash and architecture and tag and "/" not in tag:
        return Tag(architecture, tag)
    raise unknown(spec)


def unknown(spec: str) -> WinnowError:
    """The error for a name that open_clip does not know, with the closest that it does."""
    from core.encoders import torchvision_compat

    torchvision_compat.prepare()
    import open_clip

    known = [f"{name}/{tag}" for name, tag in open_clip.list_pretrained()]
    wanted = spec.replace(":", "/").lower()
    same = [name for name in known if name.lower().split("/")[0] == wanted.split("/")[0]]
    lowered = {name.lower(): name for name in known}
    near = [lowered[m] for m in difflib.get_close_matches(wanted, lowered, n=3, cutoff=0.5)]
    suggestions = list(dict.fromkeys([*near, *same] if near else same))[:3]
    if not suggestions:
        return WinnowError(
            f'The model "{spec}" is not known: use {FORMS}; "winnow models" lists good choices.'
        )
    return WinnowError(
        f'The model "{spec}" is not known: did you mean {" or ".join(suggestions)}; '
        '"winnow models" lists good choices.'
    )
