"""Options that say where reading and encoding are done, and the engine that they mean."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from core.embedding.engines.ray import Ray
from core.runtime.errors import WinnowError

EngineName = Literal["local", "ray"]
Engine = Annotated[
    EngineName,
    typer.Option(help="What does the work: this process (local), or a Ray cluster (ray)."),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Ray cluster for --engine ray: auto for the one of this machine, or HOST:PORT "
        "[default: one is started for the command, with all processors].",
        show_default=False,
    ),
]
Gpus = Annotated[
    int,
    typer.Option(min=0, help="GPUs to encode with, for --engine ray; 0 for processors."),
]


def engine_of(name: EngineName, address: str | None, gpus: int, device: str) -> Ray | None:
    """The engine; None for threads of this process.

    Raises:
        WinnowError: the options contradict each other.
    """
    if name == "local":
        if address is not None or gpus:
            raise WinnowError(
                "--ray-address and --gpus are about a Ray cluster: add --engine ray, or leave them "
                "out."
            )
        return None
    if device == "cuda" or (gpus and device == "cpu"):
        raise WinnowError(
            "With --engine ray the cluster encodes: say how many GPUs with --gpus and leave out "
            "--device."
        )
    return Ray(address, gpus)
