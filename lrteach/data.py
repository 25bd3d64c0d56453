"""The data of the course."""

import gzip
import hashlib
import math
import os
import time
import zlib
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import numpy as np

from ._internal.arguments import as_number, as_whole

MIRRORS = "https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"
MNIST_FILES = {  # bytes and MD5; the smallest comes first, so that a cache that cannot be written costs no long download
    "t10k-labels-idx1-ubyte.gz": (4542, "ec29112dd5afa0611ce80d1b7f02629c"),
    "train-labels-idx1-ubyte.gz": (28881, "d53e105ee54ea40749a09fcbcd1e9432"),
    "t10k-images-idx3-ubyte.gz": (1648877, "9fb629c4189551a2d022fa330f9573f3"),
    "train-images-idx3-ubyte.gz": (9912422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
}
SILENCE = 10    # seconds without a byte after which a mirror is given up
PATIENCE = 600  # seconds that one file may take


def receipts():
    """Three shopping receipts: X (3, 2), how many apples and oranges, and y (3,), what was paid, in yen; float32.

    1 apple + 3 oranges = 190, 3 + 1 = 330, 5 + 7 = 660. Recovered from the numbers that the post "TensorFlow: see how
    the learning rate changes what happens" (Qiita, about 2017) prints, which never lists its data.
    """
    return np.array([[1, 3], [3, 1], [5, 7]], np.float32), np.array([190, 330, 660], np.float32)


def digits(test_fraction=0.2, seed=0):
    """The 1,797 handwritten digits of 8x8 pixels that come with the package, shuffled by the seed: X_train, y_train, X_test, y_test.

    X  (rows, 64), pixels from 0 (paper) to 1 (ink), float32; y  (rows,), the digits, whole numbers. Needs no network.
    The test set of "Optical Recognition of Handwritten Digits" (E. Alpaydin, C. Kaynak, 1998; UCI Machine Learning
    Repository, doi.org/10.24432/C50P49), licence CC BY 4.0; see DATA.md.
    """
    test_fraction = as_number("test_fraction", test_fraction, "one number above 0 and below 1", lambda part: 0 < part < 1)
    order = np.random.default_rng(as_whole("seed", seed, least=0))
    with np.load(Path(__file__).with_name("digits.npz"), allow_pickle=False) as stored:
        X, y = stored["X"] / np.float32(16), stored["y"].astype(int)
    rows = order.permutation(len(X))
    tests = min(max(round(test_fraction * len(X)), 1), len(X) - 1)  # both parts have rows
    train, test = rows[tests:], rows[:tests]
    return X[train], y[train], X[test], y[test]


def mnist(cache=None):
    """The 70,000 handwritten digits of 28x28 pixels, downloaded at the first call (12 MB): X_train, y_train, X_test, y_test.

    X  (60000, 784) and (10000, 784), pixels from 0 (paper) to 1 (ink), float32; y  (rows,), the digits, whole numbers.
    cache  the folder that keeps the files; without it LRTEACH_CACHE or, where that is not set, ~/.cache/lrteach.
    Raises ConnectionError where no mirror gives the files, OSError where the cache cannot be used.
    The MNIST database (Y. LeCun, C. Cortes, C. J. C. Burges, 1998), from the MIRRORS.
    """
    if not isinstance(cache, (str, os.PathLike, type(None))):
        raise TypeError(f"cache must be the name of a folder, or None for the usual one, not {cache!r}")
    folder = Path(cache or os.environ.get("LRTEACH_CACHE") or "~/.cache/lrteach").expanduser()
    try:
        y_test, y_train, X_test, X_train = (_load(name, folder) for name in MNIST_FILES)
    except ConnectionError:
        raise
    except OSError as error:
        raise OSError(f"the cache {str(folder)!r} cannot be used ({error}): name a folder of your own, "
                      "mnist(cache=...), or set LRTEACH_CACHE") from error
    X_train, X_test = (X.reshape(len(X), -1) / np.float32(255) for X in (X_train, X_test))
    return X_train, y_train.astype(int), X_test, y_test.astype(int)


def _load(name, folder):
    """The array in a file of the cache, which is downloaded first where it is missing or broken."""
    path = folder / name
    with suppress(FileNotFoundError, ValueError):
        return _unpack(name, path.read_bytes())
    folder.mkdir(parents=True, exist_ok=True)
    content, array = _download(name)
    part = folder / f"{name}.{uuid4().hex}.part"
    try:
        part.write_bytes(content)
        os.replace(part, path)  # in one step: nobody ever sees half a file
    finally:
        with suppress(OSError):
            part.unlink()
    return array


def _download(name):
    """The bytes of a file, and the array in them, from the first mirror that has it whole."""
    from http.client import HTTPException  # here and in _fetch, because they would make `import lrteach` slow

    problems = []
    for mirror in MIRRORS:
        try:
            content = _fetch(mirror + name, MNIST_FILES[name][0])
            return content, _unpack(name, content)
        except (OSError, HTTPException, ValueError) as error:
            problems.append(f"{mirror}: {str(error).strip('<>')}")
    raise ConnectionError(f"MNIST is not to be had now: no mirror gave {name} ({'; '.join(problems)}). "
                          "The next call tries again; digits() needs no network")


def _fetch(url, size):
    """The bytes at an address; more than size + 64 kB are never read."""
    from urllib.request import Request, urlopen

    from tqdm.auto import tqdm
    content, end = bytearray(), time.monotonic() + PATIENCE
    with (urlopen(Request(url, headers={"User-Agent": "lrteach"}), timeout=SILENCE) as response,
          tqdm(desc=url.rpartition("/")[2], total=size, unit="B", unit_scale=True, leave=False) as bar):
        while len(content) <= size and (more := response.read1(2 ** 16)):
            if time.monotonic() > end:
                raise TimeoutError(f"not done after {PATIENCE} s")
            content += more
            bar.update(len(more))
    return bytes(content)


def _unpack(name, content):
    """The array in a gzipped idx file of MNIST, or a ValueError that says what is wrong with the file."""
    size, md5 = MNIST_FILES[name]
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
    if raw[:4] != bytes([0, 0, 8, axes]) or len(raw) != 4 + 4 * axes + math.prod(shape):  # 8 stands for bytes
        raise ValueError(f"not an idx file of bytes in {axes}-d, or not a whole one")
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)
