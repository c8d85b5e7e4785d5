"""losses.py - golden values of the losses for tests/kernels/loss.c, into golden_losses.h
SPDX-License-Identifier: MIT
Usage: python3 tests/golden/losses.py >tests/kernels/golden_losses.h

Values come from NumPy, written from the definitions (sums over pairs, no shortcut), gradients from
torch's autograd on a second formulation; both must agree on the value to 1e-13. Gradients are kept
as their products with four fixed vectors and their norm.
"""
import itertools
import sys
import textwrap

import numpy as np
import torch
import torch.nn.functional as F

MASK = 2**64 - 1


def noise(stream, count):
    """SplitMix64 of (stream << 32) + i, in [-1, 1): the same doubles in the C test."""
    out = np.empty(count)
    for i in range(count):
        x = ((stream << 32) + i + 0x9E3779B97F4A7C15) & MASK
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
        x ^= x >> 31
        out[i] = (x >> 11) * 2.0**-52 - 1
    return out


def inputs(m, n, d):
    """Views of n images: what an image's views share, and half as much of their own."""
    base = noise(1, n * d).reshape(1, n, d)
    own = noise(2, m * n * d).reshape(m, n, d)
    z = 1.5 * base + 0.75 * own + 0.125
    target = noise(3, m * n * d).reshape(m, n, d) + 0.25 * base
    labels = (np.arange(n) * 7 + 3) % d
    return z, target, labels


# --- NumPy, from the definitions -----------------------------------------------------------------
def np_normalise(s, z):
    m, n, d = z.shape
    if s["bt_norm"] == "OFFICIAL":
        return [(v - v.mean(0)) / np.sqrt(v.var(0) + 1e-5) for v in z], n
    if s["bt_norm"] == "THESIS":
        return [v - v.mean(0) for v in z], n - 1
    r = z / np.sqrt((z**2).sum(2, keepdims=True))
    rows = r.reshape(m * n, d)
    return list(((rows - rows.mean(0)) / rows.std(0, ddof=1)).reshape(m, n, d)), n


def np_pair(c):
    d = len(c)
    on = sum((c[i, i] - 1) ** 2 for i in range(d))
    off = sum(c[i, j] ** 2 for i in range(d) for j in range(d) if i != j)
    return on, off


def np_barlow(s, z):
    m, n, d = z.shape
    u, k = np_normalise(s, z)
    w = sum(u) / m
    if s["bt_form"] == "EQ10":
        on, off = np_pair(w.T @ w / k)
        inv = sum(((u[a] - w) ** 2).sum() for a in range(m)) / n
        return [inv, s["beta"] * off] + ([s["beta"] * on] if s["bt_norm"] == "THESIS" else [])
    if m == 2:
        on, off = np_pair(u[0].T @ u[1] / k)
        return [on, s["beta"] * off]
    if s["leave_one_out"]:
        both = [np_pair(u[a].T @ (sum(u[c] for c in range(m) if c != a) / (m - 1)) / k)
                for a in range(m)]
        return [sum(b[0] for b in both) / m, s["beta"] * sum(b[1] for b in both) / m]
    on = sum((u[a][:, i] @ w[:, i] / k - 1) ** 2 for a in range(m) for i in range(d)) / m
    return [on, s["beta"] * np_pair(w.T @ w / k)[1]]


def np_vicreg(s, z):
    m, n, d = z.shape
    size = n * d if s["vicreg"] == "OFFICIAL" else n
    f = 2 if s["vicreg"] == "OFFICIAL" else 1
    if m == 2:
        inv = ((z[0] - z[1]) ** 2).sum() / size
    else:
        to = [(z.sum(0) - z[a]) / (m - 1) if s["leave_one_out"] else z.mean(0) for a in range(m)]
        inv = sum(((z[a] - to[a]) ** 2).sum() for a in range(m)) / m / size
    var = np.mean([np.maximum(0, 1 - np.sqrt(v.var(0, ddof=1) + 1e-4)).mean() for v in z])
    cov = np.mean([np_pair(np.cov(v.T, ddof=1))[1] / d for v in z])
    return [s["inv"] * inv, s["var"] * var, s["cov"] * f * cov]


def np_simclr(s, z):
    m, n, d = z.shape
    rows = z.reshape(m * n, d)
    u = rows / np.sqrt((rows**2).sum(1, keepdims=True))
    align = contrast = 0.0
    for i in range(m * n):
        sim = [u[i] @ u[j] / s["temperature"] for j in range(m * n)]
        same = [j for j in range(m * n) if j % n == i % n and j != i]
        among = [j for j in range(m * n) if j != i and not (s["decoupled"] and j in same)]
        align -= np.mean([sim[j] for j in same])
        contrast += np.log(sum(np.exp(sim[j]) for j in among))
    return [align / (m * n), contrast / (m * n)]


def np_byol(s, z, target):
    m, n, _ = z.shape
    total = 0.0
    for a, c in itertools.permutations(range(m), 2):
        for b in range(n):
            p, t = z[a, b], target[c, b]
            total += 2 - 2 * (p @ t) / np.sqrt((p @ p) * (t @ t))
    return [total / (n * m * (m - 1))]


def np_spectral(s, z):
    m, n, _ = z.shape
    w, v = (2, 1) if s["spectral"] == "OFFICIAL" else (1, s["beta"])
    pairs = list(itertools.permutations(range(m), 2))
    pos = np.mean([z[a, b] @ z[c, b] for a, c in pairs for b in range(n)])
    neg = np.mean([(z[a, b] @ z[c, e]) ** 2
                   for a, c in pairs for b, e in itertools.permutations(range(n), 2)])
    return [-w * pos, v * neg]


def np_ce(s, z, labels):
    m, n, d = z.shape
    nll, smooth, correct = [], [], 0
    for a, b in itertools.product(range(m), range(n)):
        logp = z[a, b] - np.log(np.exp(z[a, b]).sum())
        nll.append(-logp[labels[b]])
        smooth.append(-logp.mean())
        correct += int(z[a, b].argmax() == labels[b])
    e = s["smoothing"]
    return [(1 - e) * np.mean(nll)] + ([e * np.mean(smooth)] if e else []), correct


def np_mse(s, z, target):
    e = ((z - target) ** 2).ravel()
    return [e.sum() if s["sum"] else e.mean()]


# --- torch, another formulation ------------------------------------------------------------------
def t_off(c):
    return (c**2).sum() - (torch.diagonal(c) ** 2).sum()


def t_on(c):
    return ((torch.diagonal(c) - 1) ** 2).sum()


def t_barlow(s, z):
    m, n, d = z.shape
    k = n
    if s["bt_norm"] == "OFFICIAL":
        u = torch.stack([F.batch_norm(v, None, None, training=True, eps=1e-5) for v in z])
    elif s["bt_norm"] == "THESIS":
        u, k = z - z.mean(1, keepdim=True), n - 1
    else:
        r = F.normalize(z.reshape(m * n, d), dim=-1)
        u = ((r - r.mean(0)) / r.std(0)).reshape(m, n, d)
    w = u.mean(0)
    if s["bt_form"] == "EQ10":
        c = w.T @ w / k
        loss = m * d * F.mse_loss(u, w.expand_as(u)) + s["beta"] * t_off(c)
        return loss + s["beta"] * t_on(c) if s["bt_norm"] == "THESIS" else loss
    if m == 2:
        c = u[0].T @ u[1] / k
        return t_on(c) + s["beta"] * t_off(c)
    if s["leave_one_out"]:
        cs = [u[a].T @ ((m * w - u[a]) / (m - 1)) / k for a in range(m)]
        return sum(t_on(c) + s["beta"] * t_off(c) for c in cs) / m
    on = ((torch.einsum("abi,bi->ai", u, w) / k - 1) ** 2).sum() / m
    return on + s["beta"] * t_off(w.T @ w / k)


def t_vicreg(s, z):
    m, n, d = z.shape
    official = s["vicreg"] == "OFFICIAL"
    mean = z.mean(0)
    if m == 2:
        inv = F.mse_loss(z[0], z[1])
    elif s["leave_one_out"]:
        inv = sum(F.mse_loss(z[a], (m * mean - z[a]) / (m - 1)) for a in range(m)) / m
    else:
        inv = F.mse_loss(z, mean.expand_as(z))
    var = F.relu(1 - torch.sqrt(z.var(1) + 1e-4)).mean()
    x = z - z.mean(1, keepdim=True)
    cov = sum(t_off(v.T @ v / (n - 1)) for v in x) / d / m
    return (s["inv"] * inv * (1 if official else d) + s["var"] * var
            + s["cov"] * cov * (2 if official else 1))


def t_simclr(s, z):
    m, n, d = z.shape
    u = F.normalize(z.reshape(m * n, d), dim=-1)
    sim = u @ u.T / s["temperature"]
    image = torch.arange(m * n) % n
    same = (image[:, None] == image[None]) & ~torch.eye(m * n, dtype=torch.bool)
    out = torch.eye(m * n, dtype=torch.bool) | (same if s["decoupled"] else torch.zeros_like(same))
    lse = sim.masked_fill(out, -float("inf")).logsumexp(1)
    return (lse - (sim * same).sum(1) / (m - 1)).mean()


def t_byol(s, z, target):
    m = len(z)
    p, t = F.normalize(z, dim=-1), F.normalize(target, dim=-1)
    pairs = itertools.permutations(range(m), 2)
    return torch.stack([((p[a] - t[c]) ** 2).sum(-1).mean() for a, c in pairs]).mean()


def t_spectral(s, z):
    m, n, _ = z.shape
    w, v = (2, 1) if s["spectral"] == "OFFICIAL" else (1, s["beta"])
    total = 0
    for a, c in itertools.combinations(range(m), 2):
        k = z[a] @ z[c].T
        total = total - w * torch.diagonal(k).mean() + v * t_off(k) / (n * (n - 1))
    return total / (m * (m - 1) / 2)


def t_ce(s, z, labels):
    m, n, d = z.shape
    y = torch.as_tensor(labels).repeat(m)
    return F.cross_entropy(z.reshape(m * n, d), y, label_smoothing=s["smoothing"])


def t_mse(s, z, target):
    return F.mse_loss(z, target, reduction="sum" if s["sum"] else "mean")


# --- the cases -----------------------------------------------------------------------------------
def cases():
    shapes = [(7, 5), (4, 11)]  # products of columns, of rows
    views = [2, 3, 4, 8]
    for norm, form, (n, d), m in itertools.product(
            ["OFFICIAL", "THESIS", "FASTSSL"], ["CROSS", "LOO", "EQ10"], shapes, views):
        yield dict(kind="BARLOW", views=m, n=n, d=d, bt_norm=norm, beta=0.125,
                   bt_form="EQ10" if form == "EQ10" else "CROSS", leave_one_out=form == "LOO")
    for form, (n, d), m in itertools.product(["CROSS", "LOO", "EQ10"], shapes, [2, 3]):
        yield dict(kind="BARLOW", views=m, n=n, d=d, bt_norm="THESIS", beta=0.125, over_d=True,
                   bt_form="EQ10" if form == "EQ10" else "CROSS", leave_one_out=form == "LOO")
    for form, loo, (n, d), m in itertools.product(["OFFICIAL", "THESIS"], [False, True], shapes,
                                                  views):
        yield dict(kind="VICREG", views=m, n=n, d=d, vicreg=form, leave_one_out=loo, inv=25.0,
                   var=24.0, cov=1.5)
    for dec, t, (n, d), m in itertools.product([False, True], [0.5, 0.05], shapes, views):
        yield dict(kind="SIMCLR", views=m, n=n, d=d, decoupled=dec, temperature=t)
    for (n, d), m in itertools.product(shapes + [(1, 5)], views):
        yield dict(kind="BYOL", views=m, n=n, d=d)
    for form, (n, d), m in itertools.product(["OFFICIAL", "THESIS"], shapes, views):
        yield dict(kind="SPECTRAL", views=m, n=n, d=d, spectral=form, beta=0.3)
    for e, (n, d), m in itertools.product([0.0, 0.1], shapes + [(1, 2)], [1, 2, 3, 4, 8]):
        yield dict(kind="CE", views=m, n=n, d=d, smoothing=e)
    for total, (n, d), m in itertools.product([False, True], shapes, [1, 2, 3, 4, 8]):
        yield dict(kind="MSE", views=m, n=n, d=d, sum=total)
    for (n, d), m in itertools.product([(80, 150), (18, 150)], [2, 3]):  # several blocks
        for norm, form in itertools.product(["OFFICIAL", "THESIS", "FASTSSL"], ["CROSS", "EQ10"]):
            yield dict(kind="BARLOW", views=m, n=n, d=d, bt_norm=norm, bt_form=form, beta=0.0625,
                       leave_one_out=form == "CROSS")
        yield dict(kind="BARLOW", views=m, n=n, d=d, bt_norm="OFFICIAL", bt_form="CROSS", beta=0.01,
                   leave_one_out=False)
        yield dict(kind="VICREG", views=m, n=n, d=d, vicreg="OFFICIAL", leave_one_out=False,
                   inv=25.0, var=25.0, cov=1.0)
        yield dict(kind="SIMCLR", views=m, n=n, d=d, decoupled=False, temperature=0.1)
        yield dict(kind="BYOL", views=m, n=n, d=d)
        yield dict(kind="SPECTRAL", views=m, n=n, d=d, spectral="OFFICIAL")
        yield dict(kind="CE", views=m, n=n, d=d, smoothing=0.1)
        yield dict(kind="MSE", views=m, n=n, d=d, sum=False)


def field(k, v):
    if k == "views" or k == "n" or k == "d":
        return f".{k} = {v}"
    if isinstance(v, bool):
        return f".{k} = true" if v else ""
    if isinstance(v, float):
        return f".{k} = {v}" if v else ""
    prefix = {"kind": "NAI_LOSS_", "bt_norm": "NAI_BT_", "bt_form": "NAI_BT_",
              "vicreg": "NAI_VICREG_", "spectral": "NAI_SPECTRAL_"}[k]
    return f".{k} = {prefix}{v}"


def main():
    print(f"""/* golden_losses.h - values and gradients of the losses, by tests/golden/losses.py
 * SPDX-License-Identifier: MIT
 *
 * Made with NumPy {np.__version__} and torch {torch.__version__}, in float64. */
/* clang-format off */
static const struct golden golden[] = {{""")
    for s in cases():
        z, target, labels = inputs(s["views"], s["n"], s["d"])
        tz = torch.tensor(z, requires_grad=True)
        kind, correct = s["kind"].lower(), 0
        args = {"byol": (target,), "mse": (target,), "ce": (labels,)}.get(kind, ())
        terms = globals()["np_" + kind](s, z, *args)
        if kind == "ce":
            terms, correct = terms
        over = s["d"] if s.get("over_d") else 1
        terms = [t / over for t in terms]
        t_args = [torch.as_tensor(a) for a in args]
        loss = globals()["t_" + kind](s, tz, *t_args) / over
        loss.backward()
        if not abs(loss.item() - sum(terms)) <= 1e-13 * sum(abs(t) for t in terms) + 1e-15:
            sys.exit(f"{s}: NumPy {sum(terms)!r}, torch {loss.item()!r}")
        g = tz.grad.numpy().ravel()
        dots = [float(g @ noise(10 + k, g.size)) for k in range(4)]
        spec = ", ".join(f for f in (field(k, v) for k, v in s.items()) if f)
        text = (f"{{.spec = {{{spec}}}, .terms = {len(terms)}, "
                f".value = {{{', '.join(repr(float(t)) for t in terms)}}}, "
                f".dot = {{{', '.join(map(repr, dots))}}}, .norm = {float(np.sqrt(g @ g))!r}"
                + (f", .correct = {correct}" if correct else "") + "},")
        print("\n".join(textwrap.wrap(text, 98, initial_indent="  ", subsequent_indent="   ")))
    print("};")


main()
