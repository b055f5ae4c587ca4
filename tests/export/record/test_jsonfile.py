"""JSON written in pieces comes back as it was."""

import json
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.export.record.jsonfile import write_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4), st.lists(JSON, max_size=3))
def test_any_document_comes_back_as_it_was(tmp_path_factory, document, stream) -> None:
    path = tmp_path_factory.getbasetemp() / "document.json"
    write_json(path, {**document, "stream": iter(stream)})
    assert json.loads(path.read_bytes()) == {**document, "stream": stream}


def test_numbers_without_a_json_form_become_null(tmp_path: Path) -> None:
    write_json(tmp_path / "n.json", {"n": [float("nan"), float("inf"), np.nan, 0.12345678]})
    assert json.loads((tmp_path / "n.json").read_text())["n"] == [None, None, None, 0.123457]
