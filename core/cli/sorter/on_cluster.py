"""``winnow classify --engine ray``: what the command does where a cluster does the work."""

from __future__ import annotations

from pathlib import Path

from core.cli.shared.opening import images_of
from core.cli.shared.terminal import Terminal
from core.embedding.engines.ray import Ray
from core.runtime.errors import WinnowError
from core.services.sorter import loading
from core.services.sorter.cluster.running import Job, Outcome, run
from core.sorter.model_file import read


def check(out: Path | None, refused: dict[str, object]) -> Path:
    """The place for the parts.

    Args:
        refused: option → its value, of those that the engine has no use for.

    Raises:
        WinnowError: there is none, or one of those options was used.
    """
    if used := [name for name, value in refused.items() if value]:
        raise WinnowError(
            f"--engine ray writes tables of what pictures alone say: leave out {', '.join(used)}."
        )
    if out is None:
        raise WinnowError(
            "--engine ray writes its tables itself: name a folder or an address with --out."
        )
    return out


def classify(
    images: Path,
    model_file: Path,
    out: Path,
    engine: Ray,
    terminal: Terminal,
    model: str | None = None,
    batch_size: int | None = None,
    review_below: float | None = None,
    names_encoding: str | None = None,
) -> Outcome:
    """Classify on a cluster; this machine only lists files and prepares the encoder."""
    sorter = read(model_file)
    folder = images_of(images, terminal, names_encoding)
    encoder = terminal.watch(
        lambda report: loading.load(sorter.content, "cpu", model, report, terminal.note)
    )
    job = Job(folder, sorter, encoder, out, engine, batch_size, review_below)
    return terminal.watch(lambda report: run(job, report, terminal.note))
