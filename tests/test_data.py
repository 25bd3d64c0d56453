"""The data of the course."""

import gzip
import hashlib
import http.client
import os
import re
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from lrteach import data, digits, mnist, receipts
from lrteach._internal import download

REAL_MIRRORS = data.MIRRORS


def test_receipts_are_the_three_of_the_post_and_new_at_each_call():
    X, y = receipts()
    assert X.dtype == y.dtype == np.float32
    assert X.tolist() == [[1, 3], [3, 1], [5, 7]] and y.tolist() == [190, 330, 660]
    X[:], y[:] = 0, 0
    assert receipts()[0].all() and receipts()[1].all()


def sorted_rows(X, y):
    table = np.column_stack([X, y])
    return table[np.lexsort(table.T)]


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits  # which takes a second to load

    theirs = load_digits()
    with np.load(Path(data.__file__).with_name("digits.npz"), allow_pickle=False) as stored:
        assert np.array_equal(stored["X"], theirs.data) and np.array_equal(
            stored["y"], theirs.target
        )
    X_train, y_train, X_test, y_test = digits()
    X, y = np.concatenate([X_train, X_test]), np.concatenate([y_train, y_test])
    assert np.array_equal(sorted_rows(X * 16, y), sorted_rows(theirs.data, theirs.target))


@pytest.mark.parametrize(
    "fraction, tests", [(0.2, 359), (0.5, 898), (0.25, 449), (1e-9, 1), (1 - 1e-9, 1796)]
)
def test_digits_are_split_as_asked(fraction, tests):
    X_train, y_train, X_test, y_test = digits(fraction)
    assert X_train.shape == (1797 - tests, 64) and X_test.shape == (tests, 64)
    assert y_train.shape == (1797 - tests,) and y_test.shape == (tests,)
    assert X_train.dtype == X_test.dtype == np.float32 and y_train.dtype == y_test.dtype == int
    X = np.concatenate([X_train, X_test])
    assert X.min() == 0 and X.max() == 1


def test_digits_are_shuffled_by_the_seed_and_new_at_each_call():
    first, again, other = digits(), digits(seed=0), digits(seed=1)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    assert set(first[1]) == set(first[3]) == set(range(10))
    first[0][:] = 7
    assert digits()[0].max() == 1


@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ((0,), ValueError, "test_fraction must be one number above 0 and below 1, not 0"),
        ((1,), ValueError, "test_fraction must be one number above 0 and below 1, not 1"),
        ((np.nan,), ValueError, "test_fraction must be one number above 0 and below 1, not nan"),
        (
            ([0.1, 0.2],),
            ValueError,
            r"test_fraction must be one number above 0 and below 1, not \[0.1, 0.2\]",
        ),
        (("x",), TypeError, "test_fraction must be one number above 0 and below 1, not 'x'"),
        ((0.2, -1), ValueError, "seed must be a whole number of at least 0, not -1"),
        ((0.2, None), TypeError, "seed must be a whole number of at least 0, not None"),
    ],
)
def test_digits_say_what_is_wrong(arguments, error, words):
    with pytest.raises(error, match=words):
        digits(*arguments)


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


RNG = np.random.default_rng(0)
ARRAYS = {
    "t10k-labels-idx1-ubyte.gz": RNG.integers(0, 10, 20, np.uint8),
    "train-labels-idx1-ubyte.gz": RNG.integers(0, 10, 50, np.uint8),
    "t10k-images-idx3-ubyte.gz": RNG.integers(0, 256, (20, 28, 28), np.uint8),
    "train-images-idx3-ubyte.gz": RNG.integers(0, 256, (50, 28, 28), np.uint8),
}
FILES = {name: gzip.compress(idx(array)) for name, array in ARRAYS.items()}
LABELS, IMAGES = "t10k-labels-idx1-ubyte.gz", "train-images-idx3-ubyte.gz"


def entry(content):
    """What the table in `data` holds for a file: its size and its MD5."""
    return len(content), hashlib.md5(content).hexdigest()


class Mirror(ThreadingHTTPServer):
    """A real server on loopback.

    `files` holds what it gives, bytes or a function that writes an answer; `asked` what it was
    asked for.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.files, self.asked, self.closing = dict(FILES), [], threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/mnist/"
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self):
        self.closing.set()  # ends the answers that hang
        self.shutdown()
        self.thread.join()
        self.server_close()


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.removeprefix("/mnist/")
        self.server.asked.append(name)
        content = self.server.files.get(name)
        if content is None:
            self.send_error(404)
        elif callable(content):
            content(self, FILES[name])
        else:
            self.start(len(content))
            self.wfile.write(content)

    def start(self, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_):
        pass


def cut_off(answer, content):
    answer.start(len(content))
    answer.wfile.write(content[:30])


def hang(answer, content):
    cut_off(answer, content)
    answer.server.closing.wait(5)


def never_answer(answer, content):
    answer.server.closing.wait(5)


def drip(answer, content):
    """Headers that come byte by byte and never end."""
    answer.send_response(200)
    answer.flush_headers()
    while not answer.server.closing.wait(0.02):
        try:
            answer.wfile.write(b"x")
        except OSError:  # the reader has gone
            return


def trickle(answer, content):
    answer.start(len(content))
    for byte in content[:100]:
        with suppress(OSError):  # the reader has gone
            answer.wfile.write(bytes([byte]))
        if answer.server.closing.wait(0.02):
            return


def pour(answer, content):
    """An answer that does not end, of a length that it does not tell."""
    answer.send_response(200)
    answer.end_headers()
    with suppress(OSError):
        while not answer.server.closing.is_set():
            answer.wfile.write(bytes(2**16))


def no_http(answer, content):
    answer.wfile.write(b"220 mail.example ready\r\n")


def no_answer(answer, content):
    answer.connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def mirrors(monkeypatch):
    """Two mirrors with a small MNIST; mnist() knows these two and no others."""
    both = Mirror(), Mirror()
    monkeypatch.setattr(data, "MIRRORS", tuple(mirror.url for mirror in both))
    monkeypatch.setattr(
        data, "MNIST_FILES", {name: entry(FILES[name]) for name in data.MNIST_FILES}
    )
    monkeypatch.setattr(data, "SILENCE", 0.4)
    monkeypatch.setattr(data, "PATIENCE", 0.6)
    monkeypatch.setenv("no_proxy", "*")
    yield both
    for mirror in both:
        mirror.close()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def assert_small_mnist(found):
    X_train, y_train, X_test, y_test = found
    for X, y, part in (X_train, y_train, "train"), (X_test, y_test, "t10k"):
        assert X.dtype == np.float32 and y.dtype == int and X.min() == 0 and X.max() == 1
        assert np.array_equal(
            X, ARRAYS[f"{part}-images-idx3-ubyte.gz"].reshape(-1, 784) / np.float32(255)
        )
        assert np.array_equal(y, ARRAYS[f"{part}-labels-idx1-ubyte.gz"])


def test_mnist_table_is_that_of_the_real_files():
    assert data.MNIST_FILES.keys() == FILES.keys()
    assert [size for size, _ in data.MNIST_FILES.values()] == [4542, 28881, 1648877, 9912422]
    assert all(re.fullmatch("[0-9a-f]{32}", md5) for _, md5 in data.MNIST_FILES.values())
    assert len(data.MIRRORS) >= 2 and all(
        re.fullmatch(r"https://.*/", mirror) for mirror in data.MIRRORS
    )


def test_mnist_comes_once_with_a_bar_and_then_without_network(mirrors, tmp_path, capsys):
    folder = tmp_path / "not" / "yet"
    assert_small_mnist(mnist(folder))
    assert names(folder) == sorted(FILES) and all(
        (folder / name).read_bytes() == FILES[name] for name in FILES
    )
    assert sorted(mirrors[0].asked) == sorted(FILES) and mirrors[1].asked == []
    said = capsys.readouterr().err
    assert all(name in said for name in FILES)
    for mirror in mirrors:
        mirror.files.clear()
    assert_small_mnist(mnist(str(folder)))
    assert len(mirrors[0].asked) == 4 and mirrors[1].asked == [] and capsys.readouterr() == ("", "")


BROKEN = {
    "missing": (None, "404"),
    "cut off": (cut_off, "30 bytes came of|IncompleteRead"),
    "short": (FILES[IMAGES][:-1], "bytes came of"),
    "empty": (b"", "0 bytes came of"),
    "long": (FILES[IMAGES] + b"!", "bytes came of"),
    "endless": (pour, "bytes came of"),
    "wrong": (bytes(len(FILES[IMAGES])), "a wrong checksum"),
    "a page instead": (b"<html>Please log in</html>", "26 bytes came of"),
    "hanging": (hang, "timed out"),
    "without an answer": (never_answer, "timed out"),
    "trickling": (trickle, "not done after 0.6 s"),
    "dripping headers": (drip, "not done after 0.6 s"),
    "of another protocol": (no_http, "220 mail"),
    "hung up": (no_answer, "closed connection|reset"),
}


@pytest.mark.parametrize("content, words", BROKEN.values(), ids=BROKEN)
def test_mnist_says_which_file_is_broken_where_and_recovers(mirrors, tmp_path, content, words):
    for mirror in mirrors:
        mirror.files[IMAGES] = content
    start = time.monotonic()
    with pytest.raises(ConnectionError, match=words) as caught:
        mnist(tmp_path)
    assert time.monotonic() - start < 4
    said = str(caught.value)
    assert (
        said.startswith(f"MNIST is not to be had now: no mirror gave {IMAGES} (")
        and "digits() needs no network" in said
    )
    assert all(mirror.url in said for mirror in mirrors)
    assert len(said) < 300
    assert names(tmp_path) == sorted(FILES.keys() - {IMAGES})

    mirrors[0].files[IMAGES] = FILES[IMAGES]
    before = len(mirrors[0].asked)
    assert_small_mnist(mnist(tmp_path))
    assert mirrors[0].asked[before:] == [IMAGES] and names(tmp_path) == sorted(FILES)


@pytest.mark.parametrize("content", [content for content, _ in BROKEN.values()], ids=BROKEN)
def test_mnist_comes_from_the_second_mirror_where_the_first_is_broken(mirrors, tmp_path, content):
    mirrors[0].files[IMAGES] = content
    assert_small_mnist(mnist(tmp_path))
    assert mirrors[1].asked == [IMAGES] and names(tmp_path) == sorted(FILES)


@pytest.mark.parametrize(
    "name, raw",
    [
        (LABELS, b"no gzip"),
        (LABELS, FILES[LABELS][:-9]),
        (LABELS, gzip.compress(b"")),
        (LABELS, gzip.compress(b"\0\0\x08\x01\0\0")),
        (LABELS, gzip.compress(idx(ARRAYS[LABELS].astype(">i4")))),
        (LABELS, gzip.compress(idx(ARRAYS[LABELS])[:-1])),
        (LABELS, gzip.compress(idx(ARRAYS[LABELS]) + b"!")),
        (LABELS, FILES[IMAGES]),
        (IMAGES, FILES[LABELS]),
        (IMAGES, gzip.compress(b"\x01" + idx(ARRAYS[IMAGES])[1:])),
    ],
    ids=[
        "no gzip",
        "cut gzip",
        "empty",
        "half a head",
        "four bytes each",
        "short",
        "long",
        "images for labels",
        "labels for images",
        "magic",
    ],
)
def test_mnist_takes_no_file_that_is_no_idx_even_with_the_right_checksum(
    mirrors, tmp_path, monkeypatch, name, raw
):
    monkeypatch.setitem(data.MNIST_FILES, name, entry(raw))
    for mirror in mirrors:
        mirror.files[name] = raw
    with pytest.raises(ConnectionError, match=f"no mirror gave {name} .*not (a gzip|an idx) file"):
        mnist(tmp_path)
    assert name not in names(tmp_path) and not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    "broken",
    [b"", b"?", FILES[IMAGES][:-1], bytes(len(FILES[IMAGES]))],
    ids=["empty", "one byte", "short", "zeros"],
)
def test_mnist_replaces_a_broken_file_of_the_cache(mirrors, tmp_path, broken):
    mnist(tmp_path)
    (tmp_path / IMAGES).write_bytes(broken)
    assert_small_mnist(mnist(tmp_path))
    assert mirrors[0].asked.count(IMAGES) == 2 and names(tmp_path) == sorted(FILES)
    assert (tmp_path / IMAGES).read_bytes() == FILES[IMAGES]


def test_mnist_says_kindly_that_there_is_no_network(mirrors, tmp_path, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", unknown)
        with pytest.raises(
            ConnectionError,
            match="no mirror gave .*Temporary failure in name resolution"
            r".*digits\(\) needs no network",
        ):
            mnist(tmp_path)
        digits()
    assert names(tmp_path) == []
    assert_small_mnist(mnist(tmp_path))


def test_mnist_says_that_nobody_listens(mirrors, tmp_path):
    for mirror in mirrors:
        mirror.close()
    with pytest.raises(ConnectionError, match=r"refused.*digits\(\) needs no network"):
        mnist(tmp_path)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("TLS not supported"),
        RuntimeError("can't start new thread"),
        ValueError("unknown url type"),
        OSError("unknown url type: https"),
        TimeoutError("the handshake operation timed out"),
        ConnectionResetError(104, "reset by peer"),
        http.client.RemoteDisconnected("Remote end closed connection without response"),
        http.client.LineTooLong("header line"),
        UnicodeError("label empty or too long"),
        RuntimeError("x" * 10_000),
    ],
)
def test_mnist_says_kindly_whatever_the_network_says(mirrors, tmp_path, monkeypatch, error):
    def urlopen(*_, **__):
        raise error

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(data, "MIRRORS", REAL_MIRRORS)
    with pytest.raises(
        ConnectionError,
        match=rf"no mirror gave {LABELS} .*{re.escape(str(error)[:30])}.*"
        r"digits\(\) needs no network",
    ) as caught:
        mnist(tmp_path)
    assert len(str(caught.value)) < 300
    assert names(tmp_path) == []


def test_mnist_says_of_both_mirrors_what_is_wrong_with_each(mirrors, tmp_path):
    mirrors[0].files[IMAGES], mirrors[1].files[IMAGES] = None, b""
    words = f"{mirrors[0].url}: HTTP Error 404: Not Found; {mirrors[1].url}: 0 bytes came of"
    with pytest.raises(ConnectionError, match=re.escape(words)):
        mnist(tmp_path)


def test_mnist_comes_where_there_are_no_threads(mirrors, tmp_path, monkeypatch):
    def start(self):
        if isinstance(self, download.Reader):
            raise RuntimeError("can't start new thread")
        threads(self)

    threads = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", start)
    assert_small_mnist(mnist(tmp_path))


def test_mnist_given_up_leaves_no_thread_that_reads_on(mirrors, tmp_path):
    mirrors[0].files[IMAGES] = trickle
    assert_small_mnist(mnist(tmp_path))
    end = time.monotonic() + 5
    while time.monotonic() < end and any(
        isinstance(t, download.Reader) for t in threading.enumerate()
    ):
        time.sleep(0.05)
    assert not any(isinstance(t, download.Reader) for t in threading.enumerate())


def test_mnist_stopped_by_hand_leaves_nothing(mirrors, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            mnist(tmp_path)
    assert names(tmp_path) == []
    assert_small_mnist(mnist(tmp_path))


def test_mnist_at_the_same_time(mirrors, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(mnist, [tmp_path] * 4):
            assert_small_mnist(found)
    assert names(tmp_path) == sorted(FILES)


def test_mnist_says_that_its_cache_is_no_folder(mirrors, tmp_path):
    (tmp_path / "file").write_text("here", encoding="utf-8")
    for cache in (tmp_path / "file", tmp_path / "file" / "below"):
        words = rf"the cache '{re.escape(str(cache))}' cannot be used .* mnist\(cache=\.\.\.\)"
        with pytest.raises(OSError, match=words) as caught:
            mnist(cache)
        assert not isinstance(caught.value, ConnectionError)
    assert names(tmp_path) == ["file"] and mirrors[0].asked == []
    for cache in (5, b"folder", ["a"]):
        with pytest.raises(
            TypeError,
            match="cache must be the name of a folder, or None for the usual one, "
            f"not {re.escape(repr(cache))}",
        ):
            mnist(cache)


@pytest.fixture
def only_readable():
    """Makes a folder that may be read but not written.

    For a superuser, who may always, by being nobody for a while.
    """
    if sys.platform == "win32":
        pytest.skip("Windows lets the owner of a folder write to it")
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path, which nobody may not enter

        @contextmanager
        def protect():
            os.chmod(folder, 0o555)
            if root:
                os.seteuid(65534)
            try:
                yield
            finally:
                if root:
                    os.seteuid(0)
                os.chmod(folder, 0o755)

        yield Path(folder), protect


def test_mnist_with_a_cache_that_may_only_be_read(mirrors, only_readable):
    folder, protect = only_readable
    mnist(folder)
    with protect():
        assert_small_mnist(mnist(folder))  # all is there: nothing to write
    for path in folder.iterdir():
        path.unlink()
    before = len(mirrors[0].asked)
    with (
        protect(),
        pytest.raises(
            OSError, match=f"the cache '{folder}' cannot be used .*Permission denied"
        ) as caught,
    ):
        mnist(folder)
    assert not isinstance(caught.value, ConnectionError)
    assert names(folder) == [] and mirrors[0].asked[before:] == [
        LABELS
    ]  # the smallest file alone was fetched in vain
    assert_small_mnist(mnist(folder))


@pytest.mark.parametrize("cache", [None, "~/here", "~nobody-of-this-name/here"])
def test_mnist_says_that_there_is_no_home(mirrors, monkeypatch, cache):
    pwd = pytest.importorskip("pwd", reason="Windows finds a home in another way")

    def nobody(_):
        raise KeyError("no such user")

    for name in ("HOME", "LRTEACH_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(
        OSError,
        match=r"the cache '~.*' cannot be used \(no home folder is known\): "
        r"name a folder of your own, mnist\(cache",
    ) as caught:
        mnist(cache)
    assert not isinstance(caught.value, ConnectionError)
    assert mirrors[0].asked == []


@pytest.mark.skipif(sys.platform == "win32", reason="the words are those of Linux and macOS")
@pytest.mark.parametrize(
    "cache, words",
    [("a\0b", "null byte"), ("x" * 5000, "File name too long"), ("/proc/1/" + "y" * 200, "")],
)
def test_mnist_says_of_any_cache_why_it_cannot_be_used(mirrors, cache, words):
    with pytest.raises(
        OSError, match=f"the cache '.*' cannot be used .*{words}.*: name a folder of your own"
    ) as caught:
        mnist(cache)
    assert len(str(caught.value)) < 300 and not isinstance(caught.value, ConnectionError)


def test_mnist_has_a_usual_cache(mirrors, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LRTEACH_CACHE", raising=False)
    mnist()
    assert names(tmp_path / "home/.cache/lrteach") == sorted(FILES)
    monkeypatch.setenv("LRTEACH_CACHE", "~/elsewhere")
    mnist()
    assert names(tmp_path / "home/elsewhere") == sorted(FILES)
