#!/usr/bin/env bats
# nai-train-gradients.bats - nai-train with noise and bias in its gradients
# SPDX-License-Identifier: MIT
# A step of plain gradient descent is w - lr (g - b beta - sigma sqrt(f(N)) n): what two runs that
# differ in one option end apart is known.

setup_file() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    nai-synth teacher -n 50 --dim 5 -s 3 -o reg.nts
    nai-synth pairs -n 12000 --dim 40 --level 0 -o pairs.nts # several records
    head -c 5000000 pairs.nts >cut.nts
    # rows of zeros: a linear map without bias has no gradient there
    awk 'BEGIN { for (k = 0; k < 400; k++) printf "x%d,", k; print "y"
        for (i = 0; i < 4; i++) { for (k = 0; k < 400; k++) printf "0,"; print i } }' |
        nai-import csv --label y -o zero.nts
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    plain=(-j 1 --dtype f64 --loss mse --full-batch --optim sgd --momentum 0 --weight-decay 0)
    one=("${plain[@]}" --arch 'mlp widths=6-1' --lr 0.25 --log l.tsv --log-every 1) # 43 parameters
    still=("${plain[@]}" --arch 'mlp widths=1 bias=0' --lr 0.25) # 400, on zero.nts
}

load ../lib/fails.bash

digest() { nai-view --json "$1" | jq -r .digest; }
column() { awk -F'\t' -v c="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i; next } { print $k }'; }
near() { awk -v a="$1" -v b="$2" -v tol="$3" 'BEGIN { d = a - b; printf "%.17g %.17g\n", a, b; exit !(d <= tol && -d <= tol) }'; }

# values MODEL - all its parameters, a line each.
values() {
    nai-view --json "$1" | jq -r '.sections[].name' | while read -r name; do
        nai-export csv -f "$name" "$1" | tail -n +2
    done
}

# apart A B - the parameters of A minus those of B.
apart() { paste <(values "$1") <(values "$2") | awk '{ printf "%.17g\n", $1 - $2 }'; }
norm() { awk '{ s += $1 * $1 } END { printf "%.17g\n", sqrt(s) }'; }

@test "bias along ones: each parameter is off by lr b; the log has the true gradient" {
    nai-train "${one[@]}" reg.nts -o true.nts
    nai-train "${one[@]}" --lr 0 reg.nts -o start.nts
    [ "$(values true.nts | wc -l)" -eq 43 ]
    near "$(apart start.nts true.nts | norm)" "$(column grad_norm <l.tsv | awk '{ printf "%.17g", 0.25 * $1 }')" 1e-9
    for b in 0.125 -3; do
        nai-train "${one[@]}" --grad-bias $b --log b.tsv reg.nts -o b.nts
        apart b.nts true.nts | awk -v b=$b '{ d = $1 - 0.25 * b; if (!(d <= 1e-15 && -d <= 1e-15)) exit 1 } END { exit NR != 43 }'
        [ "$(column grad_norm <b.tsv)" = "$(column grad_norm <l.tsv)" ]
    done
}

@test "noise: a vector of norm lr sigma sqrt(f(N)), its direction of the seed" {
    nai-train "${one[@]}" reg.nts -o true.nts
    while read -r f growth; do
        nai-train "${one[@]}" --grad-noise 0.5 $growth reg.nts -o n.nts
        near "$(apart n.nts true.nts | norm)" "$(awk "BEGIN { printf \"%.17g\", 0.25 * 0.5 * sqrt($f) }")" 1e-12
    done <<'GROWTH'
1
1 --noise-growth=constant
sqrt(43) --noise-growth=sqrt
43 --noise-growth=linear
GROWTH
    # not one sign, not one size
    apart n.nts true.nts | awk '$1 > 0 { up++ } { a[int(1e6 * $1)] } END { for (k in a) n++; exit !(up > 8 && up < 35 && n > 40) }'
    nai-train "${one[@]}" --lr 0 reg.nts -o start.nts
    for s in 1 2; do
        nai-train "${one[@]}" --from start.nts -s $s --grad-noise 0.5 reg.nts -o n$s.nts
    done
    [ "$(digest n1.nts)" != "$(digest n2.nts)" ]
}

@test "where the gradient is zero there is noise alone: unit vectors, another each step" {
    nai-train "${still[@]}" --lr 0 zero.nts -o 0.nts
    nai-train "${still[@]}" --grad-noise 2 -e 1 zero.nts -o 1.nts
    nai-train "${still[@]}" --grad-noise 2 -e 2 zero.nts -o 2.nts
    paste <(apart 1.nts 0.nts) <(apart 2.nts 1.nts) |
        awk '{ a += $1 * $1; b += $2 * $2; ab += $1 * $2; sum += $1; four += 400 * $1 ^ 4 }
            END { print NR, a, b, ab, sum, four # standard errors: 1/20 of a cosine, 0.5 of sqrt(N) (lr sigma)^2
                exit !(NR == 400 && a / .25 - 1 < 1e-12 && 1 - a / .25 < 1e-12 && b / .25 - 1 < 1e-12 && 1 - b / .25 < 1e-12 &&
                    ab < .25 / 4 && ab > -.25 / 4 && sum < 2.5 && sum > -2.5 && four > .125 && four < .25) }'
    # momentum takes up what the step was given: 1 + (1 + 0.9)
    nai-train "${still[@]}" --grad-bias 0.5 --momentum 0.9 -e 2 zero.nts -o m.nts
    near "$(apart m.nts 0.nts | norm)" "$(awk 'BEGIN { print 20 * 0.25 * 0.5 * 2.9 }')" 1e-12
}

@test "relative: ratios to the gradient's norm; where that is zero, exit 4 with the step" {
    nai-train "${one[@]}" -e 2 reg.nts -o true2.nts
    nai-train "${one[@]}" reg.nts -o true.nts
    g=$(column grad_norm <l.tsv)
    nai-train "${one[@]}" --grad-relative --grad-bias 0.03 reg.nts -o b.nts
    near "$(apart b.nts true.nts | norm)" "$(awk "BEGIN { printf \"%.17g\", 0.25 * 0.03 * $g * sqrt(43) }")" 1e-8
    nai-train "${one[@]}" --grad-relative --grad-noise 1 --noise-growth linear reg.nts -o n.nts
    near "$(apart n.nts true.nts | norm)" "$(awk "BEGIN { printf \"%.17g\", 0.25 * $g * sqrt(43) }")" 1e-8
    # the second step's norm is its own: after a first that was exact, from its model
    nai-train "${one[@]}" --from true.nts --grad-relative --grad-bias 0.03 reg.nts -o b2.nts
    [ "$(column grad_norm <l.tsv)" != "$g" ]
    near "$(apart b2.nts true2.nts | norm)" "$(awk "BEGIN { printf \"%.17g\", 0.25 * 0.03 * $(column grad_norm <l.tsv) * sqrt(43) }")" 1e-8
    for o in --grad-noise --grad-bias; do
        fails 4 "step 1: the gradient is zero" nai-train "${still[@]}" --grad-relative $o 0.1 zero.nts
        nai-train "${still[@]}" --grad-relative $o 0 zero.nts >zero.out # nothing is asked for
    done
}

@test "both, and neither: the sum of each; zeros are as if not said" {
    bias=(--grad-bias 0.01 --bias-along random)
    noise=(--grad-noise 0.2 --noise-growth sqrt)
    nai-train "${one[@]}" reg.nts -o true.nts
    nai-train "${one[@]}" "${bias[@]}" reg.nts -o b.nts
    nai-train "${one[@]}" "${noise[@]}" reg.nts -o n.nts
    nai-train "${one[@]}" "${bias[@]}" "${noise[@]}" reg.nts -o both.nts
    near "$(apart b.nts true.nts | norm)" "$(awk 'BEGIN { printf "%.17g", 0.25 * 0.01 * sqrt(43) }')" 1e-14
    paste <(apart both.nts true.nts) <(apart b.nts true.nts) <(apart n.nts true.nts) |
        awk '{ d = $1 - $2 - $3; if (!(d < 1e-14 && -d < 1e-14)) exit 1 }'
    nai-train "${one[@]}" --grad-bias 0 --bias-along absent --grad-noise 0 --noise-growth linear --grad-relative reg.nts -o no.nts
    [ "$(digest no.nts)" = "$(digest true.nts)" ]
}

@test "bias along a model: its parameters, scaled to norm sqrt(N)" {
    nai-train "${one[@]}" reg.nts -o true.nts
    nai-train "${one[@]}" -s 5 -e 3 --keep-steps 1 reg.nts -o kept.nts
    nai-train "${one[@]}" -s 5 -e 3 -c ck reg.nts -o other.nts
    for f in other.nts kept.nts ck; do # one, the last of three, and one with an optimiser's state
        nai-train "${one[@]}" --grad-bias 0.5 --bias-along $f reg.nts -o b.nts
        paste <(apart b.nts true.nts) <(values other.nts) | awk -v n="$(values other.nts | norm)" '{ d = $1 - 0.125 * sqrt(43) / n * $2
            if (!(d < 1e-15 && -d < 1e-15)) exit 1 } END { exit NR != 43 }'
    done
    nai-train "${still[@]}" --lr 1 --weight-decay 1 zero.nts -o nil.nts
    fails 3 "nil.nts: every parameter is 0" nai-train "${still[@]}" --grad-bias 1 --bias-along nil.nts zero.nts
    fails 3 "nil.nts: parameter 'fc1.weight'" nai-train "${one[@]}" --grad-bias 1 --bias-along nil.nts reg.nts
    nai-train "${one[@]}" --arch 'mlp widths=6' reg.nts -o short.nts
    fails 3 "short.nts: parameter" nai-train "${one[@]}" --arch 'mlp widths=6-1-1' --grad-bias 1 --bias-along short.nts reg.nts
    fails 3 "reg.nts: a stream of kind 'dataset', not a model" nai-train "${one[@]}" --grad-bias 1 --bias-along reg.nts reg.nts
    fails 1 "absent: cannot open" nai-train "${one[@]}" --grad-bias 1 --bias-along absent reg.nts
}

@test "any loss, optimiser and batches: resumed as uninterrupted, the same on two threads" {
    while read -r o; do
        run=(-j 1 --arch 'mlp widths=16' --pdim 4 -b 100 $o --log-every 1)
        nai-train "${run[@]}" --log whole.tsv pairs.nts -o whole.nts
        rm -f ck
        # an input that breaks off leaves the last checkpoint
        fails 3 "truncated" nai-train "${run[@]}" --log part.tsv -c ck --every 7 cut.nts
        step=$(nai-view --json ck | jq .meta.train.step)
        [ "$step" -gt 0 ]
        [ "$step" -lt 120 ]
        nai-train "${run[@]}" --log part.tsv --resume ck pairs.nts -o resumed.nts
        [ "$(digest whole.nts)" = "$(digest resumed.nts)" ]
        cmp whole.tsv part.tsv
        nai-train "${run[@]}" -j 2 pairs.nts -o two.nts
        [ "$(digest whole.nts)" = "$(digest two.nts)" ]
    done <<'RECIPES'
--grad-noise 0.1
--dtype f64 --loss byol --ema 0.9 --optim sgd --grad-relative --grad-noise 1 --grad-bias 0.01 --bias-along random
--loss vicreg --optim lars --grad-noise 0.001 --noise-growth linear
RECIPES
    fails 2 "--grad-noise 0.001 there, 0.002 here; --noise-growth 'linear' there, 'constant' here" \
        nai-train "${run[@]}" --grad-noise 0.002 --noise-growth constant --resume ck pairs.nts
}

@test "-v says what is done and what it takes" {
    nai-train "${one[@]}" -v reg.nts -o m.nts 2>said
    grep -q '^nai-train: 43 parameters' said
    [ "$(grep -c 'gradients with' said)" -eq 0 ]
    # 4 tensors of whole cache lines of 16: 80 elements on the device, 43 drawn
    nai-train "${one[@]}" -v --grad-relative --grad-noise 0.1 --noise-growth sqrt --grad-bias 2 reg.nts -o m.nts 2>said
    grep -q '^nai-train: gradients with noise 0.1 |g| N^(1/4), bias 2 |g| along ones: 1.6 KiB$' said
}

@test "bad command lines" {
    fails 2 "--noise-growth goes with --grad-noise" nai-train --arch mlp --noise-growth constant --grad-bias 1 reg.nts
    fails 2 "--bias-along goes with --grad-bias" nai-train --arch mlp --bias-along ones --grad-noise 1 reg.nts
    fails 2 "--grad-relative goes with" nai-train --arch mlp --grad-relative reg.nts
    fails 2 "--gradcheck is of true gradients" nai-train --arch mlp --gradcheck --grad-noise 1 reg.nts
    fails 2 "--gradcheck is of true gradients" nai-train --arch mlp --gradcheck --grad-bias 1 reg.nts
    fails 2 "grad-noise" nai-train --arch mlp --grad-noise -1 reg.nts
    fails 2 "grad-noise" nai-train --arch mlp --grad-noise nan reg.nts
    fails 2 "cube" nai-train --arch mlp --grad-noise 1 --noise-growth cube reg.nts
}
