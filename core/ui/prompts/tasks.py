"""The long work of the Prompts page: the search for groups that no class explains, words read."""

from __future__ import annotations

from dataclasses import dataclass

from core.project.snapshot import Snapshot
from core.runtime.background import Task
from core.runtime.progress import Report
from core.services.predict.words import texts_of, use_words
from core.services.prompts.idle import IdlePrompt, idle_prompts
from core.services.prompts.suggestions import Suggestion, suggest
from core.store.workspace import Workspace
from core.ui.session import tasks

_KIND, WORDS = "suggest", "words"


@dataclass(frozen=True)
class Search:
    """What a search came to: groups that no class explains, and prompts that take nothing."""

    groups: list[Suggestion]
    idle: list[IdlePrompt]


def suggestions(snapshot: Snapshot) -> Task:
    """The search for groups, started once for each set of classes and images."""

    def work(report: Report) -> Search:
        groups = suggest(snapshot, report)
        report.step("Looking for prompts that take nothing")
        return Search(groups, idle_prompts(snapshot))

    return tasks.once(_KIND, snapshot.key, _basis(snapshot), "Suggestions", tasks.patiently(work))


def read_words(workspace: Workspace, snapshot: Snapshot, template: str) -> Task:
    """Read the words of all images, then let them count in the question."""

    def work(report: Report) -> None:
        texts_of(snapshot.speaking(template.strip()), report)
        use_words(workspace, template)

    return tasks.start(WORDS, snapshot.key, "Words", work)


def search_again(snapshot: Snapshot) -> None:
    """Forget what the search came to, so that the page starts it anew, with the labels of now."""
    tasks.forget(_KIND, f"{snapshot.key}-{_basis(snapshot)}")


def _basis(snapshot: Snapshot) -> str:
    return f"{snapshot.pool.version}-{hash(snapshot.classes)}"
