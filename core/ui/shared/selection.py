"""What is selected on the Clusters page, by the map, by a card or by the address."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.learn.groups.clusters import Clusters
from core.project.pool import Pool
from core.project.project import Project
from core.services.clusters import cards
from core.services.clusters.layout import Layout
from core.ui.clusters import cards as cluster_cards
from core.ui.clusters import map as map_element
from core.ui.session import links
from core.ui.shared import picks

ELEMENT, CARDS, PICKS = "map", "map-cards", "map-picks"
_CHOSEN, _CLUSTER, _HEARD = "map-selection", "map-cluster", "map-heard"


def choose(ids: list[str], cluster: tuple[int, int] | None = None) -> None:
    """Select these and nothing else. ``cluster`` is the one that they are, and of how many."""
    st.session_state[_CHOSEN] = ids
    st.session_state[_CLUSTER] = cluster
    picks.forget(PICKS)


def chosen(
    project: Project, pool: Pool, layout: Layout, clusters: Clusters, codes: np.ndarray,
    visible: np.ndarray | None,
) -> list[str]:  # fmt: skip
    """The selection by image id, after what address, map and cards say; each message once.

    The address names it too: the cluster, or the images where they are few.
    """
    _read_address(pool, clusters)
    heard = st.session_state.setdefault(_HEARD, {})
    said = map_element.said(ELEMENT, project, pool, layout.points, codes, visible)
    if said and heard.get(ELEMENT) != said.id:
        heard[ELEMENT] = said.id
        choose(map_element.combine(st.session_state.get(_CHOSEN, []), said, pool))
    card = cluster_cards.opened(CARDS)
    if card and heard.get(CARDS) != card[0]:
        heard[CARDS] = card[0]
        _open(pool, clusters, card[1])
    ids = [i for i in st.session_state.get(_CHOSEN, []) if i in pool.rows]
    number, of = st.session_state.get(_CLUSTER) or (0, 0)
    whole = bool(ids) and of == len(clusters.sizes)
    links.keep("cluster", str(number) if whole else "")
    links.keep("images", "" if whole else links.of_images(ids))
    return ids


def _read_address(pool: Pool, clusters: Clusters) -> None:
    cluster, images = links.news("cluster"), links.news("images")
    if cluster is None and images is None:
        return
    number = links.number(cluster or "")
    if number is not None and 1 <= number <= len(clusters.sizes):
        _open(pool, clusters, number)
    else:
        choose([i for i in links.image_ids(images or "") if i in pool.rows])


def _open(pool: Pool, clusters: Clusters, number: int) -> None:
    ids = [pool.ids[row] for row in cards.members(clusters, number)]
    choose(ids, (number, len(clusters.sizes)))
