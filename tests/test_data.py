"""The data of the course."""

import numpy as np

from lrteach import receipts


def test_receipts_are_the_three_of_the_post_and_new_at_each_call():
    X, y = receipts()
    assert X.dtype == y.dtype == np.float32
    assert X.tolist() == [[1, 3], [3, 1], [5, 7]] and y.tolist() == [190, 330, 660]
    X[:], y[:] = 0, 0
    assert receipts()[0].all() and receipts()[1].all()
