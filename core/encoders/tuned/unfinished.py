"""A tuning that is under way, on disk: one safetensors file whose header holds a little JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.encoders.tuned import files
from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors, write_atomic

if TYPE_CHECKING:
    import torch

_MOST_BYTES = 4_000_000_000
_MOST_HEADER = 10_000_000


class Unfinished:
    """One run's file and the pixels beside it.

    Args:
        digest: of all that the run follows from; file names are made of it.
    """

    def __init__(self, digest: str) -> None:
        folder = files.folder() / "unfinished"
        self.path = folder / f"{digest}.safetensors"
        self.pixels = folder / f"{digest}.pixels"

    def read(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
        """Tensors and facts as saved last; None where there are none.

        Raises:
            WinnowError: the file is damaged.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load

        if not self.path.exists():
            return None
        try:
            data = inputs.read_bytes(self.path, _MOST_BYTES)
            length = int.from_bytes(data[:8], "little")
            if length > _MOST_HEADER:
                raise ValueError("its header is too long")
            facts = inputs.parse_json(data[8 : 8 + length])["__metadata__"]["facts"]
            return load(data), inputs.parse_json(facts)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise WinnowError(
                f"The unfinished tuning {self.path} is damaged ({str(error)[:120]}): delete the "
                "file, and the tuning begins anew."
            ) from error

    def write(self, tensors: dict[str, torch.Tensor], facts: dict[str, Any]) -> None:
        """Replace what was saved before, in one step.

        Raises:
            WinnowError: the disk is full or the folder cannot be written.
        """
        from safetensors.torch import save

        write_atomic(self.path, save(tensors, {"facts": json.dumps(facts)}))

    def forget(self) -> None:
        """Remove both files; WinnowError where that is not possible."""
        with storage_errors(self.path):
            self.path.unlink(missing_ok=True)
            self.pixels.unlink(missing_ok=True)
