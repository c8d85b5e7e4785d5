#!/usr/bin/env bats
# nai-eig.bats - spectra against closed forms and other libraries' figures; cvPCA; what is refused
# SPDX-License-Identifier: MIT

setup_file() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH" LIB="$BATS_TEST_DIRNAME/../lib"
    awk -v rows=500 -v dim=30 -v offset=2 -f "$LIB/features.awk" >rows.csv
    nai-import csv --label y rows.csv -o rows.nts
    nai-cov rows.nts -o rows.mom
    # Two repeats of 60 stimuli of 8 neurons: a shared signal and noise of its own each.
    awk -v rows=60 -v dim=24 -f "$LIB/features.awk" | awk -F, -v OFS=, 'NR > 1 {
        for (j = 1; j <= 8; j++) printf "%.17g,", $j + 0.5 * $(j + 8)
        for (j = 1; j <= 8; j++) printf "%.17g%s", $j + 0.5 * $(j + 16), j < 8 ? "," : "\n" }' >both.csv
    for k in 1 2; do
        { echo a,b,c,d,e,f,g,h; cut -d, -f$((8 * k - 7))-$((8 * k)) both.csv; } >r$k.csv
        nai-import csv r$k.csv | nai-export npy -o r$k.npy
    done
    nai-import npy r1.npy r2.npy -o repeats.nts
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
}

alike() { awk -v tol="$1" -f "$LIB/close.awk" "$2" "$3"; }
lambda() { nai-export csv --field lambda "${1:--}"; }

load ../lib/fails.bash

@test "2 x 2 by hand: eigenvalues, rank, trace" {
    # 1,2 / 3,6 / 5,1 thrice: covariance 8/3 -2/3 / -2/3 14/3, eigenvalues (11 -+ sqrt 13) / 3
    { echo a,b; for i in 1 2 3; do printf '1,2\n3,6\n5,1\n'; done; } >t.csv
    nai-import csv t.csv | nai-cov | nai-eig -o t.nts
    lambda t.nts | awk 'NR == 2 { d = $1 - (11 + sqrt(13)) / 3 } NR == 3 { e = $1 - (11 - sqrt(13)) / 3 }
        END { exit !(NR == 3 && d * d < 1e-28 && e * e < 1e-28) }'
    nai-view --json t.nts | jq -e '.meta.spectra.x | .rank == 2 and .n == 9 and (.trace - 22 / 3 | fabs) < 1e-14'
}

@test "the spectrum is NumPy's to 1e-10, centred and not" {
    /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "/usr/bin/python3 has no NumPy"
    nai-eig rows.mom -o s.nts
    nai-export npy --field x rows.nts -o x.npy
    lambda s.nts >a.csv
    nai-export csv --field uncentred s.nts >b.csv
    /usr/bin/python3 - <<'PY'
import numpy as np
x = np.load("x.npy")
for name, c in (("a", np.cov(x, rowvar=False, ddof=0)), ("b", x.T @ x / len(x))):
    want = np.linalg.eigvalsh(c)[::-1]
    got = np.loadtxt(name + ".csv", skiprows=1)
    worst = np.abs(got - want).max() / want[0]
    print(name, worst, np.__version__)
    assert worst <= 1e-10 and len(got) == 30
PY
}

@test "vectors are orthonormal and satisfy C v = lambda v" {
    nai-eig --vectors rows.mom -o v.nts
    nai-export csv --field vector v.nts | tail -n +2 >v.csv
    nai-export csv --field lambda v.nts | tail -n +2 >l.csv
    nai-cat --select x rows.mom | nai-export csv | tail -n +2 >c.csv
    awk -F, 'FILENAME == "v.csv" { for (j = 1; j <= NF; j++) v[FNR, j] = $j; n = FNR }
        FILENAME == "l.csv" { l[FNR] = $1 }
        FILENAME == "c.csv" { for (j = 1; j <= NF; j++) c[FNR, j] = $j }
        END { for (a = 1; a <= n; a++) for (b = 1; b <= n; b++) { s = 0; t = 0
                for (j = 1; j <= n; j++) { s += v[a, j] * v[b, j]; t += c[b, j] * v[a, j] }
                s -= (a == b); t -= l[a] * v[a, b]
                if (!(s * s < 1e-26 && t * t < 1e-26)) bad = 1 }
              exit bad || n != 30 }' v.csv l.csv c.csv
}

@test "--top finds the largest, with residuals; the spectrum stays usable" {
    nai-eig --top 5 rows.mom -o top.nts
    lambda top.nts >a.csv
    nai-eig rows.mom | lambda | head -n 6 >b.csv
    alike 1e-12 a.csv b.csv
    nai-export csv --field residual top.nts | awk 'NR > 1 && !($1 >= 0 && $1 < 1e-9) { exit 1 }'
    nai-alpha --range 1:5 top.nts | awk -F'\t' 'NR == 2 { exit !($4 == "" && $13 == "" && $15 > 1) }'
    fails 4 "converged" nai-eig --top 5 --steps 5 --tol 1e-14 rows.mom
}

@test "same digest for every -j" {
    for o in '' --vectors '--top 4 -s 3'; do
        for j in 1 2 4; do nai-eig $o -j $j rows.mom | nai-view --json | jq -r .digest; done | sort -u | wc -l | grep -qx 1
    done
    for j in 1 2 4; do nai-eig --cv r1,r2 -j $j repeats.nts | nai-view --json | jq -r .digest; done | sort -u | wc -l | grep -qx 1
}

@test "cvPCA: the sum over components is <R1, R2>, rows and moments agree" {
    nai-eig --cv r1,r2 -s 7 repeats.nts -o cv.nts
    nai-cov --pair r1,r2 -s 7 repeats.nts | nai-eig -o pair.nts
    lambda cv.nts >a.csv
    lambda pair.nts >b.csv
    alike 1e-12 a.csv b.csv
    [ "$(nai-view --json cv.nts | jq -r '.history[-1].seed')" = 7 ]
    awk 'NR > 1 { s += $1; n++ } END { print s; exit !((s - 1) ^ 2 < 1e-26 && n == 8) }' a.csv
    # Not divided by its sum, ss adds up to <R1, R2>: the share of the first follows from one shuffle
    # with all swaps known; here by the trace of the symmetric part.
    nai-cov --pair r1,r2 -s 7 repeats.nts -o pair.mom
    paste -d, r1.csv r2.csv | awk -F, 'NR > 1 { for (j = 1; j <= 16; j++) { x[NR, j] = $j; m[(j - 1) % 8] += $j / 120 } }
        END { for (i = 2; i <= NR; i++) for (j = 1; j <= 8; j++) s += (x[i, j] - m[j - 1]) * (x[i, j + 8] - m[j - 1]); printf "%.15g\n", s }' >want
    nai-cat --select 'r1+r2.s' pair.mom | nai-export csv | awk -F, 'NR > 1 { s += $(NR - 1) } END { printf "%.15g\n", s }' >got
    awk 'NR == FNR { a = $1; next } { print a, $1; exit !((a - $1) ^ 2 <= (1e-12 * a) ^ 2) }' want got
}

@test "cvPCA of the same rows twice is their plain spectrum" {
    nai-import npy r1.npy r1.npy -o twice.nts 2>/dev/null || { cp r1.npy q.npy; nai-import npy r1.npy q.npy | nai-cat --rename q=r2 -o twice.nts; }
    nai-eig --cv r1,r2 twice.nts | lambda >a.csv
    nai-import npy r1.npy | nai-cov | nai-eig | lambda >b.csv
    awk 'NR == FNR { if (FNR > 1) { a[FNR] = $1 } next } FNR > 1 { b[FNR] = $1; s += $1; n = FNR }
        END { for (i = 2; i <= n; i++) if (!((a[i] - b[i] / s) ^ 2 < 1e-26)) exit 1 }' a.csv b.csv
}

@test "macaque recordings: repeats to a cross-validated spectrum" {
    f=$NAI_DATA/neural/macaque-v1-a.mat
    [ -e "$f" ] || skip "$f is not there"
    nai-import mat "$f" --var naturalStruct.sortedResponses --rows 4,3,2,1 --halves 6 -o v1.nts
    nai-view --json v1.nts | jq -e '.sections[0].rows == 660 and .sections[0].fields[0].shape == [16]'
    fails 4 "not finite" nai-eig --cv r1,r2 v1.nts
    run -0 --separate-stderr nai-eig --cv r1,r2 --nan skip-row v1.nts -o cv.nts
    [[ $stderr == *"176 rows"* ]]
    nai-view --json cv.nts | jq -e '.meta.spectra["r1+r2"].n == 484'
    lambda cv.nts | awk 'NR > 1 { s += $1 } NR == 2 { first = $1 } END { exit !((s - 1) ^ 2 < 1e-24 && NR == 17 && first > 0.5) }'
    nai-cov --pair r1,r2 --nan skip-row v1.nts 2>/dev/null | nai-eig | lambda >b.csv
    lambda cv.nts >a.csv
    alike 1e-12 a.csv b.csv
}

@test "bad input: kinds, options, names, repeats that share nothing" {
    fails 3 "holds dataset, not moments" nai-eig rows.nts
    fails 3 "holds moments, not rows" nai-eig --cv a,b rows.mom
    fails 2 "no field 'zz'" nai-eig --cv r1,zz repeats.nts
    fails 2 "two fields" nai-eig --cv r1 repeats.nts
    fails 2 "go with --cv" nai-eig --nan skip-row rows.mom
    nai-cat --slice 0:1 repeats.nts -o one.nts
    fails 3 "at least 2 stimuli" nai-eig --cv r1,r2 one.nts
    awk -F, -v OFS=, 'NR == 1 { print; next } { for (j = 1; j <= NF; j++) $j = -$j; print }' r1.csv >neg.csv
    nai-import csv neg.csv | nai-export npy -o neg.npy
    nai-import npy r1.npy neg.npy -o against.nts
    fails 4 "share no variance" nai-eig --cv r1,neg --uncentred against.nts
    head -c 2000 rows.mom >cut.mom
    fails 3 "" nai-eig cut.mom
}

# 8 views of each of 40 images, of 20 features: views.nts, field id.
views() {
    awk -v rows=360 -v dim=20 -v offset=1 -v seed=5 -f "$LIB/features.awk" | awk -F, -v OFS=, '
        NR == 1 { print; next }
        (NR - 2) % 9 == 0 { for (j = 1; j < NF; j++) m[j] = $j; next } # an image, then its views
        { for (j = 1; j < NF; j++) $j = sprintf("%.17g", m[j] + 0.4 * ($j - 1) * sqrt(sqrt(j)));
          $NF = 1000 - int((NR - 2) / 9); print }' >views.csv
    nai-import csv --label y views.csv | nai-cat --rename y=id -o views.nts
}

@test "--lidar: spectrum and LiDAR are NumPy's to 1e-10, by --within and by --by, of few and of many images" {
    /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "/usr/bin/python3 has no NumPy"
    views
    for rows in 320 48; do # 40 images; 6, whose means span 5 dimensions of 20
        nai-cat --slice 0:$rows views.nts -o some.nts
        nai-export npy --field x some.nts -o x.npy
        for how in --within --by; do
            nai-cov $how id some.nts | nai-eig --lidar -o lidar.nts
            lambda lidar.nts >lambda.csv
            nai-view --json lidar.nts | jq .meta.spectra >meta.json
            nai-alpha -q -p ols --json lidar.nts >alpha.json
            /usr/bin/python3 - <<'PY'
import json, numpy as np
x = np.load("x.npy").reshape(-1, 8, 20)
means = x.mean(1)
sb = np.cov(means, rowvar=False, ddof=0)
r = (x - means[:, None]).reshape(-1, 20)
sw = r.T @ r / len(r) + 1e-4 * np.eye(20)
e, v = np.linalg.eigh(sw)
half = (v / np.sqrt(e)) @ v.T
want = np.linalg.eigvalsh(half @ sb @ half)[::-1]
p = np.maximum(want, 0) / np.maximum(want, 0).sum() + 1e-7
lidar = np.exp(-(p * np.log(p)).sum())
got = np.loadtxt("lambda.csv", skiprows=1)
meta = json.load(open("meta.json"))["x"]
alpha = json.load(open("alpha.json"))
n = min(len(means), 20)
print(np.abs(got - want[:n]).max() / want[0], alpha["lidar"] - lidar, np.__version__)
assert len(got) == n and np.abs(got - want[:n]).max() <= 1e-10 * want[0]
assert abs(alpha["lidar"] - lidar) <= 1e-10 * lidar
assert meta["scaling"] == "lidar" and meta["n"] == len(means) and meta["rank"] == min(len(means) - 1, 20)
assert alpha["rankme"] is None and abs(alpha["pr"] - want.sum() ** 2 / (want**2).sum()) < 1e-9
PY
        done
    done
}

@test "--lidar: views equally far in every direction leave the effective rank of the images" {
    # image g: mean +-b_j e_j, j = 1..4, b^2 = 8 4 2 2; its views: mean +- e_1 ... e_4
    awk 'BEGIN { split("8 4 2 2", b2); print "a,b,c,d,y"
        for (g = 0; g < 8; g++) for (v = 0; v < 8; v++) {
            for (j = 1; j <= 4; j++)
                printf "%.17g,", (int(g / 2) + 1 == j) * (g % 2 ? 1 : -1) * sqrt(b2[j]) + (int(v / 2) + 1 == j) * (v % 2 ? 1 : -1)
            print g } }' >plain.csv
    nai-import csv --label y plain.csv -o plain.nts
    # p = 1/2 1/4 1/8 1/8: entropy 7/4 ln 2; whatever delta is
    for delta in 0 1e-4 3; do
        got=$(nai-cov --within y plain.nts | nai-eig --lidar --delta $delta | nai-alpha -r 1:4 --json | jq .lidar)
        awk -v got="$got" -v eps=1e-7 'BEGIN { for (k = 1; k <= 4; k++) { p = (k < 3 ? 0.5 ^ k : 0.125) + eps; s -= p * log(p) }
            d = got / exp(s) - 1; print got, exp(s); exit !(d <= 1e-12 && -d <= 1e-12) }'
    done
    # lambda is b^2 / 4 over 1/4 + delta
    nai-cov --within y plain.nts | nai-eig --lidar --delta 0.75 >l.nts
    lambda l.nts | tail -n +2 | tr '\n' ' ' | awk '{ exit !($1 > 1.9999999 && $1 < 2.0000001 && $2 > 0.9999999 && $2 < 1.0000001 && $4 > 0.4999999 && $4 < 0.5000001) }'
}

@test "--lidar: a rotation of the features changes nothing; the rows' order of images neither" {
    views
    awk -F, -v OFS=, 'NR > 1 { c = 0.6; s = 0.8 # in every pair of features
        for (j = 1; j < NF; j += 2) { x = $j; y = $(j + 1); $j = sprintf("%.17g", c * x - s * y); $(j + 1) = sprintf("%.17g", s * x + c * y) }
        x = $2; y = $19; $2 = sprintf("%.17g", c * x - s * y); $19 = sprintf("%.17g", s * x + c * y) } 1' views.csv >turned.csv
    { head -n 1 views.csv; tail -n +162 views.csv; sed -n 2,161p views.csv; } >other.csv
    want=$(nai-cov --within id views.nts | nai-eig --lidar | nai-alpha -q -p ols --json | jq .lidar)
    for f in turned other; do
        got=$(nai-import csv --label y $f.csv | nai-cov --within y | nai-eig --lidar | nai-alpha -q -p ols --json | jq .lidar)
        awk -v a="$got" -v b="$want" 'BEGIN { print a, b; d = a / b - 1; exit !(d < 1e-11 && -d < 1e-11) }'
    done
}

@test "--lidar: bad input" {
    views
    nai-cov views.nts -o plain.mom
    fails 3 'no moments within and between groups' nai-eig --lidar plain.mom
    nai-cov --correlation --within id views.nts -o corr.mom
    fails 3 "moments 'x[within]' are a correlation" nai-eig --lidar corr.mom
    # twenty features that are all the same
    awk -F, 'NR == 1 { print; next } { for (j = 1; j < NF; j++) printf "%s,", $1; print $NF }' views.csv >same.csv
    nai-import csv --label y same.csv | nai-cov --within y -o same.mom
    fails 4 'raise --delta' nai-eig --lidar --delta 0 same.mom
    nai-eig --lidar same.mom | nai-alpha -r 1:4 --beyond-rank --json | jq -e '.lidar > 1 and .lidar < 1.0001'
    fails 2 'without vectors' nai-eig --lidar --vectors plain.mom
    fails 2 '--delta goes with --lidar' nai-eig --delta 1 plain.mom
}
