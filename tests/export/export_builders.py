"""Builders for the export tests: real JPEG folders, assignments, records, and digests of trees."""

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from PIL import Image

from core.export.plan import Assignment
from core.export.record.run import RunRecord
from core.runtime.progress import Report


def make_jpegs(root: Path, names: list[str], first_colour: int = 0) -> None:
    """Write a small JPEG of its own colour for every relative path."""
    for index, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shade = (first_colour + index * 7) % 256
        Image.new("RGB", (24 + index % 5, 16), (shade, 255 - shade, index % 256)).save(path, "JPEG")


def content_id(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def assign(root: Path, path: str, label: str, **changes: object) -> Assignment:
    """An assignment for a real file."""
    data = (root / path).read_bytes()
    return planned(path, label, id=content_id(data), size=len(data), **changes)


def planned(path: str, label: str, **changes: object) -> Assignment:
    """An assignment that needs no file; any field can be given."""
    fields: dict[str, object] = {
        "id": content_id(path.encode(errors="surrogatepass")),
        "path": path,
        "label": label,
        "probability": 0.9,
        "margin": 0.8,
        "scores": {label: 0.9},
        "source": "prompt",
        "size": 100,
    }
    return Assignment(**{**fields, **changes})  # type: ignore[arg-type]


def run_record(**changes: object) -> RunRecord:
    fields: dict[str, object] = {
        "model_spec": "starter",
        "model_title": "Starter",
        "model_identity": "arch-0123-4567",
        "device": "cpu",
        "prompts": {"cat": ["a photo of a cat"]},
        "labels_digest": None,
        "label_count": 0,
        "seed": 0,
        "images_root": "/pictures",
        "created": "2025-01-02T03:04:05Z",
    }
    return RunRecord(**{**fields, **changes})  # type: ignore[arg-type]


def tree(root: Path) -> dict[str, tuple[bytes, int, int]]:
    """Content, modification time and permissions of every file below a folder."""
    return {
        path.relative_to(root).as_posix(): (
            path.read_bytes(),
            path.stat().st_mtime_ns,
            path.stat().st_mode,
        )
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


class Watched(Report):
    """A report that shows each step to the test before it asks whether to stop."""

    def __init__(self, look: Callable[[int, int], None]) -> None:
        super().__init__()
        self._look = look

    def step(self, name: str, done: int = 0, total: int = 0, note: str = "") -> None:
        self._look(done, total)
        super().step(name, done, total, note)


def stopping_after(steps: int) -> Report:
    """A report that lets so many steps pass and is asked to stop then."""
    left = iter(range(steps))

    def look(done: int, total: int) -> None:
        if next(left, None) is None:
            report.cancel()

    report = Watched(look)
    return report
