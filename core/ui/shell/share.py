"""How other people come to label along: the address to send them, or the command that makes one."""

from __future__ import annotations

import shlex

import streamlit as st

from core.images.sources.places import title
from core.project.project import Project
from core.runtime import roots
from core.store.workspace import Workspace, root_of
from core.ui.session import reach
from core.ui.session.reach import Reach


def draw(project: Project) -> None:
    """Draw the button with what it explains."""
    with st.popover("Share", icon=":material/group_add:", key="share", width="stretch"):
        own = reach.shared[-1] if reach.shared else None
        if own is None or own.alone:
            _open_up(command(project.workspace, own.port if own else None))
        else:
            _send(own)
        st.caption(
            "Everybody gives a name of their own in this sidebar. Nobody is asked about an image "
            "that somebody else has on the screen; where answers differ the majority counts."
        )


def _open_up(line: str) -> None:
    st.markdown(
        "**Only this computer reaches Winnow now.** To let others in your network label along, "
        "stop it (Ctrl-C where it runs) and start it so:"
    )
    st.code(line, language="bash", wrap_lines=True)
    st.markdown(
        "It then says an address that ends in `?token=…`. Send all of it: the token is the key, "
        "and whoever has it sees and labels what you do. `--new-token` locks everybody out who "
        "has the old one."
    )
    _limits()


def _send(own: Reach) -> None:
    st.markdown("**Others reach Winnow here.** Send them this address:")
    key = f"?token={own.token}" if own.token else ""
    for address in own.addresses[1:] or own.addresses:
        st.code(address + key, language=None, wrap_lines=True)
    st.markdown(
        "The token at its end is the key: whoever has it sees and labels what you do. Start Winnow "
        "with `--new-token` to lock out everybody who has the old one."
    )
    _limits()


def _limits() -> None:
    folders = ", ".join(f"`{folder}`" for folder in roots.limited_to())
    reached = f"They can open and write in {folders} alone." if folders else (
        "They can open every picture that you can; `--root FOLDER` limits that to a folder."
    )  # fmt: skip
    st.caption(
        f"{reached} Nothing is encrypted on the way: do this in networks that you trust, or behind "
        "a proxy with HTTPS."
    )


def command(workspace: Workspace, port: int | None) -> str:
    """The command that starts Winnow for others, with these images and this question."""
    parts = ["winnow", "app", str(title(workspace.images))]
    if root_of(workspace.images) != workspace.root:
        parts += ["--workspace", str(workspace.root)]
    parts += ["--question", workspace.question] if workspace.question else []
    for folder in roots.limited_to():
        parts += ["--root", str(folder)]
    parts += ["--address", "0.0.0.0"]
    parts += ["--port", str(port)] if port else []
    return shlex.join(parts)
