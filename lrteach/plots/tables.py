"""Panels with a row, a column or a picture for each of a few things: policies, examples, runs."""

import numpy as np

from .._internal.arguments import as_choice
from .keywords import checked, short
from .panel import COLORS, DASHES, GREY, MARKERS, PALE, Panel, as_panel, check_path
from .parts import dots, legend, note, once, path_of, sample, segments, step_axis, tracks

FOOT, STRIP = 0.4, 0.78  # how far below its middle a strip begins, and how high it is
OVER_STRIP = 1.15  # of what is drawn of a rate, in heights of its strip
ROOM = 0.42     # for words on the right of scores, in widths of their window
NEVER = 0.06    # where a cross stands for a score that is never reached
WORDS = 0.12    # where the words begin
EDGE = 0.12     # the share of an axis at its right end where words stand on the left of a point
LOW = 12        # % of the height: no words fit below a point that is lower
BEYOND = 1.5    # the factor by which a logarithmic axis goes beyond its window


@checked
def policy_rates(names, *, steps=50, y=None, rings=None):
    """The rate of each policy over the steps, a strip for each, with a point at the present step.

    names  of the policies: the first axis of the batch has one for each.
    y      (low, high) of each strip; by default each reaches from 0 to its own highest rate.
    rings  {name: (steps, rates)}, drawn as rings: what another library gives.
    """
    if rings and y is None:
        raise ValueError("y must be given with rings, not None: all strips need one height")
    for name in rings or {}:
        as_choice("a name of rings", name, names)

    def background(ax):
        step_axis(ax, steps)
        strips(ax, names)
        for k in range(len(names)):
            ax.axhline(k + FOOT, color=PALE, lw=0.8)
        for name, (t, rates) in (rings or {}).items():
            ax.plot(t, in_strip(names.index(name), np.asarray(rates), y), ls="", marker="o", ms=8,
                    mfc="none", mec=GREY, clip_on=False)

    def artists(ax, style):
        lines = [tracks(ax, style, color=COLORS[k % 8], ls="-", lw=2) for k in range(len(names))]
        points = dots(ax, style, ms=6, color="black")

        def update(run, t):
            rates = by_policy(np.moveaxis(run.lr, 0, -1), len(names), "the rates")
            rates = rates.reshape(len(names), -1, len(run.loss))[:, 0]
            heights = [in_strip(k, rate, y or (0, rate.max())) for k, rate in enumerate(rates)]
            for line, height in zip(lines, heights, strict=True):
                line(np.arange(len(run.loss)), height)
            points(np.full(len(names), t), np.array(heights)[:, t])
        return update

    def tells(run, t):
        low, high = run.lr[t].min(), run.lr[t].max()
        return f"{run.loss[t].size} runs, rates from {low:.3g} to {high:.3g}"
    return Panel(background, artists, f"the learning rate over the steps, by {', '.join(names)}",
                 tells)


def in_strip(k, rates, window):
    """The heights of rates in strip k, which reaches from the lower to the higher of `window`."""
    low, high = window
    share = (rates - low) / ((high - low) or 1.0)
    return k + FOOT - STRIP * np.clip(share, 0, OVER_STRIP)


def strips(ax, names):
    """A row for each of the names, the first at the top."""
    ax.set(ylim=(len(names) - 0.5, -0.5), yticks=range(len(names)), yticklabels=names)
    ax.grid(False, axis="y")
    ax.tick_params(axis="y", length=0)


def by_policy(values, count, of):
    """`values`, (policies, ...), as (policies, runs). One policy needs no axis of its own."""
    if count > 1 and np.shape(values)[:1] != (count,):
        raise ValueError(f"{of} must have one entry for each of the {count} policies on the first "
                         f"axis, but the shape is {np.shape(values)}")
    return np.reshape(values, (count, -1))


@checked
def policy_scores(names, values, *, x, xlabel, middle=np.median, words="{:.0f}", label=True):
    """What came of each policy, a row for each: a point for every run, a diamond for their middle.

    The middle is written beside its row.
    values  run -> (policies, seeds); inf stands for never: a cross, and how many.
    x       (low, high) of the values;  xlabel  what they are.
    words   how the middle is written: a format of the middle, the standard deviation, and the
            standard error of the mean.
    label   name the rows.
    """
    low, high = x
    across = high - low

    def background(ax):
        ax.set(xlim=(low, high + ROOM * across), xlabel=xlabel)
        strips(ax, names if label else [""] * len(names))
        ax.set_xticks([tick for tick in ax.get_xticks() if low <= tick <= high])
        ax.axvline(high, color=PALE, lw=0.8)

    def artists(ax, style):
        runs = [dots(ax, style, marker="o", ms=5, color=COLORS[k % 8], alpha=0.5, mec="none")
                for k in range(len(names))]
        missed = dots(ax, style, marker="x", ms=6, mew=1.6, color=GREY, mec=GREY)
        middles = dots(ax, style, marker="D", ms=9, color="black")
        texts = [ax.text(high + WORDS * across, k, "", va="center") for k in range(len(names))]

        def update(run, t):
            came = by_policy(values(run), len(names), "the values")
            came = np.where(np.isfinite(came), came, np.inf)
            for k, put in enumerate(runs):
                reached = np.clip(came[k][np.isfinite(came[k])], low, high)
                put(reached, np.full(len(reached), k))
                texts[k].set_text(score_words(came[k], middle, words))
            never = np.flatnonzero(np.isinf(came).any(axis=1))
            missed(np.full(len(never), high + NEVER * across), never)
            center = middle(came, axis=1)
            seen = np.isfinite(center)
            middles(np.clip(center[seen], low, high), np.flatnonzero(seen))
        return update

    def tells(run, t):
        return f"{by_policy(values(run), len(names), 'the values').shape[1]} runs for each row"
    return Panel(background, artists, f"{xlabel}, a point for every run", tells, whole=True)


def score_words(scores, middle, words):
    """The middle of the scores, and how many of them are never reached."""
    never, said = np.isinf(scores).sum(), []
    center = middle(scores)
    if np.isfinite(center):
        several = len(scores) > 1 and not never
        spread = np.std(scores, ddof=1) if several else np.nan
        said.append(words.format(center, spread, spread / np.sqrt(len(scores))))
    if never:
        said.append(f"never: {never} of {len(scores)}")
    return "; ".join(said)


@checked(log_x=True)
def placing(ends, place, *, x, others="other runs"):
    """Where a run ends among others: the share of them that end higher, against the loss there.

    Each run is a point on the curve of the others.
    ends    the losses where the others end, in an array of any shape;  others  what they are.
    place   a function of a run that gives (loss at its end, share of the others that end higher,
            from 0 to 1), for a batch in arrays; a third value are words to write beside the point,
            by default the share.
    x       (low, high) of the loss; what lies outside is drawn at the edge.
    """
    low, high = x
    if not np.size(ends):
        raise ValueError("ends is empty: give the losses where the others end")

    def inside(losses):
        return np.clip(np.where(np.isnan(losses), np.inf, losses), low, high)
    ends = inside(np.sort(np.ravel(ends)))  # nan comes last

    def background(ax):
        higher = 100 * (1 - np.searchsorted(ends, ends, side="right") / len(ends))
        ax.plot([low, *ends, high], [100, *higher, 0], color=GREY, lw=2, drawstyle="steps-post")
        median = np.median(ends), 50
        ax.plot(*median, ls="", marker="|", ms=16, mew=2.5, color=COLORS[6])
        ax.annotate("median", median, (-8, -4), textcoords="offset points", ha="right", va="top")
        ax.set(xlim=(low / BEYOND, high * BEYOND), ylim=(-4, 108), xscale="log",
               xlabel="loss at the end", ylabel=f"% of {others} end higher")

    def artists(ax, style):
        point = dots(ax, style, ms=12, zorder=3)
        say = note(ax, style, transform=ax.transData, zorder=4)
        k = MARKERS.index(style.marker)
        away = 10 if k == 3 else 3  # the words of the fourth stand lower than those of the second

        def update(run, t):
            loss, share, *said = placed(place(run))
            loss, percent = inside(np.ravel(loss)), 100 * np.ravel(share)
            point(loss, percent)
            words = f"{percent[0]:.0f} %" if loss.size == 1 else ""
            left = k % 2 or loss[0] > high / (high / low) ** EDGE
            below = left and percent[0] > LOW  # so the words are on neither side on the curve
            say(said[0] if said else words,
                ha="right" if left else "left", x=loss[0] * (0.85 if left else 1.2),
                va="top" if below else "bottom", y=percent[0] - away if below else percent[0] + 3)
        return update
    return Panel(background, artists,
                 f"the share of {others} that end higher, against the loss at the end", whole=True)


def placed(given):
    """What `place` gave, if it is (loss, share) or (loss, share, words); else a ValueError."""
    if isinstance(given, tuple) and len(given) in (2, 3):
        return given
    raise ValueError(f"place must give (loss, share) or (loss, share, words), not {short(given)}")


@checked
def data_line(X, y, *, names=None, ylabel="target", truth="true"):
    """What the model predicts for each example, a row of X, beside the true y, with the gap.

    truth  what the legend calls y
    """
    if np.ndim(X) != 2 or np.shape(y) != np.shape(X)[:1] or not len(y):
        raise ValueError(f"X must be a table with one row for each number of y, "
                         f"not of shape {np.shape(X)} and {np.shape(y)}")
    place = np.arange(len(y))
    names = names or [f"example {k + 1}" for k in place]
    residual = {"color": "black", "ls": DASHES[2], "lw": 2}

    def background(ax):
        ax.plot(place, y, ls="", marker="_", ms=38, mew=4, color="black")
        ax.set(xlim=(-0.6, len(y) - 0.4), xticks=place, xticklabels=names, ylabel=ylabel,
               ylim=(min(0, 1.5 * np.min(y)), 1.35 * np.max(y)))
        sample(ax, truth, lw=4, color="black")
        sample(ax, "predicted", ls="", marker="o", color=COLORS[0])
        sample(ax, "residual", **residual)
        legend(ax)

    def artists(ax, style):
        gap, point = segments(ax, style, **residual), dots(ax, style)

        def update(run, t):
            check_path(run, one=True)
            guess = X @ path_of(run, np.shape(X)[1])[:, t, 0]
            point(place, guess)
            gap([place, place], [y, guess])
        return update
    return Panel(background, artists, "what the model predicts for each example beside the truth")


@checked
def digit_names(X, y, columns=6):
    """Pictures of digits, rows of X, each with the name that the network of a run gives to it.

    It is the name at the end of the run; a wrong one has a cross.
    """
    X, y = np.asarray(X), np.asarray(y)
    side = round(np.sqrt(X.shape[-1])) if X.ndim == 2 else 0
    if X.ndim != 2 or side ** 2 != X.shape[1] or y.shape != X.shape[:1]:
        raise ValueError(f"X must be rows of square pictures, such as X_test[:12], and y their "
                         f"names, not of shape {X.shape} and {y.shape}")
    down, right = np.divmod(np.arange(len(X)), columns)

    def background(ax):
        for x, row, pixels in zip(right, down, X, strict=True):
            place = x - 0.4, x + 0.4, 1.5 * row + 0.4, 1.5 * row - 0.4
            ax.imshow(pixels.reshape(side, side), cmap="Greys", vmin=0, vmax=1, extent=place)
        ax.set(xlim=(-0.5, columns - 0.5), ylim=(1.5 * down[-1] + 1.0, -0.5), xticks=[], yticks=[])
        ax.grid(False)
        ax.spines[:].set_visible(False)

    def artists(ax, style):
        words = [ax.text(x, 1.5 * row + 0.46, "", ha="center", va="top", fontsize=13)
                 for x, row in zip(right, down, strict=True)]

        def update(run, t):
            network = run.f.whole
            if not hasattr(network, "predict"):
                raise TypeError(f"this panel shows a run on a network, an MLP, not on {run.f!r}")
            theta = run.final.reshape(len(run.final), -1)[:, 0]
            for text, said, true in zip(words, network.predict(theta, X), y, strict=True):
                right_one = said == true
                text.set(text=f"{said}" if right_one else f"✗ {said}",
                         color="black" if right_one else COLORS[1])
        return update
    return Panel(background, artists,
                 "some digits, and below each, after a training, the name that the network "
                 "gives to it", whole=True)


def instead(panel, change):
    """The panel, shown `change(run)` in place of each run: such as a walk on another loss."""
    panel, other = as_panel(panel), once(change)
    if not callable(change):
        raise TypeError(f"change must be a function that makes another run of a run, "
                        f"not {short(change)}")

    def artists(ax, style):
        update = panel.artists(ax, style)
        return lambda run, t: update(other(run), t)

    def tells(run, t):
        return panel.tells(other(run), t)
    return panel._replace(artists=artists, tells=panel.tells and tells)
