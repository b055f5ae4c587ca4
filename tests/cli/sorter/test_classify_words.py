"""`winnow classify --metadata`: words beside pictures, for a model file that reads some."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from cli.outcomes import Winnow, refused

from core.project.project import Project
from core.services.sorter.making import make_sorter
from core.sorter.model_file import write
from core.store.csv_tables import read_labels
from core.store.labels.base import Event


@pytest.fixture
def brought(winnow: Winnow, project: Project, sample: Path, tmp_path: Path) -> Path:
    """A question of the sample in which titles count, with labels; the table of titles."""
    truth, pool = read_labels(sample / "truth.csv"), project.pool()
    table = tmp_path / "titles.csv"
    lines = [f'{path},"a {truth[path]}"' for path in pool.paths if path in truth]
    table.write_text("\n".join(["path,title", *lines]))
    done = winnow("metadata", "import", sample, table, "--workspace", project.workspace.root)
    assert done.code == 0, done.err
    rows = [row for row in project.snapshot().audit_order if pool.paths[row] in truth][:30]
    events = [Event(pool.ids[row], truth[pool.paths[row]]) for row in rows]
    project.labels.add(events, "ann", "test")
    project.workspace.words.write_text("{title}")
    return table


def test_the_file_carries_words_and_classify_reads_them(
    winnow: Winnow, brought: Path, project: Project, sample: Path, tmp_path: Path
) -> None:
    file, out = tmp_path / "titles.winnow", tmp_path / "out.csv"
    made = winnow("model", "export", sample, file, "--workspace", project.workspace.root, "--json")
    assert made.code == 0 and made.json["words"]["template"] == "{title}", made.err
    assert (
        "Words count, too: {title}"
        in winnow(
            "model", "export", sample, tmp_path / "b.winnow", "--workspace", project.workspace.root
        ).out
    )
    assert "## Words" in winnow("model", "show", file).out
    shown = winnow("model", "show", file, "--json").json
    assert shown["words"]["images"] > 0 and shown["version"] == 2
    done = winnow("classify", sample, "--with", file, "--metadata", brought, "--out", out, "--json")
    assert done.code == 0 and done.json["with_words"] > 0, done.err
    bare = winnow("classify", sample, "--with", file, "--out", tmp_path / "bare.csv", "--json")
    assert bare.code == 0 and "with_words" not in bare.json
    assert not pl.read_csv(out)["probability"].equals(
        pl.read_csv(tmp_path / "bare.csv")["probability"]
    )
    wrong = winnow("classify", sample, "--with", file, "--metadata", brought, "--words", "{brand}")
    refused(wrong, "There is no column 'brand'; the columns are path, title.")


def test_words_need_a_table_and_a_model_that_reads_them(
    winnow: Winnow, brought: Path, project: Project, sample: Path, tmp_path: Path
) -> None:
    write(make_sorter(project.snapshot().speaking(""), "bare"), tmp_path / "bare.winnow")
    asked = ("classify", sample, "--with", tmp_path / "bare.winnow")
    refused(winnow(*asked, "--metadata", brought), "judges pictures alone")
    refused(winnow(*asked, "--words", "{title}"), "--metadata")
    refused(winnow(*asked, "--key", "path"), "--metadata")
