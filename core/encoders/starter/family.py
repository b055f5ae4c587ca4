"""The starter as a family: one name, nothing to download, an identity that the code fixes."""

from __future__ import annotations

from typing import Literal

from core.encoders.families import ModelEntry
from core.encoders.starter.encoder import SPEC, StarterEncoder
from core.encoders.starter.identity import identity
from core.runtime.progress import Report

_ENTRY = ModelEntry(
    SPEC,
    "Starter (offline)",
    "Installed with Winnow, no download: for the first look, and where there is no network.",
    0,
    896,
    224,
    "Apache-2.0 (images), MIT (text)",
    True,
)

Starter = Literal["starter"]
"""All that a name can mean here."""


class StarterFamily:
    """The offline model. See `core.encoders.families.Family`."""

    name = "starter"
    forms: tuple[str, ...] = (SPEC,)

    def parse(self, spec: str) -> Starter | None:
        """The starter for its one name."""
        return "starter" if spec == SPEC else None

    def listed(self) -> list[ModelEntry]:
        """The starter."""
        return [_ENTRY]

    def describe(self, source: Starter) -> ModelEntry:
        """All of it is known."""
        return _ENTRY

    def is_cached(self, source: Starter) -> bool:
        """It comes with Winnow's own dependencies."""
        return True

    def size(self, source: Starter) -> int:
        """Nothing is downloaded."""
        return 0

    def known_identity(self, source: Starter) -> str:
        """Known, because this code fixes the weights by their SHA-256."""
        return identity()

    def load(self, source: Starter, device: str, report: Report) -> StarterEncoder:
        """The encoder.

        Raises:
            WinnowError: a package is missing or damaged, or the device is not there.
        """
        return StarterEncoder(device)

    def close_names(self, spec: str) -> list[str]:
        """None: what is nearly "starter" is more often part of an open_clip name."""
        return []
