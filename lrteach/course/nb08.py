"""What notebook 08 asks, and how it answers."""

from types import SimpleNamespace

import numpy as np

from ..schedules import constant, cosine, triangular
from .checks import Feedback, check_number, check_schedule
from .predict import Choice, Number

ask = SimpleNamespace(
    equal_sums=Choice(
        "Three schedules of 30 steps have the same sum of rates, 4.8. "
        "Which one gets most runs off the saddle?",
        ["the constant rate 0.16",
         "the cycle between 0.02 and 0.3",
         "0.32 at every other step, 0 between",
         "all three are level"],
        "the constant rate 0.16",
        why="a step multiplies the distance from the ridge by 1 + lr. Two steps of 0.16 give "
            "1.16 * 1.16 = 1.346; 0.32 and then 0 give 1.32. Of equal sums, the even one has the "
            "largest product.",
        hints=[
            ("the cycle between 0.02 and 0.3",
             "Its high rates do help, but its low ones cost more than they give."),
            ("0.32 at every other step, 0 between",
             "Every other step is lost, and the long ones do not make up for it."),
            ("all three are level",
             "Nearly so for small rates. Here you can see the difference."),
        ]),
    bowl=Choice(
        "The steepest direction allows rates up to 0.02. What does a cycle between 0.005 and "
        "0.04 do in 192 steps, beside the best constant rate?",
        ["it diverges",
         "it ends higher",
         "it ends just as low",
         "it ends lower"],
        "it ends lower",
        why="what is left at the end lies in the flattest direction, where the sum of the rates "
            "counts. The cycle's mean is 0.0225, more than a constant rate may be: what its high "
            "rates blow up in the steep directions, its low ones bring down again.",
        hints=[
            ("it ends higher",
             "Its high rates do blow up the steep directions, but only until its low ones come."),
            ("it ends just as low",
             "The sum of its rates is larger, and in the flat directions that is what counts."),
            ("it diverges",
             "A constant rate as large as its mean does. But the cycle comes down in time."),
        ]),
    first_top=Number(
        "base 0.03, maximum 0.6, step_size 100. Which update is the first to use 0.6? "
        "(We count from 0.)",
        100,
        tolerance=0.5,
        why="updates 0 to 99 climb: 0.03, 0.0357, and so on. Update 100 stands at the top, "
            "update 200 at the base again.",
        hints=[
            (99, "That would be the top if update 0 had already made a step upwards. "
                 "But update 0 uses the base."),
            (101, "Count the steps upwards: there are 100 of them, and update 0 uses the base."),
            (50, "The step size is half a cycle, the whole way up."),
            (200, "There it is down again: the step size is half a cycle."),
        ]),
    opponents=Choice(
        "A cycle between 0.03 and 0.6 ends at 97.4 % on our digits. Where does the constant "
        "rate 0.6 end, after as many updates?",
        ["three percent lower",
         "one percent lower",
         "level with the cycle",
         "one percent higher"],
        "level with the cycle",
        why="neither in time nor in accuracy do the two differ by two standard errors. It is the "
            "constant 0.03, the lower bound of the cycle, that ends three percent lower.",
        hints=[
            ("three percent lower",
             "The lower bound, 0.03, ends there. The paper's fixed rate was such a bound."),
            ("one percent lower",
             "Its noise does not cost so much here: a rate of 0.6 is not yet too high."),
        ]),
    drops=Choice(
        "What lowers the loss most at step 250?",
        ["a cycle, in place of the constant rate",
         "the two drops",
         "neither, only both together"],
        "the two drops",
        why="they lower the loss to about a third of what the constant rate leaves, and to a "
            "sixth of what a cycle leaves that goes on cycling.",
        hints=[
            ("a cycle, in place of the constant rate",
             "It even raises the loss: its rates are higher, and with them the noise floor."),
            ("neither, only both together",
             "The drops do it alone: with them, even the constant rate is low."),
        ]),
)

# exercise 1

BASE = 0.05
TOP = 0.8
SIZE = 20
HEIGHT = TOP - BASE


def saw(t, length):
    """Up in a straight line for `length` steps, then down at once."""
    return BASE + HEIGHT * (t % length) / length


def wave(t):
    """The triangle's ends, joined by a cosine."""
    return BASE + HEIGHT * (1 - np.cos(np.pi * t / SIZE)) / 2


def without_height(t):
    """The triangle between 0 and 1, moved up by the base."""
    return BASE + triangular(0, 1, SIZE)(t)


TRIANGLES = [
    (constant(BASE),
     "This never rises. Calculate cycle and x from t, then the rate. Is cycle rounded down, does "
     "it begin at 1, is t divided by (2 * 20)?"),
    (triangular(0.1, 0.5, 4),
     "These are the numbers of the cell above. Here base is 0.05, the maximum 0.8, the step size "
     "20."),
    (triangular(BASE, TOP, SIZE // 2),
     "Your cycle is 20 long. The step size is half a cycle: 20 updates up, 20 down."),
    (triangular(BASE, TOP, 2 * SIZE),
     "Your cycle is 80 long. The step size is half a cycle: 20 updates up, 20 down."),
    (lambda t: BASE + HEIGHT * max(0, 1 - abs(t / SIZE - 2 * np.floor(1 + t / SIZE) + 1)),
     "A cycle is 2 * 20 long: divide t by that."),
    (lambda t: BASE + HEIGHT * max(0, 1 - (t / SIZE - 2 * np.floor(1 + t / (2 * SIZE)) + 1)),
     "Without its absolute value x begins at -1, and your rate at 1.55."),
    (lambda t: HEIGHT * triangular(0, 1, SIZE)(t),
     "You left out the base: add base_lr in front."),
    (triangular(BASE, BASE + TOP, SIZE),
     "Your top is 0.85: the height above base_lr is max_lr - base_lr."),
    (without_height,
     "Your top is 1.05: multiply by the height, max_lr - base_lr."),
    (lambda t: BASE + HEIGHT * (1 - triangular(0, 1, SIZE)(t)),
     "Yours is upside down: the height is 1 - x, not x."),
    (lambda t: saw(t, 2 * SIZE),
     "A saw: yours rises for 40 updates and drops at once. Use x, with its absolute value."),
    (lambda t: saw(t, SIZE),
     "A saw: yours rises for 20 updates and drops at once. Use x, with its absolute value."),
    (lambda t: BASE + HEIGHT * max(0, 1 - abs(t / SIZE - 1)),
     "The first cycle is right, then nothing: did you leave out `cycle`?"),
    (wave,
     "Right at the ends and in the middle, but yours is a wave. Smith's cycle goes up and down in "
     "straight lines: use x."),
    (cosine(TOP, SIZE, BASE),
     "That is a cosine from the top down. A cycle begins at the base, and goes up in a straight "
     "line."),
]


def my_cycle(schedule):
    """A triangle between 0.05 and 0.8 with a step size of 20."""
    return check_schedule(schedule, triangular(BASE, TOP, SIZE), hints=TRIANGLES)


# exercise 2

WHOLE_CYCLES = 900
BY_BATCHES = 920  # with an epoch of 23 batches, the last one short

ENDS = [
    (1000, "After 1000 updates the rate is not low: that is 5 cycles of 180, and 100 updates "
           "more."),
    (1438, "That is one epoch in examples. One update sees 64 of them."),
    (lambda updates: 22 <= updates < 23, "That is about one epoch."),
    (23, "That is one epoch, its last short batch counted."),
    (90, "That is the step size, half a cycle."),
    (92, "That is the step size, half a cycle."),
    (180, "That is one cycle. How many fit?"),
    (184, "That is one cycle. How many fit?"),
    (360, "That is two cycles of 180. More fit."),
    (720, "That is 4 cycles of 180, and one more fits. (Or did you take batches of 32?)"),
    (990, "990 = 11 * 90 ends half-way: there the rate stands at the top."),
    (5, "That is the number of cycles. How many updates are they?"),
    (880, "You rounded the epoch down to 22 first, and left examples out. Round once, at the end: "
          "4 * 1438 / 64."),
    (890, "You rounded the step size down to 89. The nearest whole number is 90."),
    (lambda updates: 898 < updates < 899,
     "You kept 89.875 as the step size. Updates are whole: round it, then count the cycles."),
    (899, "Nearly: one update of the fifth cycle is still to come."),
    (901, "Nearly. Updates count from 0, so number 900 already belongs to the next cycle."),
    (919, "Nearly: one update of the fifth cycle is still to come."),
    (921, "Nearly. Updates count from 0, so number 920 already belongs to the next cycle."),
]


def stop_after(updates):
    """The last update of the last whole cycle of 2 * 4 epochs within 1000 updates."""
    counted = check_number(updates, BY_BATCHES, tolerance=0)
    if counted:
        return Feedback(True, "Right: 920, where the last, short batch counts as a whole one. "
                              "So does PyTorch: len(loader) is 23, the step size 92. Without it, "
                              "it is 900.")
    return check_number(updates, WHOLE_CYCLES, tolerance=0, hints=ENDS,
                        why="Five cycles of 180. (A loader that keeps the last, short batch has "
                            "23 batches an epoch: then it is 920.)")


check = SimpleNamespace(my_cycle=my_cycle, stop_after=stop_after)
