"""``winnow people add``, ``list``, ``remove`` and ``double``: who may do what."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.shared.opening import workspace_of
from core.cli.shared.options import Images, Json, Question, Quiet, WorkspaceFolder, app
from core.cli.shared.terminal import Terminal, table
from core.images.names import shown
from core.services.people import roles
from core.store.people.people_file import Person
from core.store.people.roles import LABELS
from core.store.people.second import keep_second_every, second_every
from core.store.questions import named

people_app = typer.Typer(
    help="Who may do what, who did what, and how far people agree.", no_args_is_help=True
)
app.add_typer(people_app, name="people")
Name = Annotated[str, typer.Argument(help="Name, as it is stored with labels.", show_default=False)]
_HEADS = ("name", "role", "signs in as")


@people_app.command("list")
def list_(
    images: Images, workspace: WorkspaceFolder = None, as_json: Json = False, quiet: Quiet = False
) -> None:
    """List the people with their roles."""
    terminal = Terminal(as_json, quiet)
    people = roles.people_of(workspace_of(images, workspace, terminal))
    text = table([(one.name, one.role, one.login or "–") for one in people], _HEADS)
    if not people:
        text = "Nobody is listed, so everybody who gets in may do everything."
    terminal.result({"people": [_content(one) for one in people]}, text)


@people_app.command("add")
def add(
    images: Images,
    name: Name,
    role: Annotated[
        str,
        typer.Option(
            help="; ".join(f"{role}: {what}" for role, what in roles.MEANINGS.items()) + "."
        ),
    ] = LABELS,
    login: Annotated[
        str,
        typer.Option(metavar="E-MAIL", help="Address under which this person signs in."),
    ] = "",
    workspace: WorkspaceFolder = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List somebody with a role, or change it; the first one must own the workspace.

    Whoever is not on the list may only look.
    """
    terminal = Terminal(as_json, quiet)
    person = roles.add(workspace_of(images, workspace, terminal), name, role, login)
    terminal.result(
        _content(person), f"{shown(person.name)} {person.role}: {roles.MEANINGS[person.role]}."
    )


@people_app.command("remove")
def remove(
    images: Images,
    name: Name,
    workspace: WorkspaceFolder = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take somebody off the list; with the last one everybody may do everything again."""
    terminal = Terminal(as_json, quiet)
    at = workspace_of(images, workspace, terminal)
    person = roles.remove(at, name)
    left = "" if roles.people_of(at) else " Nobody is listed now: everybody may do everything."
    terminal.result(
        _content(person), f"{shown(person.name)} is off the list; the labels stay.{left}"
    )


@people_app.command("double")
def double(
    images: Images,
    every: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Every how many-th image is asked of a second person too; 0 for none. Which these "
            "are follows from their content.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceFolder = None,
    question: Question = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show or set how many images are labeled by a second person, to see how far people agree."""
    terminal = Terminal(as_json, quiet)
    at = workspace_of(images, workspace, terminal)
    home = at.asking(named(at.root, question).slug).home
    if every is not None:
        keep_second_every(home, every)
    now = second_every(home)
    text = f"One image in {now:,} is asked of a second person too." if now else (
        "No image is asked of a second person."
    )  # fmt: skip
    terminal.result({"every": now}, text)


def _content(person: Person) -> dict[str, object]:
    return {"name": person.name, "role": person.role, "login": person.login}
