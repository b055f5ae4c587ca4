"""What is selected on the Clusters page, by the map, by a card or by the address."""

from __future__ import annotations

import streamlit as st

from core.learn.groups.clusters import Clusters
from core.project.pool import Pool
from core.services.clusters.cards import members
from core.ui.clusters import cards, state
from core.ui.clusters import map as map_element
from core.ui.clusters.view import View
from core.ui.session import links
from core.ui.shared.selection import select
from core.ui.shared.state import SELECTED_CLUSTER, SELECTION


def selected(view: View) -> list[str]:
    """The selection by image id, after what address, map and cards sent; each message once.

    The address names it too: the cluster, or the images where they are few.
    """
    pool, clusters = view.snapshot.pool, view.clusters
    _read_address(pool, clusters)
    answered = st.session_state.setdefault(state.MESSAGES, {})
    message = map_element.received(state.MAP, view)
    if message and answered.get(state.MAP) != message.id:
        answered[state.MAP] = message.id
        select(map_element.combine(st.session_state.get(SELECTION, []), message, pool))
    card = cards.opened(state.CARDS)
    if card and answered.get(state.CARDS) != card[0]:
        answered[state.CARDS] = card[0]
        if view.grouped is None:
            _open(pool, clusters, card[1])
        else:
            select([pool.ids[row] for row in view.members(card[1]).tolist()])
    ids = [i for i in st.session_state.get(SELECTION, []) if i in pool.rows]
    number, of = st.session_state.get(SELECTED_CLUSTER) or (0, 0)
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
        select([i for i in links.image_ids(images or "") if i in pool.rows])


def _open(pool: Pool, clusters: Clusters, number: int) -> None:
    ids = [pool.ids[row] for row in members(clusters, number)]
    select(ids, (number, len(clusters.sizes)))
