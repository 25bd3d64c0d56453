"""What notebook 09 asks, and how it answers."""

from types import SimpleNamespace

from ..schedules import constant, cosine, hold_then, linear, warmup
from .checks import check_number, check_schedule
from .predict import Choice, Number

ask = SimpleNamespace(
    divided=Number(
        "The rate is divided by 10 after every 4 calls, and there is a call at each of the 45 "
        "mini-batches of an epoch. How many times has it been divided by 10 after one epoch?",
        11,
        tolerance=0.3,
        why="45 // 4 is 11. From 0.6 the rate has come down to 6e-12. It was meant to be divided "
            "twice in ten epochs.",
        hints=[
            (1, "That is after the first four mini-batches."),
            (0, "So it was meant, for four whole epochs. But the call stands in the inner loop."),
            (2, "That was meant for the whole training, for ten epochs."),
            (45, "There are 45 calls, but only each fourth one divides."),
        ]),
    gentle=Choice(
        "After 200 steps, the loss of the run with ten warm-up steps is ...",
        ["a little higher: ten steps are mostly lost",
         "about the same",
         "some ten times lower",
         "more than a thousand times lower"],
        "more than a thousand times lower",
        why="without it, the first step goes up the wall, and Adam does not forget it.",
        hints=[
            ("a little higher: ten steps are mostly lost",
             "They are, and it does not matter. Something else does."),
        ]),
    who_needs=Choice(
        "Which of them end more than ten times lower with ten warm-up steps?",
        ["all of them",
         "those that remember: momentum and Adam",
         "Adam alone"],
        "Adam alone",
        why="its first steps are full strides although the slopes are small. Those of gradient "
            "descent and momentum are small by themselves.",
        hints=[
            ("all of them",
             "Where a step is lr times the slope, it begins small by itself."),
            ("those that remember: momentum and Adam",
             "Momentum remembers slopes, but it does not divide by them."),
        ]),
    widens=Choice(
        "What does a warm-up of 50 updates do for the network?",
        ["it ends higher at all rates",
         "it ends higher at small rates",
         "little at the best rate, a lot above it",
         "nothing: a network is no valley"],
        "little at the best rate, a lot above it",
        why="at the best rate the first steps do no harm. Above it they do, and that is what the "
            "warm-up prevents.",
        hints=[
            ("it ends higher at small rates",
             "Small first steps throw nothing anywhere: there is nothing to prevent."),
        ]),
    peak=Number(
        "What is the highest rate of the product?",
        0.914,
        tolerance=0.01,
        why="at t = 19 the warm-up reaches 1, but by then the cosine has fallen to 0.914.",
        hints=[
            (1, "It would be, if the cosine waited for the warm-up. Does it?"),
            ((0.85, 0.99), "Near. Calculate the cosine at t = 19."),
            (0.5, "The cosine is there only at t = 50, the warm-up ends at 20."),
        ]),
    trunk=Choice(
        "A branch of the trunk against a cosine from 0.6 of the same length. In training loss, "
        "the branch ends ...",
        ["higher: the cosine was made for this length",
         "about the same",
         "lower"],
        "lower",
        why="it spends four fifths of its time at 0.6, the cosine only a moment. And a fifth is "
            "enough to cool. (Is it a fair race? See below.)",
        hints=[
            ("higher: the cosine was made for this length",
             "So was the branch's end, and that seems to be enough."),
        ]),
    longer=Choice(
        "500 updates more with a new cosine from 0.6. The loss ...",
        ["falls from the first update on",
         "first jumps up, and stays behind a cosine made for 1000",
         "first jumps up, and ends level with a cosine made for 1000",
         "stands still"],
        "first jumps up, and ends level with a cosine made for 1000",
        why="the high rate brings the noise back, but the place that was found is not lost.",
        hints=[
            ("falls from the first update on",
             "Soon it will, but 0.6 brings the noise back first."),
            ("stands still", "At rate 0 it would."),
        ]),
    averaged=Choice(
        "A constant rate of 0.4, 250 updates. Beside the last weights, a mean of the last weights "
        "has ...",
        ["the same accuracy, with the same scatter",
         "a higher accuracy, and scatters less",
         "a lower accuracy: old weights are worse",
         "about 10 %: a mean of networks is no network"],
        "a higher accuracy, and scatters less",
        why="the noise of the single updates cancels. The weights of one run lie near each other, "
            "so their mean is a network as well.",
        hints=[
            ("a lower accuracy: old weights are worse",
             "They are, a little. But the noise of the last weights costs more."),
            ("about 10 %: a mean of networks is no network",
             "Of two trainings from different starts, yes. These are places of one training."),
        ]),
    forgotten=Choice(
        "The loss is 0.006. After the first step with the weights alone, it is ...",
        ["about 0.006", "about 0.06", "about 0.6", "more than 10"],
        "more than 10",
        why="a new Adam's first step is a full lr along every parameter: up the wall, as in "
            "section 3.",
        hints=[
            ("about 0.006",
             "So it is with gradient descent, which has nothing to remember. What is Adam's first "
             "step?"),
        ]),
)

# exercise 1

UPDATES = 300

COUNTS = [
    (600, "That is the number of small batches. Two of them make an update."),
    (1200, "Two small batches make one update, not the other way round."),
    (15, "That is one epoch. There are 20."),
    (30, "That is the number of small batches in one epoch."),
    (290, "You left the last, short batch out. The loader keeps it: 30 small batches an epoch."),
    (280, "You left the last, short batch out. The loader keeps it: 30 small batches an epoch."),
    (580, "You left the last, short batch out, and two small batches make an update."),
    (lambda count: 299 < count < 300,
     "You kept the fraction of 1438 / 48. Batches are whole: round up, as len(loader) does."),
    (lambda count: 599 < count < 600,
     "Two small batches make an update. And batches are whole: round up."),
    (20, "That is the number of epochs."),
]


def updates(count):
    """20 epochs of 30 small batches, two of them to an update."""
    return check_number(count, UPDATES, tolerance=0, hints=COUNTS,
                        why="30 small batches an epoch, the short one counted, make 15 updates.")


# exercise 2

TOP = 0.6


def three(t):
    """Up to 0.6 in 20 strides, hold, and from 80 on down to 0 at 100."""
    return TOP * min(1, (t + 1) / 20) * min(1, (100 - t) / 20)


def up_to_20(t):
    return min(1, (t + 1) / 20)


THREES = [
    (constant(TOP), "This only holds. Climb in the first 20 updates, come down in the last 20."),
    (warmup(TOP, 20), "This never comes down. From t = 80 on, which share of 20 steps is left?"),
    (hold_then(linear(TOP, 20), 80), "This begins at 0.6. Climb to it: update 0 uses 0.03."),
    (lambda t: TOP * min(1, t / 20) * min(1, (100 - t) / 20),
     "Your update 0 uses the rate 0, and does nothing. Count its stride: (t + 1) / 20."),
    (lambda t: TOP * up_to_20(t) * (1 - t / 100),
     "This comes down from the start, on the clock of the whole training. Hold 0.6 until 80."),
    (lambda t: TOP * up_to_20(t) * min(1, (100 - t) / 80),
     "This comes down from t = 20 on. Hold 0.6 until 80: the way down takes 20 steps."),
    (lambda t: TOP * up_to_20(t) if t < 80 else TOP * (1 - t / 100),
     "This jumps at t = 80: the way down needs a clock of its own, which is 0 there."),
    (lambda t: TOP * up_to_20(t) if t < 80 else 0.0,
     "This drops to 0 at once. Come down in a straight line."),
    (lambda t: TOP * up_to_20(t) if t < 80 else TOP * (t - 80) / 20,
     "From t = 80 on, yours drops and climbs: (t - 80) / 20 is the share that is over."),
    (warmup(hold_then(cosine(TOP, 20), 60), 20),
     "Good, but your end is a cosine. Come down in a straight line."),
    (lambda t: three(t) / TOP, "The shape is right. Multiply by 0.6."),
]


def my_three(schedule):
    """Warm-up, hold, cool-down: 20, 60 and 20 updates."""
    return check_schedule(schedule, three, hints=THREES, steps=101)


# exercise 3

ENTIRE = warmup(cosine(0.6, 400), 50)
DONE = 300


def rest(t):
    """ENTIRE from update 300 on."""
    return ENTIRE(t + DONE)


RESTS = [
    (ENTIRE, "This begins from the start, with a second warm-up. Which update comes first?"),
    (lambda t: ENTIRE(max(t - DONE, 0)),
     "Yours waits 300 updates. The new program's t = 0 is update 300 of the whole."),
    (lambda t: ENTIRE(t + DONE + 1),
     "Yours skips an update: after 300 updates, 0 to 299, the next is number 300."),
    (lambda t: ENTIRE(t + DONE - 1),
     "Yours does one update twice: 0 to 299 are done, the next is number 300."),
    (constant(ENTIRE(DONE)), "This stays where it stopped. The rate has to go on falling."),
    (lambda t: ENTIRE(DONE), "This stays where it stopped. The rate has to go on falling."),
    (cosine(0.6, 150), "A new cosine begins at 0.6. The old one has fallen far below."),
    (lambda t: cosine(0.6, 400)(t + DONE),
     "The cosine of the whole has a clock of its own, which began at update 50."),
]


def my_rest(schedule):
    """The same schedule, 300 updates later."""
    return check_schedule(schedule, rest, hints=RESTS, steps=151)


check = SimpleNamespace(updates=updates, my_three=my_three, my_rest=my_rest)
