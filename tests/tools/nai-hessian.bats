#!/usr/bin/env bats
# nai-hessian.bats - nai-hessian: products of every loss and network, estimates within their errors
# SPDX-License-Identifier: MIT
# Matrices in closed form are in nai-hessian-closed.bats, steps in nai-hessian-steps.bats, tables,
# streams and what is refused in nai-hessian-streams.bats; tests/python/test_hessian.py has matrices
# made by NumPy and PyTorch.

setup_file() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    for m in 2 4; do nai-synth pairs -n 40 --dim 6 --views $m --noise 0.5 -o p$m.nts; done
    nai-synth teacher -n 60 --dim 5 --widths 6,2 --activation tanh -s 3 -o reg.nts
    nai-synth teacher -n 60 --dim 6 --widths 7,3 --inputs normal -s 4 -o reg3.nts
    nai-export csv reg3.nts | awk -F, 'NR == 1 { print "a,b,c,d,e,f,y"; next }
        { for (i = 1; i <= 6; i++) printf "%s,", $i; print NR * 7 % 5 % 3 }' | nai-import csv --label y -o lab.nts
    nai-train -q --dtype f64 --lr 0 -a 'mlp widths=10-8 act=tanh' --loss ce -b 60 lab.nts -o zero.nts
    awk -v seed=1 -v rows=90 -v dim=6 -f "$BATS_TEST_DIRNAME/../table.awk" >table.csv
    nai-import csv --label kind table.csv -o feats.nts
    # normal numbers as pictures of three channels, in three classes: no unit is exactly at its kink
    for s in 8:14 16:10 32:6; do
        nai-synth power-law -n ${s#*:} --dim $((3 * ${s%:*} * ${s%:*})) --alpha 0 -s 7 |
            nai-export npy -f x -o x.npy
        pictures x.npy ${s%:*} im${s%:*}.nts
    done
    nai-train -q --arch 'mlp widths=4 act=tanh' --loss ce --dtype f64 -b 30 -e 4 feats.nts -o model.nts
}

# pictures NPY SIZE OUT - rows [3 size size] as pictures [3][size][size], with labels 0, 1, 2, 0, ...
pictures() {
    /usr/bin/python3 - "$@" "$BATS_TEST_DIRNAME/../../formats/python" <<'PY' || : # without NumPy, no pictures
import sys
sys.path.insert(0, sys.argv[4])
import numpy as np, nts
x = np.load(sys.argv[1])
size = int(sys.argv[2])
nts.save(sys.argv[3], {"x": x.reshape(-1, 3, size, size), "y": (np.arange(len(x)) % 3).astype("i4")})
PY
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
}

load ../lib/fails.bash

column() { awk -F'\t' -v c="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i; next } { print $k }'; }

# right OPTION... - products are the differences of gradients, which the exit status says as well.
right() {
    run -0 nai-hessian --check --json "$@"
    echo "$*: $output"
    jq -e '.error <= 1e-7 and .asymmetry <= 1e-10 and .product_norm > 1e-4 and .error > 0' <<<"$output" >/dev/null
}

@test "products with every loss, of two and four views, with both kinds of statistics" {
    while read -r l; do
        for m in eval train; do # 40 rows: two batches, and a rest of 8
            right --arch 'mlp widths=7 act=tanh' --pdim 4 -b 16 --mode $m --loss $l p2.nts
            right --arch 'mlp widths=7 act=tanh' --pdim 4 -b 16 --mode $m --loss $l p4.nts
        done
    done <<'LOSSES'
barlow
barlow --bt-norm thesis
barlow --bt-norm fastssl
barlow --bt-form eq10
barlow --bt-form eq10 --bt-norm thesis
barlow --bt-form eq10 --bt-norm fastssl
barlow --leave-one-out --over-d --beta 0.3
vicreg
vicreg --vicreg-form thesis --weights 3,2,1
vicreg --leave-one-out
simclr
simclr --decoupled --temperature 0.2
byol
spectral
spectral --spectral-form thesis --beta 0.7
barlow --bn-stats all
LOSSES
    for l in ce 'ce --label-smoothing 0.2'; do right --arch 'mlp widths=7 act=tanh' -b 40 --loss $l feats.nts; done
    for l in mse 'mse --sum'; do right --arch 'mlp widths=7-2 act=tanh' -b 25 --loss $l reg.nts; done
}

@test "products of every network, several batches and a rest" {
    [ -e im8.nts ] || skip "no numpy"
    while read -r size arch; do
        case $arch in
        resnet*) # newly drawn, whole regions are at the kink
            nai-train -q --arch "$arch" --loss ce --dtype f64 --lr 0.02 -b 5 im$size.nts -o r.nts
            right -m r.nts -b 4 im$size.nts
            right -m r.nts -b 4 --mode train im$size.nts
            continue
            ;;
        esac
        right --arch "$arch" -b 4 im$size.nts
        case $arch in *bn* | cnn* | *norm=*) right --arch "$arch" -b 4 --mode train im$size.nts ;; esac
    done <<'NETWORKS'
8 mlp widths=9-7 act=tanh
8 mlp widths=9-7 act=gelu
8 mlp widths=9-7 act=sigmoid
8 mlp widths=9-7 act=relu
8 mlp widths=9-7 act=linear
8 mlp widths=9-7 act=relu norm=batch bias=0
8 mlp widths=none
16 cnn widths=4-6
16 resnet18 width=4 stem=cifar
32 resnet18 width=2 stem=imagenet
16 resnet50 width=4 stem=cifar
16 resnet20 width=4
32 vgg11 width=2 head=linear
32 vgg11-bn width=2 head=linear
8 vit patch=4 dim=12 depth=2 heads=3 mlp=16
8 vit patch=4 dim=12 depth=2 heads=3 mlp=16 pool=mean pos=sincos
NETWORKS
}

@test "--check fails where there is no derivative: a unit exactly at its kink, exit 4 after the table" {
    # rows of zeros, and units whose bias is 0
    awk 'BEGIN { print "a,b,y"; for (i = 0; i < 6; i++) print "0,0," i % 2 }' | nai-import csv --label y -o flat.nts
    run -4 --separate-stderr nai-hessian --check --init kaiming --arch 'mlp widths=3 act=relu' flat.nts
    [[ $stderr == "nai-hessian: products with the Hessian are not the differences of gradients" ]]
    [ "$(column error <<<"$output" | awk '{ print ($1 > 1e-7) }')" -eq 1 ]
}

@test "Hutchinson, Hutch++ and XTrace; as many probes as parameters are exact" {
    nai-hessian -m model.nts --full --json feats.nts >full
    for m in hutch++ xtrace; do
        nai-hessian -m model.nts --trace --method $m --probes 200 --json feats.nts >t
        jq -e -s '.[0].params < 200 and .[1].samples == 0 and .[1].trace_se == 0 and
            ((.[0].trace - .[1].trace) | fabs) <= 1e-12 * .[0].fro and ((.[0].fro - .[1].fro) | fabs) <= 1e-12 * .[0].fro' full t
    done
    for m in hutch++ xtrace hutchinson; do
        nai-hessian -m model.nts --fro --method $m --probes 24 --json feats.nts >t
        jq -e -s '.[1].samples > 4 and .[1].trace_se > 0 and .[1].fro_se > 0 and
            ((.[0].trace - .[1].trace) | fabs) <= 5 * .[1].trace_se' full t
    done
    a=(-m model.nts --trace --json feats.nts)
    [ "$(nai-hessian "${a[@]}")" = "$(nai-hessian "${a[@]}" -s 0)" ]
    [ "$(nai-hessian "${a[@]}" | jq .trace)" != "$(nai-hessian "${a[@]}" -s 1 | jq .trace)" ]
}

@test "traces and norms lie within their errors of the exact ones, over 20 seeds" {
    for a in "mlp widths=9-7 act=tanh --loss ce lab.nts" "mlp widths=12-8 act=relu --loss mse reg3.nts"; do
        read -r -a w <<<"${a#*--}"
        set -- -a "${a%% --*}" "--${w[0]}" "${w[1]}" "${w[2]}"
        # networks are of the seed too: one of its own for each
        for seed in $(seq 20); do nai-hessian -j 1 -s "$seed" --json --full "$@"; done >exact.json
        for method in hutch++ hutchinson xtrace; do
            for seed in $(seq 20); do nai-hessian -j 1 -s "$seed" --json --trace --method $method --probes 24 "$@"; done >est.json
            paste -d ' ' <(jq -r '"\(.trace) \(.trace_se) \(.fro) \(.fro_se)"' est.json) <(jq -r '"\(.trace) \(.fro)"' exact.json) |
                awk -v m=$method '{ t = ($1 - $5) / $2; f = ($3 - $6) / $4; if (t * t < 2.6 ^ 2) a++; if (f * f < 2.6 ^ 2) b++ }
                    END { print m, a, b; exit !(NR == 20 && a >= (m == "xtrace" ? 13 : 17) && b >= (m == "xtrace" ? 13 : 16)) }'
        done
    done
}

@test "eigenvalues from both ends lie within their residuals, over 20 seeds" {
    nai-hessian --json --full --top 4 --bottom 3 -m zero.nts lab.nts >full.json
    for seed in $(seq 20); do nai-hessian -j 1 --json -s "$seed" --top 4 --bottom 3 --tol 1e-7 -m zero.nts lab.nts; done >ends.json
    jq -s -e '.[0] as $f | .[1:] | length == 20 and all(.[];
        . as $e | all(range(4); (($e.top[.] - $f.top[.]) | fabs) <= $e.top_residual[.] + 1e-12) and
        all(range(3); (($e.bottom[.] - $f.bottom[.]) | fabs) <= $e.bottom_residual[.] + 1e-12) and
        .top_converged == 4 and .bottom_converged == 3)' full.json ends.json
}

@test "eigenvalues that have not converged: a warning, counts and residuals" {
    run -0 --separate-stderr nai-hessian -m model.nts --top 3 --max-steps 5 feats.nts
    [[ $stderr == "nai-hessian: warning: "[0-2]" of 3 eigenvalues have converged after 5 products"* ]]
    [ "${stderr%% of 3*}" = "nai-hessian: warning: $(column top_converged <<<"$output")" ]
    nai-hessian -m model.nts --full --spectrum - feats.nts | nai-export csv -f lambda - | tail -n +2 >values
    paste <(column top <<<"$output" | tr , '\n') <(column top_residual <<<"$output" | tr , '\n') | while read -r v r; do
        awk -v v="$v" -v r="$r" '{ d = $1 - v; if (d < 0) d = -d; if (d <= r + 1e-9) hit = 1 } END { exit !hit }' values # some eigenvalue is within it
    done
    run -0 --separate-stderr nai-hessian -m model.nts --top 3 feats.nts
    [ -z "$stderr" ]
}

@test "the density: weights of sum 1, a share of negative ones within bounds" {
    nai-hessian --json --full -m zero.nts lab.nts >full.json
    for seed in $(seq 20); do nai-hessian -j 1 --json -s "$seed" --density 8 --density-steps 60 -m zero.nts lab.nts; done >dens.json
    jq -s -e '.[0].negative as $n | .[1:] | map(select($n >= .negative_lo - 3 * .negative_se and $n <= .negative_hi + 3 * .negative_se)) | length >= 19' full.json dens.json
    nai-hessian --density 8 --density-steps 60 --spectrum d.nts -m zero.nts lab.nts >/dev/null
    nai-export csv d.nts | tail -n +2 | awk -F, '{ s += $2; m += $1 * $2 } END { exit !(s > 1 - 1e-9 && s < 1 + 1e-9) }'
    run -3 nai-alpha d.nts
}

@test "the Fisher matrix is that of the rows' own gradients" {
    nai-hessian --json --op fisher --full -m zero.nts lab.nts >f.json
    # its trace is the mean of the squared norms of the gradients of single rows
    for k in $(seq 0 59); do
        nai-cat --slice "$k:$((k + 1))" lab.nts | nai-hessian -j 1 --json -m zero.nts - | jq .grad_norm
    done | awk '{ s += $1 * $1 } END { printf "%.17g\n", s / NR }' >want
    awk -v a="$(jq .trace f.json)" '{ d = a / $1 - 1; exit !(d < 1e-12 && -d < 1e-12) }' want
}

@test "one batch, several, read again, with other threads, in f32" {
    a=(-m model.nts --trace --fro --top 3 --bottom 2 --density 3 --density-steps 10 --json)
    nai-hessian "${a[@]}" feats.nts >one
    nai-hessian "${a[@]}" -b 32 feats.nts >some # 32, 32, 26
    nai-hessian "${a[@]}" -b 32 --reread feats.nts | cmp - some
    nai-hessian "${a[@]}" -j 1 feats.nts | cmp - one
    nai-hessian "${a[@]}" -j 2 -b 32 feats.nts | cmp - some
    jq -e -s 'def off(f): ([.[0], .[1]] | map(f) | .[0] - .[1] | fabs) / .[0].fro;
        [off(.loss), off(.grad_norm), off(.trace), off(.fro), off(.top[0]), off(.top[2]), off(.bottom[0])] |
        all(. <= 1e-12)' one some
    nai-hessian "${a[@]}" --dtype f32 feats.nts >single
    jq -e -s 'def off(f): ([.[0], .[1]] | map(f) | .[0] - .[1] | fabs) / .[0].fro;
        [off(.loss), off(.grad_norm), off(.trace), off(.fro), off(.top[0])] | all(. <= 1e-5) and any(. > 0)' one single
}

@test "statistics of the batch: another loss, which depends on the batches" {
    loss() { nai-hessian -a 'mlp widths=5 norm=batch act=tanh' "$@" feats.nts | column loss; }
    [ "$(loss)" = "$(loss -b 32)" ]
    [ "$(loss)" != "$(loss --mode train)" ]
    [ "$(loss --mode train)" != "$(loss --mode train -b 32)" ]
    [ "$(loss --mode train -b 90)" = "$(loss --mode train)" ]
}

@test "BYOL's target is the model's, or with a warning the network itself" {
    nai-train -q --arch 'mlp widths=6 act=tanh' --pdim 4 --loss byol --dtype f64 -b 20 --lr 0.05 -c ck p2.nts -o byol.nts
    right -m ck --loss byol p2.nts
    run -0 --separate-stderr nai-hessian -m byol.nts --loss byol p2.nts
    [[ $stderr == *"byol.nts: has no target network: the network itself is taken"* ]]
    [ "$(nai-hessian -m ck --loss byol p2.nts | column loss)" != "$(column loss <<<"$output")" ]
}
