"""A model file behind LitServe, to compare with in `serve.py`: its batching, its workers.

    python benchmarks/serve_litserve.py FILE.winnow PORT

Batches of eight gathered within 3 ms, a worker a processor: what its documentation advises.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import litserve
import numpy as np
from serve_plain import pixels_of, ready


class Api(litserve.LitAPI):
    """One model file. LitServe's workers are processes, so this lies at the top of a module."""

    file: Path

    def setup(self, device: str) -> None:
        self.encoder, self.answering = ready(self.file)

    def decode_request(self, request):  # an annotation would be its schema
        return pixels_of(self.encoder, request["image"].file.read())

    def batch(self, inputs: list[np.ndarray]) -> np.ndarray:
        return np.stack(inputs)

    def predict(self, x: np.ndarray) -> list[dict[str, Any]]:
        answers = self.answering.answers(self.encoder.encode_images(x))
        return [self.answering.content(answer, 5) for answer in answers]

    def unbatch(self, output: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return output

    def encode_response(self, output):
        return {"images": [output]}


if __name__ == "__main__":
    api = Api(max_batch_size=8, batch_timeout=0.003, api_path="/v1/classify")
    api.file = Path(sys.argv[1])
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=2)
    port = int(sys.argv[2])
    server.run(host="127.0.0.1", port=port, log_level="error", generate_client_file=False)
