#!/usr/bin/env bats
# nai-synth.bats - studies as they were asked for: spectra, teachers, graphs, pairs; and refusals
# SPDX-License-Identifier: MIT

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_TEST_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
}

load ../lib/fails.bash

digest() { nai-view --json "$@" | jq -r .digest; }
alpha() { nai-cov "$@" | nai-eig | nai-alpha -q --range 2:40 --json | jq .alpha; }
near() { awk -v a="$1" -v b="$2" -v tol="$3" 'BEGIN { d = a - b; print a, b; exit !(d <= tol && -d <= tol) }'; }
numpy() { /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "/usr/bin/python3 has no NumPy"; }
arrays() { # FILE FIELD... - FIELD.npy of each
    local file=$1 f
    for f in "${@:2}"; do nai-export npy --field "$f" "$file" -o "$f.npy"; done
    nai-view --json "$file" | jq .meta.synth >synth.json
}

@test "power-law: alpha comes back within sampling error, and exactly of exact samples" {
    for a in 0.7 1.5; do
        # 4,000 rows of 60: eigenvalues off by some 2 %, upwards at the top and downwards at the end
        near "$(nai-synth power-law --rows 4000 --dim 60 --alpha $a --rotate | alpha)" $a 0.04
        near "$(nai-synth power-law --rows 61 --dim 60 --alpha $a --exact centred | alpha)" $a 1e-12
        near "$(nai-synth power-law --rows 200 --dim 60 --alpha $a --rotate --exact centred | alpha)" $a 1e-12
        near "$(nai-synth power-law --rows 45 --dim 60 --alpha $a --rotate --exact uncentred | alpha --uncentred)" $a 1e-12
    done
    nai-synth power-law --rows 80 --dim 60 --scale 7 --exact centred | nai-cov | nai-eig | nai-export csv --field lambda |
        awk 'NR == 2 { exit !($1 - 7 < 1e-13 && 7 - $1 < 1e-13) }'
}

@test "power-law: y is x theta and noise; theta keeps the source condition, in the rotated axes too" {
    numpy
    nai-synth power-law --rows 500 --dim 800 --alpha 1.2 --scale 2 --source 0.5 -s 3 -o plain.nts
    nai-synth power-law --rows 500 --dim 800 --alpha 1.2 --scale 2 --source 0.5 --rotate -s 3 -o turned.nts
    nai-synth power-law --rows 5000 --dim 8 --noise 0.25 -s 3 -o noisy.nts
    for f in plain turned noisy; do
        arrays $f.nts x y
        /usr/bin/python3 - $f <<'PY'
import json, sys, numpy as np
m = json.load(open("synth.json")); x = np.load("x.npy"); y = np.load("y.npy"); theta = np.array(m["theta"])
r = y - x @ theta
print(sys.argv[1], np.abs(r).max(), r.std())
assert m["study"] == "power-law" and m["seed"] == 3 and len(theta) == x.shape[1]
if sys.argv[1] == "noisy":
    assert m["noise"] == 0.25 and abs(r.std() - 0.25) < 4 * 0.25 / np.sqrt(2 * len(r)) and abs(r.mean()) < 4 * 0.25 / np.sqrt(len(r))
else:
    assert np.abs(r).max() < 1e-12 and m["source"] == 0.5 and m["alpha"] == 1.2
if sys.argv[1] == "plain":
    w = theta / np.sqrt(2 * np.arange(1, 801) ** -1.2) * np.sqrt(800)
    print(w.mean(), w.std())
    assert abs(w.mean()) < 4 / np.sqrt(800) and abs(w.std() - 1) < 4 / np.sqrt(1600)
    np.save("w.npy", theta); np.save("x0.npy", x)
if sys.argv[1] == "turned":  # the same rows, turned: lengths, products and y are kept
    x0 = np.load("x0.npy")
    assert np.abs(x @ x.T - x0 @ x0.T).max() < 1e-11 and np.abs(theta @ theta - np.load("w.npy") @ np.load("w.npy")) < 1e-12
    assert np.abs(x - x0).max() > 0.1
PY
    done
}

@test "the same bytes for -j 1 and 2; another seed is other data; parts joined are the whole" {
    for study in 'power-law --dim 30' 'power-law --dim 30 --rotate' 'teacher --widths 9,4,2' 'auggraph --samples 5' \
        'auggraph --views 3' 'pairs --dim 20 --rotate --views 3 --noise 1'; do
        nai-synth $study -n 700 -j 1 -o a.nts
        nai-synth $study -n 700 -j 2 -o b.nts
        cmp a.nts b.nts
        [ "$(digest a.nts)" != "$(nai-synth $study -n 700 -s 1 | digest)" ]
        nai-synth $study -n 300 -o 1.nts
        nai-synth $study -n 1 --first 300 -o 2.nts
        nai-synth $study -n 399 --first 301 -o 3.nts
        [ "$(nai-cat 1.nts 2.nts 3.nts | digest)" = "$(digest a.nts)" ]
    done
    for study in 'power-law --dim 30 --exact centred' 'teacher --spectrum 1:9' 'pairs --dim 20 --exact uncentred'; do
        nai-synth $study -n 300 -j 1 -o a.nts
        nai-synth $study -n 300 -j 2 -o b.nts
        cmp a.nts b.nts
    done
}

@test "teacher: prescribed singular values to 1e-12, also of fewer rows than features" {
    numpy
    for n in 500 10; do
        nai-synth teacher --rows $n --spectrum 0.5:12 -o t.nts
        arrays t.nts x
        /usr/bin/python3 - <<'PY'
import json, numpy as np
x = np.load("x.npy"); s = np.linalg.svd(x, compute_uv=False); k = min(x.shape)
d = np.abs(s - np.linspace(12, 0.5, k)).max()
print(d, np.__version__)
assert d < 12e-12 and x.shape[1] == 25 and json.load(open("synth.json"))["spectrum"] == [0.5, 12]
PY
    done
}

@test "teacher: inputs and weights as PyTorch's defaults; linear ones are affine, others not" {
    numpy
    nai-synth teacher --rows 4000 -o lin.nts
    nai-synth teacher --rows 4000 -s 9 --teacher-seed 0 -o again.nts
    nai-synth teacher --rows 4000 --no-bias --inputs normal -o plain.nts
    nai-synth teacher --rows 4000 --widths 50,50,3 --activation linear -o deep.nts
    nai-synth teacher --rows 4000 --widths 50,50,3 -o relu.nts
    nai-synth teacher --rows 4000 --widths 50,50,3 --activation tanh --inputs normal -o tanh.nts
    nai-synth teacher --rows 4000 --noise 2 -o noisy.nts
    for f in lin again plain deep relu tanh noisy; do nai-export npz $f.nts -o $f.npz; done
    /usr/bin/python3 - <<'PY'
import numpy as np
def fit(name):
    d = np.load(name + ".npz"); x, y = d["x"], d["y"].reshape(len(d["x"]), -1)
    c, *_ = np.linalg.lstsq(np.c_[x, np.ones(len(x))], y, rcond=None)
    r = y - np.c_[x, np.ones(len(x))] @ c
    print(name, y.shape, np.abs(r).max(), np.abs(c).max())
    return x, y, c, np.abs(r).max(), r
x, y, c, r, _ = fit("lin")
assert r < 1e-12 and np.abs(c).max() <= 0.2 + 1e-12 and np.abs(c[-1]) > 1e-6 and np.abs(c).max() > 0.15
assert x.min() >= 0 and x.max() < 1 and abs(x.mean() - 0.5) < 4 * np.sqrt(1 / 12 / x.size) and abs(x.var() - 1 / 12) < 1e-3
x2, _, c2, r2, _ = fit("again")
assert np.abs(c2 - c).max() < 1e-12 and np.abs(x2 - x).max() > 0.1  # the same teacher of other inputs
x, _, c, r, _ = fit("plain")
assert r < 1e-12 and abs(c[-1]) < 1e-12 and abs(x.std() - 1) < 0.02 and abs(x.mean()) < 0.02
_, y, _, r, _ = fit("deep")
assert r < 1e-12 and y.shape[1] == 3
assert fit("relu")[3] > 1e-3 and fit("tanh")[3] > 1e-3
# the last layer: biases and 50 weights of at most 1/sqrt(50), of units within (-1, 1)
assert np.abs(fit("tanh")[1]).max() < 51 / np.sqrt(50)
assert abs(fit("noisy")[4].std() - 2) < 0.1
PY
}

@test "auggraph: eq. 46 and its eigenvalues, by hand and of other probabilities" {
    numpy
    # A = sum p_k P_k, w = A^T A: 0.6^2 + 0.2^2 + 0.15^2 + 0.05^2 = 0.425, 2 (0.6 0.2 + 0.15 0.05) = 0.255, ...
    nai-synth auggraph | nai-view --json | jq -e '.meta.synth | .graph == {"rho": .graph.rho, "mu": .graph.mu, "nu": .graph.nu, "delta": .graph.delta}
        and ([.graph.rho - 0.425, .graph.mu - 0.255, .graph.nu - 0.2, .graph.delta - 0.12] | map(fabs) | max) < 1e-15
        and ([.lambda[0] - 1, .lambda[1] - 0.36, .lambda[2] - 0.25, .lambda[3] - 0.09] | map(fabs) | max) < 1e-15'
    for p in '' '--rho 0.5 --mu 0.1 --nu 0.3 --delta 0.1' '--rho 1' '--rho 0.25 --mu 0.25 --nu 0.25 --delta 0.25'; do
        nai-synth auggraph $p -o g.nts
        arrays g.nts w a rho mu nu delta lambda
        /usr/bin/python3 - <<'PY'
import json, numpy as np
w, a, rho, mu, nu, delta, lam = (np.load(f + ".npy")[0] for f in "w a rho mu nu delta lambda".split())
want = np.array([[rho, mu, nu, delta], [mu, rho, delta, nu], [nu, delta, rho, mu], [delta, nu, mu, rho]])
eig = sorted([rho + mu + nu + delta, rho + mu - nu - delta, rho - mu + nu - delta, rho - mu - nu + delta])[::-1]
m = json.load(open("synth.json"))
print(eig, lam, m)
assert np.abs(w - want).max() < 1e-15 and np.abs(lam - eig).max() < 1e-14 and np.abs(np.linalg.eigvalsh(w)[::-1] - lam).max() < 1e-14
assert np.abs(np.sort(m["lambda"])[::-1] - lam).max() < 1e-14 and np.abs(a.sum(1) - 1).max() < 1e-15
assert np.abs(w - a.T @ a).max() < 1e-15  # D = I/4
PY
    done
}

@test "auggraph: sampled graphs come near the graph, few samples lose delta; views have its odds" {
    numpy
    nai-synth auggraph --rows 400 --samples 5000 -o many.nts
    nai-synth auggraph --rows 4000 --samples 2 -o few.nts
    nai-synth auggraph --views 4 --rows 20000 -o views.nts
    nai-export npz many.nts -o many.npz
    nai-export npz few.nts -o few.npz
    nai-export npz views.nts -o views.npz
    /usr/bin/python3 - <<'PY'
import numpy as np
p = np.array([0.6, 0.2, 0.15, 0.05])
d = np.load("many.npz")
got = [d[k].mean() for k in ("rho", "mu", "nu", "delta")]
print(got)
assert np.abs(np.array(got) - [0.425, 0.255, 0.2, 0.12]).max() < 2e-3
f = np.load("few.npz")
assert np.abs(f["a"] * 2 % 1).max() == 0 and np.abs(f["a"].sum(2) - 1).max() == 0
seen = f["a"].mean(0)
assert np.abs(seen[0] - p).max() < 4 * 0.5 / np.sqrt(8000)
# independent: W = mean over instances of a^T a, normalised by its row sums
w = np.einsum("rix,riy->rxy", f["a"], f["a"]) / 4; s = w.sum(2); s[s == 0] = 1
assert np.abs(w / np.sqrt(s[:, :, None] * s[:, None, :]) - f["w"]).max() < 1e-15
print(np.median(f["delta"]), f["delta"].mean())
assert np.median(f["delta"]) < 0.06  # 0.12 of the graph itself
v = np.load("views.npz"); x = v["x"]
assert x.shape == (20000, 4, 4) and (x.sum(2) == 1).all() and (v["id"] == np.arange(20000)).all()
node = np.arange(20000) % 4
assert (v["y"] == node // 2).all() and (v["group"] == node % 2).all()
for i in range(4):
    share = x[node == i].mean((0, 1))
    want = p[[i ^ k for k in range(4)]]
    assert (np.abs(share - want) < 4 * np.sqrt(want * (1 - want) / 20000)).all(), (i, share, want)
c = np.einsum("ra,rb->ab", x[:, 0], x[:, 1]) / 20000  # views of an instance: W itself, eq. 39
assert np.abs(4 * c - [[.425, .255, .2, .12], [.255, .425, .12, .2], [.2, .12, .425, .255], [.12, .2, .255, .425]]).max() < 0.03
PY
}

@test "pairs: the covariance between views is V Lambda V^T, exactly where asked for" {
    numpy
    nai-synth pairs --dim 12 --rows 100 --rotate --exact uncentred --spectrum -0.5:2 --noise 0.7 -o exact.nts
    nai-synth pairs --dim 12 --rows 100 --exact centred --alpha 1.3 --views 5 --noise 0.7 -o five.nts
    nai-synth pairs --dim 12 --rows 40000 --alpha 1 --noise 0.5 -o drawn.nts
    for f in exact five drawn; do
        arrays $f.nts x
        /usr/bin/python3 - $f <<'PY'
import json, sys, numpy as np
x = np.load("x.npy"); m = json.load(open("synth.json")); n = len(x); lam = np.array(m["lambda"])
if sys.argv[1] == "five":
    assert np.abs(x.mean(0)).max() < 1e-13 and x.shape[1] == 5
    assert np.abs(lam - np.arange(1, 13) ** -1.3).max() < 1e-15
    for a in range(5):
        for b in range(5):
            want = np.diag(lam + (a == b) * 0.49)
            assert np.abs(x[:, a].T @ x[:, b] / n - want).max() < 1e-13
elif sys.argv[1] == "exact":
    c = x[:, 0].T @ x[:, 1] / n
    e, v = np.linalg.eigh((c + c.T) / 2)
    assert np.abs(c - c.T).max() < 1e-13 and np.abs(e[::-1] - np.linspace(2, -0.5, 12)).max() < 1e-12
    assert np.abs(lam - np.linspace(2, -0.5, 12)).max() < 1e-14
    for a in (0, 1):  # |lambda| + noise^2 in the same axes
        assert np.abs(v.T @ (x[:, a].T @ x[:, a] / n) @ v - np.diag(np.abs(e) + 0.49)).max() < 1e-12
    assert np.abs(np.abs(v).max() - 1) > 0.01
else:
    c = x[:, 0].T @ x[:, 1] / n
    assert np.abs(c - np.diag(lam)).max() < 5 * 1.25 / np.sqrt(n)
PY
    done
}

@test "pairs: their exact dynamics obey Theorem B.4" {
    numpy
    nai-synth pairs --dim 3 --rows 50 --exact uncentred --spectrum 0.2:1 -o p.nts
    arrays p.nts x
    /usr/bin/python3 - <<'PY'
import numpy as np
x = np.load("x.npy"); t = x[:, 0].T @ x[:, 1] / len(x)
z = np.array([1e-3, 2e-3, 1.5e-3]); z0 = z.copy()
for _ in range(20000):  # gradient flow of (C - 1)^2, one unit, by small steps
    z = z - 4e-4 * (z @ t @ z - 1) * (t @ z)
growth = np.log(z / z0) / np.diag(t)
print(growth, z)
assert np.ptp(growth) / growth.mean() < 1e-3 and np.argmax(z) == 0
PY
}

@test "teacher: features are a fixed isometry of the inputs, or a projection; y is of the inputs" {
    numpy
    nai-synth teacher --rows 600 -o raw.nts
    nai-synth teacher --rows 600 --features 40 -o wide.nts
    nai-synth teacher --rows 600 --features 10 -o narrow.nts
    nai-synth teacher --rows 600 --features 10 --feature-seed 5 -o other.nts
    nai-synth teacher --rows 600 --spectrum 1:3 -o held.nts
    nai-synth teacher --rows 600 --spectrum 1:3 --features 40 -o heldwide.nts
    for f in raw wide narrow other held heldwide; do nai-export npz $f.nts -o $f.npz; done
    nai-synth teacher --rows 600 --features 40 -j 1 | nai-export npz -o one.npz
    cmp wide.npz one.npz
    nai-view --json wide.nts | jq -e '.meta.synth | .features == 40 and .feature_seed == 0'
    /usr/bin/python3 - <<'PY'
import numpy as np
d = {f: np.load(f + ".npz") for f in ["raw", "wide", "narrow", "other", "held", "heldwide"]}
x = d["raw"]["x"]
assert all((d[f]["y"] == d["raw"]["y"]).all() for f in ["wide", "narrow", "other"])
for full, wide in [("raw", "wide"), ("held", "heldwide")]:
    w = d[wide]["x"]
    assert w.shape == (600, 40) and np.abs(w @ w.T - d[full]["x"] @ d[full]["x"].T).max() < 1e-11
maps = []
for f in ["narrow", "other"]:
    m, *_ = np.linalg.lstsq(x, d[f]["x"], rcond=None)
    assert np.abs(x @ m - d[f]["x"]).max() < 1e-11 and np.abs(m.T @ m - np.eye(10)).max() < 1e-11
    maps.append(m)
assert np.abs(maps[0] - maps[1]).max() > 0.1
PY
    fails 2 'goes with --features' nai-synth teacher --feature-seed 3
    fails 2 'pairs has no --features' nai-synth pairs --features 3
}

@test "parameters are in meta, the seed in the history" {
    nai-synth pairs --dim 4 -s 7 -n 2 | nai-view --json >v.json
    jq -e '.meta.synth | .study == "pairs" and .seed == 7 and .views == 2 and .dim == 4 and .rotate == false' v.json
    jq -e '.history[0].seed == 7 and .meta.epochs == 1' v.json # a stage that trains reads it
    nai-synth teacher --widths 8,1 --activation tanh --no-bias -n 2 | nai-view --json |
        jq -e '.meta.synth | .widths == [8, 1] and .activation == "tanh" and .bias == false and .inputs == "uniform" and .teacher_seed == 0'
}

@test "what makes no sense is refused" {
    fails 2 "did you mean 'pairs'" nai-synth pair
    fails 2 'STUDY' nai-synth
    fails 2 "what is 'x'" nai-synth pairs x
    fails 2 'power-law has no --views' nai-synth power-law --views 2
    fails 2 'auggraph has no --dim' nai-synth auggraph --dim 2
    fails 2 'needs more rows' nai-synth power-law --rows 100 --dim 100 --exact centred
    fails 2 'at least 300 rows' nai-synth pairs --dim 100 --rows 299 --noise 1 --exact uncentred
    fails 2 'not LO:HI' nai-synth teacher --spectrum 5
    fails 2 'not LO:HI' nai-synth teacher --spectrum 5:1
    fails 2 'negative singular value' nai-synth teacher --spectrum -1:1
    fails 2 'cannot all be negatively' nai-synth pairs --spectrum -1:1 --views 3
    fails 2 "is 0.9, not 1" nai-synth auggraph --rho 0.5 --mu 0.4
    fails 2 'go with --views' nai-synth auggraph --samples 3 --views 3
    fails 2 'no --first' nai-synth power-law --rows 100 --dim 5 --exact centred --first 5
    fails 2 "'0' is not a number of units" nai-synth teacher --widths 5,0
    fails 2 "'x' is not a number of units" nai-synth teacher --widths x
    fails 2 'exclude each other' nai-synth pairs --spectrum 1:2 --alpha 1
    fails 2 'exclude each other' nai-synth teacher --spectrum 1:2 --inputs normal
    fails 1 'memory' nai-synth power-law --rows 1000000000000 --dim 1000 --exact centred
}
