"""Panels: each draws one view of a `Run`, the loss over theta, the path on its landscape, the loss over the steps.

A function here takes what stays the same and returns a `Panel` for a `Scene`; the module `scene` says what a panel is.
"""

import numpy as np

from .scene import COLORS, DASHES, GREY, MARKERS, PALE, SHADES, Panel, Scene, lowest, number  # Scene: what draws stands in one place


# panels for one coordinate


def curve(f, bounds=None, limits=None, *, tangent=True, before=False):
    """The loss over theta, the point on it and its tangent.

    bounds  (low, high) of theta, by default f's own; limits  (low, high) of the loss.
    before  show the point before this step and its tangent, too.
    """
    low, high = bounds or f.bounds or (-10, 10)
    grid = np.linspace(low, high, 241)
    top = np.nanmax(f(grid))

    def background(ax):
        ax.set(xlim=(low, high), ylim=limits or (min(np.nanmin(f(grid)), 0) - 0.06 * top, top), xlabel="theta", ylabel="loss")

    def artists(ax, style):
        bowl, = ax.plot([], [], color=GREY, lw=2)
        trail, = ax.plot([], [], lw=0.9, marker=".", ms=8, color=style.color, alpha=0.6)
        if before:
            old_line, = ax.plot([], [], color=COLORS[1], lw=1.6, ls=DASHES[1])
            old, = ax.plot([], [], ls="", marker="s", ms=9, color=COLORS[1], label="before the step")
        line, = ax.plot([], [], color=COLORS[2] if before else style.color, lw=1.8)
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=11, mec="white", color=line.get_color(), label="after the step")
        outside = ax.text(0.5, 0.93, "", transform=ax.transAxes, ha="center", color=style.color, weight="bold")
        if before:
            ax.legend(loc="upper center")

        def touch(line, run, t):
            slope, x, y = run.f.grad(run.theta[t]), run.theta[t], run.loss[t]
            line.set_data([low, high], [y + slope * (low - x), y + slope * (high - x)])

        def update(run, t):
            bowl.set_data(grid, run.f(grid))
            dot.set_data(np.ravel(run.theta[t]), np.ravel(run.loss[t]))
            if run.theta.ndim == 1:
                trail.set_data(run.theta[:t + 1], run.loss[:t + 1])
                inside = low <= run.theta[t] <= high and run.loss[t] <= ax.get_ylim()[1]
                outside.set_text("" if inside else f"outside the picture, at theta = {number(run.theta[t])}")
                if tangent:
                    touch(line, run, t)
                if before:
                    touch(old_line, run, max(t - 1, 0))
                    old.set_data(run.theta[max(t - 1, 0):][:1], run.loss[max(t - 1, 0):][:1])
        return update
    return Panel(background, artists, "the loss over theta, with the point" + " and its tangent" * tangent + " and the way it came")


def regime_map(largest=2.6):
    """What happens to the error at each step, 1 - lr * curvature, with the regimes named and the present rate as a point."""
    def background(ax):
        x = np.array([0, largest])
        ax.axhspan(-1, 1, color="#EAF3EA", lw=0)
        ax.plot(x, 1 - x, color=GREY)
        for edge in (0, 1, 2):
            ax.axvline(edge, color=PALE, lw=1, ls=":")
        for place, name in [(0.5, "monotone"), (1.5, "oscillating"), (2 + (largest - 2) / 2, "divergent")]:
            ax.text(place, 1.42, name, ha="center", va="center")
        for place, name, left, low in [(0, "too slow", 0.1, 1.08), (1, "one step", 1.06, 0.12), (2, "two-cycle", 1.28, -1.3)]:
            ax.annotate(name, (place, 1 - place), (left, low), color=GREY, arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.8})
            ax.plot(place, 1 - place, "o", color=GREY, ms=6)
        ax.text(0.06, -0.93, "here the error shrinks", color="#2E6B2E", va="bottom")
        ax.set(xlim=(0, largest), ylim=(-1.7, 1.6), xlabel="lr * curvature", ylabel="error is multiplied by")

    def artists(ax, style):
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=12, color=style.color, mec="white")

        def update(run, t):
            x = run.lr[t] * run.f.hessian(run.f.minimum)
            x = np.ravel(np.minimum(x, largest))
            dot.set_data(x, 1 - x)
        return update
    return Panel(background, artists, "the factor 1 - lr * curvature of the error, with the regimes named")


def stability_map(factor, curvatures=None, largest=None, *, names=None, measured=None):
    """What a rate and a beta do: shades and lines for the factor of the error at each step, and the present pair as a point.

    factor      a function (lr, curvature, beta), such as `contraction`.
    curvatures  of a loss's directions: then the slowest one is shown, over lr; without it one direction, over lr * curvature.
    largest     of lr (or lr * curvature);  measured  (x, beta) of an edge, drawn as points.
    names       {text: (x, beta)} of regions, or {text: (x, beta, x, beta)} with a line from the text to a second place.
    """
    one, curves = curvatures is None, np.atleast_1d(1.0 if curvatures is None else curvatures)
    largest = largest or 4.4 / curves.max()
    if one and names is None:
        names = {"monotone": (0.78, 0.3, 0.2, 0.1), "jumping": (1.72, 0.3, 1.72, 0.05), "swinging": (1.2, 0.66), "divergent": (3.5, 0.3)}

    def slowest(lr, beta):
        return np.max([factor(lr, c, beta) for c in curves], axis=0)

    def background(ax):
        x, beta = np.meshgrid(np.linspace(0, largest, 221), np.linspace(0, 0.999, 201))
        z = slowest(x, beta)
        levels = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
        ax.contourf(x, beta, z, [0, *levels, 1.0], colors=SHADES[:7], zorder=0)
        ax.contourf(x, beta, z, [1.0 + 1e-9, np.inf], colors=["#FBE3D3"], zorder=0)
        ax.clabel(ax.contour(x, beta, z, levels, colors=PALE, linewidths=0.8, zorder=0), fontsize=9.5, colors="black")
        b = np.linspace(0, 1, 201)
        for k, (c, sign) in enumerate([(curves.min(), -1), (curves.max(), 1)]):  # between these lines every direction swings
            ax.plot((1 + sign * np.sqrt(b)) ** 2 / c, b, color=GREY if one else COLORS[k + 1], lw=1.8, ls=DASHES[0 if one else k])
        ax.plot((2 + 2 * b) / curves.max(), b, color="black", lw=2.6)
        if measured is not None:
            ax.plot(*measured, ls="", marker="D", ms=8, color="black", mec="white", clip_on=False, zorder=3, label="measured edge")
            ax.legend(loc="lower right")
        for text, (x, y, *to) in (names or {}).items():
            line = {"arrowstyle": "-", "color": GREY, "lw": 0.8} if to else None
            ax.annotate(text, to or (x, y), (x, y), ha="center", va="center", zorder=3, arrowprops=line,
                        bbox={"fc": "white", "ec": "none", "alpha": 0.7, "pad": 1.5})
        ax.grid(False)
        ax.set(xlim=(0, largest), ylim=(0, 1), xlabel="lr * curvature" if one else "learning rate lr", ylabel="beta")

    def artists(ax, style):
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=14, color=style.color, mec="white", mew=1.5, clip_on=False, zorder=5)
        words = ax.text(1.0, 1.01, "", transform=ax.transAxes, ha="right", va="bottom", color=style.color)

        def update(run, t):
            own = np.linalg.eigvalsh(np.atleast_2d(run.f.hessian(run.f.minimum))) if one else np.ones(1)
            x, beta = np.broadcast_arrays(np.multiply.outer(own, run.lr[t]), run.hyper.get("beta", 0.0))
            dot.set_data(np.minimum(x, largest).ravel(), beta.ravel())
            z = slowest(x, beta)
            words.set_text(f"factor {z.max():.3f}" if z.size == len(own) else "")
        return update
    return Panel(background, artists, "the factor of the error over the learning rate and beta, with the present pair as a point")


# panels for two coordinates


def landscape(f, bounds=None, *, names=("x", "y"), directions=None, equal=False, arrows=False):
    """Contours of the loss over two coordinates, and the path. A run on another loss brings its own contours.

    bounds  ((x_low, x_high), (y_low, y_high)), by default those of the loss.    equal  one unit is as long in x as in y.
    directions  (2, 2), one a column: lines through the minimum, in the colors of `error_by_direction`.
    arrows  draw the two parts of the last step, from where it began: what was kept from before, and the pull of the gradient, -lr * g.
    """
    drawn = {}

    def contours(ax, f):
        for old in drawn.get("artists", []):
            old.remove()
        (left, right), (low, high) = bounds or f.bounds or ((-10, 10), (-10, 10))
        x, y = np.meshgrid(np.linspace(left, right, 121), np.linspace(low, high, 121))
        z = f(np.array([x, y]))
        z = z - np.nanmin(z)
        levels = np.nanmax(z) * np.array([0, *np.logspace(-3.2, 0, len(SHADES))])
        drawn.update(f=f, artists=[ax.contourf(x, y, z, levels, colors=SHADES, zorder=0),
                                   ax.contour(x, y, z, levels[1:-1], colors="white", linewidths=0.7, zorder=0)])
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
        path, = ax.plot([], [], color=style.color, marker=style.marker, ms=4.5, lw=1.4, ls=style.dash)
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=11, color=style.color, mec="white")
        goal, = ax.plot([], [], ls="", marker="*", ms=13, color="black", mec="white")

        def update(run, t):
            if run.theta.ndim == 2:
                path.set_data(*run.theta[:, :t + 1])
            dot.set_data(*run.theta[:, t].reshape(2, -1))
            goal.set_data(*([], []) if run.f.minimum is None else np.reshape(run.f.minimum, (2, 1)))
            if arrows and run.theta.ndim == 2:
                before, now = run.theta[:, max(t - 1, 0)], run.theta[:, t]
                pull = -run.lr[t - 1] * run.f.at(t - 1).grad(before) if t else 0.0 * now
                parts[0](before, now - pull)
                parts[1](before, before + pull)
            whole = getattr(run.f, "loss", run.f)  # of minibatches, the loss over all rows
            if whole is not drawn["f"]:
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


def basins(f, ends, names, bounds=None, *, follow=None):
    """The starts of a batch of runs on the landscape, each drawn as the end that it is now nearest to, and how many there are of each.

    ends  (2, n), one a column;  names  of the ends.    follow  the number of a run whose whole way is drawn.
    A run that has left all bounds is drawn as a cross.
    """
    base, looks = landscape(f, bounds), [*zip(COLORS, "osD^v"[:len(names)]), (GREY, "x")]

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


def error_by_direction(vectors, minimum, limits=(1e-8, 1e3), *, steps=50, names=None):
    """The error, or distance from the minimum, along each direction, step by step. `vectors` (dim, dim) has one direction a column."""
    names = names or [f"direction {k + 1}" for k in range(len(vectors))]

    def background(ax):
        ax.set(xlim=(-0.02 * steps, 1.03 * steps), ylim=limits, yscale="log", xlabel="step", ylabel="error along the direction")
        for k, name in enumerate(names):
            ax.plot([], [], color=COLORS[k + 1], ls=DASHES[k], lw=2.4, marker=MARKERS[k], label=name)
        ax.legend(loc="upper right", framealpha=0.9)

    def artists(ax, style):
        lines = [ax.plot([], [], color=COLORS[k + 1], ls=DASHES[k])[0] for k in range(len(names))]
        dots = [ax.plot([], [], ls="", color=COLORS[k + 1], marker=MARKERS[k], ms=10, mec="white")[0] for k in range(len(names))]

        def update(run, t):
            error = np.abs(vectors.T @ (run.theta[:, :t + 1] - np.reshape(minimum, (-1, 1))))
            for line, dot, e in zip(lines, dots, error):
                line.set_data(np.arange(t + 1), e)
                dot.set_data([t], e[-1:])
            return lengthen(ax, len(run) - 1)
        return update
    return Panel(background, artists, "the error along each eigen-direction, over the steps")


def gradient_cloud(limits, *, names=("x", "y")):
    """The pull (minus the gradient) of each batch that a run on `Minibatches` draws, as a cloud around the pull of all rows, an arrow.

    limits  (low, high) of the pull on either coordinate.    The batch that the step uses is marked.
    """
    def background(ax):
        ax.axhline(0, color=GREY, lw=1)
        ax.axvline(0, color=GREY, lw=1)
        ax.set(xlim=limits, ylim=limits, xlabel=f"pull on {names[0]}", ylabel=f"pull on {names[1]}", aspect="equal")
        ax.locator_params(nbins=6)
        ax.plot([], [], ls="", marker=".", ms=10, color=COLORS[5], label="of each batch")
        ax.plot([], [], ls="", marker="s", ms=10, mew=2, mfc="none", color=COLORS[1], label="of this step's batch")
        ax.plot([], [], marker=">", markevery=[1], label="of all rows", lw=3, color="black")
        ax.legend(loc="lower right", framealpha=0.9)

    def artists(ax, style):
        cloud, = ax.plot([], [], ls="", marker=".", ms=9, color=COLORS[5], alpha=0.7)
        shaft, = ax.plot([], [], color="black", lw=3)
        tip, = ax.plot([], [], ls="", ms=10, color="black")
        now, = ax.plot([], [], ls="", marker="s", ms=11, mew=2, mfc="none", color=COLORS[1])
        words = ax.text(0.02, 0.96, "", transform=ax.transAxes, va="center", bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 2})
        kept = {}

        def update(run, t):
            theta, rows, f = run.theta[:, t], getattr(run.f, "rows", np.empty((0, 1), int)), getattr(run.f, "loss", run.f)
            rows = rows[..., 0] if rows.ndim == 3 else rows
            if kept.get("run") is not run:
                kept.update(run=run, batches=[f.on_rows(some) for some in rows])
            pull = -f.grad(theta)
            pulls = -np.array([batch.grad(theta) for batch in kept["batches"]]).reshape(len(rows), *theta.shape)
            cloud.set_data(*np.moveaxis(pulls, 1, 0).reshape(2, -1))
            now.set_data(*pulls[t:t + 1].reshape(-1, *theta.shape).swapaxes(0, 1).reshape(2, -1))
            ends = pull.reshape(2, -1)
            shaft.set_data(*(np.stack([0 * ends, ends, np.nan * ends], axis=-1).reshape(2, -1)))
            tip.set_data(*ends)
            angle = np.degrees(np.arctan2(*ends[::-1, 0]))
            tip.set_marker((3, 0, angle - 90 if np.isfinite(angle) else 0))  # a triangle, turned
            distance = np.sqrt(((pulls - pull) ** 2).sum(axis=1).mean()) if len(rows) else 0.0
            words.set_text(f"typical distance from the arrow: {distance:.0f}" if np.isfinite(distance) else "")
        return update
    return Panel(background, artists, "the pull of each batch as a cloud, the pull of all rows as an arrow")


def data_line(X, y, *, names=None, ylabel="target"):
    """What the model predicts for each row of X beside the true y, with the gap between them."""
    place = np.arange(len(y))
    names = names or [f"row {k + 1}" for k in place]

    def background(ax):
        ax.plot(place, y, ls="", marker="_", ms=38, mew=4, color="black")
        ax.plot([], [], lw=4, color="black", label="true")
        ax.set(xlim=(-0.6, len(y) - 0.4), ylim=(min(0, 1.5 * np.min(y)), 1.35 * np.max(y)), xticks=place, xticklabels=names, ylabel=ylabel)
        ax.plot([], [], ls="", marker="o", color=COLORS[0], label="predicted")
        ax.legend(loc="upper left")

    def artists(ax, style):
        gap, = ax.plot([], [], color=COLORS[1], lw=2, ls=DASHES[2])
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=11, color=style.color, mec="white")

        def update(run, t):
            guess = X @ run.theta[:, t]
            dot.set_data(place, guess)
            gap.set_data(np.repeat(place, 3), np.stack([y, guess, np.full(len(y), np.nan)], axis=1).ravel())
        return update
    return Panel(background, artists, "what the model predicts for each row beside the truth")


# panels over the steps, and over the rates


def over_steps(values, ylabel, shows, *, steps, limits, log, marks=False):
    """A panel that draws `values(run)`, (steps + 1, *batch), over the steps; `marks` puts a marker at every step."""
    def background(ax):
        ax.set(xlim=(-0.02 * steps, 1.03 * steps), xlabel="step", ylabel=ylabel, yscale="log" if log else "linear")
        ax.xaxis.get_major_locator().set_params(integer=True)
        if limits:
            ax.set_ylim(limits)

    def artists(ax, style):
        line, = ax.plot([], [], color=style.color, ls=style.dash, marker=style.marker if marks else None, ms=5)
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=10, color=style.color, mec="white")
        scaled = bool(limits)

        def update(run, t):
            nonlocal scaled
            y = values(run)[:t + 1].reshape(t + 1, -1)
            gaps = np.full((1, y.shape[1]), np.nan)  # one line after the other, with a gap between
            line.set_data(np.tile(np.arange(t + 2), y.shape[1]), np.vstack([y, gaps]).ravel(order="F"))
            dot.set_data(np.full(y.shape[1], t), y[-1])
            longer = lengthen(ax, len(run) - 1)
            if scaled:
                return longer
            scaled, first = True, np.nanmax(values(run)[0]) or 1.0
            ax.set_ylim((1e-5 * first, 1e2 * first) if log else (0, 1.3 * first))
            return True
        return update
    return Panel(background, artists, shows)


def lengthen(ax, steps):
    """Let an axis of steps reach as far as the run; True if it had to grow."""
    if steps > ax.get_xlim()[1]:
        ax.set_xlim(-0.02 * steps, 1.03 * steps)
        return True
    return False


def loss_curve(steps=50, limits=None, *, log=True, floor=0.0):
    """The loss at every step, or how far it is above `floor`. `limits` (low, high); by default from the loss at the start."""
    name = "loss above its minimum" if floor else "loss"
    return over_steps(lambda run: run.loss - floor, name, f"the {name} over the steps", steps=steps, limits=limits, log=log)


def theta_curve(steps=50, limits=(-10, 20)):
    """The place theta at every step, or each of its coordinates. `limits` (low, high)."""
    return over_steps(lambda run: np.moveaxis(run.theta, run.theta.ndim - 1 - len(run.batch), 0), "theta", "the place theta over the steps",
                      steps=steps, limits=limits, log=False, marks=True)


def lr_curve(steps=50, limits=None, *, log=False):
    """The learning rate of every step. `limits` (low, high); by default from the first rate."""
    return over_steps(lambda run: run.lr, "learning rate lr", "the learning rate over the steps", steps=steps, limits=limits, log=log)


def band(values, limits, *, steps=50, ylabel="loss", log=True, share=(10, 90), one=True):
    """Many runs at once: the median of `values(run)`, (steps + 1, runs), over the steps, and the band that holds most of the runs.

    limits  (low, high).    share  the percentiles where the band ends.    one  draw the first of the runs, too, as a thin line.
    """
    def background(ax):
        ax.set(xlim=(-0.02 * steps, 1.03 * steps), ylim=limits, xlabel="step", ylabel=ylabel, yscale="log" if log else "linear")
        ax.fill_between([], [], color=GREY, alpha=0.3, label=f"{share[1] - share[0]} % of the runs")
        ax.plot([], [], color=GREY, lw=2.6, label="median")
        if one:
            ax.plot([], [], color=GREY, lw=0.8, label="one run")
        ax.legend(loc="upper right", framealpha=0.9)

    def artists(ax, style):
        area, = ax.fill([], [], color=style.color, alpha=0.25, lw=0)
        single, = ax.plot([], [], color=style.color, lw=0.8, alpha=0.9)
        middle, = ax.plot([], [], color=style.color, ls=style.dash, lw=2.6)
        dot, = ax.plot([], [], ls="", marker=style.marker, ms=10, color=style.color, mec="white")
        kept = {}

        def update(run, t):
            if kept.get("run") is not run:
                y = np.asarray(values(run)).reshape(len(run), -1)
                y = np.where(np.isnan(y), np.inf, y)
                floor = limits[0] / 1e3 if log else limits[0] - 10 * (limits[1] - limits[0])
                roof = limits[1] * 1e3 if log else limits[1] + 10 * (limits[1] - limits[0])
                y = np.clip(y, floor, roof)  # a run that explodes leaves the picture
                kept.update(run=run, first=y[:, 0], lines=np.percentile(y, [share[0], 50, share[1]], axis=1))
            low, mid, high = kept["lines"][:, :t + 1]
            x = np.arange(t + 1)
            area.set_xy(np.stack([np.append(x, x[::-1]), np.append(low, high[::-1])], axis=1))
            middle.set_data(x, mid)
            dot.set_data(x[-1:], mid[-1:])
            if one:
                single.set_data(x, kept["first"][:t + 1])
            return lengthen(ax, len(run) - 1)
        return update
    return Panel(background, artists, f"the {ylabel} over the steps, median and the band of {share[1] - share[0]} % of the runs")


def rate_curve(bounds, limits, *, floor=0.0, marks=None, log_lr=False):
    """The loss (above `floor`) after t steps, against the rate, for a run over an array of rates; the best is starred.

    bounds  (low, high) of the rate; limits  (low, high) of the loss; marks  {name: rate}, drawn as upright lines.
    """
    def background(ax):
        ax.set(xlim=bounds, ylim=limits, yscale="log", xscale="log" if log_lr else "linear", xlabel="learning rate lr",
               ylabel="loss above its minimum" if floor else "loss after these steps")
        for k, (name, rate) in enumerate((marks or {}).items()):
            ax.axvline(rate, color=GREY, lw=1.6, ls=DASHES[1 + k % 7], label=f"{name}: {rate:.3g}")
        ax.plot([], [], ls="", marker="*", ms=13, color=COLORS[1], mec="white", label="lowest of all")
        ax.legend(loc="lower left", framealpha=0.9)

    def artists(ax, style):
        line, = ax.plot([], [], color=style.color, ls=style.dash)
        best, = ax.plot([], [], ls="", marker="*", ms=17, color=COLORS[1], mec="white")

        def update(run, t):
            rate, loss = np.ravel(run.lr[t]), np.ravel(run.loss[t]) - floor
            line.set_data(rate, loss)
            best.set_data(rate[[lowest(loss)]], loss[[lowest(loss)]])
        return update
    return Panel(background, artists, "the loss after these steps against the rate, the best rate starred")
