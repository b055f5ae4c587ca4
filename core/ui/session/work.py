"""The long work that pages start: embedding, the map, an export. One of a kind per workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.embedding.run import embed
from core.encoders.base import Encoder
from core.export.plan import Plan
from core.learn.groups.clusters import Clusters
from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.runtime.background import Task
from core.runtime.progress import Report
from core.services.clusters.layout import make_layout
from core.services.data.overview import folder_state
from core.store.workspace import EncoderRecord
from core.tags.vocabulary import Tags
from core.ui.session import host


def key(kind: str, project: Project) -> str:
    """The name of a kind of work on one workspace, on the server's board."""
    return f"{kind}-{project.key}"


def task(kind: str, project: Project) -> Task | None:
    """The latest task of a kind on a workspace."""
    return host.board().get(key(kind, project))


def start_scan(project: Project) -> Task:
    """Look what is in the image folder now."""
    return host.board().start(
        key("scan", project), "Scan", lambda report: folder_state(project.workspace, report)
    )


def start_embedding(project: Project, spec: str) -> Task:
    """Download the model where needed, then embed what is new or changed."""

    def work(report: Report) -> object:
        encoder = host.encoder(spec, host.shared.device, report)
        result = embed(project.workspace, encoder, report)
        project.use(encoder)
        host.board().forget(key("scan", project))  # what it found is no longer so
        return result

    return host.board().start(key("embed", project), "Embedding", work)


def start_layout(project: Project, afresh: bool = False) -> Task:
    """Arrange the map of the present images, or place new ones on it unless ``afresh``."""
    return host.board().start(
        key("map", project), "Map", lambda report: make_layout(project, report, afresh)
    )


def start_index(project: Project) -> Task:
    """Build the search index of the present images."""
    return host.board().start(
        key("index", project), "Search index", lambda report: project.searcher().build_index(report)
    )


def start_cluster_count(project: Project) -> Task:
    """Look for the number of clusters that comes out most alike."""
    from core.services.clusters.count import choose

    return host.board().start(
        key("cluster-count", project), "Number of clusters", lambda report: choose(project, report)
    )


def start_retrieval(project: Project, records: Sequence[EncoderRecord]) -> Task:
    """Measure how well encoders match the workspace's captions and images."""
    from core.services.metrics.retrieval import measure

    def load(spec: str, report: Report) -> Encoder:
        return host.encoder(spec, host.shared.device, report)

    return host.board().start(
        key("retrieval", project),
        "Retrieval metrics",
        lambda report: measure(project, records, load, report),
    )


def start_tags(project: Project, tags: Tags) -> Task:
    """Score the present images for tags."""
    return host.board().start(
        key("tags", project), "Tags", lambda report: project.tagging().score(tags, report.step)
    )


def start_export(
    project: Project, vocabulary: Vocabulary, predictions: Predictions, plan: Plan, out: Path
) -> Task:
    """Write a plan to disk."""
    from core.services.export import runs

    return host.board().start(
        key("export", project),
        "Export",
        lambda report: runs.write(project, vocabulary, predictions, plan, out, report),
    )


def suggestions(project: Project, vocabulary: Vocabulary) -> Task:
    """The search for groups that no class explains, started once for each set of classes."""
    from core.services.prompts.suggestions import suggest

    name = f"{key('suggest', project)}-{project.pool().version}-{hash(vocabulary)}"
    return host.board().get(name) or host.board().start(
        name, "Suggestions", lambda report: suggest(project, vocabulary, report)
    )


def duplicates(project: Project) -> Task:
    """The search for near-duplicates, started once for each state of the pool."""
    from core.services.data.duplicates import groups_of

    name = f"{key('duplicates', project)}-{project.pool().version}"
    return host.board().get(name) or host.board().start(
        name, "Near-duplicates", lambda report: groups_of(project)
    )


def story(
    project: Project, vocabulary: Vocabulary, predictions: Predictions, k: int, clusters: Clusters
) -> Task:
    """The naming of clusters and the search for what they follow, once for each set of them."""
    from core.services.clusters.story import tell

    name = f"{key('story', project)}-{project.pool().version}-{hash(vocabulary)}-{k}"
    return host.board().get(name) or host.board().start(
        name, "Naming the clusters", lambda report: tell(project, clusters, predictions)
    )
