"""Claims end by themselves, whatever is done to the clock."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.runtime import processes
from core.store.labels.claims import CLAIM_SECONDS, Claims
from core.store.labels.sqlite import LabelStore


class Machine:
    """A machine or process with a clock of its own."""

    def __init__(self, path: Path, mark: str, begun: float = 1_000.0) -> None:
        self.time, self.mark = begun, mark
        self.store = LabelStore(path)
        self.store._claims = Claims(lambda: self.time, lambda: self.mark, lambda: "")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.sqlite"


@pytest.mark.parametrize("jump", [-1e9, -3_600.0, 3_600.0, 1e9])
def test_setting_the_clock_changes_nothing(
    path: Path, jump: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, begun = LabelStore(path), time.time()
    assert store.claim(["a", "b"], "one") == ["a", "b"]
    monkeypatch.setattr(time, "time", lambda: begun + jump)
    for other in (store, LabelStore(path)):
        assert other.claimed_by_others("two") == {"a", "b"}
        assert other.claim(["a"], "two") == []
    assert store.claim(["a"], "one") == ["a"]


def test_a_claim_ends_and_can_be_held_longer(path: Path) -> None:
    here = Machine(path, "clock")
    here.store.claim(["a", "b"], "one")
    here.time += CLAIM_SECONDS - 1
    here.store.claim(["b"], "one")
    assert here.store.claimed_by_others("two") == {"a", "b"}
    here.time += 2
    assert here.store.claimed_by_others("two") == {"b"}
    assert here.store.claim(["a", "b"], "two") == ["a"]


def test_processes_of_one_machine_go_by_its_clock(path: Path) -> None:
    one, other = Machine(path, "clock"), Machine(path, "clock")
    one.store.claim(["a"], "one")
    other.time = one.time + CLAIM_SECONDS + 1
    assert other.store.claim(["a"], "two") == ["a"]


@pytest.mark.parametrize("begun", [0.0, 5.0, 1e7])
def test_another_machine_waits_as_long_as_a_claim_lasts(path: Path, begun: float) -> None:
    """So does this one after it was started anew: its clock began at 0."""
    one, other = Machine(path, "one"), Machine(path, "other", begun)
    one.store.claim(["a"], "one")
    assert other.store.claim(["a"], "two") == []
    other.time += CLAIM_SECONDS - 1
    assert other.store.claim(["a"], "two") == []
    one.time += CLAIM_SECONDS - 1
    one.store.claim(["a"], "one")  # held longer: the wait begins anew
    other.time += 2
    assert other.store.claim(["a"], "two") == []
    other.time += CLAIM_SECONDS + 1
    assert other.store.claim(["a"], "two") == ["a"]
    assert one.store.claim(["a"], "one") == []


def test_what_a_process_that_ended_had_claimed_is_free(path: Path) -> None:
    if not processes.process_mark():
        pytest.skip("this system does not tell which processes have ended")
    LabelStore(path)
    code = (
        "import sys; from pathlib import Path; from core.store.labels.sqlite import LabelStore;"
        "print(LabelStore(Path(sys.argv[1])).claim(['a'], 'gone'), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"['a']"
        assert LabelStore(path).claim(["a"], "me") == []
        other.kill()
    assert LabelStore(path).claim(["a"], "me") == ["a"]


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),  # who
        st.sampled_from(["claim", "claim", "wait", "long", "set"]),
        st.sets(st.sampled_from("abcd"), min_size=1),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_no_image_is_handed_out_twice_nor_blocked_for_good(
    steps: list[tuple[int, str, set[str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two machines with two processes each; real time is one, their clocks begin anywhere."""
    path = tmp_path_factory.mktemp("claims") / "labels.sqlite"
    machines = [Machine(path, "x", 50.0), Machine(path, "x", 50.0),
                Machine(path, "y", 9e6), Machine(path, "y", 9e6)]  # fmt: skip
    now, held = 0.0, dict[str, tuple[int, float]]()
    for who, what, images in steps:
        if what in ("wait", "long"):
            seconds = 200.0 if what == "wait" else CLAIM_SECONDS + 1
            now += seconds
            for machine in machines:
                machine.time += seconds
        elif what == "claim":
            for image in machines[who].store.claim(sorted(images), str(who)):
                owner, until = held.get(image, (who, 0.0))
                assert owner == who or until < now, "handed out twice"
                held[image] = (who, now + CLAIM_SECONDS)
    for machine in machines:  # everybody is gone but one, who looks, waits and looks again
        machine.store.claimed_by_others("new")
        machine.time += CLAIM_SECONDS + 1
    assert machines[0].store.claim(list("abcd"), "new") == list("abcd")
