"""YAML of people: plain data with its lines, or one clear sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from core.prompts.yaml_file import MAX_CHARACTERS, load, read_text
from core.runtime.errors import WinnowError

TEXT = "b: &x [x, 'y', ~]\na: {c: *x, d: 'text'}\n? [u, v]\n: é\n"


def test_content_is_what_a_plain_load_gives_and_nodes_know_their_lines() -> None:
    document = load(TEXT, "f")
    assert document.content == YAML(typ="safe", pure=True).load(TEXT)
    assert document.node is not None
    assert [key.start_mark.line for key, _ in document.node.value] == [0, 1, 2]
    assert load("", "f").content is None
    assert load("# only this\n", "f").node is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [x\n", "f line 2 is not valid YAML"),
        ("a: 1\na: 2\n", "f line 2 is not valid YAML"),
        ("a: 1\n---\na: 2\n", "not valid YAML"),
        ("a: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
        ("[" * 2_000, "not valid YAML"),
        ("? {a: b}\n: c\n? {a: b}\n: d\n", "not valid YAML"),
        ("#" * (MAX_CHARACTERS + 1), "1,000,001 characters"),
    ],
)
def test_what_is_refused_is_one_sentence(text: str, reason: str) -> None:
    with pytest.raises(WinnowError, match=reason) as error:
        load(text, "f")
    assert "\n" not in str(error.value)


@given(st.text(max_size=120) | st.text(alphabet="ab:{}[]-&*!|>? \n\t0'\"#%", max_size=60))
def test_no_text_does_more_than_a_clear_error(text: str) -> None:
    try:
        load(text, "f")
    except WinnowError as error:
        assert "\n" not in str(error)


def test_what_is_no_text_is_said(tmp_path: Path) -> None:
    with pytest.raises(WinnowError, match=r"The file .*no\.yaml does not exist"):
        read_text(tmp_path / "no.yaml", "The file")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WinnowError, match="UTF-8"):
        read_text(tmp_path / "b.yaml", "The file")
    (tmp_path / "c.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_text(tmp_path / "c.yaml", "The file") == "a: 1\n"
    (tmp_path / "d.yaml").write_bytes("é: 1\r\n".encode("utf-16"))
    assert read_text(tmp_path / "d.yaml", "The file") == "é: 1\n"
