"""The results of a sweep in a file, a line of JSON for each, so that it can go on."""

import json
import os
from pathlib import Path

from .arguments import shown

BEGIN = '{"lr": '  # of each line


class Results:
    """What a file has of a sweep: values = {(lr, seed): number}. Without a file it has nothing.

    Errors are written for the reader, and tried again. A last line that is not whole, as an
    interruption leaves it, is taken away. Raises ValueError where another line is no result.
    """

    def __init__(self, path):
        if not isinstance(path, (str, os.PathLike, type(None))):
            raise TypeError(f"file must be the name of a file, or None, not {shown(path)}")
        self.path, self.values = None if path is None else Path(path), {}
        if self.path and not self.path.parent.is_dir():
            raise FileNotFoundError(f"file must lie in a folder that exists, not {str(path)!r}")
        if self.path and self.path.is_dir():
            raise IsADirectoryError(f"file must be a file, not the folder {str(path)!r}")
        if self.path and self.path.exists():
            self._read()

    def _read(self):
        text = self.path.read_text(encoding="utf-8", errors="replace")
        whole = text[:text.rfind("\n") + 1]
        lines, rest = whole.splitlines(), text[len(whole):]
        for number, line in enumerate(lines, 1):
            self._take(line, number)
        if rest[:len(BEGIN)] != BEGIN[:len(rest)]:  # no line of ours that was interrupted
            raise self._odd(rest, len(lines) + 1)
        if rest:
            self.path.write_text(whole, encoding="utf-8")

    def _take(self, line, number):
        try:
            found = json.loads(line)
            which = float(found["lr"]), int(found["seed"])
            if "error" not in found:
                self.values[which] = float(found["value"])
        except (ValueError, TypeError, KeyError, OverflowError):
            raise self._odd(line, number) from None

    def _odd(self, line, number):
        return ValueError(f"file must hold results of a sweep, but line {number} of "
                          f"{str(self.path)!r} is {shown(line)}")

    def add(self, which, value, error):
        """Keep one result."""
        if not self.path:
            return
        lr, seed = which
        found = {"error": error} if error else {"value": value}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"lr": lr, "seed": seed, **found}) + "\n")
