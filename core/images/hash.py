"""The identity of an image: a digest of the bytes of its file."""

import hashlib

DIGEST_BYTES = 16
ID_LENGTH = 2 * DIGEST_BYTES


def content_id(data: bytes) -> str:
    """BLAKE2b of the file's bytes, 128 bits, as 32 lower-case hexadecimal digits.

    It depends on nothing but the content, so renamed, moved or touched files keep their identity
    and exact copies share one.
    """
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).hexdigest()


def is_image_id(text: str) -> bool:
    """Whether the text has the form that `content_id` gives (and so cannot hold a path)."""
    return len(text) == ID_LENGTH and all(c in "0123456789abcdef" for c in text)
