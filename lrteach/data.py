"""The data of the course."""

import numpy as np


def receipts():
    """Three shopping receipts: X (3, 2), how many apples and oranges, and y (3,), what was paid, in yen; float32.

    1 apple + 3 oranges = 190, 3 + 1 = 330, 5 + 7 = 660. Recovered from the numbers that the post "TensorFlow: see how
    the learning rate changes what happens" (Qiita, about 2017) prints, which never lists its data.
    """
    return np.array([[1, 3], [3, 1], [5, 7]], np.float32), np.array([190, 330, 660], np.float32)
