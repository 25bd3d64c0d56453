"""Rates read off a curve of losses over rising rates, by four rules, and the reason in words where a curve gives none.

Of a curve that falls, then rises, the four rules say exactly what fastai's say.
"""

import numpy as np

from ._internal.arguments import as_finite, as_floats

LEAST = 10                # points that a curve must have
CLEAR = 0.05              # the loss must fall by more than this share of where it began
BEGUN, NEARLY = 0.1, 0.8  # of the fall are done at the bounds of a cycle
overflows = np.errstate(all="ignore")  # of losses near the largest number: inf or nan, and no warning
TOO_FEW = "it compares points that are 15 steps apart, and the curve has no more than 15"


class Suggestions(dict):
    """{rule: rate, or None}; `reasons` {rule: why there is none, or what is odd about it}. Its text is a sentence."""

    def __init__(self, rates, reasons):
        super().__init__(rates)
        self.reasons = reasons

    def __repr__(self):
        if len(self.reasons) == len(self) and len(set(self.reasons.values())) == 1:
            return f"No suggestion, because {next(iter(self.reasons.values()))}."
        notes = {rule: f" ({reason})" for rule, reason in self.reasons.items()}
        return "; ".join(f"{rule} {'none' if rate is None else f'{rate:.2g}'}{notes.get(rule, '')}" for rule, rate in self.items()) + "."


class Bounds(tuple):
    """(base_lr, max_lr), or (None, None) and a `reason`; false if there are none. Its text is a sentence."""

    def __new__(cls, base_lr=None, max_lr=None, reason=""):
        bounds = super().__new__(cls, (base_lr, max_lr))
        bounds.base_lr, bounds.max_lr, bounds.reason = base_lr, max_lr, reason
        return bounds

    def __bool__(self):
        return self.base_lr is not None

    def __repr__(self):
        return f"base_lr {self.base_lr:.2g}, max_lr {self.max_lr:.2g}." if self else f"No bounds, because {self.reason}."


def suggest(lr, loss):
    """Rates by four rules, for any recorded curve: lr (n,), rising, and loss (n,). Nothing is smoothed and no end is left out.

    "steepest"    where the loss falls most steeply over the log of the rate, before its lowest point
    "valley"      in the middle of the longest fall (fastai)
    "slide"       from the end to the left, until the slope is within 0.005 of the slope 15 points before (fastai)
    "minimum/10"  a tenth of the rate with the lowest loss
    The curve is cut at its first nan or inf, an early spike is taken off, and ups and downs before the fall do not count as steepest.
    Returns {rule: rate or None}, with `.reasons`: None where a curve is too short, does not fall clearly, or still falls at its end.
    Raises TypeError or ValueError for rates that do not rise, or lengths that differ.
    """
    lr, loss = np.asarray(as_finite("lr", lr), float), np.asarray(as_floats("loss", loss), float)
    if lr.ndim != 1 or lr.shape != loss.shape:
        raise ValueError(f"lr and loss must both have the shape (n,), but lr has {lr.shape} and loss has {loss.shape}")
    if lr[0] <= 0 or (np.diff(lr) <= 0).any():
        raise ValueError(f"lr must be above 0 and rise from each entry to the next, not {lr!r}")
    end = first(~np.isfinite(loss))
    if end < LEAST:
        return rates(lr, loss, f"the curve has {end} finite losses, and at least {LEAST} are needed")
    return rates(lr[:end], without_spike(loss[:end]), refusal(loss[:end], ended=end < len(loss)))


# is there a fall to read?


def first(true):
    """Place of the first True, or the length."""
    return int(np.append(true, True).argmax())


def beginning(loss):
    """How many points are the beginning of a curve, and their median."""
    count = max(3, len(loss) // 10)
    return count, np.median(loss[:count])


@overflows
def without_spike(loss):
    """The curve without an early spike: what stands, before the lowest point, above the beginning by half of the whole fall."""
    low, (_, level), calm = loss.argmin(), beginning(loss), loss.copy()
    high = np.flatnonzero(loss[:low] > level + (level - loss[low]) / 2)
    steady = -np.diff(loss[:low + 1]).min(initial=0) <= (level - loss[low]) / 2  # a fall that begins at once is no spike
    if high.size and not (high[0] == 0 and steady):
        spike = slice(high[0], high[-1] + first(loss[high[-1]:] <= level))
        calm[spike] = np.minimum(loss[spike], level)
    return calm


@overflows
def refusal(loss, ended=False):
    """Why a curve of raw losses gives no rate, or "". `ended` if a divergence ended it, so that no larger rate can be tried."""
    calm = np.median(np.lib.stride_tricks.sliding_window_view(loss, 5), axis=-1)  # one odd batch counts for nothing
    low, (count, level), part = calm.argmin(), beginning(calm), len(loss) // 10
    fall, words = level - calm[low], f"from {level:.3g} to {calm[low]:.3g}"
    if low < count:
        return "the loss is lowest at the beginning, so it never falls: begin at a smaller rate, and see whether the network learns at all"
    if fall <= CLEAR * abs(level):
        return f"the curve is flat, the loss falls only {words}: try larger rates, and see whether the network learns at all"
    if fall <= 1.8 * np.median(abs(np.diff(loss, 2))):  # three standard deviations of the noise; a bend counts for nothing
        return f"the loss falls no more than it scatters, {words}: use larger batches, more steps, or several seeds"
    slowing = loss[-2 * part:-part].mean() - loss[-part:].mean() < 0.07 * fall
    turned = max(loss[-1], calm[-1]) > calm[low] + 0.2 * fall
    if not (ended or turned or slowing) and low >= len(calm) - 1 - len(loss) // 20:
        return "the loss still falls at the largest rate: raise max_lr"
    return ""


# the rules


@overflows
def rates(lr, loss, reason=""):
    """The `Suggestions` of all rules, or of none of them, for this reason."""
    reason = reason or beheaded(loss)
    found = {name: None if reason else rule(lr, loss) for name, rule in RULES.items()}
    reasons = {name: reason or TOO_FEW for name, rate in found.items() if rate is None}
    lowest = np.inf if reason else lr[loss.argmin()]
    beyond = {name: "beyond the lowest loss, do not use it" for name, rate in found.items() if rate is not None and rate > lowest}
    if not reason and found["slide"] == lr[0]:
        reasons["slide"] = "no two of its slopes are alike, so this is only the first rate: do not use it"
    return Suggestions({name: None if rate is None else float(rate) for name, rate in found.items()}, reasons | beyond)


def beheaded(loss):
    """Why a smoothed curve has no fall, or ""."""
    return "" if loss.argmin() >= beginning(loss)[0] else "the loss falls too early in the test: begin at a smaller rate"


def fall_of(loss):
    """Where the curve leaves its beginning for good, or 0 if it only falls; and where it is lowest."""
    low, (_, level) = loss.argmin(), beginning(loss)
    left = np.flatnonzero(loss[:low] >= level)[-1] + 1
    return (left if left < low and (np.diff(loss[:left + 1]) > 0).any() else 0), low


def steepest(lr, loss):
    """The rate with the lowest slope of the loss over the log of the rate."""
    start, low = fall_of(loss)
    slope = np.diff(loss[start:low + 1]) / np.diff(np.log(lr[start:low + 1]))
    return lr[start + slope.argmin()]


def valley(lr, loss):
    """The rate half-way down the longest falling sequence of losses, as fastai counts it."""
    longest = np.ones(len(loss), int)  # points of the longest falling sequence that ends here
    for i in range(1, len(loss)):
        longest[i] += longest[:i].max(where=loss[:i] > loss[i], initial=0)

    def middle(end):
        third = longest[end] / 3
        return end - longest[end] + int(third) + int(third / 2)
    low = loss.argmin()
    place = middle(longest.argmax())
    return lr[place if place <= low else middle(longest[:low + 1].argmax())]


def slide(lr, loss, back=15, change=0.005):
    """The rate where slopes `back` points apart, from the end to the left, are first within `change` (per step) of each other."""
    if len(lr) <= back:
        return None
    log = np.log(lr)
    slope = np.gradient(loss, log) * (log[-1] - log[0]) / (len(log) - 1)  # per step, if all steps were equal
    alike = abs(slope[back:] - slope[:-back]) <= change
    return lr[min(len(alike) - first(alike[::-1]), len(alike) - 1)]


def minimum(lr, loss):
    """A tenth of the rate with the lowest loss."""
    return lr[loss.argmin()] / 10


@overflows
def bounds(lr, loss, reason=""):
    """The `Bounds` of a cycle: where the fall has begun, and where it is nearly done; or none, for this reason."""
    reason = reason or beheaded(loss)
    if reason:
        return Bounds(reason=reason)
    low, (_, level) = loss.argmin(), beginning(loss)
    done = (level - loss[:low + 1]) / (level - loss[low])  # share of the fall
    nearly = first(done >= NEARLY)
    begun = np.flatnonzero(np.append(True, done[:nearly] < BEGUN))[-1]  # from here on it is never again above
    return Bounds(float(lr[begun]), float(lr[nearly]))


RULES = {"steepest": steepest, "valley": valley, "slide": slide, "minimum/10": minimum}
