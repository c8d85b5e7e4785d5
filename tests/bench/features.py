#!/usr/bin/python3
"""features.py - write float32 features whose covariance decays as 1/j, mean 0.5.
SPDX-License-Identifier: MIT"""
import sys

import numpy as np

name, rows, dim = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(0)
scale = (np.arange(1, dim + 1) ** -0.5).astype(np.float32)
x = np.lib.format.open_memmap(name, mode="w+", dtype=np.float32, shape=(rows, dim))
for i in range(0, rows, 5000):
    n = min(5000, rows - i)
    x[i : i + n] = rng.standard_normal((n, dim), dtype=np.float32) * scale + 0.5
