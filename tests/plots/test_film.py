"""The film of a run: its pictures, its bytes, its file."""

import io
import os

import numpy as np
import pytest
from PIL import Image

from lrteach import (
    LinearRegression,
    Scene,
    curve,
    descend,
    landscape,
    loss_curve,
    parabola,
    receipts,
    save_animation,
)
from lrteach.plots import film
from lrteach.plots.film import animation, moments


def scene_and_run(steps=12):
    return Scene(curve(parabola()), loss_curve(steps=50, y=(1e-3, 1e3)), size=(6, 3)), descend(
        parabola(), -5.0, lr=0.1, steps=steps
    )


def test_moments_are_all_steps_or_evenly_spread():
    assert moments(5) == [0, 1, 2, 3, 4, 5]
    assert moments(50, 50) == list(range(51))
    assert moments(1000, 4) == [0, 250, 500, 750, 1000]
    with pytest.raises(ValueError, match="frames"):
        moments(50, 0)


def test_every_picture_is_that_of_the_scene():
    scene, run = scene_and_run()
    film = Image.open(io.BytesIO(animation(scene, run)))
    assert film.n_frames == 13 and film.info["loop"] == 0
    for k, t in enumerate([12, *range(12)]):
        film.seek(k)
        scene.show(run, t)
        shown, drawn = np.asarray(film.convert("RGB"), float), np.asarray(scene.draw(100), float)
        assert abs(shown - drawn).mean() < 1.0, t
        assert shown[0, -1].tolist() == [255, 255, 255]  # the paper stays white


def test_pictures_last_and_the_last_one_longer():
    film = Image.open(io.BytesIO(animation(*scene_and_run(), interval=80)))
    lasting = []
    for k in range(film.n_frames):
        film.seek(k)
        lasting.append(film.info["duration"])
    assert lasting == [1200] + [80] * 12  # the first picture is that of the last step


def test_what_does_not_play_shows_the_last_step():
    scene, run = scene_and_run(105)
    film = Image.open(io.BytesIO(animation(scene, run, frames=50)))
    assert film.n_frames == 51 and moments(105, 50)[-1] == 105
    scene.show(run)
    assert (
        abs(np.asarray(film.convert("RGB"), float) - np.asarray(scene.draw(100), float)).mean()
        < 1.0
    )


@pytest.mark.parametrize("begin", [None, 0, 7])
def test_the_scene_stands_in_the_end_where_it_stood(begin, tmp_path):
    scene, run = scene_and_run()
    if begin is not None:
        scene.show({"a": run, "b": run}, begin)
    before = scene.png()
    save_animation(scene, run, tmp_path / "film.png")
    assert (
        scene.png() == before
        and scene.t == (begin or 0)
        and list(scene.runs) == ["a", "b"][: 2 * (begin is not None)]
    )
    with pytest.raises(TypeError, match="a Scene shows a Run"):
        save_animation(scene, 3, tmp_path / "film.png")
    assert scene.png() == before


def test_a_film_that_fails_leaves_the_scene_where_it_stood():
    def artists(ax, style):
        (line,) = ax.plot([], [], "o")

        def update(run, t):
            line.set_data([t], [run.loss[t]])
            if t == 5:
                raise ValueError("not the fifth")

        return update

    run = descend(parabola(), -5.0, lr=0.1, steps=12)
    scene = Scene(artists, size=(4, 3)).show(run, 3)
    before = scene.overlay()
    with pytest.raises(ValueError, match="not the fifth"):
        animation(scene, run)
    assert scene.overlay() == before and scene.t == 3


def test_same_bytes_on_every_run():
    assert animation(*scene_and_run()) == animation(*scene_and_run())


def test_a_long_run_has_few_pictures():
    assert Image.open(io.BytesIO(animation(*scene_and_run(500), frames=20))).n_frames <= 21


@pytest.mark.parametrize("name, format", [("film.png", "PNG"), ("film.GIF", "GIF")])
def test_save(tmp_path, name, format):
    save_animation(*scene_and_run(), tmp_path / name)
    film = Image.open(tmp_path / name)
    assert film.format == format and film.n_frames == 13


def test_save_names_the_endings_it_knows(tmp_path):
    with pytest.raises(ValueError, match=r'"\.png" or "\.gif", not .*film\.mp4'):
        save_animation(*scene_and_run(), tmp_path / "film.mp4")


@pytest.mark.parametrize(
    "path, error, words",
    [
        (
            "nowhere/film.png",
            FileNotFoundError,
            "path must lie in a folder that exists, not '.*nowhere",
        ),
        ("folder.png", IsADirectoryError, "path must be a file, not the folder '.*folder"),
    ],
)
def test_what_is_wrong_with_the_path_is_said_before_the_work(
    path, error, words, tmp_path, monkeypatch
):
    (tmp_path / "folder.png").mkdir()
    monkeypatch.setattr(film, "animation", lambda *args, **options: pytest.fail("worked"))
    with pytest.raises(error, match=words):
        save_animation(*scene_and_run(), tmp_path / path)


def test_a_place_where_one_may_not_write_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    monkeypatch.setattr(film, "animation", lambda *args, **options: pytest.fail("worked"))
    with pytest.raises(
        PermissionError, match="path must be a place where you may write, not '.*film.gif'"
    ):
        save_animation(*scene_and_run(), tmp_path / "film.gif")


@pytest.mark.parametrize("interval", [0, -5, "fast"])
def test_the_interval_is_a_number_above_0(interval):
    with pytest.raises(
        (ValueError, TypeError),
        match="interval must be one number above 0|interval must be one finite number",
    ):
        animation(*scene_and_run(), interval=interval)


def test_two_runs_of_different_length():
    scene, run = scene_and_run()
    film = Image.open(io.BytesIO(animation(scene, {"short": run, "long": scene_and_run(20)[1]})))
    assert film.n_frames == 21


def test_a_background_that_changes_on_the_way_is_refused():
    X, y = receipts()
    runs = {
        name: descend(LinearRegression(X * unit, y), [0, 0], lr=0.01, steps=3)
        for name, unit in [("pieces", [1, 1]), ("dozens", [1 / 12, 1])]
    }
    with pytest.raises(ValueError, match="the background of this scene changes at step 1"):
        animation(Scene(landscape(LinearRegression(X, y))), runs)
