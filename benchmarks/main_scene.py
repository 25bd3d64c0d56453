"""What `slider.py` and `player.py` draw: the main scene of notebook 01, and the same plainly."""

import matplotlib.pyplot as plt
import numpy as np

from lrteach import Scene, curve, descend, loss_curve, parabola

SIZE = 9.0, 4.4  # inches, with 100 pixels each
STEPS = 50


def walk(lr=0.1, start=-5.0, curvature=1.0, steps=STEPS):
    return descend(parabola(curvature=curvature), start, lr=lr, steps=steps)


def scene():
    return Scene(curve(parabola(), x=(-10, 20), y=(-5, 110)),
                 loss_curve(steps=STEPS, y=(1e-6, 1e6)),
                 title="One bowl, four sliders", size=SIZE)


def plain(run, t=STEPS):
    """(a new figure with the same content, a function that moves it to step t).

    The function returns what moved.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=SIZE, dpi=100, layout="constrained")
    theta = np.linspace(-10, 20, 241)
    left.plot(theta, run.f(theta), color="#555555", lw=2)
    trail, = left.plot([], [], ".", ms=6, alpha=0.55)
    tangent, = left.plot([], [], lw=1.8)
    dot, = left.plot([], [], "o", ms=11, mec="white")
    left.set(xlim=(-10, 20), ylim=(-5, 110), xlabel="theta", ylabel="loss")
    line, = right.semilogy([], [], lw=2.2)
    end, = right.plot([], [], "o", ms=10, mec="white")
    right.set(xlim=(-1, 51.5), ylim=(1e-6, 1e6), xlabel="step", ylabel="loss")
    words = figure.suptitle("")
    for ax in left, right:
        ax.grid(color="#E4E4E4")

    def move(t):
        x, y = run.theta[t], run.loss[t]
        trail.set_data(run.theta[:t], run.loss[:t])
        dot.set_data([x], [y])
        tangent.set_data([-10, 20], y + run.f.grad(x) * (np.array([-10, 20]) - x))
        line.set_data(np.arange(t + 1), run.loss[:t + 1])
        end.set_data([t], [y])
        words.set_text(f"lr = {run.lr[t]:.4g}, step {t} of {len(run) - 1}, loss {y:.3g}")
        return trail, dot, tangent, line, end, words
    move(t)
    return figure, move
