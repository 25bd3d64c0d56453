"""Panels of the loss over theta: a curve for one coordinate, a landscape for two."""

import numpy as np

from .keywords import panel
from .old import of_map, old
from .scene import COLORS, DASHES, GREY, SHADES, Panel, check_path, drawn_on, number


@old("f bounds limits", bounds="x", limits="y")
@panel(dim=0)
def curve(f, *, x=None, y=None, tangent=True, before=False):
    """The loss over theta, the point on it and its tangent.

    x       (low, high) of theta, by default f's own;  y  (low, high) of the loss.
    before  show the point before this step and its tangent, too.
    """
    limits = y
    low, high = x or f.bounds or (-10, 10)
    grid = np.linspace(low, high, 241)

    def background(ax):
        heights = f(grid)
        heights = heights[np.isfinite(heights)] if np.isfinite(heights).any() else np.array([1.0])
        bottom, top = min(heights.min(), 0.0), heights.max()
        margin = 0.06 * (top - bottom) or 1.0
        ax.set(xlim=(low, high), ylim=limits or (bottom - margin, top if top > bottom else top + margin), xlabel="theta", ylabel="loss")

    def artists(ax, style):
        bowl, = ax.plot([], [], color=GREY, lw=2)
        trail, = ax.plot([], [], lw=0.9, marker=".", ms=8, color=style.color, alpha=0.6)
        if before:
            old_line, = ax.plot([], [], color=COLORS[1], lw=1.6, ls=DASHES[1])
            old, = ax.plot([], [], ls="", marker="s", ms=9, color=COLORS[1], label="before the step")
        line, = ax.plot([], [], color=COLORS[2] if before else style.color, lw=1.8)
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=11, mec="white", color=line.get_color(), label="after the step")
        outside = ax.text(0.5, 0.7, "", transform=ax.transAxes, ha="center", color=style.color, weight="bold",
                          bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 2})
        if before:
            ax.legend(loc="upper center")

        def touch(line, run, t):
            slope, x, y = run.f.grad(run.theta[t]), run.theta[t], run.loss[t]
            line.set_data([low, high], [y + slope * (low - x), y + slope * (high - x)])

        def update(run, t):
            check_path(run)
            bowl.set_data(grid, run.f(grid))
            dot.set_data(np.ravel(run.theta[t]), np.ravel(run.loss[t]))
            if run.theta.ndim == 1:
                trail.set_data(run.theta[:t + 1], run.loss[:t + 1])
                inside = low <= run.theta[t] <= high and run.loss[t] <= ax.get_ylim()[1]
                outside.set_text("" if inside else f"outside the picture,\nat theta = {number(run.theta[t])}")
                if tangent:
                    touch(line, run, t)
                if before:
                    touch(old_line, run, max(t - 1, 0))
                    old.set_data(run.theta[max(t - 1, 0):][:1], run.loss[max(t - 1, 0):][:1])
        return update
    return Panel(background, artists, "the loss over theta, with the point" + " and its tangent" * tangent + " and the way it came")


@old("f bounds", bounds=of_map)
@panel(dim=2)
def landscape(f, *, x=None, y=None, names=("x", "y"), directions=None, equal=False, arrows=False, tail=None):
    """Contours of the loss over two coordinates, and the path. A run on another loss brings its own contours.

    x, y    (low, high) of either coordinate, by default as the loss says.    equal  one unit is as long in x as in y.
    directions  (2, 2), one a column: lines through the minimum, in the colors of `error_by_direction`.
    arrows  draw the two parts of the last step, from where it began: what was kept from before, and the pull of the gradient, -lr * g.
    tail    the number of last steps that are marked on the path, by default all.
    """
    window = x, y

    def contours(ax, f):
        drawn = drawn_on(ax)
        for old in drawn.get("artists", []):
            old.remove()
        own = f.bounds or ((-10, 10), (-10, 10))
        (left, right), (low, high) = (given or axis for given, axis in zip(window, own))
        x, y = np.meshgrid(np.linspace(left, right, 121), np.linspace(low, high, 121))
        z = f(np.array([x, y]))
        z = np.where(np.isfinite(z), z, np.nan)
        z = z - np.nanmin(z)
        flat = not np.nanmax(z) > 0
        levels = (1.0 if flat else np.nanmax(z)) * np.array([0, *np.logspace(-3.2, 0, len(SHADES))])
        drawn.update(f=f, artists=[ax.contourf(x, y, z, levels, colors=SHADES, zorder=0)])
        if not flat:  # after the areas, so that the lines lie over them
            drawn["artists"].append(ax.contour(x, y, z, levels[1:-1], colors="white", linewidths=0.7, zorder=0))
        ax.set(xlim=(left, right), ylim=(low, high))

    def background(ax):
        ax.set(xlabel=names[0], ylabel=names[1])
        ax.grid(False)
        ax.locator_params(nbins=6)
        ax.set_aspect("equal" if equal else "auto")
        contours(ax, f)
        for k, direction in enumerate([] if directions is None else np.transpose(directions)):
            ax.axline(f.minimum, np.add(f.minimum, direction), color=COLORS[k + 1], ls=DASHES[k], lw=1.3, zorder=1)
        if arrows:
            for k, name in enumerate(["kept from before", "pull of the gradient"]):
                ax.plot([], [], color=COLORS[k + 1], ls=DASHES[1 - k], lw=2.4, label=name)
            ax.legend(loc="upper right", framealpha=0.9)

    def artists(ax, style):
        parts = [arrow(ax, COLORS[k + 1], DASHES[1 - k]) for k in range(2 if arrows else 0)]
        goal, = ax.plot([], [], ls="", marker="*", ms=20, color="black", mec="white", zorder=1.5)
        path, = ax.plot([], [], color=style.color, marker=style.marker, ms=4.5, lw=1.4, ls=style.dash)
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=style.size, color=style.color, mec="white", zorder=2.5)

        def update(run, t):
            check_path(run)
            if run.theta.ndim == 2:
                path.set_data(*run.theta[:, :t + 1])
                path.set_markevery((max(0, t - tail) if tail else 0, 1))
            dot.set_data(*run.theta[:, t].reshape(2, -1))
            goal.set_data(*([], []) if run.f.minimum is None else np.reshape(run.f.minimum, (2, 1)))
            if arrows and run.theta.ndim == 2:
                before, now = run.theta[:, max(t - 1, 0)], run.theta[:, t]
                pull = -run.lr[t - 1] * run.f.at(t - 1).grad(before) if t else 0.0 * now
                parts[0](before, now - pull)
                parts[1](before, before + pull)
            whole = getattr(run.f, "loss", run.f)  # of minibatches, the loss over all rows
            if whole is not drawn_on(ax)["f"]:
                contours(ax, whole)
                return True
        return update
    return Panel(background, artists, "contours of the loss, with the path and a star at the minimum")


def arrow(ax, color, dash):
    """An arrow that moves: a function that sets it from one point to another. Without a length it is not drawn."""
    style = {"arrowstyle": "-|>", "color": color, "ls": dash, "lw": 3.0, "mutation_scale": 18, "shrinkA": 0, "shrinkB": 0}
    note = ax.annotate("", (np.nan, np.nan), (np.nan, np.nan), arrowprops=style, annotation_clip=True)
    note.set(in_layout=False, zorder=3)

    def put(start, end):
        seen = np.isfinite([start, end]).all() and not np.allclose(start, end, rtol=0, atol=1e-12)
        note.xy, note.xyann = (tuple(end), tuple(start)) if seen else ((np.nan, np.nan), (np.nan, np.nan))
    return put


@old("f ends names bounds", bounds=of_map)
@panel(dim=2)
def basins(f, ends, names, *, x=None, y=None, follow=None):
    """The starts of a batch of runs on the landscape, each drawn as the end that it is now nearest to, and how many there are of each.

    ends  (2, n), one a column;  names  of the ends.    follow  the number of a run whose whole way is drawn.
    A run that has left all bounds is drawn as a cross.
    """
    base, looks = landscape(f, x=x, y=y), [*zip(COLORS, "osD^v"[:len(names)]), (GREY, "x")]

    def background(ax):
        base.background(ax)
        for name, (color, marker) in zip([*names, "left all bounds"], looks):
            ax.plot([], [], ls="", marker=marker, ms=9, color=color, label=name)
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.06), ncols=len(looks), frameon=False, handletextpad=0.1)

    def artists(ax, style):
        dots = [ax.plot([], [], ls="", marker=marker, ms=6, color=color, mec="white" if marker != "x" else color, mew=0.6)[0]
                for color, marker in looks]
        way, = ax.plot([], [], color="black", lw=1.6, marker="o", ms=4, mec="white", mew=0.5)
        ax.plot(*ends, ls="", marker="*", ms=20, color="black", mec="white")
        words = [ax.text((k + 0.5) / len(looks), 1.01, "", transform=ax.transAxes, ha="center", va="bottom", color=color, weight="bold")
                 for k, (color, _) in enumerate(looks)]

        def update(run, t):
            check_path(run)
            start, now = (run.theta[:, k].reshape(2, -1) for k in (0, t))
            nearest = ((now[:, None] - np.reshape(ends, (2, -1, 1))) ** 2).sum(axis=0).argmin(axis=0)
            nearest[~np.isfinite(now).all(axis=0)] = len(names)
            for k, line in enumerate(dots):
                line.set_data(*start[:, nearest == k])
                words[k].set_text(str((nearest == k).sum()))
            if follow is not None:
                way.set_data(*run.theta[:, :t + 1].reshape(2, t + 1, -1)[..., follow])
        return update
    return Panel(background, artists, "the starts, each marked by where it ends, with their numbers")
