"""A download outlives the drawing of the page that its button was of, inside Streamlit."""

from __future__ import annotations

import inspect

import pytest
from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from core.ui.session.late_downloads import SECONDS, Patience, allow


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> tuple[MediaFileManager, Clock]:
    clock = Clock()
    patience = Patience(clock)
    monkeypatch.setattr(
        MediaFileManager, "_remove_orphaned_deferred_callables", lambda self: patience(self)
    )
    monkeypatch.setattr(media_file_manager, "_get_session_id", lambda: "one session")
    return MediaFileManager(MemoryMediaFileStorage("/media")), clock


def drawn(manager: MediaFileManager, made: bytes, whole: bool = True) -> str:
    """The page is drawn with one button, unless it is broken off; the name of its file."""
    manager.clear_session_refs("one session")
    name = ""
    if whole:
        name = manager.add_deferred(lambda: made, "text/csv", "1.0", "a.csv", element_id="a")
    manager.remove_orphaned_files()
    return name


def test_a_press_on_a_button_of_the_drawing_before_still_downloads(
    manager: tuple[MediaFileManager, Clock],
) -> None:
    files, clock = manager
    first = drawn(files, b"first")
    drawn(files, b"", whole=False)
    second = drawn(files, b"second")
    assert first != second
    assert files.execute_deferred(first) and files.execute_deferred(second)
    clock.now = SECONDS - 1
    drawn(files, b"third")
    assert files.execute_deferred(first)


def test_after_a_while_it_is_forgotten_and_what_is_shown_stays(
    manager: tuple[MediaFileManager, Clock],
) -> None:
    files, clock = manager
    first, second = drawn(files, b"first"), drawn(files, b"second")
    clock.now = 2 * SECONDS
    files.remove_orphaned_files()
    assert files.execute_deferred(second)
    with pytest.raises(MediaFileStorageError):
        files.execute_deferred(first)
    assert len(files._deferred_callables) == 1


def test_the_server_allows_it_and_streamlit_still_calls_it() -> None:
    allow()
    allow()
    source = inspect.getsource(MediaFileManager.remove_orphaned_files)
    assert "self._remove_orphaned_deferred_callables()" in source
    files = MediaFileManager(MemoryMediaFileStorage("/media"))
    files.remove_orphaned_files()
