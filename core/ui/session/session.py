"""What a page needs of its session: the open project, its encoder, who is labeling."""

from __future__ import annotations

import getpass
import uuid
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.encoders.base import Encoder
from core.learn.predictions import Predictions
from core.project.pool import Pool
from core.project.project import Project
from core.project.snapshot import Snapshot
from core.prompts.vocabulary import Vocabulary
from core.runtime.acting import Actor
from core.runtime.errors import WinnowError
from core.services.prompts.classes import use_folder_vocabulary
from core.store import questions
from core.store.people.people_file import read_people
from core.store.places import data_folder
from core.store.workspace import is_workspace, open_workspace, unlist
from core.ui.session import fitting, host, identity, tasks
from core.ui.widgets import way_out
from core.ui.widgets.text import plain

_KEY, _QUESTION, _CLIENT = "workspace", "question", "client"
"""Keys of the session state: the workspace's folder, the short name of the question, the name of
this browser session."""
_FIRST = "-"  # the first question in an address, where the server begins with another one
ASKED = "question"
"""Name of the question in an address; "q" is what Search looks for."""
ANNOTATOR = "annotator"
"""Key of the session state: whose labels this session gives."""
_COMPARED = "The images are being compared with all classes; this page follows in a moment."
PROMPTS_ERROR = "prompts-error"
"""Key of the session state: what the Prompts page has to say of the vocabulary file."""


def current() -> Project | None:
    """The project of this session: chosen here, named in the address, or the server's first."""
    root = st.session_state.get(_KEY)
    if root is None and (wanted := st.query_params.get("w")):
        # Only names, never paths, come from an address.
        open_already = host.shared.opened(wanted)
        candidate = data_folder() / Path(wanted).name
        if open_already is not None:
            root = open_already.workspace.root
        elif is_workspace(candidate):
            root = candidate
    if (root := root or host.shared.first) is None:
        return None
    try:
        question = st.session_state.get(_QUESTION)
        if question is None:
            question = _asked(Path(root))
        project = host.shared.project(Path(root), question)
    except WinnowError as error:
        st.session_state.pop(_QUESTION, None)  # the next run begins with the first one
        st.error(plain(error))
        return None
    st.session_state[_KEY], st.session_state[_QUESTION] = str(root), question
    return project


def _asked(root: Path) -> str:
    """Short name of the question that the address or the command names, else of the first."""
    asked = st.query_params.get(ASKED)
    if asked is None and root == host.shared.first:
        asked = host.shared.question
    asked = "" if asked == _FIRST else asked
    listed = [question.slug for question in questions.questions_of(root)]
    return asked if asked in listed else listed[0]


def address_name(project: Project) -> str:
    """How the address names this workspace, so that a reload finds it again."""
    workspace = project.workspace
    inside = workspace.root.parent == data_folder()
    return workspace.root.name if inside else workspace.collection.key


def address_question(project: Project) -> str:
    """How the address names the question; "" where no name means the same."""
    return project.question or (_FIRST if host.shared.question else "")


def open_folder(images: str, workspace: str | None = None) -> None:
    """Make the project of a folder this session's; WinnowError when it cannot be opened."""
    root = open_workspace(Path(images), Path(workspace) if workspace else None).root
    project = host.shared.project(root)
    switch_to(root)
    try:
        use_folder_vocabulary(project.workspace, project.vocabulary_file)
    except WinnowError as error:  # the images can be opened all the same
        st.session_state[PROMPTS_ERROR] = str(error)


def switch_to(root: Path, question: str | None = None) -> None:
    """Make an existing workspace this session's; what pages kept of the old one is dropped.

    Args:
        question: short name of one of its questions; None for the first that is listed.
    """
    if question is None:
        question = questions.questions_of(root)[0].slug
    project = host.shared.project(root, question)
    unlist(root, listed=True)
    for key in [key for key in st.session_state if key != ANNOTATOR]:
        del st.session_state[key]
    st.session_state[_KEY], st.session_state[_QUESTION] = str(root), question
    # What else the address says belongs to the question of before.
    st.query_params.from_dict(_address(project))


def _address(project: Project) -> dict[str, str]:
    question = address_question(project)
    return {"w": address_name(project)} | ({ASKED: question} if question else {})


def require_project() -> Project:
    """The project of this session; without one the page says where to go and ends."""
    project = current()
    if project is None:
        empty("No images are open yet.", "Open a folder on the Data page.")
    return project


def require_pool(project: Project) -> Pool:
    """The embedded images; without any the page says where to go and ends."""
    pool = project.pool()
    if not len(pool) and _embeds(project):
        follow(lambda: len(project.pool()) > 0, 1.0)
        empty("The first images are being embedded.", "See how far it is on the Data page.")
    if not len(pool):
        empty("The images are not embedded yet.", "Start that on the Data page.")
    return pool


def _embeds(project: Project) -> bool:
    task = tasks.task(tasks.EMBED, project.workspace.collection.key)
    return task is not None and task.running


def require_encoder(project: Project) -> Encoder:
    """The encoder of the active vectors, loaded once per server."""
    active = project.workspace.encoder
    if active is None:
        empty("The images are not embedded yet.", "Start that on the Data page.")
    try:
        if host.shared.encoders.has(active.spec, host.shared.device):  # a spinner is a thread
            return project.use(host.shared.encoder(active.spec)).encoder
        with st.spinner(f"Loading the model {plain(active.spec)} (once per server)…"):
            return project.use(host.shared.encoder(active.spec)).encoder
    except WinnowError as error:
        st.error(plain(error))
        st.page_link("../../../pages/data.py", label="Choose a model on the Data page")
        st.stop()


def require_vocabulary(project: Project) -> Vocabulary:
    """Classes that predictions can be made from; else the page says where to go and ends."""
    try:
        vocabulary = project.classes()
    except WinnowError as error:
        _closed(project, error)
    problem = vocabulary.problem()
    if problem:
        empty(problem, "Write classes and prompts on the Prompts page.", "prompts")
    return vocabulary


def require_snapshot(classes: Vocabulary | None = None) -> Snapshot:
    """The embedded images with their labels and classes, and the encoder that reads texts.

    Without any images, or with a vocabulary file that is damaged, the page says where to go and
    ends.

    Args:
        classes: to look at the images under; by default those of the workspace.
    """
    project = require_project()
    require_pool(project)
    require_encoder(project)
    try:
        return project.snapshot(classes)
    except WinnowError as error:
        _closed(project, error)


def _closed(project: Project, error: WinnowError) -> NoReturn:
    """Say why a page stays closed, with the way out where the vocabulary file is to blame."""
    st.error(plain(error))
    try:
        project.classes()
    except WinnowError:
        st.page_link("../../../pages/prompts.py", label="Repair it on the Prompts page")
    st.stop()


def require_view(follow: bool = True, title: str = "") -> tuple[Snapshot, Predictions]:
    """All that a page on predictions starts from: a snapshot with classes, and its predictions.

    With new labels or prompts the page may show the predictions from before them for the moment
    that the fit takes, or of very many images and classes those of the prompts alone; it says so
    and is drawn anew when the fit is done, unless ``follow`` is false. ``fitting.newest`` and
    ``fitting.stands_in`` tell which they are.

    Args:
        title: of a page that has not drawn it yet, for where it ends here.
    """
    project = require_project()
    require_pool(project)
    require_vocabulary(project)
    snapshot = require_snapshot()
    try:
        latest = fitting.latest(snapshot)
        if latest is not None:  # a spinner is a thread, and more elements
            return snapshot, latest
        if (comparison := fitting.comparing(snapshot)) is not None:
            if title:
                st.title(title)
            _say(_COMPARED, comparison.done)
        with st.spinner("Predicting…", show_time=True):
            predictions, fresh = fitting.predictions(snapshot)
    except WinnowError as error:
        st.error(plain(error))
        st.stop()
    if follow and not fresh:
        await_fit(project, snapshot.classes, fitting.stands_in(snapshot, predictions))
    return snapshot, predictions


def _say(text: str, until: Callable[[], bool]) -> NoReturn:
    """A page that says what it waits for, and is drawn when that is there."""
    follow(until, 0.3, lambda: st.info(text))
    st.stop()


def await_fit(project: Project, vocabulary: Vocabulary, first: bool = False) -> None:
    """Say that a fit is under way, and draw the page anew when it is done.

    Args:
        first: what is shown meanwhile is what the prompts alone say.
    """
    text = "The newest labels and prompts are being learned; this page follows in a moment."
    if first:
        text = (
            "Your labels are being learned. Until then this page shows what the prompts alone "
            "say; it follows by itself."
        )
    with st.sidebar:  # in the page itself it would move what somebody is about to press
        follow(lambda: is_learned(project, vocabulary), 0.5, lambda: st.caption(text))


def is_learned(project: Project, vocabulary: Vocabulary) -> bool:
    """Whether predictions of now know every label and prompt; a fit is started where not."""
    return fitting.predictions(project.snapshot(vocabulary), patience=0)[1]


def follow(
    ready: Callable[[], bool], seconds: float, show: Callable[[], object] = lambda: None
) -> None:
    """Draw the page anew as soon as ``ready`` says so, looking every so many seconds.

    Until then there is what ``show`` draws, anew with each look.
    """
    looks = count()

    @st.fragment(run_every=seconds)
    def look() -> None:
        try:
            # Not while the page itself is drawn: that would lose the press it is drawn for.
            if next(looks) and ready():
                draw_anew()
            show()
        except WinnowError as error:
            st.error(plain(error))

    look()


def draw_anew() -> None:
    """Draw the whole page anew from a part of it that runs by itself."""
    # A page that was asked for in the meantime goes first: drawing anything lets it, and
    # st.rerun alone would put this page in its place.
    st.empty()
    st.rerun()


def name() -> str:
    """The name of this browser session; a page loaded anew is a new session."""
    return str(st.session_state.setdefault(_CLIENT, uuid.uuid4().hex))


def person() -> str:
    """Who works in this session; "" where nobody has said so.

    Where people sign in, that says who. At the machine that Winnow runs on it is else its user
    until another name is given. From elsewhere nobody is known by name.
    """
    if (login := identity.login()) is not None:
        return _listed(login)
    if not st.session_state.get(ANNOTATOR) and identity.is_here():
        try:
            st.session_state[ANNOTATOR] = getpass.getuser()
        except (KeyError, OSError):
            st.session_state[ANNOTATOR] = "me"
    return str(st.session_state.get(ANNOTATOR) or "")


def _listed(login: str) -> str:
    """The name of whoever signs in so, as the open workspace lists people; else the login."""
    with suppress(WinnowError):  # a damaged list is told where something is to be changed
        root = st.session_state.get(_KEY) or host.shared.first
        people = read_people(Path(root)) if root is not None else None
        person = people.of_login(login) if people is not None else None
        return person.name if person is not None else login
    return login


def actor() -> Actor | None:
    """Who acts in this session; None outside of one."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    return Actor(annotator(), signed=identity.login() is not None)


def annotator() -> str:
    """Whose labels this session gives."""
    return person() or "guest"


def empty(what: str, then: str, page: str = "data") -> NoReturn:
    """An empty page: what is missing and the way out; nothing is drawn below."""
    way_out.show(what, then, page)
    st.stop()
