"""What PyTorch 2.13 gave in notebook 11, for where it is not installed. Tests compute it anew."""

import numpy as np

from ..descent import Run
from ..optimizers import adagrad, adam, adamw, momentum, nesterov, rmsprop, sgd
from ..range_test import judged
from ..schedules import constant, exponential_sweep, one_cycle

TORCH = {  # {rule: (class, options, x and y after 50 steps at 0.1 in the valley)}
    sgd: ("SGD", {}, (-4.235042469962758, 2.854495385411919e-05)),
    momentum: ("SGD", {"momentum": 0.9}, (0.40917119042067285, -0.06099685827827783)),
    nesterov: ("SGD", {"momentum": 0.9, "nesterov": True},
               (0.3473426533233998, -9.416495568600658e-05)),
    adagrad: ("Adagrad", {}, (-5.770967598609088, 0.9079938553630387)),
    rmsprop: ("RMSprop", {}, (-0.15956932746161348, 5.720953631605248e-15)),
    adam: ("Adam", {}, (-2.5749100089044306, -0.07576399862292374)),
    adamw: ("AdamW", {}, (-2.3878723220614804, -0.06856694961699175)),
}
EPOCH = 45  # batches of 32 digits
ACCURACY = {  # test accuracy in percent, one row a seed, before the first epoch and after each
    "default, 0.001": (constant(0.001), [
        [17.5, 44.0, 68.8, 78.8, 81.6, 89.4],
        [10.9, 33.7, 54.0, 75.5, 81.6, 86.1],
        [9.2, 19.2, 49.0, 76.6, 81.9, 89.1]]),
    "found, 0.005": (constant(0.005), [
        [17.5, 67.7, 90.0, 93.3, 95.5, 95.3],
        [10.9, 74.4, 90.5, 93.3, 93.3, 94.7],
        [9.2, 78.8, 93.0, 94.2, 96.1, 96.9]]),
    "0.012": (constant(0.012), [
        [17.5, 90.5, 88.9, 95.3, 95.0, 96.4],
        [10.9, 83.8, 93.0, 94.2, 94.7, 96.7],
        [9.2, 90.8, 93.3, 96.1, 98.3, 98.3]]),
    "one cycle up to 0.012": (one_cycle(0.012, 5 * EPOCH), [
        [17.5, 43.7, 89.4, 95.5, 96.9, 96.9],
        [10.9, 51.8, 90.3, 93.9, 96.1, 96.7],
        [9.2, 46.2, 94.2, 94.4, 97.5, 96.9]]),
}
# thousandths of the loss of each batch
SWEEP = """
2302 2291 2307 2314 2295 2308 2308 2319 2295 2310 2278 2313 2296 2305 2300 2307 2290 2292
2321 2310 2293 2303 2274 2301 2309 2291 2304 2303 2295 2308 2300 2300 2304 2293 2299 2320
2297 2332 2300 2305 2292 2321 2310 2334 2319 2311 2304 2325 2310 2272 2318 2310 2299 2303
2303 2313 2301 2302 2306 2301 2295 2317 2290 2294 2305 2279 2312 2307 2301 2326 2275 2300
2280 2329 2309 2300 2304 2299 2279 2312 2315 2273 2294 2307 2281 2308 2293 2297 2284 2307
2314 2287 2304 2307 2285 2295 2293 2267 2278 2302 2289 2296 2266 2308 2284 2276 2302 2317
2295 2292 2290 2299 2288 2296 2301 2305 2306 2297 2295 2302 2302 2287 2273 2273 2297 2276
2275 2281 2295 2305 2274 2297 2285 2274 2293 2278 2286 2311 2291 2277 2253 2274 2284 2264
2298 2267 2265 2271 2246 2257 2257 2270 2255 2270 2267 2262 2230 2239 2229 2268 2268 2239
2219 2229 2210 2232 2215 2246 2195 2224 2218 2235 2231 2206 2196 2190 2169 2195 2141 2166
2152 2154 2135 2127 2094 2127 2053 2124 2093 2054 2020 2046 2012 1937 2089 1999 1987 1825
1844 1893 1693 1806 1801 1823 1663 1670 1645 1570 1431 1496 1594 1382 1272 1354 1128 1198
1322 1030 1105 1104 907 820 1032 1081 1024 888 778 873 1402 772 707 736 400 842 939 502 517
409 541 527 596 636 445 621 363 274 446 583 200 442 307 176 241 207 362 287 372 538 301 346
686 269 415 312 311 564 210 155 190 316 140 194 237 159 446 106 196 108 143 121 390 227 522
143 239 317 203 286 196 95 442 128 422 97 350 604 182 327 253 210 320 449 284 293 187 486
277 226 413 353 449 490 160 465 152 210 164 254 111 586 184 290 175 46 144 261 98 321 854
692 540 82 194 445 232 796 176 334 405 833 637 943 229 704 828 1995 1079 599 1281 1009 2360
939 2142 1408 1513 1228 2134 2029 831 3072 2492
"""


def trained(schedule, accuracy):
    """A run for `accuracy_curve` and `lr_curve`, of test accuracies from 0 to 1 after each epoch.

    accuracy  (seeds, epochs + 1)
    """
    right = np.transpose(accuracy)
    steps = EPOCH * (len(right) - 1)
    still = np.zeros((1, steps + 1, right.shape[1]))
    rates = np.array([schedule(t) for t in range(steps + 1)])
    return Run(still, still[0], rates, None, measured={"test": right}, every=EPOCH)


def swept():
    """The range test of SWEEP, as `find_lr` gave it."""
    loss = np.array(SWEEP.split(), float) / 1000
    asked = {"steps": 500, "smoothing": 0.95, "every": 1, "stop_factor": 4.0}
    lr = exponential_sweep(1e-5, 10.0, 500)(np.arange(len(loss)))
    return judged(lr, loss, {}, None, asked)


stored = {
    "sweep": swept(),
    "training": {name: trained(schedule, np.divide(accuracy, 100))
                 for name, (schedule, accuracy) in ACCURACY.items()},
}
