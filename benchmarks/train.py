"""A network of 784-40-20-10 and of 64-40-20-10 units, sigmoid, float32, trained by Adam.

1000 iterations with batches of 100. Prints one JSON line: for each of the two sizes, the best of a
few times, each in fresh processes with one thread and with two,
- milliseconds an iteration of `descend` and of the same in PyTorch, for either its faster number of
  threads (the aim for 784 is a ratio of at most 0.45);
- milliseconds an iteration of sixteen rates in one call and of a loop over them (the aim is a ratio
  of at most 0.4);
- the same of the matrix products and the arithmetic of Adam alone, for one run and for sixteen:
  their ratio to the loop is a bound that no code with these products and this rule goes below;
- the floating-point rate (billions a second, in the matrix products) that one run and sixteen
  reach, and that of the products alone.

    python benchmarks/train.py --iterations 100     for a quick look
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import time

import numpy as np
import torch
from common import arguments

from lrteach import MLP, Minibatches, adam, descend

ROWS, BATCH, HIDDEN, RATES = 5000, 100, (40, 20), np.geomspace(1e-4, 1e-1, 16)


def network(inputs):
    random = np.random.default_rng(0)
    return MLP(
        random.uniform(0, 1, (ROWS, inputs)).astype(np.float32), np.arange(ROWS) % 10, HIDDEN
    )


def ours(net, start, iterations, lr):
    return descend(
        Minibatches(net, BATCH, iterations, seed=0), start, adam, lr=lr, steps=iterations
    ).loss


def theirs(net, start, iterations, lr):
    X, y = torch.from_numpy(net.X), torch.from_numpy(net.y)
    rows = torch.from_numpy(Minibatches(net, BATCH, iterations, seed=0).rows)
    layers = []
    for W, b in net.unpack(start):
        layer = torch.nn.Linear(*W.shape)
        layer.weight.data, layer.bias.data = (
            torch.from_numpy(W.T.copy()),
            torch.from_numpy(b.copy()),
        )
        layers += [layer, torch.nn.Sigmoid()]
    model, cross_entropy, losses = (
        torch.nn.Sequential(*layers[:-1]),
        torch.nn.CrossEntropyLoss(),
        [],
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for t in range(iterations):
        loss = cross_entropy(model(X[rows[t]]), y[rows[t]])
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return np.array(losses)


def products(net, iterations, runs):
    """The matrix products of each iteration, and nothing else.

    h @ W, h.T @ delta, and, but for the first layer, delta @ W.T.
    """
    random, work = np.random.default_rng(0), []
    for k, (n, m) in enumerate(itertools.pairwise(net.units)):
        h, W, delta = (
            random.standard_normal((runs, *shape), np.float32)
            for shape in ((BATCH, n), (n, m), (BATCH, m))
        )
        h = h if k else h[0]  # all runs see the same rows
        work += [(h, W), (h.mT, delta)] + [(delta, W.mT)] * (k > 0)
    work = [(a, b, a @ b) for a, b in work]
    for _ in range(iterations):
        for a, b, out in work:
            np.matmul(a, b, out=out)


def rule(net, iterations, runs):
    """Adam's arithmetic of each iteration, and nothing else.

    In place on arrays of one run, which fit into the processor's cache.
    """
    theta, g, m, s, a, b = np.random.default_rng(0).uniform(1, 2, (6, net.dim)).astype(np.float32)
    for _ in range(iterations * runs):
        np.multiply(m, 0.9, out=m)
        m += np.multiply(g, 0.1, out=a)
        np.multiply(s, 0.999, out=s)
        s += np.multiply(np.square(g, out=a), 0.001, out=a)
        np.sqrt(np.divide(s, 0.5, out=a), out=a)
        a += 1e-8
        np.multiply(np.divide(m, 0.5, out=b), 1e-6, out=b)
        theta -= np.divide(b, a, out=b)


def operations(net):
    """Floating-point operations in the matrix products of one iteration.

    Two for each weight and row and product.
    """
    layers = enumerate(itertools.pairwise(net.units))
    return 2 * BATCH * sum((3 if k else 2) * n * m for k, (n, m) in layers)


def measure(inputs, iterations, threads):
    """{name: milliseconds an iteration} in this process."""
    torch.set_num_threads(threads)
    net, few = network(inputs), max(iterations // 5, 1)
    start = net.init(seed=0).astype(np.float32)
    assert np.allclose(ours(net, start, 20, 0.01)[:20], theirs(net, start, 20, 0.01), rtol=1e-4), (
        "the two do not compute the same"
    )
    milliseconds = {}
    for name, count, work in [
        ("numpy", iterations, lambda n: ours(net, start, n, 0.01)),
        ("torch", iterations, lambda n: theirs(net, start, n, 0.01)),
        ("sixteen", few, lambda n: ours(net, start, n, RATES)),
        ("loop", few, lambda n: [ours(net, start, n, lr) for lr in RATES]),
        ("products of 1", few, lambda n: products(net, n, 1)),
        ("products of 16", few, lambda n: products(net, n, 16)),
        ("rule of 16", few, lambda n: rule(net, n, 16)),
    ]:
        begin = time.perf_counter()
        work(count)
        milliseconds[name] = 1000 * (time.perf_counter() - begin) / count
    return milliseconds


def in_fresh_process(inputs, iterations, threads):
    environment = {
        **os.environ,
        **dict.fromkeys(
            ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), str(threads)
        ),
    }
    arguments = [
        sys.executable,
        __file__,
        "--iterations",
        str(iterations),
        "--inputs",
        str(inputs),
        "--threads",
        str(threads),
    ]
    return json.loads(
        subprocess.run(
            arguments, env=environment, check=True, capture_output=True, text=True
        ).stdout
    )


def compare(inputs, iterations, times):
    """All that is printed about one network."""
    runs = {
        threads: [in_fresh_process(inputs, iterations, threads) for _ in range(times)]
        for threads in (1, 2)
    }
    best = {
        threads: {name: min(run[name] for run in some) for name in some[0]}
        for threads, some in runs.items()
    }
    ms = {name: min(best[1][name], best[2][name]) for name in best[1]}
    work = operations(net=network(inputs)) / 1e6
    return {
        "ms": {
            f"{name}, threads {threads}": round(best[threads][name], 3)
            for name in best[1]
            for threads in best
        },
        "to_torch": round(ms["numpy"] / ms["torch"], 3),
        "sixteen_to_loop": round(ms["sixteen"] / ms["loop"], 3),
        "bound_of_sixteen_to_loop": round(
            (ms["products of 16"] + ms["rule of 16"]) / ms["loop"], 3
        ),
        "gflops": {
            name: round(work * runs / ms[name], 1)
            for name, runs in (
                ("numpy", 1),
                ("products of 1", 1),
                ("sixteen", 16),
                ("products of 16", 16),
            )
        },
    }


if __name__ == "__main__":
    parser = arguments("A network trained by Adam, against PyTorch and against a loop.")
    parser.add_argument("--iterations", type=int, default=1000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--inputs", type=int, help=argparse.SUPPRESS)  # for the fresh processes
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.short:
        options.iterations, options.times = 10, 1
    if options.inputs:
        print(json.dumps(measure(options.inputs, options.iterations, options.threads)))
    else:
        results = {
            inputs: compare(inputs, options.iterations, options.times) for inputs in (784, 64)
        }
        print(
            json.dumps(
                {
                    "benchmark": "train",
                    **{f"{inputs}-40-20-10": result for inputs, result in results.items()},
                    "holds": {
                        "to_torch": results[784]["to_torch"] <= 0.45,
                        **{
                            f"sixteen, {inputs}": result["sixteen_to_loop"] <= 0.4
                            for inputs, result in results.items()
                        },
                    },
                }
            )
        )
