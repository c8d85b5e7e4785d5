"""estimators.py - golden values of trace.h and density.h for their tests, into golden_estimators.h
SPDX-License-Identifier: MIT
Usage: python3 tests/golden/estimators.py >tests/kernels/golden_estimators.h   (then clang-format -i)

Written from the papers: Hutch++ with a QR factorisation, XTrace with one for each vector left out,
Lanczos without short cuts. The random vectors are the library's, of Philox4x32-10 written anew.
"""
import numpy as np

M32, N, PROBES, SEED, STEPS, VECTORS = 2**32 - 1, 40, 19, 11, 6, 2


def philox(ctr, key):
    c, k = list(ctr), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & M32, (a >> 32) ^ c[3] ^ k[1], a & M32]
        k = [(k[0] + 0x9E3779B9) & M32, (k[1] + 0xBB67AE85) & M32]
    return c


def words(purpose, index, count):
    h = 2166136261
    for byte in purpose.encode():
        h = (h ^ byte) * 16777619 & M32
    out = []
    while len(out) < count:
        out += philox([len(out) // 4, h, index & M32, index >> 32], [SEED & M32, SEED >> 32])
    return out[:count]


def signs(purpose, index):
    w = words(purpose, index, (N + 31) // 32)
    return np.array([1.0 if w[i // 32] >> i % 32 & 1 else -1.0 for i in range(N)])


def normals(purpose, index):
    w = words(purpose, index, 4 * N)
    u = [((w[i] >> 5) << 26 | w[i + 1] >> 6) * 2.0**-53 for i in range(0, 4 * N, 2)]
    u = np.array(u).reshape(N, 2)
    return np.sqrt(-2 * np.log(1 - u[:, 0])) * np.cos(2 * np.pi * u[:, 1])


def mean_se(x):
    return np.mean(x), np.std(x, ddof=1) / np.sqrt(len(x))


def both(traces, squares):
    (trace, trace_se), (square, square_se) = mean_se(traces), mean_se(squares)
    return [trace, trace_se, np.sqrt(square), square_se / (2 * np.sqrt(square))]


def hutchpp(a):
    k = PROBES // 3
    s = np.array([signs("sketch", i) for i in range(k)]).T
    g = np.array([signs("trace", i) for i in range(PROBES - 2 * k)]).T
    q = np.linalg.qr(a @ s)[0]
    g = g - q @ (q.T @ g)
    return both(np.trace(q.T @ a @ q) + np.sum(g * (a @ g), 0),
                np.sum((a @ q)**2) + np.sum((a @ g)**2, 0))


def hutchinson(a):
    g = np.array([signs("trace", i) for i in range(PROBES)]).T
    return both(np.sum(g * (a @ g), 0), np.sum((a @ g)**2, 0))


def xtrace(a):
    m = PROBES // 2
    w = np.array([normals("xtrace", i) for i in range(m)]).T
    w *= np.sqrt(N) / np.linalg.norm(w, axis=0)
    traces, squares = [], []
    for i in range(m):
        q = np.linalg.qr(a @ np.delete(w, i, 1))[0]
        g = w[:, i] - q @ (q.T @ w[:, i])
        g *= np.sqrt(N - m + 1) / np.linalg.norm(g)
        traces.append(np.trace(q.T @ a @ q) + g @ a @ g)
        squares.append(np.sum((a @ q)**2) + np.sum((a @ g)**2))
    return both(traces, squares)


def lanczos(a, index):
    v = normals("density", index)
    basis, alpha, beta = [v / np.linalg.norm(v)], [], []
    for _ in range(STEPS):
        w = a @ basis[-1]
        alpha.append(w @ basis[-1])
        for _ in range(3):
            for u in basis:
                w = w - (u @ w) * u
        beta.append(np.linalg.norm(w))
        basis.append(w / beta[-1])
    nodes, vectors = np.linalg.eigh(np.diag(alpha) + np.diag(beta[:-1], 1) + np.diag(beta[:-1], -1))
    return nodes, vectors[0]**2, beta[-1]


def row(x):
    return "{" + ", ".join(repr(float(v)) for v in x) + "}"


def main():
    i = np.arange(1, N + 1)
    a = np.sin(np.outer(i, i)) / np.add.outer(i, i) + np.diag(1 / i**2)
    runs = [lanczos(a, k) for k in range(VECTORS)]
    print(f"""/* golden_estimators.h - traces and densities of one matrix, by tests/golden/estimators.py
 * SPDX-License-Identifier: MIT
 *
 * Made with NumPy {np.__version__}: a[i][j] = sin(i j) / (i + j), and 1 / i^2 more on the diagonal,
 * i and j from 1 to n. */
enum {{
    GOLDEN_N = {N}, GOLDEN_PROBES = {PROBES}, GOLDEN_SEED = {SEED}, GOLDEN_STEPS = {STEPS},
    GOLDEN_VECTORS = {VECTORS}
}};
/* trace, its error, norm, its error: of Hutch++, Hutchinson, XTrace */
static const double golden_trace[3][4] = {{
    {row(hutchpp(a))}, {row(hutchinson(a))}, {row(xtrace(a))}}};
static const double golden_nodes[GOLDEN_VECTORS][GOLDEN_STEPS] = {{
    {", ".join(row(r[0]) for r in runs)}}};
static const double golden_weights[GOLDEN_VECTORS][GOLDEN_STEPS] = {{
    {", ".join(row(r[1]) for r in runs)}}};
static const double golden_rest[GOLDEN_VECTORS] = {row(r[2] for r in runs)};""")


if __name__ == "__main__":
    main()
