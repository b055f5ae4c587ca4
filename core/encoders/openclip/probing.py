"""Whether what was built from files encodes at all: one picture and one text are tried.

A configuration may describe a model that can be built and filled, but whose towers give vectors of
different lengths, all tokens in place of one vector, or numbers that are not finite.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.encoders.openclip.artifacts import Artifacts
from core.encoders.openclip.sentences import brief
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    from core.encoders.base import Encoder


def check(encoder: Encoder, artifacts: Artifacts) -> None:
    """Encode a picture and a text.

    Raises:
        WinnowError: that fails, or the vectors are none.
    """
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)

    def image() -> np.ndarray:
        return encoder.encode_images(encoder.preprocess(picture)[None])

    _try("picture", image, encoder, artifacts)
    _try("text", lambda: encoder.encode_texts(["a photo of a cat"]), encoder, artifacts)


def _try(what: str, encode: Callable[[], np.ndarray], encoder: Encoder, of: Artifacts) -> None:
    try:
        vectors = encode()
    except WinnowError:
        raise
    except MemoryError as error:
        raise WinnowError(
            f"There is not enough memory to encode a {what} with {of.title}: close other programs, "
            "or choose a smaller model."
        ) from error
    except Exception as error:  # of a model that anyone described: all sorts
        raise WinnowError(
            f"{of.title} was built but cannot encode a {what} ({brief(error)}): check "
            f"{of.described}."
        ) from error
    if vectors.shape != (1, encoder.dim):
        raise WinnowError(
            f"{of.title} makes {vectors.shape} numbers of a {what} and not {(1, encoder.dim)}, as "
            f"its embed_dim says: check {of.described}."
        )
    if not np.isfinite(vectors).all():
        raise WinnowError(
            f"{of.title} makes no finite numbers of a plain {what}: its weights {of.weights} are "
            "damaged or those of another model."
        )
