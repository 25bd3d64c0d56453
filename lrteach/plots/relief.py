"""The loss over two coordinates as a mountain range, seen from above and from one side."""

import numpy as np
from matplotlib.collections import PolyCollection

from .._internal.arguments import as_number
from .keywords import as_window, checked
from .panel import GREY, SHADES, Panel, short
from .parts import dots, own_windows, path_of, route

SIDE = 40        # faces of the surface on each side
HEIGHT = 0.6     # of the picture's box, whose other sides are 1
FLAT = 1e-290    # differences of the loss below this are none


class View:
    """A camera far away: it turns points (x, y, z) of a box into points (u, v) of the picture.

    turn  degrees around the upright axis;  tilt  degrees above the horizon
    """

    def __init__(self, x, y, z, turn, tilt):
        self.low, high = np.transpose([x, y, z])
        self.size = high - self.low
        a, e = np.radians([turn, tilt])
        self.right = np.array([-np.sin(a), np.cos(a), 0.0])
        self.up = np.array([-np.sin(e) * np.cos(a), -np.sin(e) * np.sin(a), np.cos(e)])
        self.nearer = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])

    def inside(self, points):
        """Points (3, ...) in the box: -0.5 to 0.5 to the sides, 0 to HEIGHT upwards."""
        room = (3,) + (1,) * (np.ndim(points) - 1)
        share = (points - self.low.reshape(room)) / self.size.reshape(room)
        x, y, z = share
        return np.array([x - 0.5, y - 0.5, HEIGHT * np.clip(z, 0, 1)])

    def seen(self, points):
        """(u, v) of points (3, ...)."""
        inside = self.inside(points)
        return np.tensordot(self.right, inside, 1), np.tensordot(self.up, inside, 1)

    def depth(self, points):
        """How near points (3, ...) are."""
        return np.tensordot(self.nearer, self.inside(points), 1)


def heights(f, places):
    """The losses there; where one is no finite number, the highest that is."""
    with np.errstate(all="ignore"):
        loss = np.asarray(f(places), float)
    finite = np.isfinite(loss)
    return np.where(finite, loss, loss[finite].max(initial=0.0))


def seen_heights(loss):
    """(low, high) of these losses, never the same."""
    low, high = float(loss.min()), float(loss.max())
    return low, max(high, low + max(FLAT, 1e-9 * abs(low)))


def faces(ax, view, places, loss):
    """Draw the surface, far faces first: light where it is low, as on a landscape."""
    points = np.array([*places, loss])
    corners = np.stack([points[:, :-1, :-1], points[:, :-1, 1:], points[:, 1:, 1:],
                        points[:, 1:, :-1]], axis=-1).reshape(3, -1, 4)
    low, height = loss.min(), max(np.ptp(loss), FLAT)
    share = (corners[2].mean(axis=-1) - low) / height
    shades = SHADES[np.searchsorted(np.logspace(-3.2, 0, len(SHADES) - 1), share)]
    order = np.argsort(view.depth(corners).mean(axis=-1))
    shapes = np.stack(view.seen(corners), axis=-1)[order]
    ax.add_collection(PolyCollection(shapes, facecolors=shades[order], edgecolors="white",
                                     linewidths=0.3, zorder=0))


def name_sides(ax, view, x, y, z, names):
    """Write the names and the ends of the two near sides of the box, and of its left edge."""
    near_x, near_y = x[int(view.nearer[0] > 0)], y[int(view.nearer[1] > 0)]
    middle = view.seen(np.array([np.mean(x), np.mean(y), z[0]]))[0]
    for name, low, high in [
        (names[0], (x[0], near_y, z[0]), (x[1], near_y, z[0])),
        (names[1], (near_x, y[0], z[0]), (near_x, y[1], z[0])),
    ]:
        (u0, v0), (u1, v1) = view.seen(np.array(low)), view.seen(np.array(high))
        ax.plot([u0, u1], [v0, v1], color=GREY, lw=1, zorder=0)
        is_left = u0 + u1 < 2 * middle
        side, away = ("right", -0.02) if is_left else ("left", 0.02)
        at = names.index(name)
        for share, words in [(0, f"{low[at]:g}"), (0.5, name), (1, f"{high[at]:g}")]:
            ax.text(u0 + share * (u1 - u0) + away, v0 + share * (v1 - v0) - 0.02, words, ha=side,
                    va="top")
    feet = [(u, v) for a in x for b in y for u, v in [view.seen(np.array([a, b, z[0]]))]]
    u, v = min(feet)
    rise = view.up[2] * HEIGHT
    ax.plot([u, u], [v, v + rise], color=GREY, lw=1, zorder=0)
    ax.text(u - 0.02, v + rise / 2, "loss", ha="right", va="center")
    ends = np.array(feet)
    ax.set(xlim=(ends[:, 0].min() - 0.2, ends[:, 0].max() + 0.12),
           ylim=(ends[:, 1].min() - 0.12, ends[:, 1].max() + rise + 0.03))


@checked(dim=2)
def relief(f, *, x=None, y=None, z=None, names=("x", "y"), turn=-60, tilt=35):
    """The loss as a surface over two coordinates, and the path on it: the landscape in 3-D.

    x, y  (low, high) of either coordinate, by default as the loss says;  z  (low, high) of the
          loss, by default from the lowest to the highest there. What is higher is cut off.
    names  of the coordinates.    turn, tilt  where the camera stands, in degrees: around, above.
    """
    if len(names) != 2:
        raise ValueError(f"names of relief must be two words, such as ('x', 'y'), not "
                         f"{short(names)}")
    own = own_windows(f, 2)
    x, y = x or own[0], y or own[1]
    places = np.array(np.meshgrid(np.linspace(*x, SIDE + 1), np.linspace(*y, SIDE + 1)))
    loss = heights(f, places)
    z = seen_heights(loss) if z is None else as_window("z of relief", z)
    view = View(x, y, z, as_number("turn", turn), as_number("tilt", tilt))

    def background(ax):
        ax.set_axis_off()
        ax.set_aspect("equal")
        faces(ax, view, places, np.clip(loss, *z))
        name_sides(ax, view, x, y, z, names)

    def artists(ax, style):
        way = route(ax, style, lw=2.0)
        marks = dots(ax, style, ms=4.5, mec=style.color)
        now = dots(ax, style, zorder=2.5)

        def update(run, t):
            path = path_of(run, 2)[:, :t + 1, 0]
            u, v = view.seen(np.array([*path, heights(f, path)]))
            outside = (path.T < [x[0], y[0]]) | (path.T > [x[1], y[1]]) | ~np.isfinite(path.T)
            u = np.where(outside.any(axis=1), np.nan, u)
            way(u, v)
            marks(u, v)
            now(u[-1:], v[-1:])
        return update
    return Panel(background, artists, "the loss as a surface over two coordinates, with the path")
