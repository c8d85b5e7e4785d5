#!/usr/bin/env bats
# nai-hessian-steps.bats - nai-hessian --delta-loss: one step with an approximate gradient
# SPDX-License-Identifier: MIT
# Of a linear network with squared error the second order is all there is; what the loss becomes is
# also known from nai-train, which takes the same steps by itself.

setup_file() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    nai-synth teacher -n 60 --dim 4 --activation linear --noise 0.3 -s 3 -o lin.nts
    nai-synth teacher -n 60 --dim 20 --inputs normal -s 4 -o wide.nts
    awk -v seed=1 -v rows=90 -v dim=6 -f "$BATS_TEST_DIRNAME/../table.awk" | nai-import csv --label kind -o feats.nts
    # H = 2 Sigma^2, singular values 0.9 to 1.1 and 0.5 to 3
    nai-synth teacher -n 60 --dim 8 --spectrum 0.9:1.1 --no-bias -s 5 -o even.nts
    nai-synth teacher -n 60 --dim 8 --spectrum 0.5:3 --no-bias -s 6 -o uneven.nts
    awk 'BEGIN { for (k = 0; k < 6; k++) printf "x%d,", k; print "y"; for (i = 0; i < 4; i++) { for (k = 0; k < 6; k++) printf "0,"; print i } }' |
        nai-import csv --label y -o zero.nts
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    linear=(-a 'mlp widths=1' --loss mse --delta-loss --json) # 5 parameters
    deep=(--loss mse --delta-loss --json)
    sum=(-a 'mlp widths=1 bias=0' --loss mse --sum --delta-loss --json)
}

load ../lib/fails.bash

# holds TEXT FILE... - a jq expression of all the lines; rel(a; b) is their difference over a.
holds() {
    local text=$1
    shift
    jq -e -s "def abs: if . < 0 then -. else . end; def rel(a; b): ((a - b) / a | abs); $text" "$@" >said ||
        { echo "$text"; jq -c -s '.[]' "$@"; return 1; }
}

@test "a linear network: what is measured is the second order at the draws; bias is as predicted" {
    for o in '' '--relative' '--bias-along random' '--noise-growth linear --sum --lr 0.001'; do
        nai-hessian "${linear[@]}" --lr 0.1 $o --sigma 0,0.3 --bias 0,0.2,-1.5 lin.nts >d
        run ! grep -e '-0\.0[,}]' d # zeros without a sign
        holds 'length == 6 and map([.sigma, .bias]) == [[0, 0], [0, 0.2], [0, -1.5], [0.3, 0], [0.3, 0.2], [0.3, -1.5]]' d
        holds 'all((.measured - .taylor | abs) <= 1e-10 * (.measured | abs) + 1e-15 * .loss)' d # rounding of the losses
        holds '.[1:3] | all((.measured - .predicted | abs) <= 1e-10 * (.measured | abs) + 1e-15 * .loss and .variance == 0 and .measured_se == 0 and .draws == 1)' d
        holds '.[0] | .measured == 0 and .predicted == 0 and .change == .change_exact' d
        holds 'all((.bias_linear + .bias_quadratic + .bias_cross + .variance - .predicted | abs) <= 1e-15 * (.predicted | abs))' d
        holds 'all((.change - .change_exact - .measured | abs) <= 1e-15 * (.loss + (.change | abs)))' d
    done
}

@test "noise: the terms of the lemma; measured within its error, over seeds" {
    for s in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        nai-hessian "${linear[@]}" -s $s --sigma 0.7 --bias 0.1 --draws 40 --lr 0.05 lin.nts
    done >d
    # 20 pairs: Student's t with 19 degrees; 95 % of 20 networks, less three standard deviations
    holds 'map(select((.measured - .predicted | abs) <= 2.093 * .measured_se)) | length >= 17' d
    holds 'all(.trace_se == 0 and .predicted_se == 0 and .draws == 40 and .measured_se > 0)' d
    holds 'all(rel(.variance; 0.49 * .trace / 5 * 0.0025 / 2) <= 1e-12)' d
    holds 'map(.measured / .predicted) | add / length | . > 0.97 and . < 1.03' d
    # independent draws have the noise of the first order, which pairs cancel
    nai-hessian "${linear[@]}" -s 1 --sigma 0.7 --bias 0.1 --draws 40 --lr 0.05 --balance none lin.nts >n
    holds '.[0].measured_se < .[20].measured_se / 5' d n
    # noise beside a larger bias: the error goes with sigma^2, and is not what rounding makes of it
    for s in 1e-1 1e-4; do nai-hessian "${linear[@]}" --sigma $s --bias 1 --lr 0.1 lin.nts; done >e
    holds 'rel(.[0].measured_se * 1e-6; .[1].measured_se) < 0.01' e
}

@test "terms against those of nai-train's own steps" {
    a=(--arch 'mlp widths=1' --loss mse --full-batch --optim sgd --momentum 0 --weight-decay 0 --dtype f64 --log l.tsv --log-every 1)
    nai-train "${a[@]}" --lr 0 lin.nts -o at.nts
    for along in ones random at.nts; do # beta of norm sqrt(N), named by the same seed
        nai-hessian -m at.nts --loss mse --delta-loss --json --lr 0.125 --bias 0.25 --bias-along $along lin.nts >d
        nai-train "${a[@]}" --from at.nts --lr 0.125 --grad-bias 0.25 --bias-along $along lin.nts -o after.nts
        nai-train "${a[@]}" --from at.nts --lr 0.125 lin.nts -o exact.nts
        for m in after exact; do nai-hessian -m $m.nts --loss mse --json lin.nts; done >losses
        holds '(.[1].loss - .[2].loss) as $got | rel($got; .[0].measured) <= 1e-10 and rel($got; .[0].predicted) <= 1e-10' d losses
        holds 'rel(.[0].change_exact; .[2].loss - .[0].loss) <= 1e-10 and rel(.[0].change; .[1].loss - .[0].loss) <= 1e-10' d losses
    done
}

@test "deep networks: what is beyond the second order goes down as the cube of the step" {
    for arch in 'mlp widths=6-1 act=tanh' 'mlp widths=6-6-1 act=gelu'; do
        for lr in 0.04 0.02 0.01; do
            nai-hessian "${deep[@]}" -a "$arch" --sigma 1 --bias 0.5 --balance none --draws 6 --lr $lr lin.nts
        done >d
        # of each factor of 2, between 2^2.6 and 2^3.4
        holds 'map(.measured - .taylor | abs) | (.[0] / .[1], .[1] / .[2]) | . > 6 and . < 10.6' d
        [ "$(grep -c true said)" -eq 2 ]
    done
    # rectified units: the same while no unit changes side
    for lr in 0.0004 0.0002; do
        nai-hessian "${deep[@]}" -a 'mlp widths=6-1' --sigma 0.3 --bias 0.2 --lr $lr lin.nts
    done >d
    holds 'map(.measured - .taylor | abs) | .[0] / .[1] > 6' d
}

@test "the authors' balance: 2 (R - 1) / R times the lemma's, and no error" {
    for s in $(seq 0 29); do
        nai-hessian -a 'mlp widths=1' --loss mse --delta-loss --json --sigma 0.5 --draws 10 --balance authors --lr 0.05 -s $s wide.nts
    done >d
    holds 'map(.measured / .predicted) | add / length | rel(1.8; .) < 0.05' d
    holds 'all(rel(.measured; .taylor) < 1e-9 and .measured_se == null and .draws == 10)' d
    # one draw, the sum of which is what it is: no error either
    nai-hessian "${linear[@]}" --sigma 0.5 --draws 1 --balance none lin.nts >d
    holds '.[0] | .measured_se == null and .draws == 1 and .measured != 0' d
    nai-hessian "${linear[@]}" --sigma 0.5 --draws 2 lin.nts >d
    holds '.[0] | .measured_se == null' d
}

@test "relative to the gradient's norm; growth with the number of parameters" {
    nai-hessian "${linear[@]}" --sigma 0.5 --bias 0.3 --lr 0.01 lin.nts >abs
    g=$(jq .grad_norm abs)
    nai-hessian "${linear[@]}" --relative --sigma "$(jq -n "0.5 / $g")" --bias "$(jq -n "0.3 / $g")" --lr 0.01 lin.nts >rel
    holds 'rel(.[0].predicted; .[1].predicted) < 1e-12 and rel(.[0].measured; .[1].measured) < 1e-10 and rel(.[0].bias_ratio; 0.3 / .[0].grad_norm) < 1e-14' abs rel
    for f in constant sqrt linear; do nai-hessian "${linear[@]}" --sigma 0.5 --noise-growth $f --lr 0.01 lin.nts; done >d
    holds 'rel(.[1].variance; .[0].variance * (5 | sqrt)) < 1e-12 and rel(.[2].variance; .[0].variance * 5) < 1e-12' d
    # the same draws: exactly as much longer
    holds 'rel(.[2].measured; .[0].measured * 5) < 1e-9' d
    nai-train -q --arch 'mlp widths=1 bias=0' --loss mse --lr 0 -b 4 zero.nts -o zm.nts
    fails 4 "the gradient is zero: no ratio to its norm" nai-hessian -m zm.nts --loss mse --delta-loss --relative --sigma 1 zero.nts
    fails 4 "the gradient is zero: no ratio to its norm" nai-hessian -m zm.nts --loss mse --delta-loss --relative --bias 1 zero.nts
    nai-hessian -m zm.nts --loss mse --delta-loss --relative zero.nts >/dev/null # nothing is asked for
    nai-hessian -m zm.nts --loss mse --delta-loss --sigma 1 --bias 1 --json zero.nts >d
    holds '.[0] | .measured == 0 and .bias_ratio == null and .must == "" and .likely == ""' d
    run ! grep -e '-0\.0[,}]' d
}

@test "more than 256 parameters: by products, with an error; --taylor and --limits on request" {
    a=(-a 'mlp widths=20-10-1 act=tanh' --loss mse --delta-loss --json --sigma 0.5 --bias 0.02 --lr 0.001 wide.nts)
    nai-hessian "${a[@]}" >plain
    nai-hessian "${a[@]}" --taylor --limits >more
    holds '.[0] | .params == 641 and .trace_se > 0 and .predicted_se > 0 and .taylor == null and .lambda_max == null' plain
    holds '.[1] | .taylor != null and .lambda_max > .lambda_min' plain more
    holds '.[0].measured == .[1].measured and .[0].bias_linear == .[1].bias_linear and .[0].trace == .[1].trace' plain more
    holds '.[1] | (.measured - .taylor | abs) < 3e-3 * (.measured | abs)' plain more
    # of pairs without bias it is s^2 <n, H n> dt^2 / 2, H at the point and not where the last draw was
    nai-hessian "${a[@]}" --taylor --bias 0 --sigma 0.001,30 >two
    holds 'rel(.[1].taylor; 9e8 * .[0].taylor) < 1e-9 and .[1].taylor != 0' two
    nai-hessian -a 'mlp widths=20-10-1 act=tanh' --loss mse --full --top 1 --bottom 1 --json wide.nts >full
    holds 'rel(.[0].lambda_max; .[1].top[0]) < 1e-6 and rel(.[0].lambda_min; .[1].bottom[0]) < 1e-5 and
        (.[0].trace - .[1].trace | abs) < 4 * .[0].trace_se' more full
    # in several batches, and read again
    nai-hessian "${a[@]}" --taylor -b 13 >parts
    nai-hessian "${a[@]}" --taylor -b 13 --reread | cmp - parts
    holds 'rel(.[0].measured; .[1].measured) < 1e-8 and rel(.[0].taylor; .[1].taylor) < 1e-8 and rel(.[0].bias_cross; .[1].bias_cross) < 1e-10' more parts
}

@test "per class, and each model: the lemma of each" {
    nai-hessian -a 'mlp widths=3' --delta-loss --bias 0.1 --per-class --json feats.nts >d
    holds 'map(.class) == [0, 1] and (map(.rows) | add) == 90 and .[0].bias_linear != .[1].bias_linear' d
    nai-hessian -a 'mlp widths=3' --inits 3 --delta-loss --bias 0.1 --sigma 1 --json feats.nts >d
    holds 'map(.model) == [1, 2, 3] and (map(.measured) | unique | length) == 3' d
}

@test "Theorem 3.1: must rise, must fall, on both sides; what becomes of the loss agrees" {
    # eigenvalues 1.62 to 2.42. Without noise the limit is 2 / dt.
    for lr in 0.82 1.3; do nai-hessian "${sum[@]}" --lr $lr even.nts; done >d
    holds 'rel(.[0].lambda_max; 2.42) < 1e-12 and rel(.[0].lambda_min; 1.62) < 1e-12 and rel(.[0].lambda_limit; 2 / 0.82) < 1e-12' d
    holds '.[0] | .must == "fall" and .change < 0 and .descended == 1' d
    holds '.[1] | .must == "rise" and .change > 0 and .descended == 0' d
    # a limit between the eigenvalues says nothing
    nai-hessian "${sum[@]}" --lr 1 even.nts >d
    holds '.[0] | .lambda_limit == 2 and .must == ""' d
    # noise moves it to (2 / dt) / (1 + sigma^2 / g^2): sigma as large as the gradient halves it
    for lr in 0.41 0.63; do nai-hessian "${sum[@]}" --relative --sigma 1 --draws 400 --lr $lr even.nts; done >d
    holds 'rel(.[0].lambda_limit; 1 / 0.41) < 1e-12 and .[0].must == "fall" and .[0].change < 0' d
    holds 'rel(.[1].lambda_limit; 1 / 0.63) < 1e-12 and .[1].must == "rise" and .[1].change > 0' d
    # f(N) is part of the variance: 8 of 8 parameters
    nai-hessian "${sum[@]}" --relative --sigma 1 --noise-growth linear --lr 0.2 even.nts >d
    holds '.[0] | rel(.lambda_limit; 10 / 9) < 1e-12 and .must == "rise" and .change > 0' d
    # over many networks it never says what does not happen
    nai-hessian "${sum[@]}" --inits 40 --relative --sigma 0,0.5 --draws 200 --lr 0.1 uneven.nts >d
    nai-hessian "${sum[@]}" --inits 40 --lr 4.1 uneven.nts >>d
    holds 'all(.must == "" or (.must == "fall" and .change < 0) or (.must == "rise" and .change > 0)) and (map(.must) | unique) == ["", "fall", "rise"]' d
}

@test "Theorem 3.2: must fall below the limit, and the paper's code's; nowhere where it rises" {
    nai-hessian "${sum[@]}" --lr 0.02 --bias 0.01 uneven.nts >d
    # psi = ||H||_F, H = 2 Sigma^2
    psi=$(awk 'BEGIN { for (k = 0; k < 8; k++) { s = .5 + 2.5 * k / 7; p += 4 * s ^ 4 } printf "%.17g", 0.02 * sqrt(p) }')
    holds ".[0] | rel(.bias_limit; 2 / (8 | sqrt) / (1 + $psi + (1 + 4 * $psi + $psi * $psi | sqrt))) < 1e-12 and
        rel(.bias_limit_pac; .bias_limit * (8 | sqrt | sqrt)) < 1e-12" d
    limit=$(jq .bias_limit d)
    for f in 0.99 1.01 1.67 1.7; do # on both sides of either; 8^(1/4) is 1.68
        nai-hessian "${sum[@]}" --lr 0.02 --relative --bias "$(jq -n "$f * $limit")" uneven.nts
    done >d
    holds 'map(.must) == ["fall", "", "", ""] and map(.likely) == ["fall", "fall", "fall", ""]' d
    # of either sign, over networks and directions, where it says so the loss falls
    for lr in 0.001 0.02 0.05 0.08 0.12 0.2; do
        for along in ones random; do
            nai-hessian "${sum[@]}" --inits 15 --lr $lr --relative --bias 0.001,-0.001,0.1,-0.1,0.2,-0.2,0.34,-0.34 --bias-along $along uneven.nts
        done
    done >d
    holds 'all(.must != "rise" and (.must == "" or .change < 0)) and (map(select(.must == "fall")) | length) > 300' d
    # a step too long for the curvature rises however small the bias: the theorem's limit alone says fall
    holds 'map(select(.lr == 0.2 and .bias_ratio <= .bias_limit and .change > 0)) | length > 20 and all(.must == "" and .likely == "")' d
    # the largest step that the largest eigenvalue, 18, lets pass: lambda dt (1 + r) = 2
    for lr in 0.1110 0.1112; do nai-hessian "${sum[@]}" --lr $lr --relative --bias 1e-6 uneven.nts; done >d
    holds 'map(.must) == ["fall", ""]' d
}
