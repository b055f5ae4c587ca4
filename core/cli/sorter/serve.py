"""``winnow serve``: model files behind HTTP."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.shared.opening import batch_size_of
from core.cli.shared.options import Batch, Device, Question, Quiet, WorkspaceFolder, app, path
from core.cli.shared.terminal import Terminal
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    from core.encoders.base import Encoder
    from core.runtime.access.addresses import Bound
    from core.runtime.access.tokens import Tokens
    from core.services.sorter.feedback import Feedback
    from core.sorter.schema import Content

_NEEDED = ("fastapi", "uvicorn", "prometheus_client")
_MEGABYTE = 1_000_000


@app.command("serve")
def serve(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="NAME.winnow", help="Model files to serve.", show_default=False, parser=path
        ),
    ],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port.")] = 8600,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    workspace: WorkspaceFolder = None,
    images: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Image folder whose workspace takes feedback, instead of --workspace.",
            show_default=False,
            parser=path,
        ),
    ] = None,
    question: Question = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file",
            metavar="FILE",
            help="File that holds the token [default: the environment's WINNOW_TOKEN, else the "
            "app's token].",
            show_default=False,
            parser=path,
        ),
    ] = None,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Let everybody on this machine in.")
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Further name to be reached by in a browser; can be repeated.",
            show_default=False,
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="Origin whose pages may ask, such as https://shop.example; can be repeated.",
            show_default=False,
        ),
    ] = None,
    queue: Annotated[
        int, typer.Option(min=1, max=100_000, help="Images that may wait; more are refused.")
    ] = 256,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=3_600, help="Seconds that a request may take.")
    ] = 30.0,
    max_mb: Annotated[
        int, typer.Option("--max-mb", min=1, max=2_000, help="MB that a request may have.")
    ] = 64,
    device: Device = "auto",
    batch_size: Batch = "auto",
    quiet: Quiet = False,
) -> None:
    """Serve model files over HTTP: classify, search, feedback, metrics."""
    if any(find_spec(name) is None for name in _NEEDED):
        raise WinnowError(
            "winnow serve needs packages that are not installed: add them with "
            "pip install 'winnow[serve]'."
        )
    from core.api.app import Service
    from core.api.limits import Traffic
    from core.api.metrics import Metrics
    from core.api.models import load_models
    from core.api.server import run
    from core.api.settings import Settings
    from core.runtime.access.addresses import bind
    from core.runtime.access.tokens import VARIABLE

    terminal = Terminal(quiet=quiet)
    settings = Settings(
        queue=queue,
        body_bytes=max_mb * _MEGABYTE,
        all_bytes=max(8 * max_mb, 512) * _MEGABYTE,
        seconds=timeout,
        origins=tuple(map(_origin, allow_origin or ())),
    )
    bound = bind(address, port, allow_host or ())
    tokens = _tokens(token_file, no_token, bound, terminal)
    feedback = _feedback(workspace, images, question)
    metrics = Metrics()
    models = load_models(
        files, _loader(device, terminal), settings, metrics, batch_size_of(batch_size)
    )  # fmt: skip
    service = Service(models, settings, metrics, Traffic(settings), feedback)
    # A token that came from outside is known there already, and must stay out of logs.
    secret = token_file is not None or VARIABLE in os.environ
    run(service, bound, tokens, terminal.note, secret)


def _loader(device: str, terminal: Terminal) -> Callable[[Content], Encoder]:
    """What loads encoders, each once however many model files were made with it."""
    from core.services.sorter import loading

    loaded: dict[str, Encoder] = {}

    def load(content: Content) -> Encoder:
        identity = content.encoder.identity
        if identity not in loaded:
            loaded[identity] = terminal.watch(
                lambda report: loading.load(content, device, report=report, note=terminal.note)
            )
        loading.check(content, loaded[identity])
        return loaded[identity]

    return load


def _origin(text: str) -> str:
    """An origin as browsers spell it: scheme, name, and the port where it is not the usual one."""
    from core.runtime.access.addresses import origin_of

    spelled = text.strip().lower().removesuffix("/")
    origin = origin_of(spelled)
    if origin is None:
        raise WinnowError(
            f"--allow-origin {text!r} is no origin: write it as https://shop.example or "
            "http://localhost:3000."
        )
    usual = {"http": 80, "https": 443}[origin.scheme] == origin.port
    name = f"[{origin.name}]" if ":" in origin.name else origin.name
    return f"{origin.scheme}://{name}" + ("" if usual else f":{origin.port}")


def _tokens(file: Path | None, no_token: bool, bound: Bound, terminal: Terminal) -> Tokens | None:
    from core.runtime.access.tokens import Tokens, check_alone, own_token, token_in
    from core.store.places import data_folder

    if no_token and file is not None:
        raise WinnowError("--no-token and --token-file exclude each other: leave out one of them.")
    if no_token:
        check_alone(bound)
        return None
    token = token_in(file) if file else own_token(data_folder().with_name("token"), terminal.note)
    return Tokens(token, bound.port)


def _feedback(workspace: Path | None, images: Path | None, question: str | None) -> Feedback | None:
    """Where feedback goes; None where no workspace is named for it."""
    from core.project.project import Project
    from core.services.sorter.feedback import Feedback
    from core.store.questions import named
    from core.store.workspace import load, open_workspace

    if workspace is None and images is None:
        if question is not None:
            raise WinnowError("--question needs --workspace or --images: say whose question it is.")
        return None
    if images is not None:
        opened = open_workspace(images, workspace)
    else:
        assert workspace is not None
        opened = load(workspace.expanduser().resolve())
    project = Project(opened.asking(named(opened.root, question).slug))
    classes = project.classes()
    if not classes.classes:
        raise WinnowError("The question has no classes yet: write them on the Prompts page.")
    classes.checked("The workspace's classes")
    return Feedback(project)
