"""What notebook 03 asks, and how it answers."""

from types import SimpleNamespace

from ..schedules import constant
from .checks import check_number, check_schedule
from .predict import Choice

ask = SimpleNamespace(
    from_the_best=Choice(
        "We start at the best prices, and draw one receipt for each step, at lr = 0.01. "
        "Where is the run after 100 steps?",
        ["still there: the gradient is zero", "a little away: it wanders around the best prices",
         "far away, and farther with each step"],
        "a little away: it wanders around the best prices",
        why="Only the average is zero. Each receipt alone still pulls. "
            "But the farther the run strays, the more strongly all three call it back.",
        hints=[("still there: the gradient is zero",
                "The gradient of all three together is. This step sees one of them.")],
    ),
    one_epoch=Choice(
        "Both start at prices 0 and 0, and both read 200 receipts. Which gets lower?",
        ["one exact step of 200 receipts", "200 steps of one receipt, by far",
         "about the same: the same receipts were read"],
        "200 steps of one receipt, by far",
        why="The receipts say nearly the same thing. "
            "A rough answer now is worth more than an exact one much later.",
    ),
    arrow_and_cloud=Choice(
        "The run goes down towards the best prices. What becomes of the arrow and of the cloud?",
        ["both shrink nearly to nothing", "the arrow shrinks nearly to nothing, a cloud stays",
         "neither changes much"],
        "the arrow shrinks nearly to nothing, a cloud stays",
        why="At the best prices the receipts agree on average, and only on average.",
    ),
    ends_lower=Choice(
        "300 steps of one receipt each, at 0.02 and at 0.002. Which rate ends lower?",
        ["0.02: it is faster from the first step on", "0.002, though 0.02 leads for a long time",
         "0.002, and it leads all the way", "both end at the minimum"],
        "0.002, though 0.02 leads for a long time",
        why="The large rate falls fast, and then it falls no more. "
            "The small one needs more than 100 steps to catch up, and goes on.",
    ),
    best_rate=Choice(
        "You have 20, 50, 100 or 300 steps. The best constant rate for them ...",
        ["stays the same", "is larger, the more steps you have",
         "is smaller, the more steps you have"],
        "is smaller, the more steps you have",
        why="With few steps, what counts is to come near; with many, how low the floor is.",
        hints=[("is larger, the more steps you have",
                "So it was in notebook 02, where there was no floor.")],
    ),
    gamma=Choice(
        "Start at 0.02, 300 steps, single receipts. Which gamma ends lowest?",
        ["0.9", "0.98", "0.999", "1, the constant rate"], "0.98",
        why="0.9 stops too early, and 0.999 is still at the floor of a large rate.",
    ),
    average=Choice(
        "At the constant rate 0.02 the last points end at about 500 above the minimum. "
        "And the average of the second half of the run?",
        ["about 500, too: each point is as far off", "about 250", "below 20"],
        "below 20",
        why="About 12 after 300 steps, and 2 after 3000. The points lie on all sides of the "
            "minimum, so their errors cancel.",
        hints=[("about 500, too: each point is as far off",
                "Each is as far off, but in another direction.")],
    ),
)


def rows(value):
    """How many examples make the cloud a third as wide."""
    return check_number(value, 9, tolerance=0.4, hints=[
        (3, "Three examples make it 1 / sqrt(3) as wide, about 0.6. "
            "Which number has the square root 3?"),
        (6, "Six examples make it 1 / sqrt(6) as wide, about 0.4."),
        (8, "Very near: 1 / sqrt(8) is 0.35. A third is 0.33."),
        (10, "A third is reached before: 1 / sqrt(10) is 0.32."),
        (12, "Twelve examples make it 1 / sqrt(12) as wide, about 0.29. A third is 0.33."),
        (36, "That is a sixth of the width. The square root should be 3."),
        (81, "That is one step too far: the square root of 81 is 9."),
        (67, "A third of all examples? Count the examples of one batch: "
             "its square root should be 3."),
    ])


def lr_for_half(lr):
    """The rate whose floor has the typical size 0.5."""
    return check_number(lr, 0.25 / 2.125, tolerance=0.001, hints=[
        (0.12, "Nearly: give three digits."),
        (0.125, "Close: that is the short formula, for small rates. Take the one with 2 - lr * c."),
        (0.5 / 2.25, "You took the floor of the loss in place of V. Or you set V to 0.5, but its "
                     "square root should be 0.5. Or you took sigma, not sigma ** 2."),
        (0.25, "That is V itself. Or you took the floor of the loss, or sigma in place of "
               "sigma ** 2. And the formula has 2 - lr * c below."),
        (0.4, "The formula has sigma ** 2, which is 4. And V is not 0.5, its square root is."),
        (0.5, "That is the size of the error. Which rate leads to it?"),
        (0.05, "At that rate V is 0.10, and its square root 0.32. It may be larger."),
        (0.1, "At that rate V is 0.21, and its square root 0.46. It may be a little larger."),
        (lambda value: value > 1, "At such rates V is above 4. Put V = 0.25 into the formula, and "
                                  "solve it for lr."),
    ])


def slower(schedule):
    """The schedule 0.02 / (1 + t / 25)."""
    return check_schedule(schedule, lambda t: 0.02 / (1 + t / 25), hints=[
        (constant(0.02), "This rate never shrinks. Divide it by something that is 1 at step 0, "
                         "2 at step 25 and 3 at step 50."),
        (lambda t: 0.02 / 1 + t / 25,
         "Division comes before addition: put brackets around 1 + t / 25."),
        (lambda t: 0.02 / (1 + t), "That is half at step 1 already. It should take 25 steps."),
        (lambda t: 0.02 / (25 + t), "At step 0 the rate should be 0.02 itself."),
        (lambda t: 0.02 / (1 + t // 25),
         "Nearly: yours waits 25 steps and then jumps. Divide t by 25 without rounding."),
        (lambda t: 0.02 * 0.5 ** (t / 25), "That is half at step 25, but a quarter at step 50. "
                                           "It should be a third: divide by 1 + something."),
        (lambda t: 0.02 / (1 + 25 * t), "Divide t by 25: after 25 steps, t / 25 is 1."),
        (lambda t: 0.02 * 0.5 ** (t // 25),
         "That waits, jumps, and is a quarter at step 50. It should be a third."),
        (lambda t: 0.02 * (1 - t / 50), "That takes away the same amount each time, and is 0 at "
                                        "step 50. Divide instead."),
    ])


check = SimpleNamespace(rows=rows, lr_for_half=lr_for_half, slower=slower)
