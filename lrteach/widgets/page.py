"""`save_page`: a live scene with its controls as one page that plays without a kernel.

The scene is drawn once for each state of its controls. What moves is kept, packed, beside the one
background; the page puts the picture of a state where the controls ask for it.
"""

import base64
import html
import json
import os
from pathlib import Path

from .._internal.arguments import shown
from ..plots.drawing import SCREEN_DPI
from .live import Live
from .recording import record

STILL = "On a page these stay as they are: {}. They move where the lesson runs."
HERE = Path(__file__).parent
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 1rem; font-family: system-ui, "DejaVu Sans", Verdana, sans-serif; }}
{css}</style>
{scene}
<script>{js}</script>
</html>
"""


def save_page(live, path):
    """Write a live scene of `explore` or `play` with its controls to a file: "x.html".

    The page needs no kernel and no network. It has the scene in each state of its controls, at
    most 2000 pictures and, beside their backgrounds, 400 kB. Where there is more, sliders get
    fewer stops, of which the first slider keeps most; where that is not enough, the last controls
    stay as they are. The address keeps the state, as in x.html#lr=1.9&start=-5.
    A button counts once. A scene whose picture depends on what was done before has no page.
    Raises TypeError, ValueError or OSError where it cannot be done, and writes nothing then.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be the name of a file, not {shown(path)}")
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f'path must end in ".html", not {str(path)!r}')
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path must lie in a folder that exists, not {str(path)!r}")
    if path.is_dir():
        raise IsADirectoryError(f"path must be a file, not the folder {str(path)!r}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise PermissionError(f"path must be a place where you may write, not {str(path)!r}")
    scene = scene_html(live)
    text = PAGE.format(title=html.escape(live.scene.title or "A live scene"), scene=scene,
                       css=asset("page.css"), js=asset("page.js"))
    half = path.with_name(f".{path.name}.half")
    try:
        half.write_text(text, encoding="utf-8", newline="\n")
        half.replace(path)  # nobody finds half a page
    finally:
        half.unlink(missing_ok=True)


def asset(name):
    """A file of the page, as it stands beside this module."""
    return (HERE / name).read_text(encoding="utf-8")


def scene_html(live):
    """A live scene as a piece of a page: what is seen at first, and the packed pictures of all."""
    if type(live) is not Live:
        raise TypeError("live must be a scene that explore(...) or play(...) returned, "
                        f"not {shown(live)}")
    recording = record(live)
    packed = base64.b64encode(recording.packed).decode()
    pictures = f'<script type="text/plain" class="lrteach-pictures">{packed}</script>\n'
    return figure(live, recording, recording.backgrounds, pictures)


def figure(live, recording, backgrounds, pictures="", data=""):
    """The figure of a recording: its controls, the first picture and its sentence.

    backgrounds  those of the recording, as they are kept
    pictures     the element with the packed pictures, or
    data         the attribute that says where they are
    """
    width = round(SCREEN_DPI * live.scene.size[0])
    under = recording.backgrounds.index(recording.first["background"])
    others = [None if k == under else one for k, one in enumerate(backgrounds)]
    begin = in_script({"controls": recording.controls, "background": under, "backgrounds": others})
    missing = ""
    if recording.still:
        missing = f'<p class="lrteach-still">{STILL.format(", ".join(recording.still))}</p>\n'
    return (f'<figure class="lrteach-scene" style="max-width:{width}px"{data}>\n'
            f'<div class="lrteach-controls"></div>\n'
            f'<div class="lrteach-frame"><div class="lrteach-picture"><div class="lrteach-layers">'
            f'<div>{backgrounds[under]}</div>'
            f'<div class="lrteach-overlay">{recording.first["overlay"]}</div>'
            f'</div></div></div>\n'
            f'<figcaption aria-live="polite">{html.escape(recording.first["sentence"])}'
            f'</figcaption>\n{missing}'
            f'<script type="application/json" class="lrteach-begin">{begin}</script>\n'
            f'{pictures}</figure>')


def in_script(thing):
    """JSON that ends no script."""
    return json.dumps(thing).replace("<", "\\u003c")
