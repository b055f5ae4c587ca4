"""``winnow models``: list the encoders."""

from __future__ import annotations

from core.cli.shared.options import Json, app, megabytes
from core.cli.shared.terminal import Terminal, table
from core.encoders.registry import list_models


@app.command()
def models(as_json: Json = False) -> None:
    """List the encoders: what is on this machine and what a download costs."""
    entries = list_models()
    rows = [
        (
            entry.spec,
            str(entry.resolution),
            str(entry.dim),
            "ready" if entry.cached else megabytes(entry.download_bytes),
            entry.licence,
        )
        for entry in entries
    ]
    advice = "\n".join(f"{entry.spec}: {entry.advice}" for entry in entries)
    Terminal(as_json).result(
        {"models": [dict(vars(entry)) for entry in entries]},
        table(rows, ("model", "pixels", "dim", "download", "licence")) + "\n\n" + advice,
    )
