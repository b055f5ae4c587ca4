"""What was left out is counted, with examples, and comes through JSON and the disk."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.images.folders.left_out import EXAMPLES, HIDDEN, OTHER, TRASH, LeftOut
from core.images.scan import scan

REASONS = st.sampled_from([OTHER, HIDDEN, TRASH])


@given(st.lists(st.tuples(st.text(min_size=1), REASONS), max_size=90))
def test_everything_is_counted_and_some_of_it_named(added: list[tuple[str, str]]) -> None:
    left = LeftOut()
    for path, reason in added:
        left.add(path, reason)
    assert left.count == len(added)
    assert left.ignored == sum(reason == OTHER for _, reason in added)
    assert all(len(some.examples) <= EXAMPLES for some in left.reasons.values())
    again = LeftOut.from_json(json.loads(json.dumps(left.as_json())))
    assert again.as_json() == left.as_json()
    assert bool(left.lines()) == bool(added)


def test_links_out_of_the_folder_are_counted_and_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for path in (root / "own.jpg", root / "sub/b.jpg", outside / "far.jpg", outside / "deep/c.jpg"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (root / "folder").symlink_to(outside / "deep", target_is_directory=True)
    (root / "one.jpg").symlink_to(outside / "far.jpg")
    (root / "inner.jpg").symlink_to(root / "sub/b.jpg")
    seen = scan(root)
    assert len(seen.files) == 5
    assert seen.left_out.links_out.count == 2
    assert sorted(seen.left_out.links_out.examples) == ["folder", "one.jpg"]
    assert "2 links lead out" in seen.left_out.lines()[-1]
