"""Black boxes: what they cost, what they hide, and how a walk on one of them is placed."""

import numpy as np
import pytest

from lrteach import (PLANS, Loss, adam, black_box, blind_walks, curvature, descend, momentum, parabola, rmsprop, score, sgd)
from lrteach.course.blackbox import BLIND_RATES, BLIND_RULES, BUDGET, LEAST, _problem
from lrteach.course.checks import check_score

LETTERS = "A", "B", "C"


@pytest.mark.parametrize("letter", LETTERS)
def test_each_step_of_each_run_costs_one_and_the_start_is_free(letter):
    box = black_box(letter)
    assert box.left == box.budget == BUDGET
    box.plan(0.1, 50)
    descend(box, box.start, momentum, lr=0.01, steps=20)
    assert box.left == BUDGET - 20
    descend(box, box.start, adam, lr=[0.1, 0.2, 0.3], beta1=[[0.8], [0.9]], steps=10)
    assert box.left == BUDGET - 20 - 60
    box(box.start), box.grad(box.start), box(np.stack([box.start, box.start], axis=1))
    assert box.left == BUDGET - 80 - 4
    assert black_box(letter).left == BUDGET  # another box, its own budget


@pytest.mark.parametrize("letter", LETTERS)
def test_an_empty_box_says_so(letter):
    box = black_box(letter, budget=10)
    descend(box, box.start, lr=0.001, steps=8)
    words = rf"black box {letter} has 2 of its 10 steps left, and this asks for 3 more: ask for fewer, or begin anew with black_box\('{letter}'\)"
    with pytest.raises(ValueError, match=words):
        descend(box, box.start, lr=[0.1, 0.2, 0.3], steps=1)
    assert box.left == 2
    descend(box, box.start, lr=0.001, steps=2)
    for ask in (lambda: box(box.start), lambda: box.grad(box.start), lambda: descend(box, box.start, lr=0.001, steps=1)):
        with pytest.raises(ValueError, match="0 of its 10 steps left, and this asks for 1 more"):
            ask()
    assert box.plan(0.1, 5).loss[0] > 0  # what costs nothing still works


@pytest.mark.parametrize("letter", LETTERS)
def test_it_shows_nothing_of_its_inside(letter):
    box = black_box(letter)
    assert repr(box) == f"<black box {letter}: {box.dim} numbers to learn, 300 of 300 steps left>"
    assert box.minimum is None and box.bounds is None
    run = descend(box, box.start, lr=0.001, steps=5)
    assert repr(run) == f"<Run: 5 steps on <black box {letter}: {box.dim} numbers to learn, 295 of 300 steps left>>"


@pytest.mark.parametrize("letter", LETTERS)
def test_a_walk_on_the_box_is_a_walk_on_the_problem(letter):
    problem, start = _problem(letter)
    np.testing.assert_array_equal(black_box(letter).start, start)
    box = black_box(letter)
    for rule in (sgd, momentum, rmsprop, adam):
        ours, true = (descend(f, start, rule, lr=PLANS["cosine"](0.01, 40), steps=40) for f in (box, problem))
        np.testing.assert_array_equal(ours.theta, true.theta)
        np.testing.assert_array_equal(ours.loss, true.loss)


@pytest.mark.parametrize("letter", LETTERS)
def test_gradients_are_right(letter):
    problem, start = _problem(letter)
    theta = start + np.random.default_rng(0).normal(size=len(start))
    for f in (getattr(problem, "loss", problem), problem.at(3)):
        np.testing.assert_allclose(f.grad(theta), Loss(f).grad(theta), rtol=1e-5, atol=1e-7)


def test_what_is_hidden():
    box = black_box("A")
    np.testing.assert_allclose(curvature(box, box.start)[0], np.geomspace(0.005, 50, 10), rtol=1e-6)
    assert box.left == 300 - 22  # 2 for each of 10 coordinates, and 2 looks at the shape
    curved, start = _problem("A")
    along = curvature(curved)[1].T @ (start - curved.minimum)
    np.testing.assert_allclose(along ** 2 * curvature(curved)[0] / 2, 10.0)  # each direction holds a tenth of 100
    noisy, start = _problem("B")
    pulls = np.array([noisy.at(t).grad(start) for t in range(300)])
    away = np.sqrt(((pulls - noisy.loss.grad(start)) ** 2).sum(axis=1).mean())
    assert away > 2 * np.linalg.norm(noisy.loss.grad(start))  # more noise than slope, from the first step on
    flat, start = _problem("C")
    assert flat(start) == pytest.approx(100 / 101) and np.linalg.norm(flat.grad(start)) < 1e-3
    assert curvature(flat)[0] == pytest.approx(np.geomspace(0.01, 1, 6), rel=1e-3)


@pytest.mark.parametrize("letter", LETTERS)
def test_blind_walks_are_these_256(letter):
    ends = blind_walks(letter)
    assert ends.shape == (len(BLIND_RULES), len(PLANS), len(BLIND_RATES)) and ends.size == 256
    assert not ends.flags.writeable and ends.min() >= LEAST and not np.isnan(ends).any()
    for rule, plan, k in [(sgd, "constant", 5), (adam, "one cycle", 10), (rmsprop, "steps down", 9), (momentum, "cosine", 7)]:
        box = black_box(letter)
        run = descend(box, box.start, rule, lr=PLANS[plan](BLIND_RATES[k], BUDGET), steps=BUDGET)
        np.testing.assert_allclose(ends[BLIND_RULES.index(rule), list(PLANS).index(plan), k], score(run).loss, rtol=1e-6)
        assert box.left == 0


def test_a_score_is_the_true_loss_and_the_share_that_ends_higher():
    box = black_box("B")
    run = descend(box, box.start, lr=0.02, steps=200)
    found, (noisy, _) = score(run), _problem("B")
    assert found.loss == pytest.approx(noisy.loss(run.final) - noisy.loss(noisy.loss.minimum)) and found.loss != pytest.approx(run.loss[-1])
    assert found.share == np.mean(blind_walks("B") > found.loss) and box.left == 100  # a score costs nothing
    assert repr(found).startswith(f"ends at {found.loss:.3g}, lower than {100 * found.share:.0f} % of 256 blind walks (the best of them ")


def test_the_ends_of_the_scale():
    box = black_box("C")
    still = score(box.plan(0.1, 10))
    assert still.loss == pytest.approx(100 / 101) and still.share < 0.1
    gone = score(descend(black_box("A"), box_start("A"), lr=10.0, steps=300))
    assert (gone.loss, gone.share) == (np.inf, 0.0)
    flat, _ = _problem("C")
    arrived = score(descend(box, flat.minimum + 1e-9, lr=0.1, steps=1))
    assert arrived.loss == LEAST and 0.9 < arrived.share < 1


def box_start(letter):
    return black_box(letter).start


def test_what_is_hidden_decides_what_is_good():
    """Curvature asks for momentum, noise for a rate that shrinks, a plateau for a rule that knows no scale."""
    best = {letter: {rule: dict(zip(PLANS, ends.min(axis=1))) for rule, ends in zip(BLIND_RULES, blind_walks(letter))} for letter in LETTERS}
    assert best["A"][momentum]["constant"] < best["A"][sgd]["constant"] / 5
    assert all(best["A"][rule]["cosine"] > 2 * best["A"][rule]["constant"] for rule in (momentum, adam))
    assert all(best["B"][rule]["cosine"] < 0.7 * best["B"][rule]["constant"] for rule in BLIND_RULES)
    assert min(best["C"][sgd].values()) > 0.9 and min(best["C"][adam].values()) < 1e-6


def test_a_plan_has_not_moved():
    box = black_box("A")
    plan = box.plan(PLANS["one cycle"](1.0, 100), 100)
    assert len(plan) == 101 and plan.lr[29] == 1.0 and (plan.theta == box.start[:, None]).all() and (plan.loss == plan.loss[0]).all()
    assert box.plan(0.5, 10).lr.tolist() == 11 * [0.5]


def test_a_plan_takes_any_schedule_that_descend_takes():
    box = black_box("A")
    assert box.plan(lambda t: 0.1, 3).lr.tolist() == 4 * [0.1]
    assert box.plan(lambda t: 0.1 if t < 2 else 0.01, 3).lr.tolist() == [0.1, 0.1, 0.01, 0.01]


@pytest.mark.parametrize("make, error, words", [
    (lambda: black_box("a"), ValueError, "name must be one of 'A', 'B', 'C', not 'a'"),
    (lambda: black_box("A", budget=0), ValueError, "budget must be a whole number of at least 1, not 0"),
    (lambda: black_box("A").grad(np.zeros(3)), ValueError, r"theta has shape \(3,\), but black box A needs 10 coordinates"),
    (lambda: black_box("A").plan(-1, 5), ValueError, "lr must be 0 or above and finite, not -1"),
    (lambda: black_box("A").plan([0.1, 0.2], 5), ValueError, r"lr at t = 0 must be one rate, 0 or above, not array\(\[0.1, 0.2\]\)"),
    (lambda: black_box("A").plan(lambda t: None, 5), TypeError, "lr at t = 0 must be one rate, 0 or above, not None"),
    (lambda: black_box("A").plan(lambda t: 0.1 - t, 5), ValueError, "lr at t = 1 must be one rate, 0 or above, not -0.9"),
    (lambda: black_box("A").plan(1, 0), ValueError, "steps must be a whole number of at least 1, not 0"),
    (lambda: blind_walks(["A"]), ValueError, r"name must be one of 'A', 'B', 'C', not \['A'\]"),
    (lambda: blind_walks("D"), ValueError, "name must be one of 'A', 'B', 'C', not 'D'"),
    (lambda: score(3), TypeError, "run must be a Run on a black box, not 3"),
    (lambda: score(descend(parabola(), 0.0, lr=0.1, steps=2)), TypeError, "run must be a Run on a black box, not <Run: 2 steps on <Loss: par"),
    (lambda: score(descend(black_box("A"), box_start("A"), lr=[0.1, 0.2], steps=2)), ValueError, r"not a batch of shape \(2,\): choose one, run\[k\]"),
])
def test_errors_say_what_is_allowed(make, error, words):
    with pytest.raises(error, match=words):
        make()


def walk(letter, rule=sgd, lr=0.01, steps=100, **hyper):
    box = black_box(letter)
    return descend(box, box.start, rule, lr=lr, steps=steps, **hyper)


@pytest.mark.parametrize("run, words", [
    (..., "✗ Not walked yet"), (None, "✗ Not walked yet"), (3, "✗ run must be a Run on a black box, not 3."),
    (walk("A", lr=[0.1, 0.01], steps=10), "✗ run must be one run, not a batch"),
    (walk("A", lr=1.0, steps=300), "✗ The walk has left all bounds, as 16 % of the blind ones do. Where does this box stop to bear the rate?"),
    (walk("A"), "✗ Too plain. The walk ends at 44"),
    (walk("A", momentum, lr=1e-4), "✗ 200 steps are left. The walk ends at 67"),
    (walk("A", momentum, lr=1e-4, steps=300), "✗ The walk ends at 56"),
    (walk("A", momentum, lr=0.04, steps=300), "✓ The walk ends at 3.38"),
])
def test_feedback_on_a_walk(run, words):
    found = check_score(run, 80, mistakes={lambda run: not run.state: "Too plain."})
    assert repr(found).startswith(words) and bool(found) == words.startswith("✓")
