import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.images.hash import content_id, is_image_id


def test_known_value() -> None:
    # RFC 7693's function with a 16-byte digest; the value of b2sum -l 128 for an empty file.
    assert content_id(b"") == "cae66941d9efbd404e4d88758ea67670"


@given(st.binary(max_size=300))
def test_ids_are_the_digest_and_valid(data: bytes) -> None:
    assert content_id(data) == hashlib.blake2b(data, digest_size=16).hexdigest()
    assert is_image_id(content_id(data))


@pytest.mark.parametrize("text", ["", "a" * 31, "a" * 33, "A" * 32, "../" + "a" * 29, "é" * 32])
def test_what_is_no_id(text: str) -> None:
    assert not is_image_id(text)
