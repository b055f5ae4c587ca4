"""The encoders on offer, and the way to load one by what the user typed.

Every question goes to the family of the name; nothing here knows how any family answers it.
"""

from __future__ import annotations

from typing import Any

from core.encoders.base import Encoder
from core.encoders.families import Family, ModelEntry, UnknownModel
from core.encoders.openclip.family import OpenClipFamily
from core.encoders.starter.family import StarterFamily
from core.encoders.tuned.family import TunedFamily
from core.runtime.errors import WinnowError
from core.runtime.progress import Report

__all__ = [
    "FAMILIES",
    "ModelEntry",
    "describe",
    "download_size",
    "is_cached",
    "known_identity",
    "list_models",
    "load_encoder",
    "unknown",
]

_BASES: tuple[Family[Any], ...] = (StarterFamily(), OpenClipFamily())
FAMILIES: tuple[Family[Any], ...] = (TunedFamily(_BASES), *_BASES)
"""Asked in this order: the first that can read a name has it."""


def list_models() -> list[ModelEntry]:
    """The recommended models of all families. Imports no PyTorch and makes no request."""
    return [entry for family in FAMILIES for entry in family.listed()]


def describe(spec: str) -> ModelEntry | None:
    """What is known of any model before loading it; None when there is no such name.

    Makes a request only for the size of a model that is neither listed nor cached.
    """
    try:
        match = _read(spec)
    except WinnowError:
        return None
    return None if match is None else match[0].describe(match[1])


def is_cached(spec: str) -> bool:
    """Whether loading ``spec`` needs no network. Makes no request.

    Raises:
        WinnowError: unknown name.
    """
    family, source = _require(spec)
    return family.is_cached(source)


def download_size(spec: str) -> int | None:
    """About how many bytes loading ``spec`` fetches when nothing of it is cached.

    For models that are not listed the hub is asked; None when it cannot be.

    Raises:
        WinnowError: unknown name.
    """
    family, source = _require(spec)
    return family.size(source)


def known_identity(spec: str) -> str | None:
    """The identity that loading ``spec`` would give, where that is known without loading it.

    None for names that mean nothing, too: loading says what is wrong with them.
    """
    try:
        match = _read(spec)
    except WinnowError:
        return None
    return None if match is None else match[0].known_identity(match[1])


def load_encoder(spec: str, device: str = "auto", report: Report | None = None) -> Encoder:
    """Load an encoder, downloading it first where it is neither local nor cached.

    Args:
        spec: what the user typed, see the families' ``forms``.
        device: "auto", "cpu" or "cuda".
        report: hears of a download, in MB, and whether to stop it.

    Raises:
        WinnowError: unknown name, download failed, files missing, damaged or unsafe, device absent.
        Cancelled: asked to stop; the next attempt goes on from what arrived.
    """
    family, source = _require(spec)
    try:
        return family.load(source, device, report or Report())
    except UnknownModel as error:
        raise unknown(error.spec) from error


def unknown(spec: str) -> WinnowError:
    """The error for a name that no family knows, with the closest that one does."""
    close = [name for family in FAMILIES for name in family.close_names(spec)][:3]
    if close:
        return WinnowError(
            f'The model "{spec}" is not known: did you mean {" or ".join(close)}; '
            '"winnow models" lists good choices.'
        )
    *forms, last = (form for family in FAMILIES for form in family.forms)
    return WinnowError(
        f'The model "{spec}" is not known: use {", ".join(forms)}, or {last}; '
        '"winnow models" lists good choices.'
    )


def _read(spec: str) -> tuple[Family[Any], Any] | None:
    """The family of a name and what the name means to it; None where no family can read it.

    Raises:
        WinnowError: of a family without doubt, but malformed.
    """
    spec = spec.strip()
    for family in FAMILIES:
        source = family.parse(spec)
        if source is not None:
            return family, source
    return None


def _require(spec: str) -> tuple[Family[Any], Any]:
    """Like `_read` where a name that no family can read is an error.

    Raises:
        WinnowError: unknown or malformed name.
    """
    match = _read(spec)
    if match is None:
        raise unknown(spec.strip())
    return match
