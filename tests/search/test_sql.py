"""SQL over tables: reads them, and nothing else can be read, written or changed."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from core.runtime.errors import WinnowError
from core.search import sql

SECRET = "found-it"
TABLES = {"images": pl.DataFrame({"id": ["a", "b", "c"], "x": [1.0, 2.0, 3.0]})}


def ask(text: str, seconds: float = 20) -> sql.Result:
    return sql.run(sql.read(text), TABLES, seconds)


def test_tables_are_read() -> None:
    assert ask("SELECT id FROM images WHERE x > 1 ORDER BY x DESC").frame["id"].to_list() == [
        "c",
        "b",
    ]
    assert ask("WITH m AS (SELECT max(x) AS y FROM Images) SELECT y FROM m").frame.rows() == [(3,)]
    query = sql.read("SELECT i.ID, count(*) FROM images i GROUP BY 1")
    assert (query.tables, query.names, query.everything) == ({"images"}, {"i", "id"}, False)
    assert sql.read("SELECT * FROM images").everything


@pytest.mark.parametrize(
    "text",
    [
        "COPY images TO '{out}'",
        "COPY (SELECT 1) TO '{out}' (FORMAT parquet)",
        "EXPORT DATABASE '{out}'",
        "ATTACH '{out}' AS other",
        "CREATE TABLE t AS SELECT 1",
        "INSERT INTO images VALUES ('d', 4)",
        "UPDATE images SET x = 0",
        "DELETE FROM images",
        "DROP VIEW images",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "PRAGMA database_list",
        "CALL pragma_version()",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "EXPLAIN ANALYZE SELECT 1",
        "USE memory",
        "CHECKPOINT",
        "BEGIN",
        "SELECT 1; COPY images TO '{out}'",
        "SELECT 1; SELECT 2",
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM '{secret}'",
        'SELECT * FROM "{secret}"',
        "FROM '{secret}'",
        "SELECT (SELECT content FROM read_blob('{secret}'))",
        "WITH a AS (SELECT * FROM read_text('{secret}')) SELECT * FROM a",
        "SELECT * FROM images UNION ALL SELECT content, 1 FROM read_text('{secret}')",
        "SELECT * FROM images WHERE x IN (SELECT 1 FROM glob('{folder}/*'))",
        "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')",
        "SELECT * FROM query_table('{secret}')",
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
        "SELECT * FROM enable_logging(storage := 'file', storage_path := '{out}')",
        "SELECT * FROM python_arrow_scan(1, 2, 3)",
        "SELECT * FROM pandas_scan(1)",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM sqlite_master",
        "SELECT getenv('HOME')",
        "",
        "SELEC",
        "SELECT nothing FROM images",
        "SELECT * FROM others",
    ],
)
def test_everything_else_is_one_sentence_and_touches_no_file(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    secret = folder / "secret.csv"
    secret.write_text(f"a\n{SECRET}\n")
    monkeypatch.chdir(folder)
    with pytest.raises(WinnowError) as error:
        ask(text.format(out=folder / "out", secret=secret, folder=folder))
    assert "\n" not in str(error.value)
    assert SECRET not in str(error.value)
    assert [p.name for p in tmp_path.rglob("*")] == ["home", "secret.csv"]


def test_no_table_function_of_the_engine_can_be_called(tmp_path: Path) -> None:
    """All of them, those of later versions too, but the few that make rows out of nothing."""
    listed = duckdb.sql(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type LIKE 'table%'"
    ).fetchall()
    names = {name for (name,) in listed} - sql.FUNCTIONS
    assert len(names) > 50
    for name in sorted(names):
        with pytest.raises(WinnowError, match="only the tables can be read"):
            sql.read(f"SELECT * FROM \"{name}\"('{tmp_path}')")


def test_the_engine_itself_has_no_files(tmp_path: Path) -> None:
    """The second wall, without the first: what a parser's gap would let through still fails."""
    (tmp_path / "secret.csv").write_text(SECRET)
    for text in (
        f"SELECT * FROM read_text('{tmp_path}/secret.csv')",
        f"SELECT * FROM '{tmp_path}/secret.csv'",
        f"COPY images TO '{tmp_path}/out.csv'",
        f"ATTACH '{tmp_path}/out.db'",
        "SET enable_external_access = true",
    ):
        query = sql.Query(text, frozenset(), frozenset(), False)
        with pytest.raises(WinnowError):
            sql.run(query, TABLES)
    assert [p.name for p in tmp_path.iterdir()] == ["secret.csv"]


def test_long_and_large_answers_are_cut_and_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "MAX_ROWS", 100)
    assert (ask("FROM range(99)").frame.height, ask("FROM range(99)").cut) == (99, False)
    result = ask("FROM range(100000000000)")
    assert (result.frame.height, result.cut) == (100, True)
    with pytest.raises(WinnowError, match="stopped"):
        ask(
            "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range = -b.range",
            0.2,
        )
