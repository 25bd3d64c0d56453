"""Files that are downloaded once, checked, and kept in a folder."""

import gzip
import hashlib
import math
import os
import threading
import time
import zlib
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import numpy as np

from .arguments import shown

PATH = 120  # characters of a folder's name in a message
ROOM = 64   # characters for what went wrong, so that the whole message can be read


def cache_folder(name, usual, call):
    """The folder that keeps the files: `name`, else $LRTEACH_CACHE, else `usual`.

    call  what a message tells the reader to write, such as "mnist(cache=...)".
    """
    chosen = name or os.environ.get("LRTEACH_CACHE") or usual
    try:
        return Path(os.fspath(chosen)).expanduser()
    except RuntimeError:
        raise OSError(f"the cache {shown(str(chosen), PATH)} cannot be used (no home folder is "
                      f"known): name a folder of your own, {call}, or set LRTEACH_CACHE") from None


class Source:
    """Where files come from, and how long one of them may take there.

    mirrors   addresses of folders, tried one after the other
    silence   seconds without a byte after which a mirror is given up
    patience  seconds for one file from one mirror, from the first header to the last byte
    """

    def __init__(self, what, mirrors, silence, patience):
        self.what, self.mirrors = what, mirrors
        self.silence, self.patience = silence, patience

    def array(self, name, size, md5, folder):
        """The array in a file, which is downloaded first where `folder` has it not, or broken.

        size, md5  of the whole file, in bytes and as a hexadecimal number.
        Raises ConnectionError where no mirror gives it, OSError where it cannot be kept.
        """
        path = folder / name
        with suppress(FileNotFoundError, ValueError):
            return unpacked(name, path.read_bytes(), size, md5)
        folder.mkdir(parents=True, exist_ok=True)
        content, array = self._download(name, size, md5)
        part = folder / f"{name}.{uuid4().hex}.part"
        try:
            part.write_bytes(content)
            os.replace(part, path)  # in one step: nobody ever sees half a file
        finally:
            with suppress(OSError):
                part.unlink()
        return array

    def _download(self, name, size, md5):
        """The bytes of a file, and the array in them, from the first mirror that has it whole."""
        from http.client import HTTPException  # here, because it makes `import lrteach` slow

        failed = {}  # {what went wrong: where}
        for mirror in self.mirrors:
            try:
                content = fetched(mirror + name, size, self.silence, self.patience)
                return content, unpacked(name, content, size, md5)
            except (OSError, HTTPException, ValueError, RuntimeError) as error:
                failed.setdefault(str(error).strip("<>"), []).append(mirror)
        room = ROOM // len(failed)
        said = "; ".join(f"{' and '.join(at)}: {text[:room]}" for text, at in failed.items())
        raise ConnectionError(f"{self.what} is not to be had now: no mirror gave {name} ({said}). "
                              "The next call tries again; digits() needs no network")


def fetched(url, size, silence, patience):
    """The bytes at an address, shown by a bar; more than size + 64 kB are never read.

    The clock runs over all: a server that sends its headers one byte at a time is given up, too.
    """
    from tqdm.auto import tqdm

    end, reader = time.monotonic() + patience, Reader(url, size, silence)
    with tqdm(desc=url.rpartition("/")[2], total=size, unit="B", unit_scale=True,
              leave=False) as bar:
        try:
            reader.begin()
            while reader.is_alive() and time.monotonic() < end:
                reader.join(min(0.1, max(0.0, end - time.monotonic())))
                bar.update(len(reader.content) - bar.n)
        finally:
            reader.stopped = True  # also where a learner stops it
    if reader.is_alive():
        raise TimeoutError(f"not done after {patience} s")
    if reader.error is not None:
        raise reader.error
    return bytes(reader.content)


class Reader(threading.Thread):
    """Reads what is at an address, beside the thread that waits for it and can be interrupted."""

    def __init__(self, url, size, silence):
        super().__init__(daemon=True)
        self.url, self.size, self.silence = url, size, silence
        self.content, self.error, self.stopped = bytearray(), None, False

    def begin(self):
        """Read; where there are no threads, as in a browser, at once."""
        try:
            self.start()
        except RuntimeError:
            self.run()

    def run(self):
        try:
            self._read()
        except Exception as error:
            self.error = error

    def _read(self):
        from urllib.request import Request, urlopen

        request = Request(self.url, headers={"User-Agent": "lrteach"})
        with urlopen(request, timeout=self.silence) as response:
            while not self.stopped and len(self.content) <= self.size:
                more = response.read1(2 ** 16)
                if not more:
                    break
                self.content += more


def unpacked(name, content, size, md5):
    """The array in a gzipped idx file, or a ValueError that says what is wrong with the file."""
    if len(content) != size:
        raise ValueError(f"{len(content)} bytes came of {size}")
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != md5:
        raise ValueError("a wrong checksum")
    try:
        raw = gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        raise ValueError("not a gzip file") from None
    axes = 3 if "images" in name else 1
    shape = [int.from_bytes(raw[4 * k:4 * k + 4], "big") for k in range(1, axes + 1)]
    whole = 4 + 4 * axes + math.prod(shape)
    if raw[:4] != bytes([0, 0, 8, axes]) or len(raw) != whole:  # 8 stands for bytes
        raise ValueError(f"not an idx file of bytes in {axes}-d, or not a whole one")
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)
