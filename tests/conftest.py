"""Shared by all tests: an isolated home, and small projects on real pictures."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from servers import PostgresServer, programs

# How fast things are is measured in benchmarks/: a busy machine must not fail a test.
settings.register_profile("winnow", deadline=None, max_examples=50)
settings.load_profile("winnow")

REPOSITORY = Path(__file__).parents[1]
SAMPLE = REPOSITORY / "sample_data"


def pytest_collection_finish() -> None:
    """Thousands of tests and all that they import stay to the end: no collection looks at them."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """User data and caches go to a temporary folder, never into the real home."""
    folder = tmp_path_factory.mktemp("home")
    saved = dict(os.environ)
    os.environ.update(
        HOME=str(folder),
        XDG_DATA_HOME=str(folder / "data"),
        XDG_CACHE_HOME=str(folder / "cache"),
        HF_HOME=str(folder / "hub"),
        HF_HUB_DISABLE_TELEMETRY="1",
    )
    yield folder
    os.environ.clear()
    os.environ.update(saved)


@pytest.fixture(scope="session", autouse=True)
def no_backups_by_the_clock(home: Path) -> Iterator[None]:
    """The thread that takes backups on a schedule would change workspaces under their tests."""
    from core.store.backups import keeper

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeper._SCHEDULE, "plan", lambda work, delay: None)
        yield


@pytest.fixture(scope="module", autouse=True)
def no_tuned_encoders_are_left(home: Path) -> Iterator[None]:
    """Tuned encoders lie in the user's data folder, where the next tests would find them."""
    yield
    shutil.rmtree(home / "data" / "winnow" / "tuned", ignore_errors=True)


@pytest.fixture(autouse=True)
def main_stays_what_it_was() -> Iterator[None]:
    """Streamlit puts its script in place of the main module, which new processes would run."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session")
def starter(home: Path):
    """The offline encoder, loaded once."""
    from core.encoders.registry import load_encoder

    return load_encoder("starter", "cpu")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 60 of the sample images and their tables."""
    from core.store.csv_tables import read_labels

    folder = tmp_path_factory.mktemp("sample") / "pictures"
    truth = sorted(read_labels(SAMPLE / "truth.csv").items())
    chosen = truth[:: max(1, len(truth) // 60)][:60]
    for path, _ in chosen:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(SAMPLE / path, target)
    lines = ["path,label", *(f"{path},{label}" for path, label in chosen)]
    (folder / "truth.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    shutil.copy2(SAMPLE / "prompts.yaml", folder / "prompts.yaml")
    return folder


@pytest.fixture(scope="session")
def embedded(sample: Path, starter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace folder of ``sample``, embedded with the starter. Copy it before changing it."""
    from core.embedding.run import embed
    from core.project.project import Project
    from core.services.prompts.classes import use_folder_vocabulary

    root = tmp_path_factory.mktemp("workspaces") / "embedded"
    project = Project.open(sample, root)
    use_folder_vocabulary(project.workspace, project.vocabulary_file)
    embed(project.workspace, starter)
    return root


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server; whoever asks for it is skipped where none is installed."""
    if (folder := programs()) is None:
        if os.environ.get("WINNOW_NEEDS_POSTGRES"):
            pytest.fail("PostgreSQL is not installed: apt-get install postgresql")
        pytest.skip("PostgreSQL is not installed")
    server = PostgresServer(folder)
    yield server
    server.close()


@pytest.fixture
def project(embedded: Path, starter, tmp_path: Path):
    """A project of its own on a copy of the embedded workspace."""
    from core.project.project import Project
    from core.store.workspace import load

    root = tmp_path / "workspace"
    # What other tests had worked out of it stays behind: each starts from the same.
    shutil.copytree(embedded, root, ignore=shutil.ignore_patterns("cache"))
    return Project(load(root)).use(starter)
