"""What notebook 03 answers to what a learner gives."""

from tables import tests_of

from lrteach import exponential_decay


def stub(t):
    ...


PREDICTIONS = [
    ("from_the_best", "a little away: it wanders around the best prices", "✓ You said"),
    ("from_the_best", "still there: the gradient is zero", "This step sees one of them"),
    ("from_the_best", "far away, and farther with each step", "all three call it back"),
    ("one_epoch", "200 steps of one receipt, by far", "✓ You said"),
    ("one_epoch", "one exact step of 200 receipts", "A rough answer now"),
    ("arrow_and_cloud", "the arrow shrinks nearly to nothing, a cloud stays", "✓ You said"),
    ("arrow_and_cloud", "both shrink nearly to nothing", "agree on average"),
    ("ends_lower", "0.002, though 0.02 leads for a long time", "✓ You said"),
    ("ends_lower", "both end at the minimum", "and then it falls no more"),
    ("best_rate", "is smaller, the more steps you have", "✓ You said"),
    ("best_rate", "is larger, the more steps you have", "So it was in notebook 02"),
    ("best_rate", "stays the same", "what counts is to come near"),
    ("gamma", "0.98", "✓ You said"),
    ("gamma", "0.9", "0.9 stops too early"),
    ("average", "below 20", "✓ You said"),
    ("average", "about 250", "About 12 after 300 steps"),
    ("average", "about 500, too: each point is as far off", "in another direction"),
]
CHECKS = [
    ("rows", ..., "✗ Not answered yet"),
    ("rows", 3 ** 2, "✓ Right"),
    ("rows", 3, "Which number has the square root 3?"),
    ("rows", 6, "Six examples"),
    ("rows", 8, "Very near"),
    ("rows", 10, "reached before"),
    ("rows", 12, "Twelve examples"),
    ("rows", 36, "a sixth of the width"),
    ("rows", 81, "one step too far"),
    ("rows", 67, "A third of all examples?"),
    ("lr_for_half", ..., "✗ Not answered yet"),
    ("lr_for_half", 0.5 / 4.25, "✓ Right"),
    ("lr_for_half", 0.12, "Nearly: give three digits"),
    ("lr_for_half", 0.125, "the short formula"),
    ("lr_for_half", 0.5 / 2.25, "You took the floor of the loss"),
    ("lr_for_half", 0.25, "That is V itself"),
    ("lr_for_half", 0.4, "The formula has sigma ** 2"),
    ("lr_for_half", 0.5, "That is the size of the error"),
    ("lr_for_half", 0.05, "its square root 0.32"),
    ("lr_for_half", 0.1, "its square root 0.46"),
    ("lr_for_half", 1.3, "At such rates V is above 4"),
    ("slower", stub, "✗ Not written yet"),
    ("slower", lambda t: 0.02, "This rate never shrinks"),
    ("slower", lambda t: 0.02 / (1 + t / 25), "✓ Right"),
    ("slower", lambda t: 0.02 / 1 + t / 25, "Division comes before addition"),
    ("slower", lambda t: 0.02 / (1 + t), "half at step 1 already"),
    ("slower", lambda t: 0.02 / (25 + t), "At step 0 the rate should be 0.02"),
    ("slower", lambda t: 0.02 / (1 + t // 25), "waits 25 steps and then jumps"),
    ("slower", lambda t: 0.02 * 0.5 ** (t / 25), "a quarter at step 50. It should be a third: di"),
    ("slower", lambda t: 0.02 / (1 + 25 * t), "Divide t by 25"),
    ("slower", lambda t: 0.02 * 0.5 ** (t // 25), "That waits, jumps"),
    ("slower", lambda t: 0.02 * (1 - t / 50), "takes away the same amount"),
    ("slower", lambda t: 0.02 / t, "1 +"),
    ("slower", exponential_decay(0.02, 0.98), "✗"),
]
test_answers, test_all_is_tested, test_notebook = tests_of("nb03", PREDICTIONS, CHECKS)
