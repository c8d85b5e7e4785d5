#!/usr/bin/python3
"""numpy_alpha.py - features to alpha the usual way: np.cov, eigvalsh, polyfit.
SPDX-License-Identifier: MIT"""
import sys

import numpy as np

x = np.load(sys.argv[1])
values = np.linalg.eigvalsh(np.cov(x, rowvar=False))[::-1]
j = np.arange(11, 101)
print(-np.polyfit(np.log(j), np.log(values[10:100]), 1, w=np.sqrt(1 / j))[0])
