"""A scene: its panels, what it says, how it is drawn."""

import numpy as np

from lrteach import LinearRegression, Scene, descend, landscape, loss_curve, receipts

PRICES = LinearRegression(*receipts())
DOZENS = LinearRegression(receipts()[0] / [12, 1], receipts()[1])


def test_two_scenes_may_share_a_panel():
    panel = landscape(PRICES)
    run, other = (descend(f, [0, 0], lr=0.01, steps=3) for f in (PRICES, DOZENS))
    alone, one, two = Scene(landscape(PRICES)), Scene(panel), Scene(panel, loss_curve())
    for scene in (alone, one, two):
        scene.show(run)
    assert one.png() == alone.png()
    two.show(other)
    one.show(run, 2)
    one.show(run)
    assert one.png() == alone.png()
    assert not np.array_equal(one.axes[0].get_xlim(), two.axes[0].get_xlim())
