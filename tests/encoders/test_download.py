"""Downloads against a small HTTP server in the hub's place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from encoders.conftest import FakeHub

from core.encoders.download import size_on_hub
from core.encoders.openclip.artifacts import WEIGHTS_FILES
from core.encoders.registry import describe, download_size, is_cached, load_encoder
from core.runtime.errors import WinnowError
from core.runtime.progress import MEGABYTE, Cancelled, Report

SPEC = "hf-hub:test/tiny"


class Listener(Report):
    """Keeps every step: name, done, total. Asks to stop once ``stop_at`` MB have arrived."""

    def __init__(self, stop_at: int | None = None) -> None:
        super().__init__()
        self.steps: list[tuple[str, int, int]] = []
        self._stop_at = stop_at

    def step(self, name: str, done: int = 0, total: int = 0, note: str = "") -> None:
        self.steps.append((name, done, total))
        if self._stop_at is not None and done >= self._stop_at:
            self.cancel()
        super().step(name, done, total, note)


@pytest.fixture
def stocked(hub: FakeHub, tiny: Path) -> FakeHub:
    hub.add("test/tiny", tiny)
    return hub


def weights_of(hub: FakeHub) -> bytes:
    return hub.files["/test/tiny/resolve/main/open_clip_model.safetensors"]


def failure(spec: str = SPEC) -> str:
    with pytest.raises(WinnowError) as caught:
        load_encoder(spec, "cpu")
    text = str(caught.value)
    assert "\n" not in text
    assert "could not be downloaded" in text
    assert "--model starter" in text
    return text


def test_download_then_no_more_requests(stocked: FakeHub, tiny: Path, pictures) -> None:
    assert not is_cached(SPEC)
    assert download_size(SPEC) == len(weights_of(stocked))
    listener = Listener()
    first = load_encoder(SPEC, "cpu", listener)
    megabytes = len(weights_of(stocked)) // MEGABYTE
    assert megabytes > 1
    assert {name for name, _, _ in listener.steps} == {f"Downloading {SPEC}, MB"}
    assert listener.steps[-1] == (f"Downloading {SPEC}, MB", megabytes, megabytes)
    assert {done for _, done, total in listener.steps if total == megabytes} > {1, megabytes}
    assert is_cached(SPEC)

    local = load_encoder(f"local:{tiny}", "cpu")
    pixels = np.stack([local.preprocess(p) for p in pictures])
    assert np.array_equal(first.encode_images(pixels), local.encode_images(pixels))

    stocked.requests.clear()
    again = load_encoder(SPEC, "cpu")
    assert stocked.requests == []
    assert again.identity == first.identity


def test_a_cached_model_loads_when_the_hub_is_gone(stocked: FakeHub) -> None:
    load_encoder(SPEC, "cpu")
    stocked.server.shutdown()
    stocked.server.server_close()
    assert load_encoder(SPEC, "cpu").dim == 32


def test_a_tag_of_open_clip(stocked: FakeHub, tiny_name: str, tiny: Path, pictures) -> None:
    spec = f"{tiny_name}/random"
    assert describe(spec).download_bytes == len(weights_of(stocked))
    assert describe(spec).dim == 32
    assert describe(spec).resolution == 48
    loaded = load_encoder(spec, "cpu")
    assert is_cached(spec)
    local = load_encoder(f"local:{tiny}", "cpu")
    for picture in pictures:  # the tag's preprocessing is used, not the architecture's default
        assert np.array_equal(loaded.preprocess(picture), local.preprocess(picture))


def test_other_programs_find_the_download(stocked: FakeHub) -> None:
    from huggingface_hub import constants, try_to_load_from_cache

    load_encoder(SPEC, "cpu")
    path = try_to_load_from_cache(
        "test/tiny", "open_clip_model.safetensors", cache_dir=constants.HF_HUB_CACHE
    )
    assert isinstance(path, str)
    assert Path(path).read_bytes() == weights_of(stocked)


def test_bin_is_taken_where_there_are_no_safetensors(hub: FakeHub, tmp_path: Path) -> None:
    from encoders.conftest import save_tiny

    save_tiny(tmp_path / "bin", safe=False)
    hub.add("test/tiny", tmp_path / "bin")
    assert load_encoder(SPEC, "cpu").dim == 32


def test_cancel_keeps_what_arrived_and_goes_on(stocked: FakeHub) -> None:
    listener = Listener(stop_at=1)
    with pytest.raises(Cancelled):
        load_encoder(SPEC, "cpu", listener)
    assert listener.steps[-1][1] < listener.steps[-1][2] == len(weights_of(stocked)) // MEGABYTE
    assert not is_cached(SPEC)
    stocked.requests.clear()
    assert load_encoder(SPEC, "cpu").dim == 32
    ranges = [span for command, _, span in stocked.requests if command == "GET" and span]
    assert len(ranges) == 1
    assert int(ranges[0].removeprefix("bytes=").rstrip("-")) >= 1 << 20


def test_cancelled_before_it_begins(stocked: FakeHub) -> None:
    report = Report()
    report.cancel()
    with pytest.raises(Cancelled):
        load_encoder(SPEC, "cpu", report)
    assert stocked.body_bytes == 0


def test_a_broken_connection_then_going_on(stocked: FakeHub) -> None:
    stocked.stop_after = 3 << 20
    failure()
    assert not is_cached(SPEC)
    stocked.stop_after = None
    stocked.requests.clear()
    assert load_encoder(SPEC, "cpu").dim == 32
    assert any(span == f"bytes={3 << 20}-" for _, _, span in stocked.requests)


def test_damaged_content_is_thrown_away(stocked: FakeHub) -> None:
    stocked.corrupt = True
    assert "damaged" in failure()
    stocked.corrupt = False
    assert load_encoder(SPEC, "cpu").dim == 32


def test_no_network(stocked: FakeHub) -> None:
    stocked.server.shutdown()
    stocked.server.server_close()
    assert "no connection" in failure()
    assert download_size(SPEC) is None


def test_the_hub_is_ill(stocked: FakeHub) -> None:
    stocked.status = 503
    assert "503" in failure()


def test_offline_by_wish(stocked: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE" in failure()
    assert stocked.requests == []


def test_unknown_repository(hub: FakeHub) -> None:
    assert "no public repository nobody/nothing" in failure("hf-hub:nobody/nothing")
    assert size_on_hub("nobody/nothing", WEIGHTS_FILES) is None


def test_repository_without_weights(hub: FakeHub, tiny: Path) -> None:
    content = (tiny / "open_clip_config.json").read_bytes()
    hub.files["/test/tiny/resolve/main/open_clip_config.json"] = content
    assert "holds no open_clip_model.safetensors" in failure()


def test_unwritable_cache(stocked: FakeHub, tmp_path: Path) -> None:
    (tmp_path / "hub-cache").write_text("a file where the folder should be")
    assert "could not be written" in failure()


def test_tokenizer_files_come_along(hub: FakeHub, tiny: Path, tmp_path: Path) -> None:
    """A text tower with a Hugging Face tokenizer needs no request once it is cached."""
    import json

    config = json.loads((tiny / "open_clip_config.json").read_text("utf-8"))
    config["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = "test/words"
    hub.add("test/tiny", tiny)
    hub.files["/test/tiny/resolve/main/open_clip_config.json"] = json.dumps(config).encode()
    vocabulary = {"[PAD]": 0, "[UNK]": 1, "cat": 2}
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    }
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]"}
    base = "/test/words/resolve/main"
    hub.files[f"{base}/tokenizer.json"] = json.dumps(tokenizer).encode()
    hub.files[f"{base}/tokenizer_config.json"] = json.dumps(settings).encode()
    loaded = load_encoder(SPEC, "cpu")
    assert loaded._tokenizer(["cat"])[0, :2].tolist() == [2, 0]
    hub.requests.clear()
    assert load_encoder(SPEC, "cpu").encode_texts(["cat"]).shape == (1, 32)
    assert hub.requests == []
