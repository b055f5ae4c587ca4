"""``winnow embed``: embed a folder."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from core.cli.shared import engines
from core.cli.shared.opening import batch_size_of, folder_of, open_embedded, planned, unchanged
from core.cli.shared.options import (
    Batch,
    Device,
    Images,
    Json,
    Model,
    NamesEncoding,
    Quiet,
    Strict,
    WorkspaceFolder,
    app,
    leave,
)
from core.cli.shared.terminal import Terminal
from core.embedding.pending import Counts
from core.embedding.run import EmbedResult
from core.images.names import shown


@app.command()
def embed(
    images: Images,
    workspace: WorkspaceFolder = None,
    names_encoding: NamesEncoding = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, do nothing.")
    ] = False,
    reread: Annotated[
        bool,
        typer.Option("--reread", help="Read every file again, not only what looks changed."),
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait while another process writes to the workspace.")
    ] = False,
    engine: engines.Engine = "local",
    ray_address: engines.RayAddress = None,
    gpus: engines.Gpus = 0,
    strict: Strict = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read the images and keep their vectors; only what is new or changed costs time."""
    terminal = Terminal(as_json, quiet)
    batch_size_of(batch_size)
    away = engines.engine_of(engine, ray_address, gpus, device)
    device = device if away is None else "cpu"  # here only pixels are prepared, if anything
    if dry_run:
        _tell_plan(*planned(images, workspace, model, reread, terminal), terminal)
        return
    images = folder_of(images, terminal, workspace, names_encoding)
    # Asked for a GPU, the command must say when there is none, even if it would not need it.
    result = None
    if device in ("auto", "cpu") and not reread:
        result = unchanged(images, workspace, model, terminal)
    if result is None:
        result = open_embedded(
            images, workspace, model, device, batch_size, terminal, reread, wait, engine=away
        )[1]
    _tell(result, terminal)
    leave(strict and bool(result.rejected))


def _tell_plan(counts: Counts, model: str, terminal: Terminal) -> None:
    lines = [
        f"{counts.to_read:,} files would be read ({counts.new:,} new or renamed, "
        f"{counts.changed:,} changed, {counts.again:,} once more); {counts.unchanged:,} are "
        f"unchanged ({model}).",
        f"{counts.gone:,} files of the catalog are gone; their labels and vectors stay.",
        f"{counts.problems:,} files or folders cannot be used, {counts.ignored:,} are no images.",
    ]
    if counts.archives:
        lines.append(_archives_left(counts.archives))
    if counts.passed_over > counts.ignored:
        lines.append(
            f"{counts.passed_over - counts.ignored:,} more files or folders are hidden or kept by "
            "systems beside photos, and passed over."
        )
    if counts.links_out:
        lines.append(f"{counts.links_out:,} links lead out of the folder and are followed.")
    content = asdict(counts) | {"dry_run": True, "to_read": counts.to_read, "model": model}
    terminal.result(content, "\n".join(lines))


def _archives_left(count: int) -> str:
    return (
        f"{count:,} of them are archives, which are not looked into: to take one in, "
        "name it instead of the folder, or unpack it there."
    )


def _tell(result: EmbedResult, terminal: Terminal) -> None:
    content = {
        "images": result.images,
        "embedded": result.embedded,
        "reused": result.reused,
        "rejected": len(result.rejected),
        "seconds": round(result.seconds, 3),
        "images_per_second": round(result.images_per_second, 1),
        "device": result.device,
        "model": result.model,
        "ignored": result.ignored,
        "archives": result.archives,
        "left_out": result.left_out.as_json(),
        "rejections": [{"path": path, "reason": why} for path, why in result.rejected],
    }
    lines = [
        f"{result.images} images: {result.embedded} embedded, {result.reused} reused, "
        f"{len(result.rejected)} rejected, in {result.seconds:.1f} s ({result.model}, "
        f"{result.device})."
    ]
    lines += [f"rejected {shown(path)}: {why}" for path, why in result.rejected]
    if result.archives:
        lines.append(f"{result.ignored:,} other files. {_archives_left(result.archives)}")
    lines += result.left_out.lines()
    terminal.result(content, "\n".join(lines))
