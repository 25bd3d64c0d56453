"""What notebook 01 asks: every answer that a learner is likely to give."""

from tables import tests_of


def right(theta, g, lr):
    return theta - lr * g


def in_place(theta, g, lr):
    theta -= lr * g
    return theta


ENDLESS = "nowhere: it jumps to and fro for ever"
PREDICTIONS = [
    ("one_step", "-4", "✓ You said -4. Right: theta - lr * g = -5 - 0.1 * (-10) = -4."),
    ("one_step", "−4", "✓ You said -4."),
    ("one_step", "-6", "That is uphill"),
    ("one_step", "-5.1", "You forgot the gradient"),
    ("one_step", "-4,9", "You forgot the gradient"),
    ("one_step", "5", "You forgot the rate"),
    ("one_step", "1", "That is the step alone. It starts at -5."),
    ("one_step", "-1", "Take it away from -5."),
    ("two_rates", "both equally close", "“both equally close”. Right: Both lose a tenth"),
    ("two_rates", "the one with 0.1", "calm is not the same as close"),
    ("two_rates", "the one with 1.9", "each leaps over the bottom"),
    ("threshold", "1/2", "✓ You said 0.5. Right: The factor 1 - lr * 4 is -1"),
    ("threshold", "2", "That is the limit for curvature 1."),
    ("threshold", "8", "divide by 4"),
    ("threshold", "1", "it is a quarter"),
    ("threshold", "0.25", "The limit is twice as far."),
    ("settle", ENDLESS, f"✓ You said “{ENDLESS}”. Right: 1 is above"),
    ("settle", "in the left well, at its bottom", "The limit at that bottom is 0.875"),
    ("settle", "in the right well: it jumps over", "From -1.6 it does."),
    ("settle", "nowhere: it diverges", "It would in a parabola."),
]
CHECKS = [
    ("my_rule", ..., "✗ Not written yet"),
    ("my_rule", right, "✓ Right: 20 steps"),
    ("my_rule", in_place, "✓ Right: 20 steps"),
    ("my_rule", lambda theta, g, lr: theta, "leaves theta where it is"),
    ("my_rule", lambda theta, g, lr: theta + lr * g, "goes uphill"),
    ("my_rule", lambda theta, g, lr: theta - g, "forgets lr"),
    ("my_rule", lambda theta, g, lr: theta - lr, "forgets g"),
    ("my_rule", lambda theta, g, lr: theta - lr * abs(g), "takes the size of the gradient"),
    ("my_rule", lambda theta, g, lr: -lr * g, "the step alone. Add it to theta."),
    ("my_rule", lambda theta, g, lr: lr * g, "Where does it start"),
    ("my_rule", lambda theta, g, lr: theta - 0.1 * g, "by hand: from [3, -2], with g = [3, -20]"),
    ("my_rule", lambda theta, g, lr: None, "returned nothing"),
    ("my_rule", lambda theta, g, lr: theta - rate * g, "uses `rate`"),  # noqa: F821
    ("steps", ..., "✗ Not answered yet"),
    ("steps", 44, "✓ Right: 44."),
    ("steps", 0, "Take its size, with abs(...)."),
    ("steps", 43, "still 0.108"),
    ("steps", 43.7, "round up"),
    ("steps", 45, "One step earlier"),
    ("steps", 30, "That is the loss"),
    ("steps", 22, "the factor of the loss"),
    ("steps", 21.85, "You used 0.81"),
    ("steps", 2, "You used 0.1."),
    ("steps", 99, "not a tenth of a unit"),
    ("curvature_limit", ..., "✗ Not answered yet"),
    ("curvature_limit", 2 / 0.3, "✓ Right: 6.66667. There lr * c is 2"),
    ("curvature_limit", 6.67, "✓ Right: 6.67."),
    ("curvature_limit", 3.33, "arrives in one step"),
    ("curvature_limit", 0.6, "You multiplied 2 by 0.3."),
    ("curvature_limit", 0.15, "upside down"),
    ("curvature_limit", 0.3, "That is the rate."),
    ("curvature_limit", 2, "Which c does it, with lr = 0.3?"),
    ("curvature_limit", 5.667, "Set it to -1."),
    ("curvature_limit", 7, "Keep two decimals."),
    ("curvature_limit", 6, "Keep two decimals."),
    ("curvature_limit", 100, "100 is too large."),
]
test_answers, test_all_is_tested, test_notebook = tests_of("nb01", PREDICTIONS, CHECKS)
