"""Panels over theta: the loss over one coordinate, its landscape over two, the pulls on it."""

import weakref

import numpy as np
from matplotlib.patheffects import withStroke

from .keywords import checked, short
from .panel import COLORS, DASHES, GREY, MARKERS, PALE, SHADES, Panel, drawn_on, number
from .parts import (
    SMALLEST,
    arrow,
    cells,
    dots,
    legend,
    note,
    own_windows,
    path_of,
    room_above,
    route,
    sample,
    segments,
    tracks,
)

GRID = 121       # points of a landscape on each side
MANY = 1000      # batches that a cloud shows, at most
FLAT = 1e-290    # differences of the loss below this are none
NOWHERE = "no finite loss\nin this picture"
SAME_LOSS = "each white line joins points with the same loss"


@checked(dim=0)
def curve(f, *, x=None, y=None, tangent=True, before=False, arrow=False):
    """The loss over theta, the point on it and its tangent.

    x       (low, high) of theta, by default f's own;  y  (low, high) of the loss.
    before  show the point before this step and its tangent, too.
    arrow   show how far the step goes, lr times slope: with `before` the step that was made, else
            the one to come. It is red, and says so, where it leads past the minimum.
    """
    low, high = x or own_windows(f, 1)[0]
    grid = np.linspace(low, high, 2 * GRID - 1)
    ends = np.array([low, high])

    def background(ax):
        ax.set(xlim=(low, high), ylim=y or heights(f(grid)), xlabel="theta", ylabel="loss")
        if before:
            sample(ax, "before the step", ls="", marker="s", ms=9, color=COLORS[1])
            sample(ax, "after the step", ls="", marker="o", ms=9, color=COLORS[2])
            legend(ax)

    def artists(ax, style):
        color = COLORS[2] if before else style.color
        bowl = tracks(ax, style, color=GREY, ls="-", lw=2)
        way = route(ax, style, ls="-", lw=0.9, marker=".", ms=8, alpha=0.6)
        if before:
            old_tangent = tracks(ax, style, color=COLORS[1], ls=DASHES[1], lw=1.6)
            old_point = dots(ax, style, marker="s", ms=9, color=COLORS[1])
        touching = tracks(ax, style, color=color, ls="-", lw=1.8)
        point = dots(ax, style, color=color)
        step = step_arrow(ax, style) if arrow else None
        outside = note(ax, style)
        missing = note(ax, style, x=0.02, y=0.02, ha="left", color="black", weight="normal")

        def touch(put, run, t):
            put(ends, run.loss[t] + run.f.grad(run.theta[t]) * (ends - run.theta[t]))

        def update(run, t):
            path_of(run, 1)
            losses = run.f(grid)
            bowl(grid, losses)
            point(run.theta[t], run.loss[t])
            finite = np.isfinite(losses)
            missing("no line: no finite loss" if finite.any() and not finite.all() else "")
            words = "" if finite.any() else NOWHERE
            if run.theta.ndim == 1:
                way(run.theta[:t + 1], run.loss[:t + 1])
                words = words or outside_words(ax, run, t)
                last = max(t - 1, 0)
                if tangent:
                    touch(touching, run, t)
                if before:
                    touch(old_tangent, run, last)
                    old_point(run.theta[last], run.loss[last])
                if arrow:
                    step(run, last if before else t, drawn=t > 0 or not before)
            outside(words)
        return update
    tangents = " and its tangent" if tangent else ""
    return Panel(background, artists, f"the loss over theta, with the point{tangents} "
                                      "and the way it came")


def heights(losses):
    """(low, high) of a picture that shows these losses."""
    losses = losses[np.isfinite(losses)]
    if not len(losses):
        return 0.0, 1.0
    bottom, top = min(losses.min(), 0.0), losses.max()
    margin = 0.06 * (top - bottom) or 1.0
    return bottom - margin, max(top, bottom + margin)


def outside_words(ax, run, t):
    """Where the point of step t is, if it is not in the picture."""
    (left, right), (_, top) = ax.get_xlim(), ax.get_ylim()
    if left <= run.theta[t] <= right and run.loss[t] <= top:
        return ""
    return f"outside the picture,\nat theta = {number(run.theta[t])}"


def step_arrow(ax, style):
    """How far a step goes, as a level arrow from the point: put(run, t, drawn)."""
    shaft, say = arrow(ax, COLORS[2]), note(ax, style, transform=ax.transData)

    def put(run, t, drawn):
        theta, slope = run.theta[t], run.f.grad(run.theta[t])
        far = -run.lr[t] * slope
        past = slope * run.f.grad(theta + far) < 0
        low, high = ax.get_ylim()
        height, gap = run.loss[t], 0.05 * (high - low)
        color = COLORS[1] if past else COLORS[2]
        shaft((theta, height), (theta + far if drawn else theta, height), color=color)
        side, begins = ("right", "left") if far > 0 else ("left", "right")
        words = f"lr × slope = {abs(far):.3g} to the {side}"
        if past:
            words += ",\npast the minimum"
        seen = drawn and far and np.isfinite([far, height]).all() and low < height < high
        over = height + 4 * gap < high
        say(words if seen else "", x=theta, ha=begins, va="bottom" if over else "top",
            y=height + gap if over else height - gap, color=color)
    return put


@checked(dim=2)
def landscape(f, *, x=None, y=None, names=("x", "y"), directions=None, equal=False, arrows=False,
              tail=None, labels=False):
    """Contours of the loss over two coordinates, light where it is low, and the path.

    A star is at the minimum. A run on another loss brings its own contours.
    x, y    (low, high) of either coordinate, by default as the loss says.
    names   of the coordinates.    equal  one unit is as long in x as in y.
    directions  (2, 2), one a column: lines through the minimum, as in `error_by_direction`.
    arrows  draw the two parts of the last step, from where it began: what was kept from before, and
            the pull of the gradient, -lr * g.
    tail    the number of last steps that are marked on the path, by default all.
    labels  write the loss on the lines, and what they and the star are.
    """
    check_two("names of landscape", names)

    def background(ax):
        ax.set(xlabel=names[0], ylabel=names[1])
        ax.grid(False)
        ax.locator_params(nbins=6)
        ax.set_aspect("equal" if equal else "auto")
        contours(ax, f, (x, y), labels)
        for k, direction in enumerate([] if directions is None else np.transpose(directions)):
            ax.axline(f.minimum, np.add(f.minimum, direction), color=COLORS[k + 1], ls=DASHES[k],
                      lw=1.3, zorder=1)
        if labels:
            grey = withStroke(linewidth=12, foreground=PALE)
            sample(ax, SAME_LOSS, color="white", lw=1.2, path_effects=[grey],
                   solid_capstyle="butt")
        if arrows:
            for k, name in enumerate(["kept from before", "pull of the gradient"]):
                sample(ax, name, color=COLORS[k + 1], ls=DASHES[1 - k], lw=2.4)
        if arrows or labels:
            legend(ax)

    def artists(ax, style):
        kept, pull = (arrow(ax, COLORS[k + 1], DASHES[1 - k]) if arrows else None for k in (0, 1))
        way = route(ax, style, lw=1.4)
        marks = dots(ax, style, ms=4.5, mec=style.color)
        now = dots(ax, style, zorder=2.5)

        def update(run, t):
            path = path_of(run, 2)
            now(*path[:, t])
            if path.shape[-1] == 1:
                way(*path[:, :t + 1, 0])
                marks(*path[:, max(t - tail, 0) if tail else 0:t + 1, 0])
            if arrows and not run.batch:
                last, here = run.theta[:, max(t - 1, 0)], run.theta[:, t]
                pulled = -run.lr[t - 1] * run.f.at(t - 1).grad(last) if t else 0 * here
                kept(last, here - pulled)
                pull(last, last + pulled)
            return contours(ax, run.f.whole, (x, y), labels)
        return update
    return Panel(background, artists,
                 "contours of the loss, with the path and a star at the minimum")


def check_two(name, names):
    """A ValueError where these are not the names of two coordinates."""
    if len(names) != 2:
        raise ValueError(f"{name} must be two words, such as ('x', 'y'), not {short(names)}")


def contours(ax, f, window, labels=False):
    """Draw the areas and lines of equal loss of f, where others are drawn; True if so.

    Losses are the same where what is drawn of them is the same.
    """
    drawn = drawn_on(ax)
    if f in drawn.get("same", ()):
        return False
    own = own_windows(f, 2)
    limits = tuple(given or axis for given, axis in zip(window, own, strict=True))
    x, y = np.meshgrid(*(np.linspace(low, high, GRID) for low, high in limits))
    z = np.asarray(f(np.array([x, y])), float)
    place = None if f.minimum is None else tuple(np.ravel(f.minimum))
    seen = limits, place
    if drawn.get("seen") == seen and np.array_equal(drawn["z"], z, equal_nan=True):
        drawn["same"].add(f)
        return False
    for artist in drawn.get("artists", []):
        artist.remove()
    artists = [*areas(ax, x, y, z, labels), *star(ax, place, labels)]
    drawn.update(seen=seen, z=z, same=weakref.WeakSet([f]), artists=artists)
    ax.set(xlim=limits[0], ylim=limits[1])
    return True


def areas(ax, x, y, z, labels):
    """The areas between lines of equal loss, light where it is low, and the lines over them."""
    finite = np.isfinite(z)
    if not finite.any():
        return [ax.text(0.5, 0.5, NOWHERE, transform=ax.transAxes, ha="center", va="center")]
    lowest = z[finite].min()
    above = np.where(finite, z / 2 - lowest / 2, np.nan)  # halves, so that nothing overflows
    highest = np.nanmax(above)
    flat = highest < FLAT
    shares = np.array([0, *np.logspace(-3.2, 0, len(SHADES))])
    levels = shares * (1.0 if flat else highest)
    made = [ax.contourf(x, y, above, levels, colors=SHADES, zorder=0)]
    if not flat:
        lines = ax.contour(x, y, above, levels[1:-1], colors="white", linewidths=0.7, zorder=0)
        made.append(lines)
        if labels:
            losses = {level: f"{lowest + 2 * level:.3g}" for level in lines.levels}
            ax.clabel(lines, lines.levels[::2], fmt=losses, fontsize=SMALLEST, colors="black")
    if not finite.all():
        made.append(ax.text(0.99, 0.01, "white: no finite loss", transform=ax.transAxes, ha="right",
                            va="bottom"))
    return made


def star(ax, place, labels):
    """A star at the minimum, in a list with its name; nothing where there is none."""
    if place is None:
        return []
    made = ax.plot(*place, ls="", marker="*", ms=20, color="black", mec="white", zorder=1.5)
    if labels:
        box = {"fc": "white", "ec": "none", "alpha": 0.7, "pad": 1}
        made.append(ax.annotate("minimum", place, (12, 4), textcoords="offset points", bbox=box,
                                annotation_clip=True))
    return made


@checked(dim=2)
def basins(f, ends, names, *, x=None, y=None, follow=None):
    """The starts of a batch of runs on the landscape, each drawn as the end that it is nearest to.

    How many there are of each stands above; a run that has left all bounds is drawn as a cross.
    ends  (2, n), one a column;  names  of the ends.    x, y  as in `landscape`.
    follow  the number of a run whose whole way is drawn.
    """
    if np.shape(ends) != (2, len(names)):
        raise ValueError(f"ends must be (2, n), one a column, with a name for each, "
                         f"but the shape is {np.shape(ends)} and there are {len(names)} names")
    base = landscape(f, x=x, y=y)
    width = 2.2  # inches for a name and a number
    looks = [{"color": COLORS[k % 8], "marker": MARKERS[k % 8], "mec": "white", "mew": 0.6}
             for k in range(len(names))]
    looks.append({"color": GREY, "marker": "x", "mec": GREY, "mew": 1.6})

    def background(ax):
        base.background(ax)
        room_above(ax, len(looks), width)

    def artists(ax, style):
        starts = [dots(ax, style, **{**look, "ms": 6}) for look in looks]
        way = route(ax, style, color="black", ls="-", lw=1.6, marker="o", ms=4, mec="white",
                    mew=0.5)
        dots(ax, style, marker="*", ms=20, color="black")(*np.asarray(ends))
        count = cells(ax, [{**look, "ms": 9} for look in looks], width)

        def update(run, t):
            path = path_of(run, 2)
            start, now = path[:, 0], path[:, t]
            away = ((now[:, None] - np.reshape(ends, (2, -1, 1))) ** 2).sum(axis=0)
            nearest = away.argmin(axis=0)
            nearest[~np.isfinite(now).all(axis=0)] = len(names)
            for k, put in enumerate(starts):
                put(*start[:, nearest == k])
            words = zip([*names, "left all bounds"], range(len(looks)), strict=True)
            count([f"{name}: {(nearest == k).sum()}" for name, k in words])
            if follow is not None:
                way(*path[:, :t + 1, follow])
        return update
    return Panel(background, artists,
                 "the starts, each marked by where it ends, with their numbers")


@checked
def gradient_cloud(*, x=None, y=None, names=("x", "y")):
    """The pull (minus the gradient) of each batch, a cloud around that of all examples, an arrow.

    The run is one on `Minibatches`; the batch that the step uses is marked.
    x, y  (low, high) of the pull on either coordinate, by default alike; without x the picture is
          as wide as the cloud of the step needs it, from -1, -2, -5, -10, ... to 1, 2, 5, 10, ...
    """
    check_two("names of gradient_cloud", names)

    def background(ax):
        ax.axhline(0, color=GREY, lw=1)
        ax.axvline(0, color=GREY, lw=1)
        ax.set(xlabel=f"pull on {names[0]}", ylabel=f"pull on {names[1]}", aspect="equal")
        if x:
            ax.set(xlim=x, ylim=y or x)
        ax.locator_params(nbins=6)
        sample(ax, "each batch", ls="", marker=".", ms=10, color=COLORS[5])
        sample(ax, "this step's", ls="", marker="s", ms=10, mew=2, mfc="none", color=COLORS[1])
        sample(ax, "all examples", marker=">", markevery=[1], lw=3, color="black")
        legend(ax)

    def artists(ax, style):
        cloud = dots(ax, style, marker=".", ms=9, color=COLORS[5], mec=COLORS[5], alpha=0.7,
                     zorder=2.2)  # over the tip of a short arrow
        shaft = segments(ax, style, color="black", lw=3)
        tip, = ax.plot([], [], ls="", ms=10, color="black")
        used = dots(ax, style, marker="s", ms=11, mew=2, mfc="none", mec=COLORS[1], zorder=2.4)
        say = note(ax, style, color="black", weight="normal", ha="left", va="center")

        def update(run, t):
            pull, pulls, own = pulls_at(run, t)
            cloud(*pulls)
            used(*own)
            shaft(*([0 * ends, ends] for ends in pull))
            tip.set_data(*pull)
            tip.set_marker(pointing(pull))
            away = np.sqrt(((pulls - pull[:, None]) ** 2).sum(axis=0).mean()) if pulls.size else 0.0
            words = f"typical distance from the arrow: {away:.0f}" if np.isfinite(away) else ""
            say(words, x=0.02, y=0.96)
            return False if x else widen(ax, pull, pulls)
        return update
    return Panel(background, artists,
                 "the pull of each batch as a cloud, the pull of all examples as an arrow")


def pulls_at(run, t):
    """The pull of all examples (2, runs), of each batch (2, batches, runs), of that of step t."""
    theta, f = path_of(run, 2)[:, t], run.f.whole
    pull, runs = -f.grad(theta), theta.shape[1]
    rows = getattr(run.f, "rows", np.empty((0, 1), int))[:MANY]
    if not len(rows):
        return pull, np.empty((2, 0, runs)), np.empty((2, 0))
    pulls = []
    for k, place in enumerate(theta.T):
        drawn = rows[..., k % rows.shape[2]] if rows.ndim == 3 else rows  # one column for each seed
        places = np.broadcast_to(place[:, None], (2, len(drawn)))
        pulls.append(-f.on_rows(drawn.T).grad(places))
    own = -run.f.at(t).grad(theta.reshape(2, *run.batch))
    return pull, np.stack(pulls, axis=-1), own.reshape(2, -1)


def pointing(pull):
    """A triangle that points where the pull goes; a square for several."""
    angle = np.degrees(np.arctan2(pull[1, 0], pull[0, 0]))
    if pull.shape[1] > 1 or not np.isfinite(angle):
        return "s"
    return 3, 0, angle - 90


def widen(ax, pull, pulls):
    """Let a picture around 0 be as wide as these pulls need it; True if that changed it."""
    size = np.abs(np.append(pull, pulls))
    size = size[np.isfinite(size)].max(initial=0) or 1.0
    steps = np.array([1, 2, 5, 10]) * 10.0 ** np.floor(np.log10(1.05 * size))
    edge = steps[steps >= 1.05 * size][0]
    if ax.get_xlim() == (-edge, edge):
        return False
    ax.set(xlim=(-edge, edge), ylim=(-edge, edge))
    return True
