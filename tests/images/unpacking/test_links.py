"""Links lead to members of their archive and nowhere else, however they are tied."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.images.unpacking.links import CIRCLE, FOLDER, MISSING, OUTSIDE, LinkProblem, Links

PARTS = st.sampled_from(["a", "b", "c", ".", "..", "", "/"])
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


@given(
    st.lists(PATHS, max_size=5), st.lists(st.tuples(PATHS, PATHS, st.booleans()), max_size=8), PATHS
)
def test_the_end_of_a_link_is_a_member_or_a_reason(
    files: list[str], ties: list[tuple[str, str, bool]], asked: str
) -> None:
    links = Links()
    for name in files:
        links.add_file(name)
    for name, target, symbolic in ties:
        links.add_link(name, target, symbolic)
    try:
        assert links.resolve(asked) in links.files
    except LinkProblem as problem:
        assert str(problem) in (OUTSIDE, CIRCLE, MISSING, FOLDER)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("../x", OUTSIDE), ("/a.jpg", OUTSIDE), ("C:/a.jpg", OUTSIDE), ("b/../../x", OUTSIDE),
        ("l", CIRCLE), ("gone", MISSING), ("d", FOLDER), (".", FOLDER), ("a.jpg/x", MISSING),
    ],
)  # fmt: skip
def test_what_a_link_cannot_lead_to(target: str, reason: str) -> None:
    links = Links()
    links.add_file("a.jpg")
    links.add_file("d/b.jpg")
    links.add_link("l", target, symbolic=True)
    with pytest.raises(LinkProblem, match=reason.split(",")[0]):
        links.resolve("l")
