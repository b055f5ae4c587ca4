"""What a server counts, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.process_collector import ProcessCollector

disable_created_metrics()  # a series more for each, of no use to anybody
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.12, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_IMAGES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The counters of one server. Names of paths and models are those of the server, never those
    that somebody asks for, so their number is bounded.

    Attributes:
        requests: by path and status; seconds: by path.
        images: by model and outcome: classified, refused.
        batch: images of a forward pass.
        feedback: by outcome: stored, again, refused.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = self._counter("requests", "Requests answered.", "path", "status")
        self.images = self._counter("images", "Images by what came of them.", "model", "outcome")
        self.feedback = self._counter("feedback", "Feedback by what came of it.", "outcome")
        self.seconds = Histogram(
            "winnow_request_seconds", "Seconds from a request to its answer.", ["path"],
            buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self.batch = Histogram(
            "winnow_batch_images", "Images of a forward pass.", buckets=_IMAGES,
            registry=self._registry,
        )  # fmt: skip
        ProcessCollector(registry=self._registry)

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Add a number that is asked for when somebody reads."""
        Gauge(f"winnow_{name}", text, registry=self._registry).set_function(value)

    def text(self) -> bytes:
        """All of it, in Prometheus's text format."""
        return generate_latest(self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"winnow_{name}", text, labels, registry=self._registry)
