"""SQL over tables in memory that can read and change nothing else.

DuckDB and not polars' SQL: a query can be stopped and given a memory limit, its file functions can
be switched off for good, and its parser says what a query is before anything runs. Three walls, any
of which would do alone: only a single SELECT is run, it may name only the tables that are offered
and table functions that make rows out of nothing, and the engine has no access to files. All of it
happens in a process of its own that is killed when it takes too long or too much memory.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from core.runtime import inputs
from core.runtime.errors import WinnowError
from core.runtime.files import storage_errors
from core.search import sql_worker
from core.search.sql_worker import Refused

MAX_LENGTH = 20_000
MAX_ROWS = 200_000
SECONDS = 30.0
READ_SECONDS = 10.0
"""For reading a query without running it."""
RESULT_BYTES = 500_000_000
FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
"""Table functions that may stand in FROM."""


@dataclass(frozen=True)
class Query:
    """A SELECT that was read but not run.

    Attributes:
        text: the SQL.
        tables: lower-case names of the tables it reads, less those it makes itself (WITH).
        names: lower-case names of the columns it mentions.
        everything: whether it asks for all columns with ``*``.
    """

    text: str
    tables: frozenset[str]
    names: frozenset[str]
    everything: bool


@dataclass(frozen=True)
class Result:
    """What a query gave. ``cut`` when there were more than the ``MAX_ROWS`` rows kept."""

    frame: pl.DataFrame
    cut: bool


def read(text: str) -> Query:
    """Read a query without running it.

    Raises:
        WinnowError: no single SELECT, or it reads something else than tables.
    """
    if not text.strip():
        raise WinnowError("The query is empty: write for example  SELECT path FROM images LIMIT 9")
    if len(text) > MAX_LENGTH:
        raise WinnowError(f"The query has {len(text):,} characters, at most {MAX_LENGTH:,} fit.")
    try:
        answer, _ = sql_worker.ask({"read": text}, READ_SECONDS)
    except (Refused, UnicodeError) as error:
        raise WinnowError(f"The query cannot be read: {_sentence(error)}") from None
    return _checked(text, _parsed(answer["tree"]))


def _parsed(answer: str) -> Any:
    try:
        tree = inputs.parse_json(answer)
    except ValueError:
        raise WinnowError("The query nests too deep: write it flatter.") from None
    if tree.get("error"):
        if tree.get("error_type") == "not implemented":
            raise WinnowError("Only SELECT is possible: a query reads tables and changes nothing.")
        where = tree.get("position")
        place = f" (character {int(where) + 1})" if where is not None else ""
        raise WinnowError(f"The query cannot be read: {_plain(tree['error_message'])}{place}.")
    if len(tree.get("statements", [])) != 1:
        raise WinnowError("The query must be one statement: write a single SELECT.")
    return tree


def _checked(text: str, tree: Any) -> Query:
    """The query of a parsed SELECT, or the reason why it will not be run."""
    names: set[str] = set()
    tables: set[str] = set()
    own: set[str] = set()
    everything = False
    for node in _nodes(tree):
        kind = node.get("type")
        if kind == "TABLE_FUNCTION":
            _check_function(node)
        elif kind == "BASE_TABLE":
            tables.add(_table(node))
        elif kind == "COLUMN_REF":
            names.update(str(name).lower() for name in node["column_names"])
        elif kind == "STAR":
            everything = True
        made = node.get("cte_map")
        if isinstance(made, dict):
            own.update(str(entry["key"]).lower() for entry in made["map"])
    return Query(text, frozenset(tables - own), frozenset(names), everything)


def run(query: Query, tables: Mapping[str, pl.DataFrame], seconds: float = SECONDS) -> Result:
    """Run a query over tables by name.

    Raises:
        WinnowError: an unknown table or column, too much time or memory, or any other refusal.
    """
    unknown = sorted(query.tables - {name.lower() for name in tables})
    if unknown:
        raise WinnowError(f"There is no table {unknown[0]!r}: the tables are {', '.join(tables)}.")
    with tempfile.TemporaryDirectory(prefix="winnow-query-") as folder:
        request = {
            "run": query.text,
            "tables": _written(Path(folder), query, tables),
            "rows": MAX_ROWS + 1,
            "bytes": RESULT_BYTES,
        }
        try:
            _, body = sql_worker.ask(request, seconds)
        except (Refused, UnicodeError) as error:
            raise WinnowError(f"The query cannot be run: {_sentence(error)}") from None
    frame = pl.from_arrow(pa.ipc.open_stream(body).read_all())
    assert isinstance(frame, pl.DataFrame)
    return Result(frame.head(MAX_ROWS), frame.height > MAX_ROWS)


def _written(folder: Path, query: Query, tables: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """The tables that a query reads as files that another process can map into its memory."""
    files: dict[str, str] = {}
    for number, (name, frame) in enumerate(tables.items()):
        if name.lower() in query.tables:
            table = frame.to_arrow()
            path = folder / str(number)
            with (
                storage_errors(folder),
                pa.OSFile(str(path), "wb") as sink,
                pa.ipc.new_file(sink, table.schema) as writer,
            ):
                writer.write_table(table)
            files[name] = str(path)
    return files


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """All mappings of a parsed query, without recursion: a query can nest deep."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _check_function(node: Mapping[str, Any]) -> None:
    function = node["function"]
    name = str(function.get("function_name", "")).lower()
    if name not in FUNCTIONS:
        raise WinnowError(
            f"The query calls {name} to read something else than the tables here: "
            "only the tables can be read, no files and no internals."
        )


def _table(node: Mapping[str, Any]) -> str:
    if node.get("schema_name") or node.get("catalog_name"):
        raise WinnowError(
            f"The query reads {node.get('schema_name') or node.get('catalog_name')}."
            f"{node['table_name']}: only the tables here can be read, no files and no internals."
        )
    return str(node["table_name"]).lower()


def _sentence(error: Exception) -> str:
    return _plain((str(error).splitlines() or [""])[0]) + "."


def _plain(message: str) -> str:
    """An engine's message without its own heading and full stop."""
    text = re.sub(r"^\w[\w ]* Error: ", "", message.splitlines()[0])
    return text.strip().rstrip(".!")
