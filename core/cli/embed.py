"""``winnow embed``: embed a folder."""

from __future__ import annotations

from core.cli.options import (
    Batch,
    Device,
    Images,
    Json,
    Model,
    Quiet,
    Strict,
    WorkspaceFolder,
    app,
    leave,
)
from core.images.names import shown
from core.opening import batch_size_of, open_embedded, unchanged
from core.terminal import Terminal


@app.command()
def embed(
    images: Images,
    workspace: WorkspaceFolder = None,
    model: Model = None,
    device: Device = "auto",
    batch_size: Batch = "auto",
    strict: Strict = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read the images and keep their vectors; only what is new or changed costs time."""
    terminal = Terminal(as_json, quiet)
    batch_size_of(batch_size)
    # Asked for a GPU, the command must say when there is none, even if it would not need it.
    result = None
    if device in ("auto", "cpu"):
        result = unchanged(images, workspace, model, terminal)
    if result is None:
        result = open_embedded(images, workspace, model, device, batch_size, terminal)[1]
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
        "rejections": [{"path": path, "reason": why} for path, why in result.rejected],
    }
    lines = [
        f"{result.images} images: {result.embedded} embedded, {result.reused} reused, "
        f"{len(result.rejected)} rejected, in {result.seconds:.1f} s ({result.model}, "
        f"{result.device})."
    ]
    lines += [f"rejected {shown(path)}: {why}" for path, why in result.rejected]
    terminal.result(content, "\n".join(lines))
    leave(strict and bool(result.rejected))
