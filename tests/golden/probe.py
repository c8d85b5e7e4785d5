#!/usr/bin/python3
"""probe.py - the golden values of tests/probe/probe.c, as probe_golden.h on stdout.
SPDX-License-Identifier: MIT
Usage: tests/golden/probe.py >tests/golden/probe_golden.h"""
import sys

import numpy as np
import scipy
import sklearn
import torch
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, r2_score

N, D, K, M, T = 60, 5, 3, 20, 2
rng = np.random.default_rng(8)
y = rng.integers(0, K, N + M)
X = np.round(0.5 * rng.normal(size=(K, D))[y] + rng.normal(size=(N + M, D)) * [3, 1, 1, 0.5, 0.4], 3)
V = np.round(X @ rng.normal(size=(D, T)) + rng.normal(size=(N + M, T)), 3)
wide = np.round(rng.normal(size=(8, 12)), 3)
train, test = slice(0, N), slice(N, N + M)


def emit(name, a, kind="double"):
    a = np.asarray(a)
    shape = "".join(f"[{s}]" for s in a.shape)
    flat = ", ".join(str(int(v)) if kind != "double" else repr(float(v)) for v in a.ravel())
    lines, line = [], "   "
    for word in flat.split(", "):
        if len(line) + len(word) > 96:
            lines.append(line)
            line = "   "
        line += f" {word},"
    body = "\n".join(lines + [line])
    total = f"[{a.size}]" if a.ndim else ""
    print(f"static const {kind} {name}{total} = {{ /* {shape} */\n{body}\n}};")


print("/* probe_golden.h - what other libraries make of small probes; made by tests/golden/probe.py")
print(" * SPDX-License-Identifier: MIT")
print(" *")
print(f" * scikit-learn {sklearn.__version__}, NumPy {np.__version__}, SciPy {scipy.__version__}, "
      f"PyTorch {torch.__version__.split('+')[0]}. */")
print("#ifndef NAI_PROBE_GOLDEN_H\n#define NAI_PROBE_GOLDEN_H\n\n#include <stdint.h>\n")
print(f"enum {{ N = {N}, M = {M}, D = {D}, K = {K}, T = {T}, WN = 8, WD = 12 }};\n")
emit("golden_x", X)
emit("golden_y", y, "uint32_t")
emit("golden_v", V)
emit("golden_wide", wide)

# logistic: the multinomial optimum; newton-cg goes where lbfgs stops short of
for name, c in (("strong", 0.05), ("weak", 2.0)):
    for solver in ("newton-cg", "lbfgs"):
        m = LogisticRegression(C=c, tol=1e-13, max_iter=100000, solver=solver, multi_class="multinomial")
        m.fit(X[train], y[train])
        w = np.hstack([m.coef_, m.intercept_[:, None] - m.intercept_.mean()])
        f = log_loss(y[train], m.predict_proba(X[train])) + (m.coef_**2).sum() / (2 * c * N)
        print(f"/* C = {c}, {solver}: {f!r}, {m.score(X[test], y[test])!r} */", file=sys.stderr)
        if solver == "newton-cg":
            emit(f"golden_logistic_{name}", w)
            emit(f"golden_logistic_{name}_f", [f, m.score(X[test], y[test])])

# ridge: by definition, checked against scikit-learn
def ridge(A, B, lam):
    a, b = A - A.mean(0), B - B.mean(0)
    w = np.linalg.solve(a.T @ a + lam * np.eye(a.shape[1]), a.T @ b).T
    hat = a @ np.linalg.solve(a.T @ a + lam * np.eye(a.shape[1]), a.T) + 1 / len(a)
    r = B - hat @ B
    gcv = (r**2).sum() / len(a) / (1 - np.trace(hat) / len(a)) ** 2
    s = Ridge(alpha=lam).fit(A, B)
    assert np.allclose(s.coef_, w, atol=1e-9)
    e = np.linalg.eigvalsh(a.T @ a + lam * np.eye(a.shape[1]))
    f = ((r**2).sum() + lam * (w**2).sum()) / len(a)
    return np.hstack([w, (B.mean(0) - w @ A.mean(0))[:, None]]), [gcv, e[-1] / e[0], f]


w, s = ridge(X[train], V[train], 0.7)
emit("golden_ridge", w)
emit("golden_ridge_score", s)
emit("golden_ridge_gcv", [ridge(X[train], V[train], lam)[1][0] for lam in (0.01, 0.1, 1, 10, 100)])
w, s = ridge(wide, V[:8], 0.3)
emit("golden_ridge_wide", w)
emit("golden_ridge_wide_score", s)
fit = Ridge(alpha=0.7).fit(X[train], V[train]).predict(X[test])
emit("golden_r2_mse", [r2_score(V[test], fit), ((V[test] - fit) ** 2).mean()])

# nearest neighbours: cosine, exp(s / tau)
unit = X / np.linalg.norm(X, axis=1, keepdims=True)
sim = unit[test] @ unit[train].T
near = np.argsort(-sim, axis=1, kind="stable")[:, :7]
weight = np.exp(np.take_along_axis(sim, near, 1) / 0.3)
score = np.zeros((M, K))
for c in range(K):
    score[:, c] = (weight * (y[train][near] == c)).sum(1)
mine = score[np.arange(M), y[test]][:, None]
emit("golden_knn_predicted", score.argmax(1), "uint32_t")
emit("golden_knn_rank", (score > mine).sum(1), "uint32_t")
emit("golden_knn_value", (weight[:, :, None] * V[train][near]).sum(1) / weight.sum(1, keepdims=True))

# Adam on minibatches, from the same weights, in the same order
torch.set_default_dtype(torch.float64)
H, BATCH, STEPS = 4, 7, 6
order = rng.permutation(N)[: BATCH * STEPS]
emit("golden_order", order, "size_t")
for name, hidden, values in (("linear", 0, 0), ("mlp", H, 0), ("mlp_values", H, 1)):
    torch.manual_seed(3)
    layers = [torch.nn.Linear(D, hidden), torch.nn.ReLU()] if hidden else []
    net = torch.nn.Sequential(*layers, torch.nn.Linear(hidden or D, T if values else K))
    weights = lambda: np.concatenate(
        [np.hstack([l.weight.detach(), l.bias.detach()[:, None]]).ravel() for l in net if hasattr(l, "bias")])
    emit(f"golden_{name}_start", weights())
    optimiser = torch.optim.Adam(net.parameters(), lr=0.05, weight_decay=1e-2)
    loss_of = torch.nn.MSELoss() if values else torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    losses = []
    for i in range(STEPS):
        at = order[i * BATCH : (i + 1) * BATCH]
        optimiser.zero_grad()
        loss = loss_of(net(torch.tensor(X[at])), torch.tensor(V[at] if values else y[at]))
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    emit(f"golden_{name}_end", weights())
    emit(f"golden_{name}_loss", losses)

emit("golden_wilson", [[getattr(binomtest(h, n).proportion_ci(method="wilson"), e) for e in ("low", "high")]
                       for h, n in ((0, 10), (10, 10), (3, 10), (812, 1000))])
print("\n#endif")
