"""What notebook 07 answers to what a learner gives."""

import numpy as np
from tables import tests_of

from lrteach import exponential_sweep, smoothed
from lrteach.course import nb07


def stub(t):
    ...


def stub_of_smoothing(losses, beta):
    ...


def solution(losses, beta):
    running, values = 0.0, []
    for k, now in enumerate(losses):
        running = beta * running + (1 - beta) * now
        values.append(running / (1 - beta ** (k + 1)))
    return values


PREDICTIONS = [
    ("lowest_of_seven", "0.01", "✓ You said"),
    ("lowest_of_seven", "0.1", "At 0.1 it jumps up again"),
    ("follow_up", "at 0.001, the last", "✓ You said"),
    ("follow_up", "somewhere in the middle", "trained for ten epochs"),
    ("at_the_star", "less than 50 %", "✓ You said"),
    ("at_the_star", "more than 93 %", "The very first step"),
    ("which_reading", "valley", "✓ You said"),
    ("which_reading", "steepest", "the middle of the fall"),
    ("on_a_valley", "at about 0.8, four times the critical rate", "✓ You said"),
    ("on_a_valley", "at 0.2, the critical rate", "it has first to win back"),
]
CHECKS = [
    ("my_sweep", stub, "✗ Not written yet"),
    ("my_sweep", lambda t: 1e-7 * (10 / 1e-7) ** (t / 99), "✓ Right"),
    ("my_sweep", exponential_sweep(1e-7, 10, 100), "✓ Right"),
    ("my_sweep", lambda t: 1e-7, "Your rate never changes"),
    ("my_sweep", lambda t: 1e-7 * (10 / 1e-7) ** (t / 100), "the last of 100 steps is step 99"),
    ("my_sweep", lambda t: 1e-7 + (10 - 1e-7) * t / 99, "That is a linear sweep"),
    ("my_sweep", lambda t: 1e-7 + 10 * t / 99, "the same multiple of the last"),
    ("my_sweep", lambda t: 1e-7 * 10.0 ** (7 * t / 99), "Your sweep ends at 1"),
    ("my_sweep", lambda t: 1e-7 * 10.0 ** t, "multiplies by ten at each step"),
    ("my_sweep", lambda t: 1e-7 * 10.0 ** (t / 99), "right for one power of ten"),
    ("my_sweep", lambda t: 1e-7 * (10 / 1e-7 / 99) ** t, "✗"),
    ("my_smoothing", stub_of_smoothing, "✗ Not written yet"),
    ("my_smoothing", solution, "✓ Right"),
    ("my_smoothing", smoothed, "✓ Right"),
    ("my_smoothing", lambda losses, beta: losses, "Those are the raw losses"),
    ("my_smoothing", nb07.uncorrected, "That is v"),
    ("my_smoothing", nb07.beta_swapped, "the wrong way round"),
    ("my_smoothing", nb07.divided_at_every_step, "only at the first"),
    ("my_smoothing", nb07.let_in_whole, "let in the new loss whole"),
    ("my_smoothing", nb07.beta_of_the_cell, "whatever the function is given"),
    ("my_smoothing", nb07.from_the_first_loss, "Begin with v = 0, and correct"),
    ("my_smoothing", nb07.corrected_goes_on, "correct only what you return"),
    ("my_smoothing", nb07.one_late, "At t = 0 you divide by"),
    ("my_rate", ..., "✗ Not answered yet"),
    ("my_rate", 0.1, "✓ Right: ten epochs at your rate"),
    ("my_rate", np.float32(0.08), "✓ Right"),
    ("my_rate", 0.001, "safe, but slow"),
    ("my_rate", 0.7, "too near to the cliff"),
    ("my_rate", 1.5, "nearly over"),
    ("my_rate", 5, "the lowest point, or beyond"),
    ("my_rate", -1, "✗"),
]
test_answers, test_all_is_tested, test_notebook = tests_of("nb07", PREDICTIONS, CHECKS)
