"""`winnow model export --onnx`: both files, or none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli.outcomes import Winnow, refused

from core.project.project import Project
from core.sorter.onnx import writing


def test_the_contract_for_scripts(
    winnow: Winnow, project: Project, sample: Path, tmp_path: Path
) -> None:
    out, workspace = tmp_path / "out" / "a.winnow", project.workspace.root
    out.parent.mkdir()
    arguments = ("model", "export", sample, out, "--workspace", workspace, "--quiet")
    done = winnow(*arguments, "--onnx", "--json")
    assert done.code == 0, done.err
    assert done.json["onnx"] == str(out.with_suffix(".onnx"))
    names = sorted(entry.name for entry in out.parent.iterdir())
    assert names == ["a.onnx", "a.winnow"]
    out.unlink()
    refused(winnow(*arguments, "--onnx"), "a.onnx is there already")
    assert winnow(*arguments, "--json").json["onnx"] is None


def test_classes_can_come_from_a_file_and_are_missed_where_there_are_none(
    winnow: Winnow, sample: Path, tmp_path: Path
) -> None:
    pictures, prompts = tmp_path / "pictures", tmp_path / "prompts.yaml"
    pictures.mkdir()
    for file in sorted(sample.rglob("*.jpg"))[:4]:
        shutil.copy(file, pictures)
    arguments = ("model", "export", pictures, tmp_path / "a.winnow", "--workspace", tmp_path / "w")
    refused(winnow(*arguments, "--quiet"), "There are no classes: give --prompts")
    prompts.write_text("classes:\n  by day: [a bright photo]\n  by night: [a dark photo]\n")
    done = winnow(*arguments, "--prompts", prompts, "--json")
    assert done.code == 0, done.err
    assert done.json["classes"] == ["by day", "by night"]


def test_both_files_or_none(
    winnow: Winnow,
    project: Project,
    sample: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writing, "LIMIT", 1000)
    out = tmp_path / "out" / "a.winnow"
    out.parent.mkdir()
    workspace = project.workspace.root
    done = winnow("model", "export", sample, out, "--workspace", workspace, "--onnx", "--quiet")
    refused(done, "use a smaller model, or export without --onnx")
    assert not list(out.parent.iterdir())
