"""The process in which queries run: reads requests from its input, writes answers to its output.

It is started as a file of its own and imports nothing of Winnow, so that it is up in a moment; it
says ``{}`` then. What a query does to it, and be it to crash or to hang, is no business of the
server: `sql_worker.py` kills it.

A request is a line of JSON. ``{"read": TEXT}`` is answered by a line of JSON, the parsed query.
``{"run": TEXT, "tables": {NAME: FILE}, "rows": N, "bytes": B}`` is answered by such a line,
``{"size": BYTES}``, and so many bytes, the first rows as an Arrow stream; more than N rows or B
bytes are not made. An ``{"error": TEXT}`` can come instead of both.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

import duckdb
import pyarrow as pa

MEMORY = "2GB"
DATA_BYTES = 4_000_000_000  # of the process: what a function of the engine takes beyond MEMORY
_BATCH = 10_000
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_persistent_secrets": "false",
    "temp_directory": "",
    "memory_limit": MEMORY,
}


def read(text: str) -> dict[str, Any]:
    """The engine's own tree of a query."""
    with duckdb.connect(":memory:", config=_SETTINGS) as connection:
        answer = connection.execute("SELECT json_serialize_sql($1)", [text]).fetchone()
    return {"tree": answer[0] if answer else "{}"}


def run(text: str, tables: dict[str, str], rows: int, most: int) -> Any:
    """The rows of a query as an Arrow stream."""
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(duckdb.connect(":memory:", config=_SETTINGS))
        for name, file in tables.items():
            source = stack.enter_context(pa.memory_map(file))
            connection.register(name, pa.ipc.open_file(source).read_all())
        connection.execute("SET lock_configuration = true")
        batches = connection.sql(text).to_arrow_reader(_BATCH)
        sink = pa.BufferOutputStream()
        count = 0
        with pa.ipc.new_stream(sink, batches.schema) as writer:
            for batch in batches:
                writer.write_batch(batch.slice(0, rows - count))
                count += batch.num_rows
                if count >= rows:
                    break
                if sink.tell() > most:
                    raise MemoryError(f"its rows take more than {most // 1_000_000:,} MB")
        return sink.getvalue()


def main() -> None:
    """Answer until nobody asks any more."""
    _limit_memory()
    output = sys.stdout.buffer
    output.write(b"{}\n")  # ready
    output.flush()
    for line in sys.stdin.buffer:
        request, body = json.loads(line), b""
        answer: dict[str, Any]
        try:
            if "read" in request:
                answer = read(request["read"])
            else:
                body = run(request["run"], request["tables"], request["rows"], request["bytes"])
                answer = {"size": len(body)}
        except (duckdb.Error, pa.ArrowException, OSError, UnicodeError, MemoryError) as error:
            answer = {"error": str(error) or "there is not enough memory"}
        output.write(json.dumps(answer).encode() + b"\n")
        output.write(body)
        output.flush()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows; the engine's own limit remains
        return
    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        most = DATA_BYTES if hard == resource.RLIM_INFINITY else min(DATA_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


if __name__ == "__main__":
    main()
