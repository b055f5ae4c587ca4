"""Queries run in a process that is killed when it hangs, crashes or takes too much memory."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from core.runtime.errors import WinnowError
from core.search import sql, sql_worker

TABLES = {"images": pl.DataFrame({"id": ["a", "b"], "x": [1, 2]})}
posix = pytest.mark.skipif(os.name == "nt", reason="needs signals")


@pytest.fixture(autouse=True)
def nobody_waits() -> Iterator[None]:
    _end_all()
    yield
    _end_all()


def _end_all() -> None:
    while sql_worker._idle:
        sql_worker._idle.pop().close()


def ask(text: str, seconds: float = 60) -> pl.DataFrame:
    return sql.run(sql.read(text), TABLES, seconds).frame


def _pid() -> int:
    (worker,) = sql_worker._idle
    return worker._process.pid


def test_one_process_serves_many_queries() -> None:
    assert ask("SELECT count(*) AS n FROM images")["n"].to_list() == [2]
    first = _pid()
    assert ask("SELECT max(x) AS n FROM images")["n"].to_list() == [2]
    with pytest.raises(WinnowError, match="nothing"):
        ask("SELECT nothing FROM images")
    assert _pid() == first


@posix
def test_a_process_that_hangs_is_killed_and_the_next_query_works() -> None:
    query = sql.read("SELECT 1 AS n")
    stopped = _pid()
    os.kill(stopped, signal.SIGSTOP)  # it does not even look whether it should stop
    begun = time.monotonic()
    with pytest.raises(WinnowError, match=r"more than 0\.5 s"):
        sql.run(query, TABLES, 0.5)
    assert time.monotonic() - begun < 20
    with pytest.raises(ProcessLookupError):
        os.kill(stopped, 0)
    assert ask("SELECT 1 AS n")["n"].to_list() == [1]


@posix
def test_a_kept_process_that_was_ended_meanwhile_is_replaced() -> None:
    ask("SELECT 1")
    os.kill(_pid(), signal.SIGKILL)
    assert ask("SELECT 3 AS n")["n"].to_list() == [3]


@posix
def test_a_process_that_ends_in_the_middle_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_worker, "_SCRIPT", Path(__file__).with_name("no such script.py"))
    with pytest.raises(WinnowError, match="ended the process") as error:
        sql.read("SELECT 1")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT repeat('x', 3000000000) AS a",
        "SELECT length(repeat(repeat('x', 1000000), 3000)) AS a",
        "SELECT len(list(range)) AS a FROM range(2000000000)",
        "SELECT string_agg(repeat('x', 10000), '') AS a FROM range(500000)",
    ],
)
def test_too_much_memory_is_one_sentence_and_the_next_query_works(text: str) -> None:
    with pytest.raises(WinnowError) as error:
        ask(text, 30)
    assert "\n" not in str(error.value)
    assert ask("SELECT 1 AS n")["n"].to_list() == [1]


def test_rows_that_are_too_wide_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "RESULT_BYTES", 1_000_000)
    with pytest.raises(WinnowError, match="rows take more than 1 MB"):
        ask("SELECT repeat('x', 1000) AS a FROM range(100000)")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "(" * 9_000 + "1" + ")" * 9_000,
        "SELECT " + "1+" * 9_000 + "1",
        "SELECT " + "NOT " * 4_000 + "true",
        "SELECT * FROM " + ", ".join(f"images i{n}" for n in range(400)),
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
        "SELECT regexp_matches(repeat('a', 50000), '(a*)*(a*)*(a*)*b') AS a",
        "SELECT regexp_matches('a', '((a{1,1000}){1,1000}){1,1000}') AS a",
    ],
)
def test_queries_that_are_made_to_hurt_end_in_time(text: str) -> None:
    begun = time.monotonic()
    try:
        ask(text, 1.5)
    except WinnowError as error:
        assert "\n" not in str(error)
    assert time.monotonic() - begun < 60
    assert ask("SELECT 1 AS n")["n"].to_list() == [1]


def test_no_more_than_two_at_once_and_the_others_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = [0], [0]
    lock = threading.Lock()
    real = sql_worker._ask

    def counted(*arguments: object) -> object:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        try:
            return real(*arguments)  # type: ignore[arg-type]
        finally:
            with lock:
                running[0] -= 1

    monkeypatch.setattr(sql_worker, "_ask", counted)
    with ThreadPoolExecutor(6) as pool:
        frames = list(pool.map(lambda n: ask(f"SELECT {n} AS n"), range(12)))
    assert [frame["n"][0] for frame in frames] == list(range(12))
    assert most[0] <= sql_worker.AT_ONCE
    assert len(sql_worker._idle) <= 1


def test_nothing_is_left_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ask("SELECT * FROM images")
    with pytest.raises(WinnowError):
        ask("SELECT nothing FROM images")
    assert not list(tmp_path.iterdir())


def test_nothing_beside_it_or_in_the_current_folder_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "duckdb", "pyarrow", "contextlib"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the wrong place')")
    monkeypatch.chdir(tmp_path)
    assert ask("SELECT 5 AS n")["n"].to_list() == [5]
