"""conv2d.py - PyTorch's convolutions and their gradients, for tests/kernels/conv2d.c
SPDX-License-Identifier: MIT

tests/golden/conv2d.py > tests/kernels/golden_conv2d.h
"""
import numpy as np
import torch

# n, c, h, w, o, kernel, stride, padding, groups
CASES = [
    (2, 3, 6, 5, 4, 3, 1, 1, 1),
    (1, 2, 7, 7, 3, 5, 2, 2, 1),
    (2, 4, 5, 4, 6, 1, 2, 0, 1),
    (1, 6, 5, 5, 6, 3, 1, 0, 3),
    (1, 3, 9, 8, 2, 7, 2, 3, 1),
]


def operand(which, shape):
    j = np.arange(np.prod(shape), dtype=np.float64)
    x = np.sin(0.7 * j + which).astype(np.float32)
    return torch.tensor(x.reshape(shape), dtype=torch.float64, requires_grad=True)


def main():
    torch.set_num_threads(1)
    values, rows = [], []
    for n, c, h, w, o, k, stride, pad, groups in CASES:
        x, weight = operand(0, (n, c, h, w)), operand(1, (o, c // groups, k, k))
        bias = operand(2, (o,))
        y = torch.nn.functional.conv2d(x, weight, bias, stride, pad, 1, groups)
        y.backward(operand(3, y.shape).detach())
        at = []
        for t in (y.detach(), x.grad, weight.grad, bias.grad):
            at.append(len(values))
            values += t.flatten().tolist()
        rows.append((n, c, h, w, o, k, stride, pad, groups, *at))
    print("/* golden_conv2d.h - PyTorch's convolutions in float64, made by tests/golden/conv2d.py")
    print(" * SPDX-License-Identifier: MIT")
    print(" *")
    print(f" * torch {torch.__version__}, numpy {np.__version__}. Element j of x, w, b and dy is the")
    print(" * float32 nearest sin(0.7 j + 0, 1, 2 and 3). */")
    print("/* clang-format off */")
    print("static const struct golden_case {")
    print("    size_t n, c, h, w, o, k, stride, pad, groups;")
    print("    size_t y, dx, dw, db; /* where they start in golden_values */")
    print("} golden_cases[] = {")
    for r in rows:
        print("    {" + ", ".join(map(str, r)) + "},")
    print("};")
    print("static double golden_values[] = {")
    for i in range(0, len(values), 6):
        print("    " + " ".join(f"{v:.9g}," for v in values[i:i + 6]))
    print("};")
    print("/* clang-format on */")


if __name__ == "__main__":
    main()
