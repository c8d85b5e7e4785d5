#!/usr/bin/env bats
# nai-hessian-closed.bats - nai-hessian where the answer is known: closed forms, and what must not matter
# SPDX-License-Identifier: MIT

setup_file() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    nai-synth teacher -n 60 --dim 4 --widths 1 --activation linear -s 3 -o lin.nts
    nai-synth teacher -n 80 --dim 6 --widths 1 --activation linear --spectrum 1:4 -s 5 -o sigma.nts
    nai-synth teacher -n 90 --dim 5 --widths 7,2 -s 4 -o reg.nts
    # the same rows in two classes
    nai-export csv reg.nts | awk -F, 'NR == 1 { print "a,b,c,d,e,y"; next } { print $1 "," $2 "," $3 "," $4 "," $5 "," (NR * 7 % 5 > 2) }' |
        nai-import csv --label y -o two.nts
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
}

column() { awk -F'\t' -v c="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i; next } { print $k }'; }

# same A B TOL - two files of numbers, element by element.
same() { paste -d ' ' "$1" "$2" | awk -v tol="$3" 'NF != 2 || !($1 - $2 <= tol && $2 - $1 <= tol) { print NR ": " $0; bad = 1 } END { exit bad || !NR }'; }

numbers() { nai-export csv "$@" | tail -n +2 | tr , '\n'; }

@test "a linear map with mean squared error: (2/n) X'X; with the sum, 2 X'X" {
    nai-hessian -a 'mlp widths=1 act=linear bias=0' --loss mse --full --matrix h.nts lin.nts >/dev/null
    nai-export csv lin.nts | tail -n +2 | awk -F, '{ n++; for (i = 1; i <= 4; i++) for (j = 1; j <= 4; j++) s[i, j] += $i * $j }
        END { for (i = 1; i <= 4; i++) for (j = 1; j <= 4; j++) printf "%.17g\n", 2 * s[i, j] / n }' >want
    numbers h.nts >got
    same want got 1e-12
    nai-hessian -a 'mlp widths=1 act=linear bias=0' --loss mse --sum --full --matrix h.nts lin.nts >/dev/null
    awk '{ printf "%.17g\n", 60 * $1 }' want >want60
    numbers h.nts >got
    same want60 got 1e-10
}

@test "singular values that were asked for: eigenvalues 2 Sigma^2" {
    nai-hessian -a 'mlp widths=1 act=linear bias=0' --loss mse --sum --full --spectrum s.nts sigma.nts >/dev/null
    numbers s.nts >got
    awk 'BEGIN { for (k = 5; k >= 0; k--) { v = 1 + 3 * k / 5; printf "%.17g\n", 2 * v * v } }' >want
    same want got 1e-10
}

@test "the chain rule of two linear maps: what a step of gradient descent does, to second order" {
    nai-hessian --json -a 'mlp widths=1 act=linear' --loss mse --delta-loss --sigma 0,0.3 --bias 0,0.2 --lr 0.1 lin.nts >d.json
    jq -e -s 'length == 4 and all(.[]; ((.measured - .taylor) | fabs) <= 1e-10 * (.measured | fabs))' d.json
    jq -e -s '.[1] | ((.measured - .predicted) | fabs) <= 1e-10 * (.measured | fabs) and .measured != 0' d.json
}

@test "batches add up; a file read again is a file held; threads do not matter" {
    a=(-a 'mlp widths=6-2 act=tanh' --loss mse --trace --top 3 --bottom 1 --tol 1e-12)
    nai-hessian "${a[@]}" reg.nts >whole.tsv
    nai-hessian "${a[@]}" -b 40 reg.nts >parts.tsv
    nai-hessian "${a[@]}" -b 40 --reread reg.nts | diff parts.tsv -
    nai-hessian "${a[@]}" -j 1 reg.nts | diff whole.tsv -
    for c in loss grad_norm trace fro top bottom; do
        column $c <whole.tsv | tr , '\n' >want
        column $c <parts.tsv | tr , '\n' >got
        same want got 1e-8
    done
}

@test "blocks by name are the blocks of the whole" {
    a=(-a 'mlp widths=3-2 act=tanh' --loss mse --full)
    nai-hessian "${a[@]}" --matrix h.nts reg.nts >/dev/null
    n=$(nai-view --json h.nts | jq '.sections[0].rows')
    [ "$n" -eq 26 ]
    nai-hessian "${a[@]}" --by tensor reg.nts >t.tsv
    column params <t.tsv | paste -sd+ | bc | grep -qx 26
    numbers h.nts | awk '{ r = int((NR - 1) / 26); if (r == (NR - 1) % 26) print }' |
        awk -v c="$(column params <t.tsv | paste -sd,)" 'BEGIN { split(c, n, ","); k = 1 } { s[k] += $1; if (++m == n[k]) { printf "%.10g\n", s[k]; k++; m = 0 } }' >want
    column trace <t.tsv >got
    same want got 1e-9
}

@test "a linear classifier: the Gauss-Newton matrix is the Hessian" {
    a=(-a 'mlp widths=none classes=2' --loss ce --full two.nts)
    nai-hessian "${a[@]}" --matrix h.nts >/dev/null
    nai-hessian "${a[@]}" --op ggn --matrix g.nts >/dev/null
    numbers h.nts >want
    numbers g.nts >got
    same want got 1e-13
}

@test "softmax regression: the mean of (diag p - pp') (x) xx', biases too" {
    nai-train -q --dtype f64 -a 'mlp widths=none' --loss ce --lr 0.5 --optim sgd --epochs 3 -b 30 two.nts -o m.nts
    { numbers -f fc.weight m.nts; numbers -f fc.bias m.nts; } >w
    [ "$(wc -l <w)" -eq 12 ]
    nai-export csv two.nts | tail -n +2 | awk -F, '
        NR == FNR { w[FNR - 1] = $1; next }
        { n++
          for (k = 0; k < 2; k++) { z[k] = w[10 + k]; for (i = 0; i < 5; i++) z[k] += w[5 * k + i] * $(i + 1) }
          p[0] = 1 / (1 + exp(z[1] - z[0])); p[1] = 1 - p[0]
          for (a = 0; a < 12; a++) { k = a < 10 ? int(a / 5) : a - 10; xa = a < 10 ? $(a % 5 + 1) : 1
              for (b = 0; b < 12; b++) { l = b < 10 ? int(b / 5) : b - 10; xb = b < 10 ? $(b % 5 + 1) : 1
                  h[a, b] += ((k == l) * p[k] - p[k] * p[l]) * xa * xb } } }
        END { for (a = 0; a < 12; a++) for (b = 0; b < 12; b++) printf "%.17g\n", h[a, b] / n }' w - >want
    nai-hessian -m m.nts --full --matrix h.nts two.nts >/dev/null
    numbers h.nts >got
    same want got 1e-12
}
