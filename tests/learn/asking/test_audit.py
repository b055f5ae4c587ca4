"""The audit stream is a uniform sample that nothing but ids decides, and its estimates are fair."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.learn.asking.audit import next_audit, order, prefix
from core.learn.asking.batches import mixed_batch
from core.learn.judging.estimates import estimate
from core.learn.judging.stopping import confidence_sequence

NAMES = ["a", "b", "c"]


def test_the_order_is_of_the_ids_and_survives_changes_of_the_folder():
    ids = [f"{i:032x}" for i in range(200)]
    stream = order(ids)
    assert sorted(stream) == list(range(200))
    assert order(ids).tolist() == stream.tolist() != order(ids, "again").tolist()
    remaining = ids[::3][::-1]
    assert [remaining[row] for row in order(remaining)] == [
        ids[r] for r in stream if ids[r] in set(remaining)
    ]


def test_every_image_is_as_likely_to_be_early():
    ids = [str(i) for i in range(12)]
    first = np.zeros(12)
    for salt in range(3000):
        first[order(ids, str(salt))[:3]] += 1
    assert np.abs(first / 3000 - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / 3000)


@given(st.integers(1, 40), st.lists(st.integers(0, 39)), st.integers(0, 10))
@settings(max_examples=60, deadline=None)
def test_prefix_and_next_meet_without_gap(n, answered, size):
    stream = order([str(i) for i in range(n)])
    answered = np.array([row for row in answered if row < n], dtype=int)
    sample, coming = prefix(stream, answered), next_audit(stream, answered, size)
    assert set(sample) <= set(answered) and not set(coming) & set(answered)
    assert len(coming) == min(size, n - len(set(answered)))
    if len(coming):
        assert stream[len(sample)] == coming[0]
    assert np.array_equal(sample, stream[: len(sample)])


def _by_row(rows, wanted):
    return rows[:wanted]


@given(st.integers(1, 60), st.lists(st.integers(0, 59)), st.integers(0, 25), st.booleans())
@settings(max_examples=80, deadline=None)
def test_batches_hold_what_was_asked_for(n, taken, size, grouped):
    stream = order([str(i) for i in range(n)])
    taken = np.unique([row for row in taken if row < n]).astype(int)
    groups = np.arange(n) // 3 if grouped else None
    batch = mixed_batch(_by_row, stream, taken, size, groups)
    rows = batch.rows.tolist()
    assert len(set(rows)) == len(rows) <= size and not set(rows) & set(taken)
    assert (
        batch.rows[batch.audit].tolist()
        == next_audit(stream, taken, int(batch.audit.sum())).tolist()
    )
    if not grouped:
        assert len(rows) == min(size, n - len(taken))
    else:
        queued = (batch.rows[~batch.audit] // 3).tolist()
        assert len(set(queued)) == len(queued)
        others = {*(taken // 3), *(batch.rows[batch.audit] // 3)}
        assert not others & set(queued)


def test_a_session_in_any_rhythm_audits_a_fifth():
    stream = order([str(i) for i in range(500)])
    for size in (1, 3, 10, 40):
        taken = np.empty(0, dtype=int)
        while len(taken) < 200:
            taken = np.concatenate([taken, mixed_batch(_by_row, stream, taken, size).rows])
        assert 0.19 <= len(prefix(stream, taken)) / len(taken) <= 0.25
    batch = mixed_batch(_by_row, stream, np.empty(0, dtype=int), 10)
    assert batch.audit.tolist() == [False] * 4 + [True] + [False] * 4 + [True]


def test_estimates_are_unbiased_however_the_other_labels_were_chosen():
    rng = np.random.default_rng(0)
    n, covered, errors, looks = 600, [], [], []
    truth = rng.integers(3, size=n)
    doubt = rng.random(n)
    guess = np.where(rng.random(n) < doubt * 0.6, (truth + 1) % 3, truth)
    probabilities = np.full((n, 3), 0.1)
    probabilities[np.arange(n), guess] = 0.8
    right = (guess == truth).mean()
    ids = [str(i) for i in range(n)]
    for repeat in range(300):
        stream = order(ids, str(repeat))
        # The rest of the labels went to the most doubtful images, as a queue would have it.
        answered = np.concatenate([stream[:60], np.argsort(-doubt)[:150]])
        audited = prefix(stream, answered)
        assert len(audited) >= 60
        estimates = estimate(truth[audited], probabilities[audited], NAMES, n)
        errors.append(estimates.accuracy.value - right)
        covered.append(estimates.accuracy.low <= right <= estimates.accuracy.high)
        hits = (guess == truth)[stream]
        looks.append(
            all(
                low <= right <= high
                for m in range(5, 120, 5)
                for low, high in [confidence_sequence(int(hits[:m].sum()), m, n)]
            )
        )
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(300)
    assert 0.91 <= np.mean(covered) <= 0.99
    assert np.mean(looks) >= 0.93


def test_a_small_pool_that_is_mostly_labeled_is_not_flattered():
    # Labels go to what is hard and one in five to the stream, until half of the pool is labeled.
    rng, n = np.random.default_rng(3), 60
    hard = rng.random(n)
    right = rng.random(n) > 0.8 * hard
    likes = np.argsort(-hard)
    stated, drawn_only = [], []
    for repeat in range(1500):
        stream = order([str(i) for i in range(n)], str(repeat))
        taken, drawn = np.empty(0, dtype=int), []
        for _ in range(3):
            batch = mixed_batch(
                lambda left, wanted: likes[np.isin(likes, left)][:wanted], stream, taken, 10
            )
            taken = np.concatenate([taken, batch.rows])
            drawn += batch.rows[batch.audit].tolist()
        stated.append(right[prefix(stream, taken)].mean())
        drawn_only.append(right[drawn].mean())
    noise = 4 * np.std(stated) / np.sqrt(len(stated))
    assert -0.03 - noise < np.mean(stated) - right.mean() < noise
    # Counting only what was drawn as audit would leave out what the queue had taken before.
    assert np.mean(drawn_only) - right.mean() > 0.03
