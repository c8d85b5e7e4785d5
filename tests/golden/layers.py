"""layers.py - golden values of the layers' kernels from PyTorch: tests/kernels/golden_layers.h

SPDX-License-Identifier: MIT
Usage: layers.py >tests/kernels/golden_layers.h
Needed to make the file anew only: not to build, to run or to test."""
import textwrap

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def draw(seed, *shape):
    """What draw() of tests/kernels/layers.h gives: multiples of 1/512 in [-2, 2)."""
    mask = 0xFFFFFFFFFFFFFFFF
    out = []
    for i in range(int(np.prod(shape))):
        z = (seed * 1000003 + i + 1) * 0x9E3779B97F4A7C15 & mask
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        out.append((((z ^ z >> 31) >> 40) % 2048 - 1024) / 512)
    return torch.tensor(out).reshape(shape)


def coarse(seed, *shape):
    """Few values, so that there are ties."""
    return torch.round(draw(seed, *shape))


def show(name, t):
    v = t.detach().reshape(-1).tolist()
    body = textwrap.fill(", ".join("%.13g" % a for a in v) + "};", 96)
    print(f"static const double golden_{name}[{len(v)}] = {{\n{body}")


def leaf(t):
    return t.clone().requires_grad_()


def batchnorm(name, groups, train, relu, add):
    x, res = leaf(draw(1, 4, 5, 3, 3) + 0.5), leaf(draw(2, 4, 5, 3, 3))
    gamma, beta, g = leaf(draw(3, 5)), leaf(draw(4, 5)), draw(5, 4, 5, 3, 3)
    mean, var = draw(6, 5).clone(), draw(7, 5).abs() + 0.5
    parts = [F.batch_norm(p, mean, var, gamma, beta, train, 0.1, 1e-5) for p in x.chunk(groups)]
    y = torch.cat(parts)
    if add:
        y = y + res
    if relu:
        y = F.relu(y)
    y.backward(g)
    show(f"bn_{name}_y", y)
    show(f"bn_{name}_dx", x.grad)
    show(f"bn_{name}_dgamma", gamma.grad)
    show(f"bn_{name}_dbeta", beta.grad)
    if add:
        show(f"bn_{name}_dres", res.grad)
    if train:
        show(f"bn_{name}_mean", mean)
        show(f"bn_{name}_var", var)


def layernorm():
    x, gamma, beta, g = leaf(draw(11, 5, 19)), leaf(draw(12, 19)), leaf(draw(13, 19)), draw(14, 5, 19)
    y = F.layer_norm(x, (19,), gamma, beta, 1e-6)
    y.backward(g)
    for name, t in (("y", y), ("dx", x.grad), ("dgamma", gamma.grad), ("dbeta", beta.grad)):
        show("ln_" + name, t)


def act(name, f):
    x = leaf(4 * draw(21, 41))
    y = f(x)
    y.backward(draw(22, 41))
    show(f"act_{name}_y", y)
    show(f"act_{name}_dx", x.grad)


def pool(name, f, shape):
    x = leaf(coarse(31, *shape))
    y = f(x)
    y.backward(draw(32, *y.shape))
    show(f"pool_{name}_y", y)
    show(f"pool_{name}_dx", x.grad)


def attention():
    n, t, heads, dim = 2, 5, 2, 6
    qkv = leaf(draw(41, n, t, 3, heads, dim // heads))
    q, k, v = qkv.permute(2, 0, 3, 1, 4)
    p = F.softmax(q @ k.transpose(-1, -2) / (dim // heads) ** 0.5, dim=-1)
    out = (p @ v).transpose(1, 2).reshape(n, t, dim)
    out.backward(draw(42, n, t, dim))
    show("attention_p", p)
    show("attention_out", out)
    show("attention_dqkv", qkv.grad)
    show("softmax", F.softmax(30 * draw(43, 3, 23), dim=-1))


print("/* golden_layers.h - what PyTorch gives for the layers that tests/kernels/ runs")
print(" * SPDX-License-Identifier: MIT")
print(" *")
print(f" * By tests/golden/layers.py, torch {torch.__version__}, numpy {np.__version__}, float64. */")
print("/* clang-format off */")
batchnorm("train", 1, True, False, False)
batchnorm("groups", 2, True, True, True)
batchnorm("relu", 2, True, True, False)
batchnorm("eval", 1, False, True, True)
layernorm()
act("relu", F.relu)
act("gelu", F.gelu)
act("tanh", torch.tanh)
act("sigmoid", torch.sigmoid)
pool("max", lambda x: F.max_pool2d(x, 3, 2, 1), (2, 3, 7, 6))
pool("mean", lambda x: F.avg_pool2d(x, 3, 2, 1), (2, 3, 7, 6))
pool("max2", lambda x: F.max_pool2d(x, 2, 2), (2, 3, 5, 4))
pool("global", lambda x: F.adaptive_avg_pool2d(x, 1), (2, 3, 7, 6))
attention()
