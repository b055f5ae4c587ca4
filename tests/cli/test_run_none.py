"""``winnow run --none``: a class without prompts, with its folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from cli.outcomes import Winnow, refused


def test_it_gets_a_folder_and_its_share(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    embedded = Path(shutil.copytree(embedded, tmp_path / "workspace"))
    common = ("--prompts", sample / "prompts.yaml", "--workspace", embedded, "--json")
    plain = winnow("run", sample, tmp_path / "plain", *common).json
    outcome = winnow("run", sample, tmp_path / "out", *common, "--none", "something else")
    assert outcome.code == 0, outcome.err
    none = outcome.json["none"]
    assert none["class"] == "something else" and none["share"] is None
    assert outcome.json["classes"]["something else"] == none["images"]
    folder = tmp_path / "out" / "something else"
    assert (len(list(folder.iterdir())) if folder.exists() else 0) == none["images"]
    assert "none" not in plain and set(plain["classes"]) < set(outcome.json["classes"])
    manifest = json.loads(Path(outcome.json["manifest"]).read_text())
    assert "something else" in json.dumps(manifest["prompts"])
    again = winnow("replay", outcome.json["manifest"], sample, "--workspace", embedded, "--json")
    assert again.code == 0, again.err


def test_a_name_of_a_class_is_refused(
    winnow: Winnow, sample: Path, embedded: Path, tmp_path: Path
) -> None:
    (tmp_path / "prompts.yaml").write_text("classes:\n  a: [a thing]\n  b: [b thing]\nnone: c\n")
    common = ("--prompts", tmp_path / "prompts.yaml", "--workspace", embedded)
    outcome = winnow("run", sample, tmp_path / "out", *common, "--none", "a", "--dry-run")
    refused(outcome, "a class already")
    ours = winnow("run", sample, tmp_path / "out", *common, "--dry-run", "--json").json
    assert "c" in ours["classes"]
