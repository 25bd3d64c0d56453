"""What notebook 02 asks: every answer that a learner is likely to give."""

import numpy as np
import pytest
from tables import tests_of

from lrteach import LinearRegression, curvature, descend, exponential_decay, receipts

DIGITS = "a number with more than 30 digits"
STOPS = "it does not diverge, but it stops before it arrives"
BEST = "a little below the limit, about 0.031"
PREDICTIONS = [
    ("hundred_steps", DIGITS, f"✓ You said “{DIGITS}”. Right: Every step"),
    ("hundred_steps", "about twice as large", "That is after one step."),
    ("hundred_steps", "about a million times as large", "twenty doublings, not a hundred"),
    ("threshold", "2/59.81", "✓ You said 0.03344. Right: 2 / 59.81"),
    ("threshold", "0,0334", "✓ You said 0.0334. Right, to be exact 0.03344: 2 / 59.81"),
    ("threshold", "2/2.853", "the limit of the shallow direction. Which one gives up first?"),
    ("threshold", "1/59.81", "The limit is twice as far."),
    ("threshold", "0.0319", "You added the curvatures."),
    ("threshold", "0.0351", "no difference is needed"),
    ("threshold", "119.6", "Divide 2 by the curvature."),
    ("threshold", "0.035", "it is not the first that does"),
    ("threshold", "0.032", "0.032 still arrives"),
    ("best_rate", BEST, f"✓ You said “{BEST}”. Right: Near the limit"),
    ("best_rate", "half the limit, about 0.017", "but the shallow one still creeps"),
    ("best_rate", "the largest that does not diverge, about 0.033", "hardly shrinks."),
    ("shrink", STOPS, f"✓ You said “{STOPS}”. Right: Only the first two"),
    ("shrink", "it diverges all the same", "After two steps the rate is below the limit."),
    ("shrink", "it arrives, faster than 0.03", "look at what its rates sum to"),
    ("dozens", "more than 1000", "✓ You said “more than 1000”. Right: The apple column"),
    ("dozens", "12 times smaller, about 1.7", "The wrong way"),
    ("dozens", "the same: it is the same shop", "the landscape is not"),
]
CHECKS = [
    ("largest", ..., "✗ Not answered yet"),
    ("largest", 0.0969, "✓ Right"),
    ("largest", 0.0857, "That is the best rate in the long run. The question is the limit."),
    ("largest", 0.03344, "That is the first shop."),
    ("largest", 20.642, "That is the curvature itself."),
    ("largest", 0.0646, "You used X.T @ X alone."),
    ("largest", 0.743, "the limit of the shallow direction. Which one grows first?"),
    ("largest", 0.0484, "brings the steep direction home in one step."),
    ("largest", 0.1114, "no difference is needed"),
    ("largest", 5, "5 is too large."),
    ("best_for_50", ..., "✗ Not answered yet"),
    ("best_for_50", 0.0310, "✓ Right: 0.031."),
    ("best_for_50", 0.0319, "Fifty steps are not so long."),
    ("best_for_50", 0.0314, "for 100 steps"),
    ("best_for_50", 0.0297, "for 20 steps"),
    ("best_for_50", 0.0316, "for 150 steps"),
    ("best_for_50", 308, "Ask all_rates which rate stands there."),
    ("best_for_50", 139.27, "That is the lowest loss."),
    ("best_for_50", 0.02, "0.02 is too small."),
    ("shrinking", None, "✗ Not written yet"),
    ("shrinking", lambda t: 0.04 * 0.9 ** t, "✓ Right"),
    ("shrinking", lambda t: 0.04, "This rate never shrinks."),
    ("shrinking", lambda t: 0.036, "You multiplied once"),
    ("shrinking", lambda t: (0.04 * 0.9) ** t, "Only 0.9 is raised"),
    ("shrinking", lambda t: 0.04 * 0.9 * t, "0.9 * t grows with t."),
    ("shrinking", lambda t: 0.04 - 0.9 * t, "Multiply."),
    ("shrinking", lambda t: 0.04 * (1 - 0.1 * t), "less and less"),
    ("shrinking", lambda t: 0.04 / (1 + 0.1 * t), "That divides by a sum."),
    ("shrinking", lambda t: 0.9 ** t, "25 times the right rate at every step: begin at 0.04."),
    ("shrinking", lambda t: 0.04 * 0.9 ^ t, "a power is written ** in Python"),
    ("shrinking", lambda t: 0.04 * 0.9 ** (t + 1), "one step ahead"),
    ("shrinking", lambda t: 0.04 * 0.9 ** (t - 1), "one step behind"),
    ("shrinking", 0.04, "A schedule is a function of the step t"),
]
test_answers, test_all_is_tested, test_notebook = tests_of("nb02", PREDICTIONS, CHECKS)


# the numbers of the text

SHOP = LinearRegression(*receipts())
CURVATURES, DIRECTIONS = curvature(SHOP)
LOWEST = SHOP(SHOP.minimum)


def run(lr, steps=100):
    return descend(SHOP, [0, 0], lr=lr, steps=steps)


def shares(lr):
    """The share of the steep direction in the loss above its minimum, step by step."""
    parts = DIRECTIONS.T @ (run(lr).theta - SHOP.minimum[:, None])
    held = CURVATURES[:, None] * parts ** 2
    return held[1] / held.sum(axis=0)


def test_no_prices_fit_all_three_receipts():
    np.testing.assert_allclose(np.linalg.solve([[1, 3], [3, 1]], [190, 330]), [100, 30])
    residuals = SHOP.X @ SHOP.minimum - SHOP.y
    assert abs(residuals).round().tolist() == [17, 8, 8]


def test_when_two_digits_stand():
    shown = {lr: np.round(run(lr, 400).loss, 2) for lr in (0.01, 0.03, 0.032)}
    first = {lr: (losses == 138.89).argmax() for lr, losses in shown.items()}
    assert first[0.03] == 78 and first[0.01] == 239
    assert shown[0.01][200] == 138.94


def test_the_steep_direction_holds_nearly_everything_at_the_start():
    steep = shares(0.03)[0]
    assert round(100 * steep) == 97 and round(steep / (1 - steep)) == 32
    assert round(np.log(32) / -np.log(0.914 ** 2)) == 19
    near = [(run(lr).loss - LOWEST < 0.01).argmax() for lr in (0.03, 0.032)]
    assert near == [75, 94], "19 steps later"
    assert shares(0.03)[40] < 0.001 and shares(0.032).min() > 0.96


def test_a_rate_that_shrinks_has_a_finite_sum():
    rates = 0.04 * 0.9 ** np.arange(500)
    assert rates.sum() == pytest.approx(0.4)
    assert round(float(np.exp(-1.14)), 2) == 0.32
    slowly = exponential_decay(0.04, 0.99)
    assert np.sum(slowly(np.arange(300)) > 2 / CURVATURES[1]) == 18
    assert 5e7 < run(slowly, 300).loss.max() < 5e8, "it climbs to a hundred million"
    lower = run(slowly, 300).loss < run(0.03, 300).loss
    assert lower[50] and not lower[70:150].any(), "a little lower around step 50, not in the end"


def test_the_best_rate_grows_with_the_steps():
    rates = np.linspace(0.0002, 0.0345, 344)
    best = rates[run(rates, 150).loss[1:].argmin(axis=1)]
    assert best[0] == pytest.approx(0.0167, abs=1e-9) and best[-1] == pytest.approx(0.0316)
    assert (np.diff(best) > -1e-9).all(), "the star goes to the right"


def test_two_rates_in_turn():
    assert 1 - CURVATURES[1] / CURVATURES[0] == pytest.approx(-20, abs=0.1)
    assert 0.35 / (2 / CURVATURES[1]) == pytest.approx(10, abs=0.6)
    steep_first = run(lambda t: 1 / CURVATURES[(t + 1) % 2], 2).loss
    assert steep_first[2] - LOWEST < 1e-6 * (steep_first[0] - LOWEST)
    other_order = run(lambda t: 1 / CURVATURES[t % 2], 2).loss
    assert other_order[1] == pytest.approx(75e6, rel=0.01)
    assert other_order[2] - LOWEST < 1e-3


def test_dozens_are_sixty_times_harder():
    small, large = curvature(LinearRegression(SHOP.X / [12, 1], SHOP.y))[0]
    assert large / small / (CURVATURES[1] / CURVATURES[0]) == pytest.approx(60, abs=4)


def test_a_friend_who_buys_as_many_apples_as_oranges():
    friend = LinearRegression([[1, 1], [2, 2], [5, 5]], [100, 200, 500])
    np.testing.assert_allclose(curvature(friend)[0], [0, 40], atol=1e-12)
    for start, end in ([0, 0], [50, 50]), ([50, 0], [75, 25]):
        np.testing.assert_allclose(descend(friend, start, lr=0.02, steps=100).final, end)
