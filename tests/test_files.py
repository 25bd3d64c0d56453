"""Files that are written: what is said of their place, and that nobody finds half of one."""

import os
from pathlib import Path

import pytest

from lrteach._internal.files import as_place, write_whole


@pytest.mark.parametrize("name", ["x.html", "X.HTML", "x.htm", "a.b.html"])
@pytest.mark.parametrize("kind", [str, Path])
def test_a_place_is_a_path(name, kind, tmp_path):
    assert as_place(kind(tmp_path / name), ".html", ".htm") == tmp_path / name


@pytest.mark.parametrize("path", [3, None, ["x.html"], 1.5])
def test_what_is_no_path_is_named(path):
    with pytest.raises(TypeError, match="path must be the name of a file, not "):
        as_place(path, ".html")


@pytest.mark.parametrize("path, kind, words", [
    ("x.png", ValueError, r'path must end in "\.html" or "\.htm", not \'.*x\.png\''),
    ("x", ValueError, "path must end in"),
    (".html", ValueError, "path must end in"),
    ("", ValueError, "path must end in"),
    ("nowhere/x.html", FileNotFoundError, "path must lie in a folder that exists"),
    (f"{'n' * 200}/x.html", FileNotFoundError, "exists, not '\\.\\.\\..*x.html'"),
    ("folder.html", IsADirectoryError, "path must be a file, not the folder '.*folder.html'"),
])
def test_what_is_wrong_with_a_place_is_said_in_short_words(path, kind, words, tmp_path):
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(kind, match=words) as error:
        as_place(tmp_path / path, ".html", ".htm")
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("there", [True, False])
def test_a_place_where_one_may_not_write_is_refused(there, tmp_path, monkeypatch):
    asked = tmp_path / "x.html"
    if there:
        asked.touch()
    seen = []
    monkeypatch.setattr(os, "access", lambda *asked: seen.append(asked))  # root may write all
    with pytest.raises(PermissionError, match="path must be a place where you may write"):
        as_place(asked, ".html")
    assert seen == [(asked if there else tmp_path, os.W_OK)]


def test_a_file_in_a_folder_where_one_may_not_write_is_refused(tmp_path, monkeypatch):
    """What is written begins beside it."""
    (tmp_path / "x.html").touch()
    monkeypatch.setattr(os, "access", lambda place, mode: place != tmp_path)
    with pytest.raises(PermissionError, match="path must be a place where you may write"):
        as_place(tmp_path / "x.html", ".html")


@pytest.mark.skipif(os.name != "posix", reason="links ask for rights elsewhere")
def test_a_link_goes_on_to_be_one(tmp_path):
    (tmp_path / "film.gif").touch()
    (tmp_path / "newest.gif").symlink_to("film.gif")
    write_whole(tmp_path / "newest.gif", b"new")
    assert (tmp_path / "newest.gif").is_symlink()
    assert (tmp_path / "film.gif").read_bytes() == b"new"


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "x.html"
    write_whole(path, b"first")

    def full(half, content):
        with half.open("wb") as file:
            file.write(content[:2])
        raise OSError("No space left on device")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"second")
    assert path.read_bytes() == b"first" and list(tmp_path.iterdir()) == [path]
