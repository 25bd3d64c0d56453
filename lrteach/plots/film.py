"""A `Scene` over time: the pictures of a run, and the animation that plays where nothing runs."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from .._internal.arguments import as_whole
from .scene import SCREEN_DPI


def moments(steps, frames=50):
    """The steps to show in about `frames` moves from 0 to the last: all of them if they are few, else evenly spread."""
    return np.unique(np.rint(np.linspace(0, steps, min(as_whole("frames", frames), steps) + 1)).astype(int)).tolist()


def animation(scene, runs, frames=50, *, interval=100, format="PNG"):
    """The bytes of an animated PNG (or GIF) that shows the runs step by step, for ever; `interval` in milliseconds.

    All pictures share one palette, so only what moves is stored anew.
    """
    times = moments(scene.steps(runs), frames)
    pictures = []
    for t in times:
        if scene.set(runs, t) and pictures:
            raise ValueError(f"the background of this scene changes at step {t}: give its panels limits that hold for the whole run")
        pictures.append(scene.draw(SCREEN_DPI))
    sample = np.concatenate([np.asarray(pictures[k]) for k in (0, len(pictures) // 2, -1)])
    palette = Image.fromarray(sample).quantize(UNCHANGED, dither=Image.Dither.NONE)
    frames = [np.asarray(picture.quantize(palette=palette, dither=Image.Dither.NONE)) for picture in pictures]
    if format == "PNG":  # leave out of each picture what is as in the one before
        frames[1:] = [np.where(old == new, np.uint8(UNCHANGED), new) for old, new in zip(frames, frames[1:])]
    images = [Image.fromarray(frame).convert("P") for frame in frames]
    colors = [255 if c > 249 else c for c in (palette.getpalette() + 3 * UNCHANGED * [0])[:3 * UNCHANGED]]  # white stays white
    for image in images:
        image.putpalette(colors + [0, 0, 0])
    out = io.BytesIO()
    images[0].save(out, format, save_all=True, append_images=images[1:], loop=0, duration=[interval] * (len(frames) - 1) + [15 * interval],
                   **{"blend": 1, "transparency": UNCHANGED} if format == "PNG" else {})
    return out.getvalue()


UNCHANGED = 255  # the place in the palette that means: leave this pixel as it is


def save_animation(scene, runs, path, frames=50, *, interval=100):
    """Write the runs, step by step, to a file: "x.png" (an animated PNG) or "x.gif"."""
    path = Path(path)
    if path.suffix.lower() not in (".png", ".gif"):
        raise ValueError(f'path must end in ".png" or ".gif", not {str(path)!r}')
    path.write_bytes(animation(scene, runs, frames, interval=interval, format=path.suffix[1:].upper()))
