#!/usr/bin/env bats
# nai-hessian-streams.bats - nai-hessian: blocks, classes, models; tables, streams; what it refuses
# SPDX-License-Identifier: MIT

setup_file() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    nai-synth pairs -n 40 --dim 6 -o p2.nts
    nai-synth teacher -n 60 --dim 5 --widths 6,2 --activation tanh -s 3 -o reg.nts
    awk -v seed=1 -v rows=90 -v dim=6 -f "$BATS_TEST_DIRNAME/../table.awk" >table.csv
    nai-import csv --label kind table.csv -o feats.nts
    { printf '\0\0\010\003\0\0\0\024\0\0\0\010\0\0\0\010' # IDX: 20 images of 8 by 8
      seq 1000 9999 | tr -d '\n' | head -c 1280; } >images.idx
    { printf '\0\0\010\001\0\0\0\024'; printf '\0\1\0\1\0\1\0\1\0\1\0\1\0\1\0\1\0\1\0\1'; } >labels.idx
    nai-import idx images.idx labels.idx -o images.nts
    nai-train -q --arch 'mlp widths=4 act=tanh' --loss ce --dtype f64 -b 30 --keep-steps 1 feats.nts -o steps.nts
    nai-train -q --arch 'mlp widths=4 act=tanh' --loss ce --dtype f64 -b 30 -e 4 feats.nts -o model.nts
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
}

load ../lib/fails.bash

column() { awk -F'\t' -v c="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i; next } { print $k }'; }
near() { awk -v a="$1" -v b="$2" -v tol="$3" 'BEGIN { d = a - b; printf "%.17g %.17g\n", a, b; exit !(d <= tol && -d <= tol) }'; }

@test "blocks: names of tensors, layers and residual blocks; patterns; the blocks of the whole" {
    names() { nai-hessian --arch "$1" --by $2 ${3:+--layers "$3"} $4 | column layer | paste -sd' '; }
    [ "$(names 'mlp widths=4-3' tensor '' feats.nts)" = "fc1.weight fc1.bias fc2.weight fc2.bias fc.weight fc.bias" ]
    [ "$(names 'mlp widths=4-3' layer '' feats.nts)" = "fc1 fc2 fc" ]
    [ "$(names 'mlp widths=4-3' layer 'fc2,*.bias' feats.nts)" = "fc1 fc2 fc" ]
    [ "$(names 'mlp widths=4-3' tensor 'fc?' feats.nts)" = "fc1.weight fc1.bias fc2.weight fc2.bias" ]
    [ "$(names 'resnet18 width=2' block '' images.nts)" = "conv1 bn1 layer1.0 layer1.1 layer2.0 layer2.1 layer3.0 layer3.1 layer4.0 layer4.1 fc" ]
    [ "$(names 'vit patch=4 dim=4 depth=2 heads=2' block '' images.nts)" = "cls_token pos_embed patch_embed blocks.0 blocks.1 norm head" ]
    a=(-m model.nts --full)
    nai-hessian "${a[@]}" --matrix h.nts feats.nts >/dev/null
    for l in fc1.weight fc1.bias fc; do
        nai-hessian "${a[@]}" --layers $l --matrix b.nts feats.nts >/dev/null
        case $l in fc1.weight) from=0 n=24 ;; fc1.bias) from=24 n=4 ;; fc) from=28 n=10 ;; esac
        nai-export csv h.nts | tail -n +2 | sed -n "$((from + 1)),$((from + n))p" | cut -d, -f$((from + 1))-$((from + n)) >want
        nai-export csv b.nts | tail -n +2 >got
        paste -d, want got | awk -F, -v n=$n '{ for (i = 1; i <= n; i++) if (!(($i - $(i + n)) ^ 2 <= 1e-28)) exit bad = 1 }
            END { exit bad || NF != 2 * n || NR != n }'
    done
    # what the gradient's norm and the squares of the blocks add up to
    nai-hessian "${a[@]}" feats.nts --json >full
    nai-hessian "${a[@]}" --by tensor feats.nts --json | jq -e -s --slurpfile f full '
        (map(.grad_norm * .grad_norm) | add | sqrt) - $f[0].grad_norm | fabs < 1e-15' 
    nai-hessian "${a[@]}" --by tensor feats.nts --json | jq -e -s --slurpfile f full '
        ((map(.trace) | add) - $f[0].trace | fabs) < 1e-14 and (map(.params) | add) == $f[0].params'
}

@test "per class: losses and traces average to those of all rows" {
    nai-hessian -m model.nts --full --json feats.nts >all
    nai-hessian -m model.nts --full --per-class --json feats.nts | jq -e -s --slurpfile all all '
        length == 2 and map(.class) == [0, 1] and
        (map(.rows) | add) == 90 and
        ((map(.rows * .loss) | add) / 90 - $all[0].loss | fabs) < 1e-14 and
        ((map(.rows * .trace) | add) / 90 - $all[0].trace | fabs) < 1e-13'
    nai-hessian -m model.nts --per-class --by layer -b 7 --json feats.nts | jq -e -s 'map([.class, .layer]) == [[0, "fc1"], [0, "fc"], [1, "fc1"], [1, "fc"]]'
    # a class that none of the rows is of
    nai-cat --slice 0:1 feats.nts -o first.nts
    run -0 --separate-stderr nai-hessian -m model.nts --per-class first.nts
    [[ $stderr == *"no rows of class "* ]]
    [ "${#lines[@]}" -eq 2 ]
}

@test "every model of a stream in turn, or one of them; newly drawn ones" {
    [ "$(nai-hessian -m steps.nts feats.nts | column step | paste -sd' ')" = "1 2 3" ]
    [ "$(nai-hessian -m steps.nts feats.nts | column model | paste -sd' ')" = "1 2 3" ]
    [ "$(nai-hessian -m steps.nts --step 2 feats.nts | cut -f1-2 | tail -n 1)" = $'2\t2' ]
    [ "$(nai-hessian -m steps.nts --step last feats.nts | cut -f1-2 | tail -n 1)" = $'3\t3' ]
    nai-hessian -m steps.nts --top 1 feats.nts >all
    nai-hessian -m steps.nts --top 1 --step 2 feats.nts | tail -n 1 | cmp - <(sed -n 3p all)
    cat steps.nts | nai-hessian -m - --top 1 feats.nts | cmp - all
    nai-hessian --arch 'mlp widths=4' --inits 3 -s 5 feats.nts >three
    for k in 0 1 2; do
        nai-hessian --arch 'mlp widths=4' -s $((5 + k)) feats.nts | tail -n 1 | cut -f2- | cmp - <(sed -n $((k + 2))p three | cut -f2-)
    done
    [ "$(column loss <three | sort -u | wc -l)" -eq 3 ]
    for i in pytorch kaiming xavier; do nai-hessian --arch 'mlp widths=4' --init $i feats.nts | column loss; done >inits
    [ "$(sort -u inits | wc -l)" -eq 3 ]
}

@test "the stream: eigenvalues, both ends, vectors, densities; for nai-alpha, nai-plot, nai-view" {
    nai-hessian -m model.nts --full --spectrum all.nts feats.nts -o all.tsv
    nai-export csv -f lambda all.nts | tail -n +2 >values
    [ "$(wc -l <values)" -eq 38 ]
    sort -c -g -r values
    near "$(awk '{ s += $1 } END { printf "%.17g", s }' values)" "$(column trace <all.tsv)" 1e-9
    nai-view --json all.nts | jq -e '.kind == "spectrum" and (.meta.spectra | keys == ["hessian@12"]) and
        (.meta.spectra["hessian@12"] | .dim == 38 and .n == 90 and .scaling == "hessian" and .method == "full")'
    nai-hessian -m model.nts --top 3 --bottom 2 --vectors --spectrum ends.nts --json feats.nts >ends.json
    nai-export csv -f lambda ends.nts | tail -n +2 >ends
    paste -d' ' ends <(head -n 3 values; tail -n 2 values) | awk '{ d = $1 - $2; if (!(d * d < 1e-14)) exit bad = 1 } END { exit bad || NR != 5 }'
    jq -e '(.bottom[0] < .bottom[1]) and (.top | length) == 3' ends.json
    nai-view --json ends.nts | jq -e '.meta.spectra["hessian@12"].bottom == 2'
    # H v = lambda v
    nai-hessian -m model.nts --full --matrix h.nts feats.nts >/dev/null
    nai-export csv -f vector ends.nts | tail -n +2 >vectors
    nai-export csv h.nts | tail -n +2 | awk -F, 'FILENAME == "ends" { l[FNR] = $1; next } FILENAME == "vectors" { for (i = 1; i <= 38; i++) v[FNR, i] = $i; next }
        { for (k = 1; k <= 5; k++) { y = 0; for (i = 1; i <= 38; i++) y += $i * v[k, i]; d = y - l[k] * v[k, FNR]; if (!(d * d < 1e-14)) exit bad = 1 } }
        END { exit bad }' ends vectors -
    nai-hessian -m model.nts --density 4 --density-steps 20 --spectrum density.nts feats.nts >/dev/null
    nai-export csv -f weight density.nts | tail -n +2 | awk '{ s += $1; if ($1 < 0) bad = 1 } END { exit bad || NR != 80 || (s - 1) ^ 2 > 1e-24 }'
    nai-hessian -m steps.nts --top 10 --by layer --per-class --spectrum - feats.nts >many.nts
    [ "$(nai-view --json many.nts | jq -r '.sections[].name' | sed -n '1p;$p' | paste -sd' ')" = "hessian.fc1.class0@1 hessian.fc.class1@3" ]
    for f in all ends density many; do
        nai-view --check $f.nts
        nai-plot spectrum --no-fit --format svg $f.nts -o $f.svg
    done
    nai-hessian -m model.nts --op ggn --top 12 --spectrum - feats.nts | nai-alpha -r 1:10 | column alpha | grep -qE '^[0-9.]+$'
    nai-hessian -m model.nts --full --matrix - feats.nts | nai-cov | nai-view --check -
    # without a model's step there is its number
    nai-hessian --arch 'mlp widths=4' --inits 2 --top 1 --spectrum - feats.nts >drawn.nts
    [ "$(nai-view --json drawn.nts | jq -r '.sections[].name' | paste -sd' ')" = "hessian hessian@2" ]
}

@test "--json: the keys, in their order; -o" {
    a=(-m model.nts --trace --top 2 --bottom 1 feats.nts)
    nai-hessian "${a[@]}" --json | jq -e -c 'keys_unsorted == ["model", "step", "loss", "grad_norm", "params", "rows", "trace", "trace_se", "fro", "fro_se",
        "samples", "top", "top_residual", "top_converged", "bottom", "bottom_residual", "bottom_converged"] and
        (.top | type == "array" and length == 2) and (.top_residual | length) == 2 and (.bottom | type) == "array"'
    [ "$(nai-hessian "${a[@]}" | head -n 1 | tr '\t' ' ')" = "model step loss grad_norm params rows trace trace_se fro fro_se samples top top_residual top_converged bottom bottom_residual bottom_converged" ]
    nai-hessian "${a[@]}" -o t.tsv
    nai-hessian "${a[@]}" | cmp - t.tsv
    nai-hessian -m model.nts --density 3 --json feats.nts | jq -e '.negative_lo <= .negative and .negative <= .negative_hi and .negative_se > 0'
    nai-hessian -m model.nts --density 1 --json feats.nts | jq -e '.negative_se == null'
    cat model.nts model.nts model.nts >thrice.nts # steps do not tell them apart
    nai-hessian -m thrice.nts --top 1 --by tensor --spectrum - feats.nts >tri.nts
    nai-view tri.nts | grep -c '^  hessian.*1 rows' | grep -x 12
    nai-view tri.nts | grep -qE '^  hessian.fc.bias@[0-9]+#3 '
    # eigenvalues that are 0 but for rounding are not negative: the Gauss-Newton matrix has many
    nai-hessian -m model.nts --op ggn --full --json feats.nts | jq -e '.negative == 0'
    nai-hessian -m model.nts --op ggn --full --dtype f32 --json feats.nts | jq -e '.negative == 0'
    nai-hessian -m model.nts --op ggn --density 3 --density-steps 38 --json feats.nts | jq -e '.negative == 0'
    nai-hessian -m model.nts --full --json feats.nts | jq -e '.negative > 0.05'
}

@test "rows, models and losses that do not fit" {
    fails 3 "reg.nts: 'y' is not one integer label a row" nai-hessian -m model.nts reg.nts
    fails 3 "reg.nts: holds 5, the network takes 6" nai-hessian -m model.nts --loss mse reg.nts
    fails 3 "no field 'y' of labels" nai-hessian -a mlp,widths=4 p2.nts
    fails 3 "no field 'y' of targets" nai-hessian -a mlp,widths=4 --loss mse p2.nts
    fails 3 "targets of width 1, the network gives 2" nai-hessian -m model.nts --loss mse feats.nts
    fails 3 "images.nts: holds 1x8x8, the network takes 6" nai-hessian -m model.nts images.nts
    fails 3 "a single view of each image" nai-hessian -a mlp,widths=4 --loss barlow feats.nts
    fails 3 "'dataset', not a model" nai-hessian -m feats.nts feats.nts
    fails 3 "model.nts: holds a model" nai-hessian -m model.nts model.nts
    awk -F, 'BEGIN { OFS = "," } NR > 1 && NR % 4 == 0 { $NF = "ox" } 1' table.csv | nai-import csv --label kind -o three.nts
    for o in '' --reread; do fails 3 "label 2 is not one of 2 classes" nai-hessian -m model.nts $o three.nts; done
    nai-train -q --arch 'mlp widths=4 act=tanh' --loss ce -b 30 three.nts -o m3.nts
    cat m3.nts model.nts >both.nts
    fails 3 "both.nts: model 2 has 2 classes, the first 3" nai-hessian -m both.nts three.nts
    for n in 200 700 1200; do
        head -c $n model.nts >cut.nts
        fails 3 "cut" nai-hessian -m cut.nts feats.nts
        [[ $stderr == "nai-hessian: cut.nts: "*cut\ short* || $stderr == "nai-hessian: cut.nts: truncated"* ]]
    done
    head -c $(($(stat -c %s steps.nts) - 300)) steps.nts >cut.nts
    fails 3 "cut.nts: truncated" nai-hessian -m cut.nts --top 1 --spectrum out.nts -o out.tsv feats.nts
    [ ! -e out.nts ]
    [ ! -e out.tsv ]
    head -c 1500 feats.nts >rows.nts
    for o in '' --reread; do
        fails 3 "rows.nts: truncated" nai-hessian -m model.nts $o --top 1 --spectrum out.nts rows.nts
    done
    [ ! -e out.nts ]
    nai-cat --slice 0:0 feats.nts -o none.nts
    fails 3 "none.nts: no rows" nai-hessian -m model.nts none.nts
    fails 1 "absent: cannot open" nai-hessian -m absent feats.nts
    fails 1 "absent: cannot open" nai-hessian -m model.nts absent
    fails 2 "no model of step 7" nai-hessian -m model.nts --step 7 feats.nts
    fails 2 "no model of step foo" nai-hessian -m model.nts --step foo feats.nts
    fails 2 "nets" nai-hessian -a nets feats.nts
    fails 2 "classes" nai-hessian -a 'mlp widths=4 classes=0' feats.nts
}

@test "numbers that are not finite: exit 4, the model named" {
    sed '5s/^[^,]*/nan/' table.csv | nai-import csv --label kind -o nan.nts
    fails 4 "model 1, step 12" nai-hessian -m model.nts --trace --top 1 nan.nts
    fails 4 "model 1" nai-hessian -m model.nts --check nan.nts
    awk 'BEGIN { print "a,b,y"; for (i = 0; i < 20; i++) print i * 1e160 "," i * 1e159 "," i }' | nai-import csv --label y -o big.nts
    fails 4 "model 1" nai-hessian -a 'mlp widths=1' --loss mse big.nts
    fails 4 "model 1" nai-hessian -a 'mlp widths=1' --loss mse --delta-loss --sigma 1 big.nts
}

@test "bad command lines" {
    while IFS='|' read -r text words; do
        fails 2 "$text" nai-hessian $words
    done <<'LINES'
--model FILE is missing|feats.nts
--inits is for networks that are newly drawn|-m model.nts --inits 2 feats.nts
more than one FILE|-m model.nts feats.nts feats.nts
cannot both come from stdin|-m - -
--reread needs a FILE|-m model.nts --reread
no --reread|-m model.nts --reread --per-class feats.nts
--op fisher is of losses that are sums|-a mlp,widths=4 --op fisher --loss barlow p2.nts
--op fisher is of losses that are sums|-m model.nts --op fisher --mode train feats.nts
--matrix writes one|-m model.nts --matrix m.nts feats.nts
--matrix writes one|-m model.nts --full --matrix m.nts --by layer feats.nts
--matrix writes one|-m model.nts --full --matrix m.nts --per-class feats.nts
there are more models|-m steps.nts --full --matrix m.nts feats.nts
--spectrum goes with|-m model.nts --spectrum s.nts feats.nts
--vectors goes with|-m model.nts --top 1 --vectors feats.nts
--vectors goes with|-m model.nts --density 1 --vectors --spectrum s.nts feats.nts
cannot both go to stdout|-m model.nts --full --matrix - --spectrum - feats.nts
--full has all eigenvalues|-m model.nts --full --density 2 feats.nts
--check is of the Hessian|-m model.nts --check --trace feats.nts
--check is of the Hessian|-m model.nts --check --dtype f32 feats.nts
go with --delta-loss|-m model.nts --sigma 1 feats.nts
go with --delta-loss|-m model.nts --limits feats.nts
go with --delta-loss|-m model.nts --draws 7 feats.nts
go with --delta-loss|-m model.nts --lr 1 feats.nts
--step goes with --model|-a mlp --step last feats.nts
for each network: not stdin|-m model.nts --delta-loss --bias 1 --bias-along - feats.nts
--delta-loss is of the Hessian|-m model.nts --delta-loss --top 1 feats.nts
--delta-loss is of the Hessian|-m model.nts --delta-loss --op ggn feats.nts
antithetic draws come in pairs|-m model.nts --delta-loss --sigma 1 --draws 3 feats.nts
at least 2 to balance|-m model.nts --delta-loss --sigma 1 --draws 1 --balance authors feats.nts
not a list of non-negative numbers|-m model.nts --delta-loss --sigma 1,-1 feats.nts
not a list of non-negative numbers|-m model.nts --delta-loss --sigma 1,x feats.nts
not a list of numbers|-m model.nts --delta-loss --bias 1, feats.nts
Hutch++ needs at least 6 probes, not 5|-m model.nts --trace --probes 5 feats.nts
at least 4 probes, not 3|-m model.nts --trace --probes 3 --method xtrace feats.nts
--top 30 and --bottom 9 of 38 parameters|-m model.nts --top 30 --bottom 9 feats.nts
of 4 parameters of fc1.bias|-m model.nts --top 5 --by tensor --layers fc1.bias feats.nts
no parameter is called 'fc2' (did you mean 'fc1'?)|-m model.nts --layers fc2 feats.nts
no parameter is called 'fc1.weigth' (did you mean 'fc1.weight'?)|-m model.nts --layers fc,fc1.weigth feats.nts
the matrix of 1058818 parameters takes|-a mlp,widths=1024-1024 --full feats.nts
LINES
    [ ! -e m.nts ]
    [ ! -e s.nts ]
}

@test "where streams and tables cannot be written: exit 1, nothing beside it" {
    mkdir -p here
    cd here
    a=(-m ../model.nts --top 1 ../feats.nts)
    fails 1 "absent/s.nts: cannot" nai-hessian "${a[@]}" --spectrum absent/s.nts
    fails 1 "absent/m.nts: cannot" nai-hessian "${a[@]}" --full --matrix absent/m.nts
    fails 1 "absent/t: cannot" nai-hessian "${a[@]}" -o absent/t
    fails 1 "No space left" nai-hessian "${a[@]}" --spectrum /dev/full
    fails 1 "No space left" nai-hessian "${a[@]}" --full --matrix /dev/full
    fails 1 "No space left" nai-hessian "${a[@]}" -o /dev/full
    [ -z "$(ls -A)" ]
    # a reader that fails is told: the stream ends as failed
    nai-hessian "${a[@]}" -m ../cut.nts --spectrum - >part 2>/dev/null || run -3 nai-view --check part
}
