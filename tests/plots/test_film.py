"""The film of a run: its pictures, its bytes, its file."""

import io

import numpy as np
import pytest
from PIL import Image

from lrteach import LinearRegression, Scene, curve, descend, landscape, loss_curve, parabola, receipts, save_animation
from lrteach.plots.film import animation, moments


def scene_and_run(steps=12):
    return Scene(curve(parabola()), loss_curve(50, (1e-3, 1e3)), size=(6, 3)), descend(parabola(), -5.0, lr=0.1, steps=steps)


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
    for t in (0, 1, 7, 12):
        film.seek(t)
        scene.show(run, t)
        shown, drawn = np.asarray(film.convert("RGB"), float), np.asarray(scene.draw(100), float)
        assert abs(shown - drawn).mean() < 1.0, t
        assert shown[0, -1].tolist() == [255, 255, 255]  # the paper stays white


def test_pictures_last_and_the_last_one_longer():
    film = Image.open(io.BytesIO(animation(*scene_and_run(), interval=80)))
    film.seek(3)
    assert film.info["duration"] == 80
    film.seek(12)
    assert film.info["duration"] == 1200


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


def test_two_runs_of_different_length():
    scene, run = scene_and_run()
    film = Image.open(io.BytesIO(animation(scene, {"short": run, "long": scene_and_run(20)[1]})))
    assert film.n_frames == 21


def test_a_background_that_changes_on_the_way_is_refused():
    X, y = receipts()
    runs = {name: descend(LinearRegression(X * unit, y), [0, 0], lr=0.01, steps=3) for name, unit in [("pieces", [1, 1]), ("dozens", [1 / 12, 1])]}
    with pytest.raises(ValueError, match="the background of this scene changes at step 1"):
        animation(Scene(landscape(LinearRegression(X, y))), runs)
