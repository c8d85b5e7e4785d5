"""optim.py - golden values of the optimisers for tests/kernels/optim.c, into golden_optim.h
SPDX-License-Identifier: MIT
Usage: python3 tests/golden/optim.py >tests/kernels/golden_optim.h   (then clang-format -i)

Five steps in float64 of torch.optim, and of LARS written in NumPy from its description. Weights
are those of stream 1, the gradient of step t that of stream 1 + t, of losses.py's noise.
"""
import numpy as np
import torch

MASK, N, STEPS = 2**64 - 1, 6, 5


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


def by_torch(make):
    w = torch.tensor(noise(1, N), requires_grad=True)
    opt = make([w])
    for t in range(1, STEPS + 1):
        w.grad = torch.tensor(noise(1 + t, N))
        opt.step()
    return w.detach().numpy()


def lars(lr, momentum, weight_decay, eta, adapt, start=1.0, first=1.0):
    """`start` scales the weights and `first` the first gradient: 0 makes a norm vanish."""
    w, m = start * noise(1, N), np.zeros(N)
    for t in range(1, STEPS + 1):
        dp = noise(1 + t, N) * (first if t == 1 else 1)
        if adapt:
            dp = dp + weight_decay * w
            wn, dn = np.linalg.norm(w), np.linalg.norm(dp)
            if wn > 0 and dn > 0:
                dp = dp * eta * wn / dn
        m = momentum * m + dp
        w = w - lr * m
    return w


def row(x):
    return "{" + ", ".join(repr(float(v)) for v in x) + "}"


def main():
    print(f"""/* golden_optim.h - weights after five steps, by tests/golden/optim.py
 * SPDX-License-Identifier: MIT
 *
 * Made with NumPy {np.__version__} and torch {torch.__version__}, in float64. */
static const struct golden_sgd golden_sgd[] = {{""")
    for lr, mom, wd, nest in [(0.1, 0, 0, 0), (0.1, 0, 0.01, 0), (0.1, 0.9, 0, 0),
                              (0.05, 0.9, 0.3, 0), (0.05, 0.9, 0.3, 1)]:
        w = by_torch(lambda p: torch.optim.SGD(p, lr, momentum=mom, weight_decay=wd,
                                               nesterov=bool(nest)))
        print(f"    {{{{{lr}, {float(mom)}, {float(wd)}, {'true' if nest else 'false'}, 0}}, "
              f"{row(w)}}},")
    print("};\nstatic const struct golden_adam golden_adam[] = {")
    for cls, lr, b1, b2, eps, wd in [(torch.optim.Adam, 1e-3, 0.9, 0.999, 1e-8, 0),
                                     (torch.optim.Adam, 0.1, 0.8, 0.99, 1e-3, 0.2),
                                     (torch.optim.AdamW, 1e-3, 0.9, 0.999, 1e-8, 0.01),
                                     (torch.optim.AdamW, 0.1, 0.8, 0.99, 1e-3, 0.5)]:
        w = by_torch(lambda p: cls(p, lr, betas=(b1, b2), eps=eps, weight_decay=wd))
        decoupled = "true" if cls is torch.optim.AdamW else "false"
        print(f"    {{{{{lr}, {b1}, {b2}, {eps}, {float(wd)}, {decoupled}, 0}}, {row(w)}}},")
    print("};\nstatic const struct golden_lars golden_lars[] = {")
    for lr, mom, wd, eta, adapt, start, first in [
            (0.2, 0.9, 1e-6, 1e-3, 1, 1.0, 1.0), (3.0, 0.9, 0.2, 0.05, 1, 1.0, 1.0),
            (0.2, 0.9, 0.2, 1e-3, 0, 1.0, 1.0), (0.2, 0.5, 0.2, 0.02, 1, 0.0, 1.0),
            (0.2, 0.5, 0.0, 0.02, 1, 1.0, 0.0)]:
        w = lars(lr, mom, wd, eta, adapt, start, first)
        print(f"    {{{{{lr}, {mom}, {wd}, {eta}, {'true' if adapt else 'false'}}}, {start}, {first}, "
              f"{row(w)}}},")
    print("};")


main()
