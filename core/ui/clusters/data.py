"""What the Clusters page works on, kept per server: the layout, the clusters, their pictures."""

from __future__ import annotations

import streamlit as st

from core.learn.groups.clusters import Clusters
from core.project.pool import Pool
from core.project.project import Predictions, Project
from core.prompts.vocabulary import Vocabulary
from core.services.clusters.cards import pictures_of
from core.services.clusters.clustering import clusters_of
from core.services.clusters.layout import Layout, layout_path, read_layout
from core.services.clusters.story import Story
from core.ui.session import work


@st.cache_resource(show_spinner="Clustering…", max_entries=8)
def _clusters(workspace: str, version: str, k: int, _project: Project, _pool: Pool) -> Clusters:
    return clusters_of(_project.workspace.cache, _pool, k)


@st.cache_resource(show_spinner=False, max_entries=8)
def _pictures(
    workspace: str, version: str, k: int, _project: Project, _pool: Pool
) -> list[list[int]]:
    return pictures_of(_pool, _clusters(workspace, version, k, _project, _pool))


@st.cache_resource(show_spinner=False, max_entries=4)
def _layout(
    workspace: str, version: str, stamp: int, _project: Project, _pool: Pool
) -> Layout | None:
    return read_layout(_project, _pool)


def clusters(project: Project, pool: Pool, k: int) -> Clusters:
    """KMeans of a pool."""
    return _clusters(project.key, pool.version, k, project, pool)


def pictures(project: Project, pool: Pool, k: int) -> list[list[int]]:
    """Rows to show of each cluster."""
    return _pictures(project.key, pool.version, k, project, pool)


def layout(project: Project, pool: Pool) -> Layout | None:
    """The map; None while it has to be computed or new images wait to be placed."""
    try:
        stamp = layout_path(project, pool).stat().st_mtime_ns
    except OSError:
        return None
    return _layout(project.key, pool.version, stamp, project, pool)


def story(
    project: Project, vocabulary: Vocabulary, predictions: Predictions, k: int
) -> tuple[dict[int, str], dict[int, str]]:
    """Names and warnings by cluster number; found in the background, so empty at first.

    Where the clusters go with light, shape or folders better than with the classes, it is said; so
    is whether clusters take part in the predictions.
    """
    if predictions.clusters is not None:
        st.caption(predictions.clusters.sentence())
    task = work.story(project, vocabulary, predictions, k, clusters(project, project.pool(), k))
    task.wait(0.2)
    found: Story | None = task.result
    if found is None:
        return {}, {}
    if found.follows:
        st.warning(f"These clusters go with the {found.follows} better than with the classes.")
    return found.names, found.warnings
