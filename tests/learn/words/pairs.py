"""Pictures and words of a few classes, as clouds: which of the two tells more is up to the test."""

import numpy as np

from core.learn.words.block import Words


def cloud(truth, noise, dimensions, rng):
    """Unit vectors (N, D) around a direction a class, and what prompts score them, (N, K)."""
    means = rng.normal(size=(truth.max() + 1, dimensions))
    vectors = means[truth] + noise * rng.normal(size=(len(truth), dimensions))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    prompts = means + 0.8 * rng.normal(size=means.shape)
    return vectors.astype(np.float32), (vectors @ prompts.T).astype(np.float32)


def problem(n=300, classes=4, picture=2.5, text=1.0, seed=0, silent=0.0, shuffled=False):
    """Picture vectors, logits, words and truth; ``silent``: the share of images without words."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=n)
    vectors, scores = cloud(truth, picture, 24, rng)
    texts, text_scores = cloud(truth, text, 20, rng)
    of = rng.permutation(n) if shuffled else np.arange(n)
    of = np.where(rng.random(n) < silent, -1, of)
    logits = 2.0 * scores
    return vectors, logits, Words.make(texts, of, text_scores, logits), truth


def draw(truth, each, seed=0):
    """Rows of so many images of each class, rising."""
    rng = np.random.default_rng(seed)
    rows = [rng.permutation(np.flatnonzero(truth == k))[:each] for k in range(truth.max() + 1)]
    return np.sort(np.concatenate(rows))
