"""What a family of encoders offers, whoever made the models and wherever they lie.

A new family is a module with an object of this kind, and its place in `registry.FAMILIES`; every
family passes tests/encoders/test_family_contract.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

from core.encoders.base import Encoder
from core.runtime.errors import WinnowError
from core.runtime.progress import Report

Source = TypeVar("Source")


@dataclass(frozen=True)
class ModelEntry:
    """A model as a list or a picker shows it.

    Attributes:
        spec: what to type.
        title: short human name.
        advice: one line: when to choose it.
        download_bytes: about what loading it fetches when it is not cached; None: not known.
        dim: length of its vectors; 0: not known before it is loaded.
        resolution: side of its input in pixels; 0: not known before it is loaded.
        licence: of the weights.
        cached: loading it needs no network.
    """

    spec: str
    title: str
    advice: str
    download_bytes: int | None
    dim: int
    resolution: int
    licence: str
    cached: bool = False


class UnknownModel(WinnowError):
    """A name has a family's form, but nothing is called so; the registry adds what is close."""

    def __init__(self, spec: str) -> None:
        """
        Args:
            spec: the name, or the part of it that nobody knows.
        """
        super().__init__(f'The model "{spec}" is not known: "winnow models" lists good choices.')
        self.spec = spec


class Family(Protocol[Source]):
    """Encoders that are named, fetched and loaded in one way.

    ``Source`` is what a name means to the family. Only ``parse`` sees what the user typed, without
    spaces around it; everything else is asked about a source that it returned.

    Attributes:
        name: one word, unlike that of any other family.
        forms: how its models are written, for the sentence that refuses a name.
    """

    name: str
    forms: tuple[str, ...]

    def parse(self, spec: str) -> Source | None:
        """What ``spec`` names; None where it has no form of this family.

        Cheap, and silent about whether the model exists.

        Raises:
            WinnowError: of this family without doubt, but malformed.
        """
        ...

    def listed(self) -> list[ModelEntry]:
        """The models to recommend. Imports no PyTorch and makes no request."""
        ...

    def describe(self, source: Source) -> ModelEntry | None:
        """What can be known before loading; None where nothing is called so.

        Makes a request only for the size of a model that is neither listed nor cached.
        """
        ...

    def is_cached(self, source: Source) -> bool:
        """Whether loading needs no network. Makes no request."""
        ...

    def size(self, source: Source) -> int | None:
        """About how many bytes loading fetches when nothing is cached; None: not known."""
        ...

    def known_identity(self, source: Source) -> str | None:
        """The identity that loading would give; None where only loading tells."""
        ...

    def load(self, source: Source, device: str, report: Report) -> Encoder:
        """The encoder, downloaded first where it must be.

        Args:
            device: "auto", "cpu" or "cuda".
            report: hears of a download, in MB, and whether to stop it.

        Raises:
            UnknownModel: nothing is called so.
            WinnowError: download failed, files missing, damaged or unsafe, device absent.
            Cancelled: asked to stop; what arrived is used by the next attempt.
        """
        ...

    def close_names(self, spec: str) -> list[str]:
        """Up to three names of this family that somebody who typed ``spec`` may have meant."""
        ...
