#!/usr/bin/python3
"""probe_tool.py - the values in tests/tools/nai-probe.bats, for its blobs of 240 and 120 rows.
SPDX-License-Identifier: MIT
Usage: tests/golden/probe_tool.py"""
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, r2_score


def blobs(rows, seed):
    s = [seed + 77]

    def u():
        s[0] = s[0] * 16807 % 2147483647
        return s[0] / 2147483647

    u()
    out = []
    for i in range(rows):
        c = i % 8
        v = [c % 2 + u(), c // 2 % 2 + u(), c // 4 + u(), u(), 9 * u()]
        out.append([float(f"{x:.6g}") for x in v] + [c])
    return np.array(out)


train, test = blobs(240, 0), blobs(120, 9)
X, y, Z, t = train[:, :5], train[:, 5], test[:, :5], test[:, 5]
print("scikit-learn", sklearn.__version__, "NumPy", np.__version__)
for c in (1, 0.01):
    m = LogisticRegression(C=c, solver="newton-cg", tol=1e-11, max_iter=1000, multi_class="multinomial").fit(X, y)
    f = log_loss(y, m.predict_proba(X)) + (m.coef_**2).sum() / (2 * c * len(X))
    print("logistic", c, repr(f), repr(m.score(Z, t)))
target = lambda a: np.array([float(f"{v:.6g}") for v in 2 * a[:, 0] - a[:, 2] + a[:, 3] ** 2])
a, b = X[:, :4], target(train)
w = np.linalg.solve((a - a.mean(0)).T @ (a - a.mean(0)) + 2 * np.eye(4), (a - a.mean(0)).T @ (b - b.mean()))
fit = (Z[:, :4] - a.mean(0)) @ w + b.mean()
print("ridge", repr(r2_score(target(test), fit)), repr(((target(test) - fit) ** 2).mean()))
