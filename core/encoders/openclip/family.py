"""What the user may type for a model of open_clip's, and what it means.

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

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.encoders import torchvision_compat
from core.encoders.base import resolve_device
from core.encoders.download import Wish, is_repository
from core.encoders.families import ModelEntry
from core.encoders.openclip import tables
from core.encoders.openclip.artifacts import Artifacts
from core.encoders.openclip.encoder import OpenClipEncoder
from core.encoders.openclip.recommended import RECOMMENDED
from core.encoders.openclip.sentences import printable
from core.encoders.openclip.sources import Checkpoint, Hub, LocalFolder, ModelSource, Tag
from core.runtime import roots
from core.runtime.errors import WinnowError
from core.runtime.progress import Report

_LISTED: dict[str, ModelSource] = {source.spec: source for source in RECOMMENDED}


class OpenClipFamily:
    """All CLIP models that open_clip can build. See `core.encoders.families.Family`."""

    name = "open_clip"
    forms: tuple[str, ...] = (
        "NAME/CHECKPOINT as in ViT-B-32/laion2b_s34b_b79k",
        "hf-hub:ORG/NAME",
        "local:FOLDER",
        "NAME@FILE",
    )

    def parse(self, spec: str) -> ModelSource | None:
        """The place that ``spec`` names, by the forms above.

        Raises:
            WinnowError: it begins as a repository or a folder but names none.
        """
        if spec in _LISTED:
            return _LISTED[spec]
        if spec.startswith("hf-hub:"):
            repo = spec.removeprefix("hf-hub:")
            if repo.count("/") == 1 and is_repository(repo):
                return Hub(spec, repo)
            raise WinnowError(
                f'The model "{printable(spec)}" needs the form hf-hub:ORG/NAME, of letters, '
                "digits, dots, dashes and underscores, as the hub writes it."
            )
        if spec.startswith("local:"):
            if spec == "local:":
                raise WinnowError('The model "local:" needs a folder, as in local:/path/to/folder.')
            return LocalFolder(spec, _usable(spec.removeprefix("local:")))
        architecture, at, path = spec.partition("@")
        if at and architecture and path:
            return Checkpoint(spec, architecture, _usable(path))
        architecture, slash, tag = spec.partition("/")
        if slash and architecture and tag and "/" not in tag:
            return Tag(spec, architecture, tag)
        return None

    def listed(self) -> list[ModelEntry]:
        """The recommended models, from a small one to a large one."""
        return [source.describe() for source in RECOMMENDED]

    def describe(self, source: ModelSource) -> ModelEntry | None:
        """What the tables and, for a size that is in none, the hub say of it."""
        return source.describe()

    def is_cached(self, source: ModelSource) -> bool:
        """Whether all its files are here."""
        return source.is_cached()

    def size(self, source: ModelSource) -> int | None:
        """About how many bytes of weights there are to download; None: not known."""
        return source.size()

    def known_identity(self, source: ModelSource) -> None:
        """Never known: the files may have changed since they were last read."""
        return

    def load(
        self,
        source: ModelSource,
        device: str,
        report: Report,
        change: Callable[[Any], None] | None = None,
    ) -> OpenClipEncoder:
        """Download what is missing and load the model. Errors: see `Family.load`.

        Args:
            change: see `Artifacts`; the encoder's identity is that of the model without it.
        """
        device = resolve_device(device)  # before a download of gigabytes
        artifacts = replace(self.artifacts(source, report), change=change)
        return OpenClipEncoder(source.spec, artifacts, device)

    def artifacts(self, source: ModelSource, report: Report) -> Artifacts:
        """What the model is built from, downloaded first where it must be. Errors: as `load`."""
        torchvision_compat.prepare()
        return source.artifacts(Wish(source.spec, report))

    def close_names(self, spec: str) -> list[str]:
        """Those of open_clip's table that are spelled alike."""
        return tables.close_names(spec)


def _usable(name: str) -> Path:
    """The path of a model on this machine; WinnowError when this process may not open it."""
    path = Path(name).expanduser()
    roots.check(path)
    return path
