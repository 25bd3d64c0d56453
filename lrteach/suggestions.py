"""Rates read off a curve of losses over rising rates, by four rules, or the reason for none.

Of a curve that falls, then rises, the four rules say exactly what fastai's say. A constant that is
added to all losses changes nothing: a curve is judged by its own fall.
"""

import numpy as np

from ._internal.arguments import as_finite, as_floats, shown

LEAST = 10        # points that a curve must have
BEGINNING = 3     # at least so many points, and at least a tenth of all, are its beginning
CALM = 5          # points whose median is taken, so that one odd batch counts for nothing
ROUNDING = 1e-12  # share of a loss below which a fall is only rounding
NOISE = 1.8       # times the median second difference is three standard deviations of the noise
SPIKE = 0.5       # of the whole fall, above the beginning: what stands higher is a spike
SLOWING = 0.07    # of the whole fall: a curve that falls less in its last tenth is slowing down
TURNED = 0.2      # of the whole fall: a curve that ends so far above its lowest point has turned
LAST = 0.05       # share of a curve that is its end: lowest there, it still falls
BEGUN = 0.1       # of the fall is done at the lower bound of a cycle
NEARLY = 0.8      # of the fall is done at the upper bound
BACK = 15         # steps between the two slopes that `slide` compares
CHANGE = 0.005    # a step, between these slopes: they are alike

SWEEP = "or the sweep is too fast: fewer decades, more steps, less smoothing"
NEVER_FALLS = ("the loss is lowest at the beginning, so it never falls: begin at a smaller rate, "
               f"see whether the network learns at all, {SWEEP}")
FLAT = ("the curve is flat, the loss {}: try larger rates, see whether the network learns at all, "
        f"{SWEEP}")
SCATTERS = ("the loss falls no more than it scatters, {}: use larger batches, more steps, or "
            f"several seeds, {SWEEP}")
STILL_FALLS = "the loss still falls at the largest rate: raise max_lr"
TOO_EARLY = "the loss falls too early in the test: begin at a smaller rate"
TOO_FEW = f"it compares points {BACK} steps apart, and the curve has no more than {BACK}"
BEYOND = "beyond the lowest loss, do not use it"
NOT_ALIKE = "no two of its slopes are alike, so this is only the first rate: do not use it"

overflows = np.errstate(all="ignore")  # of losses near the largest number: inf or nan, no warning


class Suggestions(dict):
    """{rule: rate, or None}, with `reasons` {rule: why there is none, or what is odd about it}.

    Its text is a sentence.
    """

    def __init__(self, rates, reasons):
        super().__init__(rates)
        self.reasons = reasons

    def __repr__(self):
        if len(self.reasons) == len(self) and len(set(self.reasons.values())) == 1:
            return f"No suggestion, because {next(iter(self.reasons.values()))}."
        return "; ".join(map(self._said, self)) + "."

    def _said(self, rule):
        rate = "none" if self[rule] is None else f"{self[rule]:.2g}"
        note = f" ({self.reasons[rule]})" if rule in self.reasons else ""
        return f"{rule} {rate}{note}"


class Bounds(tuple):
    """(base_lr, max_lr); or (None, None) with a `reason`, which is false.

    Its text is a sentence.
    """

    def __new__(cls, base_lr=None, max_lr=None, reason=""):
        bounds = super().__new__(cls, (base_lr, max_lr))
        bounds.base_lr, bounds.max_lr, bounds.reason = base_lr, max_lr, reason
        return bounds

    def __getnewargs__(self):
        return self.base_lr, self.max_lr, self.reason

    def __bool__(self):
        return self.base_lr is not None

    def __repr__(self):
        if not self:
            return f"No bounds, because {self.reason}."
        return f"base_lr {self.base_lr:.2g}, max_lr {self.max_lr:.2g}."


def suggest(lr, loss):
    """Rates by four rules, for any recorded curve: lr (n,), rising, and loss (n,).

    "steepest"    where the loss falls most steeply over the log of the rate, before it is lowest
    "valley"      in the middle of the longest fall (fastai)
    "slide"       from the end to the left, until the slope is within 0.005 of the slope 15 points
                  before (fastai)
    "minimum/10"  a tenth of the rate with the lowest loss
    Nothing is smoothed and no end is left out. The curve is cut at its first nan or inf, an early
    spike is taken off, and ups and downs before the fall do not count as steepest.
    Returns {rule: rate or None}, with `.reasons`: None where a curve is too short, does not fall
    clearly, or still falls at its end.
    Raises TypeError or ValueError for rates that do not rise, or lengths that differ.

    >>> lr = [10 ** (k / 10 - 5) for k in range(40)]
    >>> loss = [2.3] * 20 + [2.2, 1.9, 1.5, 1.1, 0.8, 0.6, 0.5, 0.45, 0.5, 0.7] + [0.9] * 10
    >>> suggest(lr, loss)
    steepest 0.0013; valley 0.0016; slide 0.00079; minimum/10 0.0005.
    >>> suggest(lr, [2.3] * 40)["steepest"] is None
    True
    """
    lr = np.asarray(as_finite("lr", lr), float)
    loss = np.asarray(as_floats("loss", loss), float)
    if lr.ndim != 1 or lr.shape != loss.shape:
        raise ValueError(f"lr and loss must both have the shape (n,), but lr has {lr.shape} "
                         f"and loss has {loss.shape}")
    check_rising(lr)
    end = place_of_first(~np.isfinite(loss))
    if end < LEAST:
        reason = f"the curve has {end} finite losses, and at least {LEAST} are needed"
        return by_all_rules(lr, loss, reason)
    reason = refusal(loss[:end], ended=end < len(loss))
    return by_all_rules(lr[:end], without_spike(loss[:end]), reason)


def check_rising(lr):
    """A ValueError for rates (n,) that are not above 0, or do not rise at each entry."""
    if lr[0] <= 0 or (np.diff(lr) <= 0).any():
        raise ValueError(
            f"lr must be above 0 and rise from each entry to the next, not {shown(lr)}")


# is there a fall to read?


def place_of_first(true):
    """Place of the first True, or the length."""
    return int(np.append(true, True).argmax())


def beginning(loss):
    """How many points are the beginning of a curve, and their median."""
    count = max(BEGINNING, len(loss) // 10)
    return count, np.median(loss[:count])


@overflows
def without_spike(loss):
    """The curve without an early spike.

    That is what stands, before the lowest point, above the beginning by half of the whole fall.
    """
    low, level = loss.argmin(), beginning(loss)[1]
    half = SPIKE * (level - loss[low])
    spikes = np.flatnonzero(loss[:low] > level + half)
    largest_drop = -np.diff(loss[:low + 1]).min(initial=0)
    begins_high = spikes.size > 0 and spikes[0] == 0 and largest_drop <= half  # a fall, no spike
    calm = loss.copy()
    if spikes.size and not begins_high:
        last = spikes[-1]
        spike = slice(spikes[0], last + place_of_first(loss[last:] <= level))
        calm[spike] = np.minimum(loss[spike], level)
    return calm


@overflows
def refusal(loss, ended=False):
    """Why a curve of raw losses gives no rate, or "".

    ended  True if a divergence ended it, so that no larger rate can be tried.
    """
    calm = np.median(np.lib.stride_tricks.sliding_window_view(loss, CALM), axis=-1)
    low, (count, level) = calm.argmin(), beginning(calm)
    fall = level - calm[low]
    if np.ptp(calm) <= ROUNDING * abs(level):
        return FLAT.format(f"stays at {level:.3g}")
    if low < count:
        return NEVER_FALLS
    if fall <= ROUNDING * abs(level):
        return FLAT.format(f"falls only {from_to(level, calm[low])}")
    if fall <= NOISE * np.median(abs(np.diff(loss, 2))):  # a bend counts for nothing
        return SCATTERS.format(from_to(level, calm[low]))
    lowest_at_the_end = low >= len(calm) - 1 - int(LAST * len(loss))
    if lowest_at_the_end and not (ended or is_slowing(loss, fall) or has_turned(loss, calm, fall)):
        return STILL_FALLS
    return ""


def is_slowing(loss, fall):
    """Whether a curve falls hardly any more: in its last tenth, compared with the tenth before."""
    tenth = len(loss) // 10
    return loss[-2 * tenth:-tenth].mean() - loss[-tenth:].mean() < SLOWING * fall


def has_turned(loss, calm, fall):
    """Whether a curve ends above its lowest point."""
    return max(loss[-1], calm[-1]) > calm.min() + TURNED * fall


def from_to(high, low):
    """Both in words, with as many digits as it takes to see that they differ, at least three."""
    for digits in (3, 6, 9, 17):
        words = f"from {high:.{digits}g} to {low:.{digits}g}"
        if f"{high:.{digits}g}" != f"{low:.{digits}g}":
            break
    return words


# the rules


@overflows
def by_all_rules(lr, loss, reason=""):
    """The `Suggestions` of all rules, or of none of them, for this reason."""
    reason = reason or no_fall_left(loss)
    if reason:
        return Suggestions(dict.fromkeys(RULES), dict.fromkeys(RULES, reason))
    lowest, rates, reasons = lr[loss.argmin()], {}, {}
    for name, rule in RULES.items():
        rate = rule(lr, loss)
        rates[name] = None if rate is None else float(rate)
        if rate is None:
            reasons[name] = TOO_FEW
        elif rate > lowest:
            reasons[name] = BEYOND
        elif name == "slide" and rate == lr[0]:
            reasons[name] = NOT_ALIKE
    return Suggestions(rates, reasons)


def no_fall_left(loss):
    """Why a smoothed curve has no fall, or ""."""
    return TOO_EARLY if loss.argmin() < beginning(loss)[0] else ""


def fall(loss):
    """Where the curve leaves its beginning for good, 0 if it only falls; and where it is lowest."""
    low, level = loss.argmin(), beginning(loss)[1]
    left = np.flatnonzero(loss[:low] >= level)[-1] + 1
    only_falls = (np.diff(loss[:left + 1]) <= 0).all()
    return (0 if only_falls or left >= low else left), low


def by_steepest(lr, loss):
    """The rate with the lowest slope of the loss over the log of the rate."""
    start, low = fall(loss)
    slope = np.diff(loss[start:low + 1]) / np.diff(np.log(lr[start:low + 1]))
    return lr[start + slope.argmin()]


def by_valley(lr, loss):
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


def by_slide(lr, loss):
    """The rate where two slopes BACK points apart are first alike, from the end to the left."""
    if len(lr) <= BACK:
        return None
    log = np.log(lr)
    per_step = (log[-1] - log[0]) / (len(log) - 1)  # if all steps were equal
    slope = np.gradient(loss, log) * per_step
    alike = abs(slope[BACK:] - slope[:-BACK]) <= CHANGE
    return lr[min(len(alike) - place_of_first(alike[::-1]), len(alike) - 1)]


def by_minimum(lr, loss):
    """A tenth of the rate with the lowest loss."""
    return lr[loss.argmin()] / 10


RULES = {
    "steepest": by_steepest, "valley": by_valley, "slide": by_slide, "minimum/10": by_minimum,
}


@overflows
def cycle_bounds(lr, loss, reason=""):
    """The `Bounds` of a cycle: where the fall has begun, and where it is nearly done.

    Or none, for this reason.
    """
    reason = reason or no_fall_left(loss)
    if reason:
        return Bounds(reason=reason)
    low, level = loss.argmin(), beginning(loss)[1]
    done = (level - loss[:low + 1]) / (level - loss[low])  # share of the fall
    nearly = place_of_first(done >= NEARLY)
    begun = np.flatnonzero(np.append(True, done[:nearly] < BEGUN))[-1]  # never again above
    return Bounds(float(lr[begun]), float(lr[nearly]))
