"""``winnow questions``: the questions of a workspace, each with its own classes and labels."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from core.cli.shared.opening import workspace_of
from core.cli.shared.options import Images, Json, Quiet, WorkspaceFolder, app
from core.cli.shared.terminal import Terminal, table
from core.images.names import shown
from core.runtime.errors import WinnowError
from core.services.data.questions import overview
from core.store import questions
from core.store.workspace import Workspace

questions_app = typer.Typer(
    help="List, add, rename and remove the questions of a workspace.", no_args_is_help=True
)
app.add_typer(questions_app, name="questions")
Name = Annotated[str, typer.Argument(help="Name of the question.", show_default=False)]
_KEYS = ("name", "classes", "labeled", "runs")
NewName = Annotated[str, typer.Argument(help="Its new name.", show_default=False)]


@questions_app.command("list")
def list_(
    images: Images,
    workspace: WorkspaceFolder = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the questions with their classes and labels."""
    terminal = Terminal(as_json, quiet)
    opened = workspace_of(images, workspace, terminal)
    listed = [_counted(opened, one, terminal) for one in questions.questions_of(opened.root)]
    removed = [one.name for one in questions.questions_of(opened.root, removed=True)]
    heads = ("question", "classes", "labeled images", "exports")
    text = table([tuple(_cell(row[key]) for key in _KEYS) for row in listed], heads)
    if removed:
        text += f"\n\nRemoved, can be put back: {', '.join(map(shown, removed))}"
    terminal.result({"questions": listed, "removed": removed}, text)


@questions_app.command("add")
def add(
    images: Images,
    name: Name,
    workspace: WorkspaceFolder = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Begin a new question; images, vectors, captions and tags are shared."""
    terminal = Terminal(as_json, quiet)
    opened = workspace_of(images, workspace, terminal)
    added = questions.add(opened.root, name)
    terminal.result(
        _content(added), f"The question {shown(added.name)} is added: --question {added.slug}"
    )


@questions_app.command("rename")
def rename(
    images: Images,
    name: Name,
    new: NewName,
    workspace: WorkspaceFolder = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Give a question another name."""
    terminal = Terminal(as_json, quiet)
    opened = workspace_of(images, workspace, terminal)
    slug = questions.named(opened.root, name).slug
    renamed = questions.rename(opened.root, slug, new)
    terminal.result(_content(renamed), f"The question is called {shown(renamed.name)} now.")


@questions_app.command("remove")
def remove(
    images: Images,
    name: Name,
    workspace: WorkspaceFolder = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take a question out of the list; its labels stay on the disk, and it can be put back."""
    terminal = Terminal(as_json, quiet)
    opened = workspace_of(images, workspace, terminal)
    question = questions.named(opened.root, name)
    gone = _counted(opened, question, terminal)
    questions.remove(opened.root, question.slug)
    terminal.result(
        gone,
        f"The question {shown(question.name)} with {_cell(gone['labeled'])} labeled images is "
        "removed; winnow questions put-back brings it back.",
    )


@questions_app.command("put-back")
def put_back(
    images: Images,
    name: Name,
    workspace: WorkspaceFolder = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List a removed question again."""
    terminal = Terminal(as_json, quiet)
    opened = workspace_of(images, workspace, terminal)
    question = questions.named(opened.root, name, removed=True)
    questions.put_back(opened.root, question.slug)
    terminal.result(_content(question), f"The question {shown(question.name)} is back.")


def _content(question: questions.Question) -> dict[str, object]:
    return {"name": question.name, "slug": question.slug}


def _counted(opened: Workspace, question: questions.Question, terminal: Terminal) -> dict[str, Any]:
    """What a question has; where its labels cannot be read, why, and the others go on."""
    try:
        return overview(opened.asking(question.slug), question.name).as_json()
    except WinnowError as error:
        terminal.note(f"{question.name}: {error}")
        return {**_content(question), **dict.fromkeys(_KEYS[1:]), "problem": str(error)}


def _cell(value: str | int | None) -> str:
    return "–" if value is None else value if isinstance(value, str) else f"{value:,}"
