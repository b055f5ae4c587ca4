"""Servers of the same model file without Winnow's, for `serve.py`: plain FastAPI, and LitServe.

python benchmarks/serve_ways.py plain FILE.winnow PORT
python benchmarks/serve_ways.py litserve FILE.winnow PORT
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from core.encoders.base import Encoder
from core.images.decode import decode
from core.services.sorter.answering import Answering
from core.services.sorter.loading import load
from core.sorter.model_file import read


def ready(file: Path) -> tuple[Encoder, Answering]:
    """The encoder of a model file, and what answers."""
    sorter = read(file)
    encoder = load(sorter.content, "cpu")
    return encoder, Answering(sorter, encoder)


def pixels_of(encoder: Encoder, data: bytes) -> np.ndarray:
    """An image as the encoder takes it, decoded as Winnow does."""
    return encoder.preprocess(decode(data, "", encoder.draft_px).image)


def plain(file: Path, port: int) -> None:
    """An endpoint that decodes and predicts one image, in a thread of the framework's pool."""
    import uvicorn
    from fastapi import FastAPI, UploadFile

    encoder, answering = ready(file)
    app = FastAPI()

    def classify(image: UploadFile) -> dict[str, Any]:
        pixels = pixels_of(encoder, image.file.read())
        (answer,) = answering.answers(encoder.encode_images(pixels[None]))
        return {"images": [answering.content(answer, 5)]}

    classify.__annotations__["image"] = UploadFile  # a name of this function's alone
    app.post("/v1/classify", response_model=None)(classify)
    app.get("/ready")(lambda: {"status": "ready"})
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    plain(Path(sys.argv[1]), int(sys.argv[2]))
