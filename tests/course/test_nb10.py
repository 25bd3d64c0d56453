"""What notebook 10 answers to predictions and exercises, and the numbers that its text states."""

import numpy as np
import pytest
import tables

from lrteach import MLP, Minibatches, Sweep, descend, sgd, sharpness
from lrteach.course import nb10

PREDICTIONS = [
    ("sixteen", "four to eight times as large", "✓ You said “four to eight times as large”. Right"),
    ("sixteen", "about the same", "a larger batch has less noise"),
    ("sixteen", "about sixteen times as large", "That is the rule for SGD."),
    ("spoilt", "0.1", "✓ You said"),
    ("spoilt", "0.6", "It is “0.1”"),
    ("spoilt", "1, as before: it is one in a hundred", "More than a quarter"),
    ("spoilt", "none of them", "even its long steps do no harm"),
    ("bowl", "it neither diverges nor arrives", "✓ You said"),
    ("bowl", "it arrives, a little more slowly", "nothing is clipped there"),
    ("bowl", "it diverges, a little more slowly", "no step is longer than 0.21"),
    ("sharpening", "very near to 16.7", "✓ You said"),
    ("sharpening", "still near 24: the run diverges", "there the run is caught"),
    ("sharpening", "far below 16.7, where it is safe", "it changes on the way"),
    ("lowered", "climbs again", "✓ You said"),
    ("lowered", "stays where it is", "It is “climbs again”"),
    ("lowered", "falls: smaller steps find flatter places", "a large rate."),
    ("silent", "about 0.5", "✓ You said"),
    ("silent", "1: without a gradient nothing moves", "adds 0.01 times the weight"),
    ("silent", "0.995: it has lost 0.01 * 0.01 of itself at each step", "So it is with AdamW"),
]


def stub(theta, g, lr):
    ...


def solution(theta, g, lr):
    norm = np.sqrt(np.sum(g ** 2))
    if norm > 1:
        g = g / norm
    return theta - lr * g


def in_one_line(theta, g, lr):
    return theta - lr * g / max(1, np.linalg.norm(g))


CHECKS = [
    ("my_rate", ..., "✗ Not answered yet"),
    ("my_rate", 0.001 * np.sqrt(512 / 32), "✓ Right"),
    ("my_rate", 0.001, "Does Adam's rate not change at all?"),
    ("my_rate", 0.016, "That is in proportion"),
    ("my_rate", 0.00025, "You divided by 4."),
    ("my_rate", 0.001 / 16, "You divided by 16."),
    ("my_rate", 0.001 * np.sqrt(512), "the root of 512"),
    ("my_rate", 0.008, "Its square root is 4."),
    ("my_rate", 4, "That is the factor."),
    ("my_rate", 16, "how many times larger the batch is"),
    ("my_clip", stub, "✗ Not written yet"),
    ("my_clip", solution, "✓ Right"),
    ("my_clip", in_one_line, "✓ Right"),
    ("my_clip", sgd, "That is SGD as it is."),
    ("my_clip", nb10.always_one, "You shorten and lengthen"),
    ("my_clip", nb10.by_coordinate, "which turns the gradient"),
    ("my_clip", nb10.step_of_one, "You clip the step."),
    ("my_clip", nb10.squared_norm, "the square root of the sum of squares"),
    ("my_clip", nb10.by_the_sum, "the sum of the sizes"),
    ("my_clip", nb10.lost_rate, "Your step forgets lr."),
]
test_answers, test_all_is_tested, test_notebook = tables.tests_of("nb10", PREDICTIONS, CHECKS)


# the numbers of the text, from the notebook's own cells


@pytest.fixture
def notebook():
    return tables.names_of("nb10")


@pytest.mark.kernel
def test_the_best_rate_over_the_batch(notebook):
    sgd_tables, adam_tables = notebook["found"].values()
    sizes = notebook["sizes"]
    proportion = notebook["exponent"](sgd_tables, sizes[:4])
    assert 0.65 < proportion < 1.2 and 0.35 < notebook["exponent"](adam_tables, sizes) < 0.65
    bests = [notebook["best"](sgd_tables[size]) for size in sizes[3:]]
    assert max(bests) / min(bests) <= 2, "the cliff: it hardly moves from 32 to 256"
    for found, of_4, of_64 in [(adam_tables, 0.07, 0.10), (sgd_tables, 0.09, 0.19)]:
        assert found[4].mean.min() == pytest.approx(of_4, abs=0.015)
        assert found[64].mean.min() == pytest.approx(of_64, abs=0.02)
    assert 4 <= notebook["best"](adam_tables[64]) / notebook["best"](adam_tables[4]) <= 11.4
    rng = np.random.default_rng(0)
    fits = [(sgd_tables, sizes[:4], 0.7, 0.15), (adam_tables, sizes, 0.44, 0.04)]
    for found, some, p, error in fits:
        drawn = []
        for chosen in rng.integers(0, 5, (300, 5)):  # five seeds of the five, with repeats
            again = {n: Sweep(t.rates, chosen, t.values[:, chosen]) for n, t in found.items()}
            drawn.append(notebook["exponent"](again, some))
        assert np.mean(drawn) == pytest.approx(p, abs=0.15)
        assert np.std(drawn) == pytest.approx(error, rel=0.6)


@pytest.mark.kernel
def test_what_clipping_does_to_spoilt_examples(notebook):
    def middle(run):
        return np.median(100 * run.measured["test"][-1], axis=1)
    tried, images = notebook["tried"], notebook["spoilt"]
    as_it_is, cut = map(middle, [notebook["as_it_is"], notebook["trained_on"](images, 1.0)])
    assert tried[as_it_is > 90].max() == 0.1 and tried[middle(notebook["clean"]) > 90].max() == 1
    assert tried[cut > 90].max() == 1.5
    clean_too = middle(notebook["trained_on"](notebook["X"], 1.0))
    assert clean_too[5] > 93 and clean_too[6] > 85, "clipped, clean examples bear more as well"
    apart = cut[3:5] - middle(notebook["clean"])[3:5]
    assert abs(apart).max() < 1.5, "as high as with clean examples"
    too_short = middle(notebook["trained_on"](images, 0.1))
    assert too_short[1] < 75 and too_short[-1] > 93, "another way to lower the rate"
    assert middle(notebook["trained_on"](images, 10))[2] < 90
    held = [(images[rows] > 16).any(axis=(1, 2)) for rows in
            Minibatches(notebook["net"], 32, 300, seed=0).rows[None]]
    assert np.mean(held) == pytest.approx(0.28, abs=0.03), "more than a quarter"


@pytest.mark.kernel
def test_the_edge_of_stability(notebook):
    rates, share = notebook["full_rates"], notebook["edge"].measured["sharpness / limit"]
    late = share[30:]
    np.testing.assert_allclose(late.mean(axis=0)[1:], 1, atol=0.03)
    quiet = notebook["quiet"]
    where, ends = {"theta": notebook["begin"]}, []
    for steps in (1000, 12000, 3000):  # 1,000, 13,000 and 16,000 in all
        last = descend(quiet, lr=0.06, steps=steps, keep="last", **where)
        where = {"resume": last}
        ends.append(sharpness(quiet, last.final))
    np.testing.assert_allclose(ends[:2], [20.6, 22.25], atol=0.2)
    assert ends[2] < ends[1], "of 33: 0.06 never meets its limit"
    np.testing.assert_allclose(share[0], 24.3 * rates / 2, rtol=0.01)
    assert (np.diff(notebook["edge"].loss[::500], axis=0) < 0).mean() > 0.85
    stays, climbs = (run.measured["sharpness"][-1] for run in notebook["ways"].values())
    assert stays == pytest.approx(12.6, abs=0.6) and climbs > 15
    assert 12 < notebook["first"].measured["sharpness"][-1] < 13.5


@pytest.mark.kernel
def test_the_edge_with_other_seeds_and_with_noise(notebook):
    quiet = notebook["quiet"]
    run = descend(quiet, quiet.init([1, 2, 3]), lr=0.14, steps=4000)
    np.testing.assert_allclose(0.07 * sharpness(quiet, run.final), 1, atol=0.05)
    shares = []
    for size in (100, 30, 10):
        noisy = Minibatches(quiet, size, 4000, seed=range(3))
        end = descend(noisy, quiet.init(range(3)), lr=0.14, steps=4000, keep="last").final
        shares.append(np.sort(0.07 * sharpness(quiet, end))[[0, 2]])
    np.testing.assert_allclose(shares, [[0.95, 0.99], [0.91, 0.93], [0.69, 0.78]], atol=0.06)


@pytest.mark.kernel
def test_answers_of_wider_networks(notebook):
    def mean(width, scaled):
        return np.mean([notebook["moved"](width, scaled, seed) for seed in range(3)])
    assert mean(1024, False) / mean(16, False) == pytest.approx(74, rel=0.05)
    assert 0.5 < mean(1024, True) / mean(16, True) < 1.2
    model = MLP(notebook["X"], notebook["y"], (16, 16), "relu")
    theta = model.init(0)
    z = notebook["scores_of"](model, theta)
    np.testing.assert_array_equal(z.argmax(axis=1), model.predict(theta, notebook["X"][:200]))


@pytest.mark.kernel
def test_pixels_without_a_gradient(notebook):
    W = notebook["net"].unpack(notebook["net"].grad(notebook["net"].init(0)))[0].W
    assert (~W.any(axis=1)).sum() == 3 and (~notebook["X"].any(axis=0)).sum() == 3
