"""`drive`: a live scene in which a run goes on while the learner's hand is on the rate.

A browser says, several times a second, that time has passed. Then a few steps are taken, each with
the rate that the slider has at that moment, and drawn. Nothing waits, and nothing runs beside it.
"""

from bisect import bisect_right
from dataclasses import replace

import numpy as np

from .._internal.arguments import as_number, as_whole
from .._internal.schedule import factory
from ..descent import descend
from ..optimizers import sgd
from ..plots.film import moments
from ..schedules import constant
from .controls import Ticks, made
from .live import Live, check_control, check_scene, tidy

WHOLE_ROW = "auto / 1 / auto / -1"  # a hand needs room: from the first column to the last


def drive(scene, f, theta, optimizer=sgd, *, lr, steps=300, frames=150, interval=100, keep=None,
          clip_norm=None, measure=None, every=1, **hyper):
    """Show a scene of a run that goes on while it plays, at the rate of a slider.

    A move of the slider holds from the next step on. It begins with a whole run at the slider's
    first rate; from there, play begins anew at step 0. Returned is the live scene, with `run`,
    the Run so far, and `schedule`, its rates as a schedule lr(t) that `descend` takes.

    lr        a control: log_slider(0.01, 10, 0.1), slider(...), ...
    frames    the number of moves from the first step to the last
    interval  from one to the next, in milliseconds
    f, theta, optimizer, steps, keep, clip_norm, measure, every, hyper  as in `descend`
    """
    check_scene(scene)
    check_control("lr", lr)
    ticks = made(Ticks(as_whole("interval", interval)))
    training = Training(rate_of(lr), as_whole("steps", steps), frames, {
        "f": f, "optimizer": optimizer, "keep": keep, "clip_norm": clip_norm, "measure": measure,
        "every": every, **hyper}, theta)
    return Drive(scene, training, lr, ticks)


def rate_of(control):
    """The rate that a control has now."""
    return as_number("lr", tidy(control.value))


class Training:
    """A run that is taken a few steps at a time, each time at the rate of that moment.

    run    the Run so far, and `rates` those of its steps; before a first step, those of the last
    t      the step that is reached
    """

    def __init__(self, lr, steps, frames, options, theta):
        self.times, self.options, self.theta = moments(steps, frames), options, theta
        self.run = self.descend(lr, steps, theta=theta)
        self.rates, self.t, self.steps = [lr] * steps, steps, steps

    def descend(self, lr, steps, **whence):
        """So many steps at one rate."""
        return descend(lr=lr, steps=steps, **whence, **self.options)

    @property
    def ended(self):
        """Whether the last step is taken."""
        return self.t == self.steps

    def begin(self):
        """Stand before the first step."""
        self.t = 0

    def go_on(self, lr):
        """Take the steps to the next moment that is shown."""
        steps = self.times[bisect_right(self.times, self.t)] - self.t
        whence = {"resume": self.run} if self.t else {"theta": self.theta}
        self.run = self.descend(lr, steps, **whence)
        self.rates = self.rates[:self.t] + [lr] * steps
        self.t += steps

    def seen(self, lr):
        """A Run to show at step t: as it is, but this is the rate of the step that comes."""
        if self.t == 0:
            return self.descend(lr, 1, theta=self.theta)
        if self.ended:
            return self.run
        return replace(self.run, lr=np.append(self.run.lr[:-1], self.run.lr.dtype.type(lr)))


class Drive(Live):
    """A live scene whose run goes on with each tick.

    run       the Run so far; until a new one takes its first step, the one before
    schedule  the rates of its steps as a schedule lr(t), with the last of them afterwards
    """

    def __init__(self, scene, training, lr, ticks):
        self.scene, self._training = scene, training
        self._lr, self._ticks, self._tick = lr, ticks, ticks.value
        self._see()
        lr.layout.grid_area = WHOLE_ROW
        super().__init__(scene, self._follow, {"play": ticks, "lr": lr})

    @property
    def run(self):
        return self._training.run

    @property
    def schedule(self):
        rates = self._training.rates
        return constant(rates[0]) if len(set(rates)) == 1 else drawn(rates)

    def _follow(self):
        """Go on if there was a tick, and show where the run stands."""
        if self._ticks.value != Ticks.END or not self._training.ended:
            self._go_on(self._ticks.value)
        self._see()
        if self._training.ended:
            self._set({self._ticks: Ticks.END})  # the browser stops

    def _go_on(self, tick):
        """Begin anew at a tick below the last one; go on at each that is new, but for 0."""
        before, self._tick = self._tick, tick
        if tick < before:
            self._training.begin()
        if tick not in (before, 0) and not self._training.ended:
            self._training.go_on(rate_of(self._lr))

    def _see(self):
        """Let the scene show where the run stands."""
        training = self._training
        self.scene.set(training.seen(rate_of(self._lr)), training.t, training.steps)

    def hint(self):
        """What comes next."""
        training = self._training
        if training.t == 0:
            return "press play, and move the rate"
        if np.all(training.run.diverged):
            return "diverged: start again"
        return f"play begins anew with lr = {rate_of(self._lr):.4g}" if training.ended else ""


@factory
def drawn(rates):
    """These rates, one a step, and the last of them afterwards."""
    rates = np.array(rates)
    return lambda t: rates[np.minimum(t, len(rates) - 1).astype(int)]
