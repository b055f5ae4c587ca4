"""``winnow try``: one picture and its words, with a collection's model or a model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.shared.opening import folder_of, open_embedded, vocabulary_of
from core.cli.shared.options import (
    Device,
    Json,
    Model,
    Prompts,
    Question,
    Quiet,
    WorkspaceFolder,
    app,
    path,
    percent,
)
from core.cli.shared.speaking import Words, speaking
from core.cli.shared.terminal import Terminal
from core.images.names import shown
from core.runtime.errors import WinnowError

if TYPE_CHECKING:
    from core.project.project import Project
    from core.project.snapshot import Snapshot

Picture = Annotated[
    Path, typer.Argument(metavar="FILE", help="The picture.", show_default=False, parser=path)
]
Collection = Annotated[
    Path | None,
    typer.Argument(
        metavar="IMAGES",
        help="Folder of the collection to judge it by, instead of --with.",
        show_default=False,
        parser=path,
    ),
]
ModelFile = Annotated[
    Path | None,
    typer.Option(
        "--with",
        metavar="NAME.winnow",
        help="Model file to judge it by, instead of a collection.",
        show_default=False,
        parser=path,
    ),
]
Text = Annotated[
    str, typer.Option("--text", help="Its words, as the columns that count would say them.")
]
_NAMED = 3  # classes and reasons that people are shown


@app.command("try")
def try_(
    file: Picture,
    images: Collection = None,
    model_file: ModelFile = None,
    text: Text = "",
    words: Words = None,
    prompts: Prompts = None,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    model: Model = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Judge one picture and its words, and say why; nothing is stored."""
    terminal = Terminal(as_json, quiet)
    if (images is None) == (model_file is None):
        raise WinnowError(
            "Name either the folder of a collection or a model file: winnow try FILE IMAGES, or "
            "winnow try FILE --with NAME.winnow."
        )
    if model_file is not None and prompts is not None:
        raise WinnowError("A model file has classes of its own: leave --prompts or --with out.")
    if model_file is not None:
        content = _by_model_file(file, model_file, text, model, device, terminal)
    else:
        assert images is not None
        folder = folder_of(images, terminal, workspace)
        project, _ = open_embedded(
            folder, workspace, model, device, "auto", terminal, question=question
        )
        classes = vocabulary_of(folder, workspace, prompts, None, terminal, question)
        snapshot = speaking(project.snapshot(classes), words, terminal)
        content = _by_collection(file, project, snapshot, text, terminal)
    terminal.result(content, _for_people(content))


def _by_collection(
    file: Path, project: Project, snapshot: Snapshot, text: str, terminal: Terminal
) -> dict[str, Any]:
    from core.services.predict.predicting import predict
    from core.services.tags.tagging import tagging_of
    from core.services.try_one import picture, replies, trial
    from core.services.try_one.judge import judge_of
    from core.services.try_one.tagging import tag_judge_of

    tried = picture.at(snapshot, file)
    judge = judge_of(snapshot, predict(snapshot))
    looked, tags = trial.look(judge, tried), project.tag_file.tags()
    answers = []
    if tags.tags:
        tagging = tagging_of(project)
        tagged = terminal.watch(lambda report: tag_judge_of(snapshot, tagging, tags, report))
        answers = tagged.answers(looked.seen)
    return replies.of_collection(snapshot, tried, trial.answer(judge, looked, text), answers)


def _by_model_file(
    file: Path, model_file: Path, text: str, model: str | None, device: str, terminal: Terminal
) -> dict[str, Any]:
    from core.services.search.examples import encode_bytes
    from core.services.sorter import loading
    from core.services.sorter.answering import Answering
    from core.services.try_one import by_file, picture, replies
    from core.sorter.model_file import read

    sorter = read(model_file)
    encoder = terminal.watch(
        lambda report: loading.load(sorter.content, device, model, report, terminal.note)
    )
    with picture.reading(file, lambda: encoder.draft_px) as (data, lease):
        vector = encode_bytes(encoder, data, shown(file.name), lease)
    answering = Answering(sorter, encoder)
    return replies.of_model_file(answering, by_file.answer(answering, vector, text))


def _for_people(content: dict[str, Any]) -> str:
    """For people: the classes by each source, and the nearest of each kind."""
    lines = [_classes("Class", content)]
    if content["text_only"] is not None:
        lines += [_classes("Picture alone", content["image_only"])]
        lines += [_classes("Words alone", content["text_only"])]
    why = content["why"]
    for title, kind, what in (
        ("Nearest prompts", "prompts", "prompt"),
        ("Prompts nearest to the words", "text_prompts", "prompt"),
        ("Labeled images like it", "images", "path"),
        ("Labeled images with such words", "texts", "text"),
    ):
        named = [f"{shown(each[what])} ({each['class']})" for each in why[kind][:_NAMED]]
        if named:
            lines.append(f"{title}: {'; '.join(named)}")
    tags = list(content["tags"].items())[:_NAMED]
    if tags:
        best = (f"{shown(code)} {percent(tag['confidence'])} ({tag['band']})" for code, tag in tags)
        lines.append(f"Tags: {'; '.join(best)}")
    if content.get("in_collection"):
        label = f", labeled {content['label']}" if content["label"] else ""
        lines.append(f"It is {shown(content['in_collection'])} of the collection{label}.")
    return "\n".join([*lines, *filter(None, [content["note"]])])


def _classes(title: str, judged: dict[str, Any]) -> str:
    best = list(judged["probabilities"].items())[:_NAMED]
    return f"{title}: {', '.join(f'{name} {percent(value)}' for name, value in best)}"
