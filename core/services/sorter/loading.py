"""The encoder that a model file needs: found, loaded, and checked to be the same."""

from __future__ import annotations

from collections.abc import Callable

from core.encoders import registry
from core.encoders.base import Encoder
from core.export.destination import size_text
from core.images.names import shown
from core.runtime.errors import WinnowError
from core.runtime.progress import Report
from core.sorter.pixels import pixels_digest
from core.sorter.schema import Content

Note = Callable[[str], object]
"""Takes a sentence that is worth knowing and no result."""


def load(
    content: Content,
    device: str = "auto",
    model: str | None = None,
    report: Report | None = None,
    note: Note = lambda _: None,
) -> Encoder:
    """Load the encoder of a model file, downloading it where it is not here.

    Args:
        device: "auto", "cpu" or "cuda".
        model: its name on this machine, where that is another than on the one that made the file.
        report: hears of a download, in MB.
        note: hears what a download costs, and of pixels that are prepared in another way.

    Raises:
        WinnowError: it cannot be loaded, or is another one.
        Cancelled: asked to stop.
    """
    spec = model or content.encoder.spec
    if message := announced(content, model):
        note(message)
    _refuse_other(content, registry.known_identity(spec), spec)  # before it is downloaded
    try:
        encoder = registry.load_encoder(spec, device, report)
    except WinnowError as error:
        if model is not None:
            raise
        raise WinnowError(
            f"The encoder {shown(spec)} of the model file cannot be loaded "
            f"({str(error).rstrip('.')}): name where it is with --model."
        ) from error
    check(content, encoder, note)
    return encoder


def announced(content: Content, model: str | None = None) -> str | None:
    """What loading downloads, as a sentence; None where the encoder is here or not known."""
    spec = model or content.encoder.spec
    try:
        if registry.is_cached(spec):
            return None
        size = registry.download_size(spec)
    except WinnowError:  # loading says what is wrong with the name
        return None
    cost = f"about {size_text(size)}" if size else "a model of unknown size"
    return f"The encoder {shown(spec)} of the model file is not here: {cost} is downloaded."


def check(content: Content, encoder: Encoder, note: Note = lambda _: None) -> None:
    """Make sure that an encoder is the one of a model file.

    Raises:
        WinnowError: it is another one.
    """
    _refuse_other(content, encoder.identity, encoder.spec)
    if encoder.dim != content.encoder.dim:
        raise WinnowError(
            f"The encoder {shown(encoder.spec)} makes {encoder.dim} numbers an image and the model "
            f"file takes {content.encoder.dim}: make the file anew."
        )
    if pixels_digest(encoder) != content.encoder.preprocessing:
        note(
            "Pixels are prepared a little differently here than where the model file was made, so "
            "probabilities may differ."
        )


def _refuse_other(content: Content, identity: str | None, spec: str) -> None:
    """Refuse vectors that mean something else.

    Args:
        identity: of the encoder; None where it is not known yet.
    """
    wanted = content.encoder
    if identity is not None and identity != wanted.identity:
        raise WinnowError(
            f"The model file was made with the encoder {shown(wanted.spec)} ({wanted.identity}) "
            f"and {shown(spec)} is another one here ({identity}): name the same one with --model, "
            "or make the file anew with this one."
        )
