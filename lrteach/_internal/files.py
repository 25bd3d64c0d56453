"""A file that a function is asked to write: its place is checked before the work."""

import os
from pathlib import Path

from .arguments import shown

LONGEST = 120  # letters of a path that an error shows


def as_place(path, *endings):
    """`path` as a Path where a file with one of these endings can be written, or an error."""
    try:
        place = Path(path)
    except TypeError:
        raise TypeError(f"path must be the name of a file, not {shown(path)}") from None
    if place.suffix.lower() not in endings:
        allowed = " or ".join(f'"{ending}"' for ending in endings)
        raise ValueError(f"path must end in {allowed}, not {end_of(place)}")
    if not place.parent.is_dir():
        raise FileNotFoundError(f"path must lie in a folder that exists, not {end_of(place)}")
    if place.is_dir():
        raise IsADirectoryError(f"path must be a file, not the folder {end_of(place)}")
    written = [place, place.parent] if place.exists() else [place.parent]
    if not all(os.access(each, os.W_OK) for each in written):
        raise PermissionError(f"path must be a place where you may write, not {end_of(place)}")
    return place


def end_of(place):
    """A path in words: of a long one the end."""
    words = str(place)
    return repr(words if len(words) <= LONGEST else f"...{words[-LONGEST:]}")


def write_whole(path, content):
    """Write bytes to a file, or to what a link names, in one step: nobody finds half of it."""
    path = path.resolve()
    half = path.with_name(f".{path.name}.half")
    try:
        half.write_bytes(content)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
