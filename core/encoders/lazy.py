"""An encoder that is loaded when it is first needed, which may be never."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from core.encoders.base import Encoder


class LazyEncoder:
    """Stands in for an encoder whose identity is known before it is loaded.

    A folder whose files were only renamed or touched needs the identity alone.

    Args:
        load: called once, by whichever thread needs the encoder first.
        dim: length of its vectors.
    """

    def __init__(self, spec: str, identity: str, dim: int, load: Callable[[], Encoder]) -> None:
        self.spec = spec
        self.identity = identity
        self.dim = dim
        self._load = load
        self._encoder: Encoder | None = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        """Everything else is the encoder's own."""
        with self._lock:
            if self._encoder is None:
                self._encoder = self._load()
        return getattr(self._encoder, name)
