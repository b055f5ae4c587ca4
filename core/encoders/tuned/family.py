"""What the user may type for a tuned encoder.

tuned:NAME                  one of this user's
tuned:/path/to/file.safetensors    one that somebody handed on
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from core.encoders.base import Encoder
from core.encoders.families import Family, ModelEntry, UnknownModel
from core.encoders.openclip.encoder import OpenClipEncoder
from core.encoders.openclip.family import OpenClipFamily
from core.encoders.tuned import files
from core.encoders.tuned.change import Change
from core.encoders.tuned.encoder import TunedEncoder
from core.encoders.tuned.files import PREFIX, Header
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.progress import Report


class TunedFamily:
    """Encoders that were tuned on pairs. See `core.encoders.families.Family`.

    Args:
        bases: the families whose models can be tuned.
    """

    name = "tuned"
    forms: tuple[str, ...] = (f"{PREFIX}NAME",)

    def __init__(self, bases: tuple[Family[Any], ...]) -> None:
        self._bases = bases

    def parse(self, spec: str) -> Path | None:
        """The file that ``spec`` names.

        Raises:
            WinnowError: what follows the colon can be no name.
        """
        if not spec.startswith(PREFIX):
            return None
        return files.path_of(spec.removeprefix(PREFIX))

    def listed(self) -> list[ModelEntry]:
        """This user's, by name; damaged ones are left out."""
        entries = (self.describe(files.path_of(name)) for name in files.names())
        return [entry for entry in entries if entry is not None]

    def describe(self, source: Path) -> ModelEntry | None:
        """What its file says; None where there is none, or it is damaged."""
        try:
            header = files.read_header(source)
        except WinnowError:
            return None
        return ModelEntry(
            _spec(source),
            f"{header.name} ({header.title}, tuned)",
            f"Tuned on pairs of pictures and words, on top of {header.base}.",
            self.size(source),
            header.dim,
            header.resolution,
            header.licence,
            self.is_cached(source),
        )

    def is_cached(self, source: Path) -> bool:
        """Whether its base is."""
        base = self._base(source)
        return base is not None and base[0].is_cached(base[1])

    def size(self, source: Path) -> int | None:
        """What its base takes."""
        base = self._base(source)
        return None if base is None else base[0].size(base[1])

    def known_identity(self, source: Path) -> str | None:
        """The file knows; None where it cannot be read."""
        try:
            return files.read_header(source).identity
        except (WinnowError, OSError):
            return None

    def load(self, source: Path, device: str, report: Report) -> Encoder:
        """The base, and what was learned on top. Errors: see `Family.load`."""
        if not inputs.is_file(source):
            raise UnknownModel(_spec(source))
        header = files.read_header(source)
        adapter = None if header.lora else files.read_adapter(source)
        base = self._base(source)
        if base is None:
            raise WinnowError(
                f"The base {header.base} of {_spec(source)} is not known here: update Winnow."
            )
        if header.lora:
            encoder: Encoder = _changed(base, files.read_change(source), device, report)
        else:
            encoder = base[0].load(base[1], device, report)
        dim = header.dim if adapter is None else adapter.base_dim
        if (encoder.identity, encoder.dim) != (header.base_identity, dim):
            raise WinnowError(
                f"{_spec(source)} was tuned on other weights of {header.base} than those that are "
                "here: tune anew, or use the weights that it was tuned on."
            )
        if adapter is not None:
            return TunedEncoder(_spec(source), header, adapter, encoder)
        encoder.spec, encoder.identity = _spec(source), header.identity
        encoder.title = f"{header.name} ({encoder.title}, tuned)"
        return encoder

    def close_names(self, spec: str) -> list[str]:
        """Those of this user that are spelled alike."""
        name = spec.removeprefix(PREFIX)
        return [f"{PREFIX}{near}" for near in difflib.get_close_matches(name, files.names())]

    def _base(self, source: Path) -> tuple[Family[Any], Any] | None:
        """The family of its base, and what the base's name means to it."""
        try:
            header: Header = files.read_header(source)
            for family in self._bases:
                if (base := family.parse(header.base)) is not None:
                    return family, base
        except WinnowError:
            pass
        return None


def _changed(
    base: tuple[Family[Any], Any], change: Change, device: str, report: Report
) -> OpenClipEncoder:
    """The base with a change of its layers; WinnowError where it is of another family."""
    family, source = base
    if not isinstance(family, OpenClipFamily):
        raise WinnowError(
            "The layers of an encoder that open_clip does not build cannot be changed: tune it "
            "with --depth adapter."
        )
    return family.load(source, device, report, change.apply)


def _spec(source: Path) -> str:
    own = source.parent == files.folder()
    return f"{PREFIX}{source.name.removesuffix(files.ENDING) if own else source}"
