"""What notebook 04 asks, and how it answers."""

from types import SimpleNamespace

from ..optimizers import momentum, momentum_inside, nesterov, sgd
from ..schedules import step_decay
from .checks import check_number, check_optimizer
from .predict import Choice

ask = SimpleNamespace(
    zigzag=Choice(
        "Both rates take 30 steps. Which run ends nearer to the minimum?",
        ["the zig-zag, with 0.95", "the straight one, with 0.5", "both equally near"],
        "the zig-zag, with 0.95",
        why="Along the valley a step leaves 1 - 0.95 * 0.1 = 0.905 of the distance with 0.95, "
            "but 0.95 of it with 0.5.",
        hints=[("the straight one, with 0.5",
                "Its path is tidy, but along the valley its steps are short.")],
    ),
    race=Choice(
        "Which of the two is nearer to the minimum after 30 steps?",
        ["gradient descent", "momentum"], "gradient descent",
        why="Momentum's path is much smoother, but it has run past the minimum and rolls on: "
            "0.90 away, against 0.36.",
    ),
    largest_rate=Choice(
        "With beta = 0.9, above which learning rate does momentum diverge on this bowl?",
        ["far below 2: the steps are ten times as long", "at 2, like gradient descent",
         "above 2"],
        "above 2",
        why="It diverges above 3.8, which is 2 + 2 * beta. "
            "Jumps change sign at each step, so the memory works against them.",
        hints=[("far below 2: the steps are ten times as long",
                "They are that long on a steady gradient. At the edge the gradient changes sign "
                "at every step.")],
    ),
    recipe=Choice(
        "Three bowls with the condition numbers 20, 200 and 2000. Each optimizer takes half of "
        "its own largest rate. On which bowls does momentum with beta = 0.9 need far fewer steps "
        "than gradient descent?",
        ["on all three", "on none", "on 200 and 2000, not on 20", "on 20 only"],
        "on 200 and 2000, not on 20",
        why="93 steps against 90 at 20, but 91 against 919 at 200, and 447 against 9209 at 2000.",
    ),
    wells=Choice(
        "And momentum with lr 0.1, beta 0.9: how many of the 400 does it bring there?",
        ["all 400", "a few more than 210, far from all", "fewer than 210"],
        "a few more than 210, far from all",
        why="It is 233. The ball rolls over the hill from the right, and from the left. "
            "It does not know which well is deeper.",
    ),
    noise=Choice(
        "Keep lr at 0.1 and raise beta from 0 to 0.9. What becomes of the noise floor?",
        ["it falls: the memory averages the noise away", "it stays", "it rises"],
        "it rises",
        why="It rises tenfold, from 0.21 to 2.1, as the effective rate does. "
            "The memory averages the gradients, but each of them stays in ten steps.",
        hints=[("it falls: the memory averages the noise away",
                "It averages, but it also multiplies the step.")],
    ),
    two_forms=Choice(
        "Which form goes further, with beta = 0.9?",
        ["lr outside the velocity", "lr inside the velocity", "both equally far"],
        "lr inside the velocity",
        why="Inside, the old velocity was made with 0.1 and coasts on: 1.278 against 0.683. "
            "Outside, 0.01 multiplies all of it at once.",
    ),
)


def forgets_lr(theta, g, lr, v=0.0):
    v = 0.9 * v + g
    return theta - v, v


def uphill(theta, g, lr, v=0.0):
    v = 0.9 * v + g
    return theta + lr * v, v


def steps_old(theta, g, lr, v=0.0):
    return theta - lr * v, 0.9 * v + g


def never_forgets(theta, g, lr, v=0.0):
    v = v + g
    return theta - lr * v, v


def running_mean(theta, g, lr, v=0.0):
    v = 0.9 * v + 0.1 * g
    return theta - lr * v, v


def shrinks_both(theta, g, lr, v=0.0):
    v = 0.9 * (v + g)
    return theta - lr * v, v


def beta_of_the_cell(theta, g, lr, v=0.0):
    v = 0.8 * v + g
    return theta - lr * v, v


def my_momentum(rule):
    """Momentum with beta = 0.9, written by the learner."""
    return check_optimizer(rule, momentum, lr=step_decay(0.05, 2), hints=[
        (momentum_inside, "You put lr into v. Here v is made of gradients only, and the step "
                          "multiplies all of it by lr."),
        (sgd, "That run is gradient descent. v has two jobs: the step goes along the new v, "
              "and the new v is given back after theta."),
        (beta_of_the_cell, "The cell above had 0.8. Here beta is 0.9."),
        (forgets_lr, "Your step forgets lr: it is the velocity times the rate."),
        (uphill, "Your ball rolls uphill: subtract the step."),
        (steps_old, "You go along the old velocity. Renew v first, then take the step."),
        (never_forgets, "Your ball never forgets: where is beta?"),
        (running_mean, "That is a running mean of the gradients. "
                       "Here the gradient is added whole."),
        (shrinks_both, "Only the old velocity is multiplied by beta, not the new gradient."),
        (nesterov, "That is a famous relative of momentum. Go along v itself."),
    ])


def equal_steps(lr):
    """The rate for beta = 0.99 with the effective rate of lr = 0.1, beta = 0.9."""
    return check_number(lr, 0.01, hints=[
        (0.1, "With that rate the steps are 0.1 / (1 - 0.99) = 10, ten times as long as before."),
        (1.0, "That is the effective rate of the first pair. "
              "Which lr reaches it with beta = 0.99?"),
        (10.0, "That is the effective rate if lr stays at 0.1. It should be what it was."),
        (0.001, "You multiplied 0.1 by 1 - 0.99. But the steps to match are 0.1 / (1 - 0.9) = 1, "
                "not 0.1."),
        (0.11, "You multiplied by 0.99 / 0.9. What counts is 1 - beta: "
               "a tenth became a hundredth."),
        (0.0909, "You multiplied by 0.9 / 0.99. What counts is 1 - beta: a tenth became a "
                 "hundredth."),
    ])


def largest(lr):
    """The edge for curvature 4 and beta 0.8."""
    return check_number(lr, 0.9, hints=[
        (0.5, "That is the edge of gradient descent, 2 / curvature. "
              "With memory it lies further out."),
        (3.6, "That is lr * curvature. Divide by the curvature."),
        (0.7, "The edge is at 2 + 2 * beta; you have 2 + beta."),
        (0.1, "You asked that the effective rate stays below the old edge. But jumps change sign, "
              "and there the memory helps."),
        (0.25, "That is 1 / curvature, where gradient descent arrives in one step. "
               "Where does momentum diverge?"),
        (0.95, "That is for beta = 0.9. Here beta is 0.8."),
        (0.45, "That is (1 + beta) / curvature, half of the edge."),
    ])


check = SimpleNamespace(my_momentum=my_momentum, equal_steps=equal_steps, largest=largest)
