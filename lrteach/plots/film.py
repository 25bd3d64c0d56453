"""A `Scene` over time: the pictures of a run, and the animation that plays where nothing runs."""

import contextlib
import io

import numpy as np
from PIL import Image

from .._internal.arguments import as_positive, as_whole
from .._internal.files import as_place, write_whole
from .drawing import SCREEN_DPI

UNCHANGED = 255  # the place in the palette that means: leave this pixel as it is
WHITE = 250      # from here on a color is white: the paper stays white
NO_DITHER = Image.Dither.NONE
REST = 15        # intervals that the last picture lasts


def moments(steps, frames=50):
    """The steps to show in about `frames` moves from 0 to the last: all of them if they are few."""
    moves = min(as_whole("frames", frames), steps)
    return np.unique(np.rint(np.linspace(0, steps, moves + 1)).astype(int)).tolist()


def animation(scene, runs, frames=50, *, interval=100, format="PNG"):
    """The bytes of an animated PNG (or GIF) that shows the runs step by step, for ever.

    interval  milliseconds of a picture. The first is that of the last step, where nothing plays.
    In the end the scene stands where it stood. Raises ValueError where the background changes on
    the way: all pictures share one, and one palette, so that only what moves is stored anew.
    """
    interval = as_positive("interval", interval)
    *begin, last = moments(scene.steps(runs), frames)
    times = [last, *begin]
    with scene.lock, standing(scene):
        sample = [picture(scene, runs, t, first=t == last)
                  for t in (last, times[len(times) // 2], times[-1])]
        palette = Image.fromarray(np.concatenate(sample)).quantize(UNCHANGED, dither=NO_DITHER)
        shown = [in_palette(picture(scene, runs, t, first=False), palette) for t in times]
    options = {}
    if format == "PNG":
        changes = [np.where(old == new, np.uint8(UNCHANGED), new)
                   for old, new in zip(shown[:-1], shown[1:], strict=True)]
        shown = [shown[0], *changes]
        options = {"blend": 1, "transparency": UNCHANGED}
    first, *others = (with_colors(frame, palette) for frame in shown)
    out = io.BytesIO()
    duration = [REST * interval] + [interval] * len(others)
    first.save(out, format, save_all=True, append_images=others, loop=0, duration=duration,
               **options)
    return out.getvalue()


@contextlib.contextmanager
def standing(scene):
    """Let a scene stand, in the end, where it stood."""
    runs, t = scene.runs, scene.t
    try:
        yield
    finally:
        if runs:
            scene.set(runs, t)
        else:
            scene.clear()


def picture(scene, runs, t, first):
    """The scene at step t, on the background of the first picture."""
    if scene.set(runs, t) and not first:
        raise ValueError(f"the background of this scene changes at step {t}: "
                         "give its panels limits that hold for the whole run")
    return np.asarray(scene.draw(SCREEN_DPI))


def in_palette(pixels, palette):
    """The places in the palette of these pixels."""
    return np.array(Image.fromarray(pixels).quantize(palette=palette, dither=NO_DITHER))


def with_colors(frame, palette):
    """An image of these places in the palette."""
    colors = palette.getpalette()
    colors = (colors + [0] * (3 * UNCHANGED))[:3 * UNCHANGED]
    image = Image.fromarray(frame).convert("P")
    image.putpalette([255 if color >= WHITE else color for color in colors] + [0, 0, 0])
    return image


def save_animation(scene, runs, path, frames=50, *, interval=100):
    """Write the runs, step by step, to a file: "x.png" (an animated PNG) or "x.gif".

    What is wrong with the path is said before the work.
    """
    place = as_place(path, ".png", ".gif")
    format = place.suffix[1:].upper()
    write_whole(place, animation(scene, runs, frames, interval=interval, format=format))
