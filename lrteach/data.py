"""The data of the course."""

import os
from pathlib import Path

import numpy as np

from ._internal.arguments import as_number, as_seed, shown
from ._internal.download import PATH, Source, cache_folder

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
MNIST_FILES = {  # bytes and MD5; the smallest first: a cache may turn out to be read-only
    "t10k-labels-idx1-ubyte.gz": (4542, "ec29112dd5afa0611ce80d1b7f02629c"),
    "train-labels-idx1-ubyte.gz": (28881, "d53e105ee54ea40749a09fcbcd1e9432"),
    "t10k-images-idx3-ubyte.gz": (1648877, "9fb629c4189551a2d022fa330f9573f3"),
    "train-images-idx3-ubyte.gz": (9912422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
}
SILENCE = 10    # seconds without a byte after which a mirror is given up
PATIENCE = 600  # seconds that one file may take


def receipts():
    """Three shopping receipts: X (3, 2), how many apples and oranges, and y (3,), yen; float32.

    Recovered from the numbers that the post "TensorFlow: see how the learning rate changes what
    happens" (Qiita, about 2017) prints, which never lists its data.

    >>> X, y = receipts()
    >>> for (apples, oranges), paid in zip(X, y):
    ...     print(f"{apples:.0f} * apple + {oranges:.0f} * orange = {paid:.0f}")
    1 * apple + 3 * orange = 190
    3 * apple + 1 * orange = 330
    5 * apple + 7 * orange = 660
    """
    return np.array([[1, 3], [3, 1], [5, 7]], np.float32), np.array([190, 330, 660], np.float32)


def digits(test_fraction=0.2, seed=0):
    """The 1,797 handwritten digits of 8x8 pixels that come with the package, shuffled by the seed.

    Returns X_train, y_train, X_test, y_test. Needs no network.
    X  (rows, 64), pixels from 0 (paper) to 1 (ink), float32
    y  (rows,), the digits, whole numbers
    The test set of "Optical Recognition of Handwritten Digits" (E. Alpaydin, C. Kaynak, 1998; UCI
    Machine Learning Repository, doi.org/10.24432/C50P49), licence CC BY 4.0; see DATA.md.

    >>> X_train, y_train, X_test, y_test = digits()
    >>> X_train.shape, y_train.shape, X_test.shape, y_test.shape
    ((1438, 64), (1438,), (359, 64), (359,))
    """
    test_fraction = as_number("test_fraction", test_fraction, "one number above 0 and below 1",
                              lambda part: 0 < part < 1)
    rng = np.random.default_rng(as_seed("seed", seed))
    with np.load(Path(__file__).with_name("digits.npz"), allow_pickle=False) as stored:
        X, y = stored["X"] / np.float32(16), stored["y"].astype(int)
    rows = rng.permutation(len(X))
    tests = min(max(round(test_fraction * len(X)), 1), len(X) - 1)  # both parts have rows
    train, test = rows[tests:], rows[:tests]
    return X[train], y[train], X[test], y[test]


def mnist(cache=None):
    """The 70,000 handwritten digits of 28x28 pixels, downloaded at the first call (12 MB).

    Returns X_train, y_train, X_test, y_test.
    X  (60000, 784) and (10000, 784), pixels from 0 (paper) to 1 (ink), float32
    y  (rows,), the digits, whole numbers
    cache  the folder that keeps the files; without it LRTEACH_CACHE or, where that is not set,
           ~/.cache/lrteach.
    Raises ConnectionError where no mirror gives the files, OSError where the cache cannot be used.
    The MNIST database (Y. LeCun, C. Cortes, C. J. C. Burges, 1998), from the MIRRORS.

    >>> X_train, y_train, X_test, y_test = mnist()    # doctest: +SKIP
    >>> X_train.shape, X_test.shape                   # doctest: +SKIP
    ((60000, 784), (10000, 784))
    """
    if not isinstance(cache, (str, os.PathLike, type(None))):
        raise TypeError("cache must be the name of a folder, or None for the usual one, "
                        f"not {shown(cache)}")
    folder = cache_folder(cache, "~/.cache/lrteach", "mnist(cache=...)")
    source = Source("MNIST", MIRRORS, SILENCE, PATIENCE)
    try:
        y_test, y_train, X_test, X_train = (
            source.array(name, size, md5, folder) for name, (size, md5) in MNIST_FILES.items())
    except ConnectionError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OSError(
            f"the cache {shown(str(folder), PATH)} cannot be used ({reason}): "
            "name a folder of your own, mnist(cache=...), or set LRTEACH_CACHE") from error
    X_train, X_test = (X.reshape(len(X), -1) / np.float32(255) for X in (X_train, X_test))
    return X_train, y_train.astype(int), X_test, y_test.astype(int)
