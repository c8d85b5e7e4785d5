#!/usr/bin/env bats
# nai-probe.bats - every readout, splits, fields and kinds of stream, and what is refused
# SPDX-License-Identifier: MIT

setup_file() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    blobs 240 0 >train.csv
    blobs 120 9 >test.csv
    for f in train test; do nai-import csv --label y $f.csv -o $f.nts; done
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
}

# blobs ROWS SEED - eight classes on the corners of a cube, two features of noise, as CSV.
blobs() {
    awk -v rows="$1" -v s="$(($2 + 77))" 'function u() { s = (s * 16807) % 2147483647; return s / 2147483647 }
        BEGIN { print "a,b,c,d,e,y"; u()
            for (i = 0; i < rows; i++) { y = i % 8
                printf "%.6g,%.6g,%.6g,%.6g,%.6g,%d\n", y % 2 + u(), int(y / 2) % 2 + u(), int(y / 4) + u(), u(), 9 * u(), y } }'
}

value() { awk -F'\t' -v c="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i } NR == 2 { print $k }'; }
near() { awk -v a="$1" -v b="$2" -v tol="$3" 'BEGIN { d = a - b; print a, b; exit !(d <= tol && -d <= tol) }'; }

load ../lib/fails.bash

@test "the columns of each method, in order, and the same as JSON keys" {
    while read -r method columns; do
        printf 'field method top1 ci_lo ci_hi top5 n n_train dim classes %s\n' "$columns" | tr ' ' '\t' >want
        nai-probe -m $method --test test.nts train.nts | head -n 1 | diff want -
        nai-probe -m $method --test test.nts --json train.nts | jq -r 'keys_unsorted | join("\t")' | diff want -
    done <<'METHODS'
logistic C objective grad_norm iterations converged
ridge lambda condition objective
knn k tau
minibatch epochs objective seed
mlp hidden epochs objective seed
METHODS
}

@test "every method reads noisy corners far better than chance, and says of how many" {
    for o in '-m logistic' '-m ridge' '-m knn' '-p thesis --batch 32 --lr .01' '-m mlp --hidden 16 --epochs 50 --batch 32'; do
        nai-probe $o --standardize --test test.nts --json train.nts >j
        jq -e '.top1 > 0.75 and .ci_lo < .top1 and .top1 < .ci_hi and .top5 >= .top1 and .n == 120 and .n_train == 240 and .dim == 5 and .classes == 8' j
    done
}

@test "logistic: the optimum of scikit-learn's objective (1.2.1), for two C" {
    # tests/golden/probe_tool.py
    while read -r c objective top1; do
        nai-probe -C $c --tol 1e-9 --test test.nts --json train.nts >j
        near "$(jq .objective j)" $objective 1e-10
        near "$(jq .top1 j)" $top1 1e-12
        jq -e '.grad_norm <= 1e-9 and .converged == "yes"' j
    done <<'SKLEARN'
1 0.7798095224867292 0.9083333333333333
0.01 1.9722472570832073 0.8166666666666667
SKLEARN
}

@test "of several C the chosen one is printed, and its fit is that of this C alone" {
    nai-probe -C 10,0.0001,1 --tol 1e-9 --test test.nts --json train.nts >j
    c=$(jq .C j)
    [ "$c" != 0.0001 ]
    near "$(nai-probe -C $c --tol 1e-9 --test test.nts --json train.nts | jq .objective)" "$(jq .objective j)" 1e-12
    jq -e '.seed == 0' j
}

@test "the same bytes for any -j; other seeds, other splits" {
    for o in '-m logistic -C 1,2' '-m ridge --lambda 1,2' '-m knn' '-m minibatch --epochs 3' '-m mlp --epochs 3' '-B 50'; do
        nai-probe $o -j 1 train.nts >a
        nai-probe $o -j 2 train.nts | cmp a -
    done
    nai-probe -m knn train.nts --confusion c0 >/dev/null
    nai-probe -m knn -s 1 train.nts --confusion c1 >/dev/null
    run -1 cmp -s c0 c1
}

@test "the order of the train rows changes rounding only; a row's nearest is itself" {
    { head -n 1 train.csv; tail -n +2 train.csv | tac; } | nai-import csv --label y -o back.nts
    near "$(nai-probe --tol 1e-9 -t test.nts --json back.nts | jq .objective)" \
        "$(nai-probe --tol 1e-9 -t test.nts --json train.nts | jq .objective)" 1e-12
    nai-probe -t train.nts -m knn -k 1 train.nts --json | jq -e '.top1 == 1'
}

@test "held out: a share of each class, and the rest to train on" {
    nai-probe --holdout 0.25 --confusion c.tsv --json train.nts >j
    jq -e '.n == 64 and .n_train == 176 and .seed == 0' j # round(30 / 4) of each of 8
    [ "$(head -n 1 c.tsv)" = $'field\ttrue\t0\t1\t2\t3\t4\t5\t6\t7' ]
    awk 'NR > 1 { n = 0; for (i = 3; i <= NF; i++) n += $i; if (n != 8) exit 1 } END { exit NR != 9 }' c.tsv
}

@test "the confusion matrix sums to the test rows, its diagonal to top1, and names classes" {
    nai-probe -m ridge -t test.nts --confusion c.tsv --json train.nts >j
    near "$(awk 'NR > 1 { d += $(NR + 1) } END { print d / 120 }' c.tsv)" "$(jq .top1 j)" 1e-6
    awk -F, -v OFS=, '{ if (NR > 1) $6 = "corner " $6; print }' train.csv | nai-import csv --label y -o named.nts
    nai-probe -m ridge --confusion c.tsv named.nts >/dev/null
    [[ "$(head -n 1 c.tsv)" == *$'\tcorner 0\t'* ]]
    grep -q $'^x\tcorner 7\t' c.tsv
}

@test "several fields: a line each, matched by name; --field takes some; pixels as a baseline" {
    for f in train test; do
        nai-export npy -f x $f.nts -o x.npy
        nai-export npy -f y $f.nts -o y.npy
        cp x.npy layer2.npy
        nai-import npy x.npy layer2.npy y.npy -o two-$f.nts
    done
    nai-probe -t two-test.nts two-train.nts >t
    [ "$(cut -f1 t | paste -sd ' ')" = 'field x layer2' ]
    diff <(sed -n 2p t | cut -f 2-) <(sed -n 3p t | cut -f 2-)
    nai-probe -t two-test.nts -f layer2 two-train.nts | diff - <(sed 2d t)
    fails 3 "no field 'layer2', which the train rows have" nai-probe -t test.nts two-train.nts
    fails 2 "no field 'layer3'" nai-probe -f layer3 two-train.nts
}

@test "pixels, u8 and in three dimensions, make a baseline" {
    /usr/bin/python3 - <<'PIXELS' || skip "no NumPy to make them with"
import numpy as np
r = np.random.default_rng(1)
y = np.arange(80) % 4
x = r.integers(0, 90, (80, 3, 4, 4))
x[np.arange(80), y % 3, y // 2] += 150
np.save("pixels.npy", x.astype("u1"))
np.save("y.npy", y.astype("u1"))
PIXELS
    nai-import npy pixels.npy y.npy -o pixels.nts
    nai-probe -m ridge --json pixels.nts | jq -e '.field == "pixels" and .dim == 48 and .top1 > 0.9'
}

@test "regression: ridge as NumPy's, R2 and its interval; other methods too" {
    # NumPy 1.24.2: tests/golden/probe_tool.py
    for f in train test; do
        cut -d, -f 1-4 $f.csv | nai-import csv -o /dev/stdout | nai-export npy -f x -o x.npy
        awk -F, 'NR == 1 { print "t" } NR > 1 { print 2 * $1 - $3 + $4 * $4 }' $f.csv | nai-import csv | nai-export npy -f x -o t.npy
        nai-import npy x.npy t.npy -o reg-$f.nts
    done
    nai-probe --regress --labels t --lambda 2 -t reg-test.nts --json reg-train.nts >j
    near "$(jq .r2 j)" 0.9962005246606941 1e-10
    near "$(jq .mse j)" 0.007373551326634712 1e-10
    jq -e '.ci_lo == null and .targets == 1 and .method == "ridge"' j
    for m in ridge knn 'minibatch --batch 16 --lr 0.01' 'mlp --batch 16 --lr 0.01'; do
        nai-probe -m $m --regress --labels t -B 50 -t reg-test.nts --json reg-train.nts >j
        jq -e '.r2 > 0.5 and .ci_lo <= .r2 and .r2 <= .ci_hi and .bootstrap == 50' j
    done
}

@test "intervals: Wilson's of the count, and the bootstrap's near it" {
    nai-probe -m ridge -t test.nts --json train.nts >w
    nai-probe -m ridge -t test.nts -B 2000 --json train.nts >b
    near "$(jq .ci_lo w)" "$(jq '(.top1 + 1.9207294103470494 / .n - 1.959963984540054 * (((.top1 * (1 - .top1) + 0.9603647051735247 / .n) / .n) | sqrt)) / (1 + 3.8414588206940988 / .n)' w)" 1e-12
    near "$(jq .ci_lo w)" "$(jq .ci_lo b)" 0.03
    near "$(jq .ci_hi w)" "$(jq .ci_hi b)" 0.03
}

@test "no convergence: a warning and 'no', or exit 4 with --strict" {
    run -0 --separate-stderr nai-probe --max-iter 2 train.nts
    [[ $stderr == "nai-probe: warning: x: not converged: max |gradient| is "*" after 2 iterations, not 1e-06" ]]
    [ "$(nai-probe -q --max-iter 2 train.nts | value converged)" = no ]
    fails 4 "after 2 iterations" nai-probe --strict --max-iter 2 train.nts
}

@test "classes that train lacks: refused, or counted as errors" {
    awk -F, '$6 != 3 && $6 != 5' train.csv | nai-import csv --label y -o six.nts
    fails 3 "test.nts: row 3: label 3 is of no train row (30 such rows" nai-probe -t test.nts six.nts
    run -0 --separate-stderr nai-probe -t test.nts --allow-unseen --confusion c.tsv --json six.nts
    [[ $stderr == *"30 of 120 rows are of classes the train rows lack"* ]]
    jq -e '.top1 <= 0.75 and .n == 120 and .classes == 6' <<<"$output"
    [ "$(grep -c $'^x\tunseen\t' c.tsv)" -eq 1 ]
}

@test "bad input: one class, widths, labels, values, kinds" {
    awk -F, 'NR == 1 || $6 == 2' train.csv | nai-import csv --label y -o one.nts
    fails 3 "one.nts: all 30 labels are 2" nai-probe one.nts
    cut -d, -f 2- test.csv | nai-import csv --label y -o narrow.nts
    fails 3 "narrow.nts: 'x' has 4 features a row, the train rows 5" nai-probe -t narrow.nts train.nts
    nai-import csv train.csv -o bare.nts
    fails 3 "no field 'y' to take labels from; there is x f64[6]" nai-probe bare.nts
    fails 3 "labels 'x' are f64, not integers" nai-probe --labels x -f y train.nts
    sed '7s/^[^,]*/nan/' train.csv | nai-import csv --label y -o nan.nts
    fails 4 "nan.nts: field 'x', row 5: not finite" nai-probe nan.nts
    nai-cov train.nts -o m.nts
    fails 3 "holds moments" nai-probe m.nts
    fails 3 "holds moments" nai-probe -t m.nts train.nts
    head -n 9 train.csv | nai-import csv --label y -o each.nts
    fails 3 "none can be held out" nai-probe each.nts
    fails 2 "200 neighbours asked of 192 train rows" nai-probe -p knn200 train.nts
}

@test "ridge without a penalty on features that depend on each other: exit 4, the condition number" {
    awk -F, -v OFS=, 'NR == 1 { print "a,b,c,y" } NR > 1 { print $1, $2, $1, $6 }' train.csv |
        nai-import csv --label y -o flat.nts
    fails 4 "the condition number of X^T X + lambda I is" nai-probe -m ridge --lambda 0 flat.nts
    nai-probe -m ridge --lambda 1 flat.nts
}

@test "a loss that overflows: exit 4, naming the epoch" {
    sed '3s/^[^,]*/1e300/' train.csv | nai-import csv --label y -o huge.nts
    fails 4 "x: the loss is not finite in epoch 1; lower --lr" nai-probe -m minibatch --regress --holdout 0.01 huge.nts
}

@test "options of another method, contradictions, numbers that are none" {
    fails 2 "--lambda goes with --method ridge" nai-probe --lambda 1 train.nts
    fails 2 "--k goes with --method knn" nai-probe -m ridge -k 3 train.nts
    fails 2 "--epochs goes with --method minibatch or mlp" nai-probe --epochs 3 train.nts
    fails 2 "contradict" nai-probe -p thesis -m knn train.nts
    fails 2 "does not go with --method logistic" nai-probe -m logistic --regress train.nts
    fails 2 "are for classes" nai-probe --regress --confusion c train.nts
    fails 2 "--cost: '1,x' is not numbers" nai-probe -C 1,x train.nts
    fails 2 "--cost: '0' is not numbers from 1e-15" nai-probe -C 0 train.nts
    fails 2 "cannot both come from stdin" nai-probe -t - <train.nts
}

@test "nothing is written when it fails: neither report nor confusion matrix" {
    rm -f out c.tsv
    run -4 nai-probe --strict --max-iter 1 -o out --confusion c.tsv train.nts
    [ ! -e out ]
    [ ! -e c.tsv ]
}
