"""``winnow report``: of the last export, else of the predictions."""

from __future__ import annotations

import shutil
from pathlib import Path

from cli.outcomes import Winnow, refused


def test_a_report_of_predictions_then_of_an_export(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    workspace = ("--workspace", shutil.copytree(embedded, tmp_path / "ws"))
    pdf, html = tmp_path / "report.pdf", tmp_path / "report.html"
    first = winnow("report", sample, pdf, *workspace, "--json").json
    assert first["export"] is None and sum(first["classes"].values()) == 60
    assert pdf.read_bytes().startswith(b"%PDF")
    winnow(
        "run", sample, tmp_path / "out", *workspace, "--mode", "symlink", "--review-below", "0.4"
    )
    text = winnow("report", sample, html, *workspace).out
    assert "wait in the folder review" in text and str(html) in text
    assert "Of the export out." in html.read_text()
    again = winnow("report", sample, html, *workspace, "--now", "--json").json
    assert again["export"] is None
    refused(winnow("report", sample, tmp_path / "x.doc", *workspace), ".pdf or .html")
