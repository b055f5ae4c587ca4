"""A model of a folder, loaded by Winnow and by open_clip, on the same pictures and texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from core.encoders import torchvision_compat
from core.encoders.registry import load_encoder

torchvision_compat.prepare()

import open_clip  # noqa: E402
import torch  # noqa: E402

TEXTS = ["a photo of a cat", "two dog", "", "of " * 400]


def pictures() -> list[Image.Image]:
    """RGB pictures with edges and slopes, of several shapes."""
    made = []
    backgrounds = [(250, 240, 30), (5, 10, 60), (120, 200, 160)]
    for number, size in enumerate([(320, 240), (100, 200), (64, 64)]):
        picture = Image.new("RGB", size, backgrounds[number])
        draw = ImageDraw.Draw(picture)
        draw.ellipse((5, 5, 40 + 9 * number, 50), fill=(200, 40 * number, 30))
        draw.rectangle((20, 30, 60, 60), fill=(10, 90, 200 - 50 * number))
        made.append(picture)
    return made


def cosines(folder: Path) -> tuple[float, float]:
    """The least cosine between both sides' vectors of pictures, and of texts."""
    encoder = load_encoder(f"local:{folder}", "cpu")
    spec = f"local-dir:{folder}"
    model, _, transform = open_clip.create_model_and_transforms(spec, pretrained_text=False)
    model.eval()
    pixels = np.stack([encoder.preprocess(picture) for picture in pictures()])
    theirs_shape = transform(pictures()[0]).shape
    assert theirs_shape == (3, *pixels.shape[1:3]), f"{theirs_shape} for {pixels.shape}"
    with torch.inference_mode():
        same = encoder.normalised(torch.from_numpy(pixels))
        images = model.encode_image(same, normalize=True).numpy()
        texts = model.encode_text(open_clip.get_tokenizer(spec)(TEXTS), normalize=True).numpy()
    ours = encoder.encode_images(pixels), encoder.encode_texts(TEXTS)
    return _least(ours[0], images), _least(ours[1], texts)


def _least(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The least cosine of two sides' rows, as they are and less their mean.

    Random towers give much the same vector for everything; without it the differences show.
    """
    assert np.ptp(theirs, axis=0).max() > 1e-5, "all vectors are alike: nothing is compared"
    cosines = [(ours * theirs).sum(axis=1)]
    a, b = ours - ours.mean(axis=0), theirs - theirs.mean(axis=0)
    cosines.append((a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1))
    return float(np.min(cosines))
