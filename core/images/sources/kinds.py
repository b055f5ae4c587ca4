"""Which kind of source an address is: by the end of its name, and of a table by its columns."""

from __future__ import annotations

import re
from pathlib import Path

from core.images.names import shown
from core.images.sources.address import Address
from core.images.sources.base import Missing, Source, Store
from core.images.sources.columns import address_column, bytes_column, opened
from core.images.sources.disk import Disk
from core.images.sources.lists import AddressList
from core.images.sources.objects import Bucket
from core.images.sources.shards import SUFFIXES, Collection
from core.images.sources.web import Web
from core.runtime.errors import WinnowError

_MOST = 100_000  # shards that a pattern names
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


def source_of(address: Address, hosts: frozenset[str], folder: Path) -> Source:
    """What gives the images of an address.

    Args:
        hosts: web servers that may be private.
        folder: where the source may remember what shards hold.

    Raises:
        WinnowError: it cannot be set up, or a table has no column with images or addresses.
    """
    above, _, name = address.path.rpartition("/")
    bare = name.partition("?")[0].lower()
    above = address.path.partition("?")[0].rpartition("/")[0]
    name = address.path[len(above) :].lstrip("/")
    if bare.endswith((*SUFFIXES, ".csv")):
        store = store_of(Address(address.scheme, address.host, above), hosts)
        if bare.endswith(".csv") or (bare.endswith(".parquet") and _lists(store, name)):
            return AddressList(store, address, name, hosts)
        return Collection(store, str(address), folder, expanded(name))
    return Collection(store_of(address, hosts), str(address), folder, None)


def store_of(address: Address, hosts: frozenset[str]) -> Store:
    """The bucket, web server or folder of an address."""
    if address.scheme == "file":
        return Disk(Path(f"/{address.path}"))
    return Web(address, hosts) if address.is_web else Bucket(address)


def _lists(store: Store, name: str) -> bool:
    """Whether a table holds addresses and no images."""
    if _RANGE.search(name):
        return False
    try:
        schema = opened(store, store.stat(name)).schema_arrow
    except Missing as error:
        why = str(error) or "not found"
        raise WinnowError(
            f"There is no {shown(name)} in {store.address} ({why}): check the address."
        ) from None
    return bytes_column(schema) is None and address_column(schema) is not None


def expanded(name: str) -> list[str]:
    """The names that a pattern such as part-{0000..0099}.tar stands for.

    Raises:
        WinnowError: they are too many.
    """
    match = _RANGE.search(name)
    if match is None:
        return [name]
    first, last, width = int(match[1]), int(match[2]), len(match[1])
    if not 0 <= last - first < _MOST:
        raise WinnowError(f"{name} stands for no or too many files: at most {_MOST:,} are read.")
    before, after = name[: match.start()], name[match.end() :]
    return [f"{before}{number:0{width}d}{after}" for number in range(first, last + 1)]
