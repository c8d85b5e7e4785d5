#!/usr/bin/env bats
# nai-hessian.bats - nai-hessian: products against differences, estimates within their errors, streams, bad input
# SPDX-License-Identifier: MIT

setup_file() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    nai-synth teacher -n 60 --dim 6 --widths 7,3 --inputs normal -s 4 -o reg.nts
    nai-export csv reg.nts | awk -F, 'NR == 1 { print "a,b,c,d,e,f,y"; next }
        { for (i = 1; i <= 6; i++) printf "%s,", $i; print NR * 7 % 5 % 3 }' | nai-import csv --label y -o lab.nts
    nai-synth pairs -n 14 --dim 5 -s 2 -o v2.nts
    nai-synth pairs -n 14 --dim 5 --spectrum 0.2:2 --noise 0.4 --views 3 -s 3 -o v3.nts
    for size in 8 32; do # pictures of normal numbers
        nai-synth teacher -n 6 --dim $((3 * size * size)) --inputs normal -s $size |
            nai-export npy -f x - >x$size.npy
        /usr/bin/python3 -c "
import numpy as np, sys
np.save('p$size.npy', np.load('x$size.npy').reshape(-1, 3, $size, $size)); np.save('y.npy', np.arange(6) % 3)" 2>/dev/null || continue
        nai-import npy p$size.npy --labels y.npy -o pic$size.nts
    done
    nai-train -q --dtype f64 -a 'mlp widths=5 act=tanh' --loss ce --epochs 3 -b 20 --keep-steps 3 lab.nts -o steps.nts
    nai-train -q --dtype f64 -a 'mlp widths=5 act=tanh' --loss ce --epochs 3 -b 20 lab.nts -o m.nts
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
}

load ../lib/fails.bash

column() { awk -F'\t' -v c="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i; next } { print $k }'; }
check() { nai-hessian -q --check "$@" >check.tsv || { cat check.tsv; echo "$*"; return 1; }; }

@test "products are the differences of gradients, and symmetric: every loss" {
    mlp='mlp widths=6 act=tanh'
    for mode in eval train; do
        for v in v2 v3; do
            for norm in official thesis fastssl; do
                check -a "$mlp" --loss barlow --bt-norm $norm --pdim 4 --mode $mode $v.nts
                check -a "$mlp" --loss barlow --bt-norm $norm --bt-form eq10 --pdim 4 --mode $mode $v.nts
            done
            check -a "$mlp" --loss barlow --leave-one-out --over-d --pdim 4 --mode $mode $v.nts
            check -a "$mlp" --loss vicreg --pdim 4 --mode $mode $v.nts
            check -a "$mlp" --loss vicreg --vicreg-form thesis --leave-one-out --pdim 4 --mode $mode $v.nts
            check -a "$mlp" --loss simclr --pdim 4 --mode $mode $v.nts
            check -a "$mlp" --loss simclr --decoupled --temperature 0.2 --pdim 4 --mode $mode $v.nts
            check -a "$mlp" --loss byol --pdim 4 --mode $mode $v.nts
            check -a "$mlp" --loss spectral --pdim 4 --mode $mode $v.nts
            check -a "$mlp" --loss spectral --spectral-form thesis --beta 0.5 --pdim 4 --mode $mode $v.nts
        done
        check -a "$mlp norm=batch" --loss ce --label-smoothing 0.1 --mode $mode -b 25 lab.nts
        check -a "$mlp norm=batch" --loss mse --mode $mode reg.nts
        check -a "$mlp" --loss mse --sum --mode $mode -b 25 reg.nts
    done
}

@test "products are the differences of gradients: every architecture" {
    [ -e pic32.nts ] || skip "no NumPy to shape pictures with"
    for act in relu gelu sigmoid linear; do check -a "mlp widths=6-5 act=$act" --loss ce -b 25 lab.nts; done
    # where all channels around a pixel are 0, units of a new network lie at their kinks: two steps on
    trained() {
        nai-train -q --dtype f64 -a "$1" --loss ce -b 6 --epochs 2 --lr 0.01 "$2" -o trained.nts
        check -m trained.nts "$2"
    }
    for arch in 'cnn widths=4-5' 'resnet20 width=4' 'vit patch=4 dim=12 depth=2 heads=3' 'vit patch=4 dim=8 depth=1 heads=2 pool=mean'; do
        trained "$arch" pic8.nts
    done
    for arch in 'resnet18 width=3 stem=cifar' 'resnet50 width=4 stem=cifar' 'vgg11 width=3 head=linear' 'vgg11-bn width=3 head=linear'; do
        trained "$arch" pic32.nts
    done
    check -a 'resnet20 width=4' --loss ce --mode train pic8.nts
}

# A statistic beside its exact value over seeds: how often the interval of so many standard errors held it.
@test "traces and norms lie within their errors of the exact ones, over 20 seeds" {
    for a in "mlp widths=9-7 act=tanh --loss ce lab.nts" "mlp widths=12-8 act=relu --loss mse reg.nts"; do
        read -r -a w <<<"${a#*--}"
        set -- -a "${a%% --*}" "--${w[0]}" "${w[1]}" "${w[2]}"
        nai-hessian --full --json "$@" >full.json
        for method in hutch++ hutchinson xtrace; do
            for seed in $(seq 20); do nai-hessian -j 1 -s "$seed" --json --trace --method $method --probes 24 "$@"; done >est.json
            # networks are of the seed too: one of its own for each
            for seed in $(seq 20); do nai-hessian -j 1 -s "$seed" --json --full "$@"; done >exact.json
            paste -d ' ' <(jq -r '"\(.trace) \(.trace_se) \(.fro) \(.fro_se)"' est.json) <(jq -r '"\(.trace) \(.fro)"' exact.json) |
                awk -v m=$method '{ t = ($1 - $5) / $2; f = ($3 - $6) / $4; if (t * t < 2.6 ^ 2) a++; if (f * f < 2.6 ^ 2) b++ }
                    END { print m, a, b; exit !(NR == 20 && a >= (m == "xtrace" ? 13 : 17) && b >= (m == "xtrace" ? 13 : 16)) }'
        done
    done
}

@test "eigenvalues from both ends lie within their residuals; all of them with --full" {
    a=(-a 'mlp widths=10-8 act=tanh' --loss ce lab.nts)
    nai-hessian --json --full --top 4 --bottom 3 "${a[@]}" >full.json
    for seed in $(seq 20); do
        nai-hessian --json -s "$seed" --top 4 --bottom 3 --tol 1e-7 -m <(nai-train -q --dtype f64 --lr 0 -a 'mlp widths=10-8 act=tanh' --loss ce -b 60 lab.nts) --loss ce lab.nts
    done >ends.json
    nai-train -q --dtype f64 --lr 0 -a 'mlp widths=10-8 act=tanh' --loss ce -b 60 lab.nts -o zero.nts
    nai-hessian --json --full --top 4 --bottom 3 -m zero.nts --loss ce lab.nts >full.json
    jq -s -e '.[0] as $f | .[1:] | length == 20 and all(.[];
        . as $e | all(range(4); (($e.top[.] - $f.top[.]) | fabs) <= $e.top_residual[.] + 1e-12) and
        all(range(3); (($e.bottom[.] - $f.bottom[.]) | fabs) <= $e.bottom_residual[.] + 1e-12) and
        .top_converged == 4 and .bottom_converged == 3)' full.json ends.json
}

@test "the density: its moments are the trace and the norm, its share of negative ones within bounds" {
    nai-train -q --dtype f64 --lr 0 -a 'mlp widths=10-8 act=tanh' --loss ce -b 60 lab.nts -o zero.nts
    nai-hessian --json --full -m zero.nts lab.nts >full.json
    for seed in $(seq 20); do nai-hessian -j 1 --json -s "$seed" --density 8 --density-steps 60 -m zero.nts lab.nts; done >dens.json
    jq -s -e '.[0].negative as $n | .[1:] | map(select($n >= .negative_lo - 3 * .negative_se and $n <= .negative_hi + 3 * .negative_se)) | length >= 19' full.json dens.json
    nai-hessian --density 8 --density-steps 60 --spectrum d.nts -m zero.nts lab.nts >/dev/null
    nai-export csv d.nts | tail -n +2 | awk -F, '{ s += $2; m += $1 * $2 } END { exit !(s > 1 - 1e-9 && s < 1 + 1e-9) }'
    run -3 nai-alpha d.nts
}

@test "spectra are streams: alpha, pictures, eigenvectors, the matrix" {
    nai-hessian --full --spectrum - --vectors -m m.nts lab.nts >full.nts
    nai-view --check full.nts
    nai-alpha -r 1:8 full.nts | grep -q hessian
    nai-plot spectrum full.nts -o s.svg && [ -s s.svg ]
    nai-hessian --top 3 --bottom 2 --spectrum e.nts --vectors -m m.nts lab.nts >t.tsv
    [ "$(nai-export csv -f lambda e.nts | tail -n +2 | wc -l)" -eq 5 ]
    nai-export csv -f lambda e.nts | tail -n +2 | sort -gr -c
    nai-hessian --full --matrix - -m m.nts lab.nts | nai-view --json - | jq -e '.sections[0].rows == 53'
    [ "$(head -n 1 t.tsv | cut -f 1-6 | tr '\t' ' ')" = "model step loss grad_norm params rows" ]
    nai-hessian --json --trace --fro --top 2 --bottom 1 -m m.nts lab.nts |
        jq -e '[.loss, .grad_norm, .params, .trace, .trace_se, .fro, .top[1], .top_residual[1], .bottom[0]] | all(type == "number")'
}

@test "every model of a stream in turn, or one; every class; every layer" {
    nai-hessian -m steps.nts lab.nts >all.tsv
    [ "$(column step <all.tsv | tr '\n' ' ')" = "3 6 9 " ]
    [ "$(nai-hessian --step 6 -m steps.nts lab.nts | column loss)" = "$(column loss <all.tsv | sed -n 2p)" ]
    [ "$(nai-hessian --step last -m steps.nts lab.nts | column loss)" = "$(column loss <all.tsv | sed -n 3p)" ]
    nai-hessian --json --per-class -m m.nts lab.nts >c.json
    nai-hessian --json -m m.nts lab.nts | jq -s -e --slurpfile c c.json '.[0].loss as $l | (($c | map(.loss * .rows) | add) / ($c | map(.rows) | add)) as $m | ($c | length) == 3 and (($l - $m) | fabs) < 1e-12'
    [ "$(nai-hessian --by layer -m m.nts lab.nts | column layer | tr '\n' ' ')" = "fc1 fc " ]
    [ "$(nai-hessian --layers fc1 -m m.nts lab.nts | column params)" -eq 35 ]
    [ "$(nai-hessian --inits 3 -a 'mlp widths=4' lab.nts | column loss | sort -u | wc -l)" -eq 3 ]
}

@test "the Fisher matrix is that of the rows' own gradients" {
    nai-hessian --op fisher --full --matrix f.nts -m m.nts lab.nts >/dev/null
    nai-hessian --json --op fisher --full -m m.nts lab.nts >f.json
    # its trace is the mean of the squared norms of the gradients of single rows
    for k in $(seq 0 59); do
        nai-cat --slice "$k:$((k + 1))" lab.nts | nai-hessian -j 1 --json -m m.nts - | jq .grad_norm
    done | awk '{ s += $1 * $1 } END { printf "%.17g\n", s / NR }' >want
    awk -v a="$(jq .trace f.json)" '{ d = a / $1 - 1; exit !(d < 1e-12 && -d < 1e-12) }' want
}

@test "bad input: one line, the right status, nothing half-written" {
    fails 2 'model' nai-hessian lab.nts
    fails 3 "'y'" nai-hessian -m m.nts --loss ce v2.nts
    fails 3 '' nai-hessian -a 'mlp widths=4' --loss mse v2.nts
    fails 3 '' nai-hessian -m m.nts pic8.nts
    fails 2 'classes' nai-hessian -a 'mlp widths=4 classes=0' --loss ce lab.nts
    fails 2 'fc1' nai-hessian -m m.nts --layers fcc1 lab.nts
    fails 2 '6' nai-hessian -m m.nts --trace --probes 5 lab.nts
    fails 2 'PiB' nai-hessian -a 'mlp widths=4000-4000' --full lab.nts
    fails 2 '' nai-hessian -m m.nts --top 60 lab.nts
    fails 2 'pairs' nai-hessian -m m.nts --delta-loss --sigma 1 --draws 3 lab.nts
    fails 2 '' nai-hessian -m m.nts --sigma 0.1 lab.nts
    fails 2 'no model of step' nai-hessian -m m.nts --step 77 lab.nts
    fails 3 '' nai-hessian -m lab.nts lab.nts
    head -c 1500 m.nts >cut.nts
    fails 3 '' nai-hessian -m cut.nts lab.nts
    awk 'BEGIN { print "a,b,c,d,e,f,y"; print "1,2,3,4,5,nan,0"; print "1,2,3,4,5,6,1" }' | nai-import csv --label y -o nan.nts
    fails 4 'not finite' nai-hessian -m m.nts -o out.tsv --trace --spectrum out.nts --top 1 nan.nts
    [ ! -e out.tsv ] && [ ! -e out.nts ]
    nai-synth teacher -n 20 --dim 4 --widths 1 --activation linear --no-bias -s 1 | nai-cat --select x -o x.nts
    awk 'BEGIN { print "a,b,y"; for (i = 0; i < 4; i++) print "0,0,0" }' | nai-import csv --label y -o zero.nts
    fails 4 'zero' nai-hessian -a 'mlp widths=1 bias=0 act=linear' --loss mse --delta-loss --sigma 1 --relative zero.nts
    run -0 --separate-stderr nai-hessian -a 'mlp widths=10-8 act=tanh' --top 3 --max-steps 4 lab.nts
    [[ $stderr == *"have converged"* ]]
}
