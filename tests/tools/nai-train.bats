#!/usr/bin/env bats
# nai-train.bats - what is learned, exactness, logs and models, and what is refused
# SPDX-License-Identifier: MIT

setup_file() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    pictures 320 1
    nai-import idx images labels -o d.nts
    nai-augment --views 2 --epochs 4 --shuffle --scale 0.6:1 --flip 0 d.nts -o v.nts
    nai-augment --views 2 --epochs 16 --scale 0.6:1 --level 0 d.nts -o long.nts # more than a record
    nai-augment --views 2@12,2@8 --scale 0.6:1 d.nts -o mixed.nts
    nai-augment --views 1 d.nts -o single.nts
    nai-cat --slice 0:32 v.nts -o few.nts
    nai-synth teacher -n 50 --dim 5 -s 3 -o reg.nts
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    mlp=(-j 1 --arch 'mlp widths=24-16' --pdim 8 -b 32)
}

load ../lib/fails.bash

# pictures N SEED - the IDX files images and labels: N pictures of 12 x 12, a bar whose place is the
# class, brightness and noise drawn.
pictures() {
    LC_ALL=C awk -v n="$1" -v seed="$2" 'BEGIN { srand(seed)
        printf "%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c", 0, 0, 8, 3, 0, 0, int(n / 256), n % 256, 0, 0, 0, 12, 0, 0, 0, 12
        for (i = 0; i < n; i++) { b = 120 + 100 * rand(); k = i % 4
            for (r = 0; r < 12; r++) for (c = 0; c < 12; c++) {
                at = k < 2 ? r : c; on = int((at - (k % 2 ? 7 : 2)) / 3) == 0 && at >= (k % 2 ? 7 : 2)
                printf "%c", int(on * b + 30 * rand()) } } }' >images
    LC_ALL=C awk -v n="$1" 'BEGIN { printf "%c%c%c%c%c%c%c%c", 0, 0, 8, 1, 0, 0, int(n / 256), n % 256
        for (i = 0; i < n; i++) printf "%c", i % 4 }' >labels
}

digest() { nai-view --json "$1" | jq -r .digest; }
column() { awk -F'\t' -v c="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i; next } { print $k }'; }
near() { awk -v a="$1" -v b="$2" -v tol="$3" 'BEGIN { d = a - b; print a, b; exit !(d <= tol && -d <= tol) }'; }

@test "every self-supervised loss goes down, and its terms add up" {
    for l in barlow vicreg simclr byol spectral; do
        nai-train "${mlp[@]}" --loss $l --lr 3e-3 --log $l.tsv --log-every 1 v.nts >m.nts
        column loss <$l.tsv | awk -v l=$l 'NR <= 3 { a += $1 } { last[NR % 3] = $1 } END { b = last[0] + last[1] + last[2]
            print l, NR, a / 3, b / 3; exit !(NR == 40 && b < a - 0.05 * (a < 0 ? -a : a)) }'
    done
    awk -F'\t' 'NR > 1 { d = $3 - $4 - $5; if (d > 1e-7 * $3 || d < -1e-7 * $3) exit 1 }' barlow.tsv
}

@test "the log: columns, the rate of a cosine with warm-up, alpha with its window, the probe" {
    nai-train "${mlp[@]}" --schedule cosine --lr 0.01 --warmup 4 --log l.tsv --log-every 2 --alpha-every 4 --online-probe \
        --classes 4 v.nts >m.nts
    [ "$(head -n 1 l.tsv | tr '\t' ' ')" = 'step epoch loss on_diagonal off_diagonal lr grad_norm z_std z_std_min collapsed probe alpha alpha_lo alpha_hi' ]
    [ "$(column step <l.tsv | paste -sd ' ')" = "$(seq -s ' ' 2 2 40)" ]
    [ "$(column epoch <l.tsv | uniq | paste -sd ' ')" = '0 1 2 3' ]
    # step k from 1: lr k / 4, then lr (1 + cos(pi (k - 5) / 36)) / 2
    column lr <l.tsv | awk '{ k = 2 * NR; w = k <= 4 ? k / 4 : (1 + cos(3.14159265358979 * (k - 5) / 36)) / 2
        d = $1 - 0.01 * w; if (d > 1e-10 || d < -1e-10) { print k, $1; exit 1 } }'
    [ "$(column alpha_lo <l.tsv | grep -c '^11$')" -eq 10 ]
    column alpha_hi <l.tsv | awk '$1 { n++; if ($1 < 13 || $1 > 16) exit 1 } END { exit n != 10 }' # 16 features
    [ "$(column alpha <l.tsv | grep -c '^[0-9]')" -eq 10 ]
    column probe <l.tsv | tail -n 1 | awk '{ print; exit !($1 > 0.32) }' # chance is 0.25
    nai-train "${mlp[@]}" --log t.tsv --log-time v.nts >m.nts
    [ "$(head -n 1 t.tsv | cut -f 11-12)" = "$(printf 'seconds\timages_s')" ]
    fails 2 "how long it is" bash -c "nai-augment d.nts | nai-train -j 1 --arch mlp --schedule cosine"
}

@test "barlow learns: neighbours of Fashion-MNIST are of the same class more often than untrained" {
    [ -d /usr/share/datasets/fashion-mnist ] || skip "no /usr/share/datasets/fashion-mnist"
    f=/usr/share/datasets/fashion-mnist/t10k
    nai-import idx $f-images-idx3-ubyte.gz $f-labels-idx1-ubyte.gz | nai-cat --slice 0:1500 -o fm.nts
    nai-cat --slice 0:1000 fm.nts -o train.nts
    nai-cat --slice 1000:1500 fm.nts -o test.nts
    for e in 0 10; do
        nai-augment --views 2 --epochs $((e ? e : 1)) --shuffle train.nts |
            nai-train -j 1 --arch 'cnn widths=8-16-32' --pdim 64 -b 100 --lr $((e ? 3 : 0))e-3 --weight-decay 0 -o $e.nts
        nai-embed -j 1 -m $e.nts test.nts -o test.$e
        nai-embed -j 1 -m $e.nts train.nts | nai-probe --method knn --test test.$e --json | jq .top1 >knn.$e
    done
    paste knn.0 knn.10
    [ "$(jq -n "$(cat knn.10) > $(cat knn.0) + 0.03")" = true ]
}

@test "the same bytes twice; without convolutions for any -j" {
    nai-train "${mlp[@]}" --provenance none v.nts | cat >a
    nai-train "${mlp[@]}" --provenance none <v.nts | cmp - a
    nai-train "${mlp[@]}" --provenance none -j 2 v.nts | cmp - a
    cnn=(-j 1 --arch 'cnn widths=4-8' --pdim 8 -b 64)
    nai-train "${cnn[@]}" v.nts -o a.nts
    nai-train "${cnn[@]}" v.nts -o b.nts
    [ "$(digest a.nts)" = "$(digest b.nts)" ]
    nai-train "${cnn[@]}" -s 1 v.nts -o b.nts
    [ "$(digest a.nts)" != "$(digest b.nts)" ]
}

# stopped OPTION... - SIG to a training that waits for the rest of its input, which never comes.
stopped() {
    rm -f fifo
    mkfifo fifo
    exec 9<>fifo # which nobody closes before the end
    head -c 1200000 long.nts 2>/dev/null 3>&- 9>&- >fifo &
    nai-train "${mlp[@]}" --log-every 3 -c ck "$@" -o stopped.nts fifo 2>err 3>&- 9>&- &
    pid=$!
    for i in $(seq 100); do # until it has taken some steps
        { [ -e l.tsv ] && [ "$(wc -l <l.tsv)" -ge 3 ]; } && break
        sleep 0.05
    done
    kill -"$SIG" $pid
    [ "$SIG" != USR1 ] || return 0
    rc=0
    wait $pid || rc=$?
    exec 9>&-
}

@test "SIGTERM: checkpoint, exit 75, nothing written; resumed, the same digest and log" {
    SIG=TERM
    while read -r o; do
        rm -f ck l.tsv
        nai-train "${mlp[@]}" --log-every 3 --log full.tsv $o long.nts -o whole.nts
        stopped --log l.tsv $o
        [ $rc -eq 75 ]
        [ ! -e stopped.nts ]
        cat err
        grep -q '^nai-train: stopped after step [1-9][0-9]*; go on with --resume ck$' err
        [ "$(nai-view --json ck | jq .meta.train.step)" -lt 160 ]
        nai-train "${mlp[@]}" --log-every 3 --log l.tsv $o --resume ck long.nts -o resumed.nts
        [ "$(digest whole.nts)" = "$(digest resumed.nts)" ]
        cmp full.tsv l.tsv
    done <<'RECIPES'
--online-probe --classes 4 --alpha-every 6
--loss byol --ema 0.9 --optim sgd --schedule cosine
--loss vicreg --optim lars --lr 0.5
RECIPES
}

@test "SIGUSR1: checkpoint and on; SIGINT: checkpoint and death by it; --every; the end" {
    SIG=USR1
    rm -f ck l.tsv
    stopped --log l.tsv
    for i in $(seq 100); do [ ! -e ck ] || break; sleep 0.05; done
    nai-view --check ck
    kill -0 $pid
    kill -KILL $pid
    wait $pid || true
    exec 9>&-
    SIG=INT
    rm -f ck l.tsv
    rc=$(set -m; stopped --log l.tsv; echo $rc) # a background job would ignore SIGINT
    [ "$rc" -eq 130 ]
    nai-view --check ck
    [ ! -e stopped.nts ]
    nai-train "${mlp[@]}" -c ck --every 7 v.nts -o m.nts
    [ "$(nai-view --json ck | jq .meta.train.step)" -eq 40 ]
    # a dataset is resumed as well, in the middle of an epoch
    ce=(-j 1 --arch 'mlp widths=16' --loss ce -b 32 --classes 4)
    rm ck
    nai-train "${ce[@]}" -e 3 -c ck --every 13 d.nts -o whole.nts 3>&- &
    pid=$!
    for i in $(seq 200); do [ ! -e ck ] || break; sleep 0.01; done
    cp ck middle
    wait $pid
    nai-train "${ce[@]}" -e 3 --resume middle d.nts -o resumed.nts
    [ "$(digest whole.nts)" = "$(digest resumed.nts)" ]
}

@test "full batches in parts, resumed: the same log, also of the probe, which learns from each part" {
    full=(-j 1 --arch 'mlp widths=16' --loss ce --full-batch -b 70 -e 400 --online-probe --log-every 1)
    awk -v OFS=, 'BEGIN { srand(5); print "a,b,c,d,y" # nothing to learn: the accuracy never settles
        for (i = 0; i < 300; i++) print rand(), rand(), rand(), rand(), i % 4 }' | nai-import csv --label y -o noise.nts
    nai-train "${full[@]}" --log whole.tsv noise.nts -o whole.nts
    rm -f ck
    nai-train "${full[@]}" --log part.tsv -c ck --every 1 noise.nts -o part.nts 3>&- &
    pid=$!
    for i in $(seq 500); do [ ! -e ck ] || break; sleep 0.01; done
    cp ck middle
    wait $pid
    [ "$(nai-view --json middle | jq .meta.train.step)" -lt 400 ]
    nai-train "${full[@]}" --log part.tsv --resume middle noise.nts -o resumed.nts
    [ "$(digest whole.nts)" = "$(digest resumed.nts)" ]
    cmp whole.tsv part.tsv
}

@test "waiting for input: a signal ends it, with --checkpoint too" {
    mkfifo wait.fifo
    for n in 0 30000; do # before the header, and amid a dataset
        { head -c $n d.nts; sleep 20; } >wait.fifo 3>&- &
        feeder=$!
        nai-train "${mlp[@]}" --loss ce -c never <wait.fifo >out 3>&- &
        pid=$!
        sleep 0.5
        kill -TERM $pid
        for i in $(seq 50); do kill -0 $pid 2>/dev/null || break; sleep 0.1; done
        run -143 wait $pid
        kill $feeder
        [ ! -e never ]
    done
}

@test "--keep-steps: models behind one another, the last as without" {
    nai-train "${mlp[@]}" --keep-steps 10 v.nts -o kept.nts
    nai-train "${mlp[@]}" v.nts -o m.nts
    nai-embed -m kept.nts --step all d.nts -o e.nts
    nai-embed -m m.nts d.nts -o last.nts
    [ "$(nai-view --json e.nts | jq -c '[.sections[0].fields[].name]')" = '["backbone@10","backbone@20","backbone@30","backbone@40","y"]' ]
    nai-export csv -f backbone@40 e.nts | tail -n +2 >a
    nai-export csv -f x last.nts | tail -n +2 | cmp - a
    nai-embed -m kept.nts d.nts | nai-export csv -f x | tail -n +2 | cmp - a
    nai-embed -m kept.nts --step 10 d.nts | nai-export csv -f x | tail -n +2 >b
    [ "$(cmp a b >/dev/null; echo $?)" -eq 1 ]
}

@test "--gradcheck: every loss and convention to 1e-6" {
    while read -r o; do
        nai-train -j 1 --arch 'mlp widths=10-8 act=tanh' --pdim 6 -b 12 --gradcheck $o few.nts >g.tsv
        [ "$(head -n 1 g.tsv | tr '\t' ' ')" = 'tensor elements tried element analytic numeric error' ]
        [ "$(wc -l <g.tsv)" -ge 7 ]
    done <<'LOSSES'
--loss barlow
--loss barlow --bt-norm thesis --beta 0.02
--loss barlow --bt-norm fastssl --over-d
--loss barlow --bt-form eq10 --bn-stats all
--loss vicreg
--loss vicreg --vicreg-form thesis --weights 10,20,3
--loss simclr --temperature 0.2
--loss simclr --decoupled
--loss byol
--loss spectral
--loss spectral --spectral-form thesis --beta 0.5
--loss ce --classes 4 --label-smoothing 0.1
LOSSES
    nai-train -j 1 --arch 'cnn widths=3-4' --pdim 6 -b 12 --gradcheck few.nts | grep -q '^conv1.weight'
    nai-train -j 1 --arch 'mlp widths=4-1' --loss mse --sum -b 12 --gradcheck reg.nts | grep -q '^fc2.bias'
}

@test "ce: classes are learned; accuracy in the log is that of the logits" {
    pictures 200 2
    nai-import idx images labels -o test.nts
    nai-train -j 1 --arch 'cnn widths=4-8' --loss ce -b 32 -e 8 --lr 1e-2 --log ce.tsv d.nts -o ce.nts
    column accuracy <ce.tsv | tail -n 1 | awk '{ print; exit !($1 > 0.9) }'
    nai-embed -j 1 -m ce.nts --layers logits test.nts | nai-export csv -f x,y |
        awk -F, 'NR > 1 { k = 1; for (i = 2; i <= 4; i++) if ($i > $k) k = i; n += k - 1 == $5 }
            END { print n; exit !(n >= 180) }'
}

@test "mse, full batch: loss, gradient and step of a linear map as by hand; batches add up" {
    lin=(-j 1 --dtype f64 --arch 'mlp widths=1 bias=0' --loss mse --optim sgd --momentum 0 --weight-decay 0)
    nai-train "${lin[@]}" --full-batch --lr 0 reg.nts -o m0.nts
    nai-train "${lin[@]}" --full-batch --lr 0.05 -e 2 --log r.tsv --log-every 1 reg.nts -o m.nts
    nai-embed --dtype f64 -m m0.nts --layers backbone reg.nts | nai-export csv -f x >p.csv
    nai-export csv -f x,y reg.nts | paste -d, - p.csv | awk -F, 'NR > 1 { n++; y[n] = $6; p[n] = $7
            for (k = 1; k <= 5; k++) x[n, k] = $k }
        END { for (i = 1; i <= n; i++) { r = p[i] - y[i]; loss += r * r / n; for (k = 1; k <= 5; k++) g[k] += 2 * r * x[i, k] / n }
            for (k = 1; k <= 5; k++) norm += g[k] * g[k]
            for (i = 1; i <= n; i++) { r = p[i] - y[i]; for (k = 1; k <= 5; k++) r -= 0.05 * g[k] * x[i, k]; next_ += r * r / n }
            printf "%.9g %.9g %.9g\n", loss, sqrt(norm), next_ }' >hand
    near "$(cut -d' ' -f1 hand)" "$(column loss <r.tsv | head -n 1)" 1e-8
    near "$(cut -d' ' -f2 hand)" "$(column grad_norm <r.tsv | head -n 1)" 1e-8
    near "$(cut -d' ' -f3 hand)" "$(column loss <r.tsv | tail -n 1)" 1e-8
    for o in '-b 20' '-b 7' '-b 49'; do
        nai-train "${lin[@]}" --full-batch --lr 0.05 -e 2 $o --log s.tsv --log-every 1 reg.nts -o m.nts
        near "$(column loss <r.tsv | tail -n 1)" "$(column loss <s.tsv | tail -n 1)" 1e-12
    done
    nai-train "${lin[@]}" --sum --full-batch -b 20 --lr 0 --log s.tsv --log-every 1 reg.nts -o m.nts
    near "$(column loss <s.tsv | awk '{ printf "%.9g", $1 / 50 }')" "$(column loss <r.tsv | head -n 1)" 1e-7
}

@test "a dataset is shuffled each epoch by the seed; --no-shuffle takes it as it comes" {
    ce=(-j 1 --arch 'mlp widths=8' --loss ce -b 64 --lr 0 --weight-decay 0 --log-every 1)
    nai-train "${ce[@]}" -e 2 --log a.tsv d.nts -o m.nts
    nai-train "${ce[@]}" -e 2 --log b.tsv d.nts -o m.nts
    cmp a.tsv b.tsv
    nai-train "${ce[@]}" -e 2 --no-shuffle --log c.tsv d.nts -o m.nts
    [ "$(column loss <a.tsv | sort -u | wc -l)" -eq 10 ]
    [ "$(column loss <c.tsv | sort -u | wc -l)" -eq 5 ]
    nai-train "${ce[@]}" --no-shuffle -b 50 -v d.nts -o m.nts 2>said # 320 = 6 x 50 + 20
    grep -q '20 rows at the ends of epochs did not fill a batch' said
    grep -q '320 rows held in memory' said
}

@test "--from, --ema, --init; mixed sizes; pairs of rows; the stream's hint" {
    nai-train "${mlp[@]}" v.nts -o m.nts
    nai-train "${mlp[@]}" --from m.nts --lr 0 --weight-decay 0 single.nts -o n.nts 2>err || grep -q 'single view' err
    nai-train -j 1 --from m.nts -b 32 --lr 0 --weight-decay 0 --optim sgd few.nts -o n.nts
    for m in m n; do # the running statistics move, the parameters do not
        nai-view --json $m.nts | jq -c '.sections[] | select(.name | test("weight|bias$")) | [.name, .digest // .fields[0].digest]' >$m.digests
    done
    [ -s m.digests ]
    cmp m.digests n.digests
    [ "$(nai-view --json n.nts | jq '.history | length')" -gt "$(nai-view --json m.nts | jq '.history | length')" ]
    nai-train "${mlp[@]}" --ema 0.5 v.nts -o ema.nts
    [ "$(digest ema.nts)" != "$(digest m.nts)" ]
    for i in kaiming xavier; do
        nai-train "${mlp[@]}" --init $i few.nts -o i.nts
        [ "$(digest i.nts)" != "$(digest m.nts)" ]
    done
    nai-train -j 1 --arch 'cnn widths=4-8' --pdim 8 -b 40 mixed.nts -o mixed.model
    nai-synth pairs -n 100 --dim 6 -o pairs.nts
    nai-train -j 1 --arch 'mlp widths=8' --pdim 4 -b 20 -e 3 --hold pairs.nts -o p.nts
    [ "$(nai-view --json p.nts | jq .meta.train.step)" -eq 15 ]
    nai-augment --views 2 --batch-hint 80 d.nts | nai-train -j 1 --arch 'mlp widths=8' --pdim 4 -o p.nts
    [ "$(nai-view --json p.nts | jq .meta.train.step)" -eq 4 ]
}

@test "not finite: exit 4 with the step and the name, and nothing left" {
    mkdir -p empty
    cd empty
    fails 4 "is not finite" nai-train "${mlp[@]}" --optim sgd --lr 1e6 --loss mse --arch 'mlp widths=4-1' ../reg.nts -b 10 -e 20 -o out
    [[ $stderr == *"step "* ]]
    [ -z "$(ls -A)" ]
    # the checkpoint that stays is the last that is finite
    grow=("${mlp[@]}" --optim sgd --momentum 0 --lr 1e6 --weight-decay 1e6 --loss mse --arch 'mlp widths=1' -b 10 -e 20)
    fails 4 "step 4: fc1.weight is not finite" nai-train "${grow[@]}" ../reg.nts -c ck --every 1 -o out
    [ "$(ls)" = ck ]
    [ "$(nai-view --json ck | jq .meta.train.step)" -eq 3 ]
    rm ck
    nai-synth teacher -n 40 --dim 5 | nai-export npz -o d.npz
    fails 4 "is not finite" nai-train "${mlp[@]}" --optim sgd --lr 1e6 --loss mse --arch 'mlp widths=4-1' ../reg.nts -b 10 -e 20
}

@test "collapsed dimensions are named, when first seen and at the end" {
    run -0 --separate-stderr nai-train "${mlp[@]}" --optim adamw --weight-decay 20 --lr 0.05 v.nts -o m.nts
    [[ ${stderr_lines[0]} =~ "nai-train: warning: step "[0-9]+": "[1-8]" of 8 dimensions of projector".*" collapsed: "[0-9] ]]
    [[ $stderr == *"warning: at the end: "* ]]
}

@test "bad input: views, batches, labels, sizes" {
    fails 3 "a single view of each image" nai-train "${mlp[@]}" single.nts
    fails 3 "a single view of each image" nai-train "${mlp[@]}" d.nts
    fails 2 "a batch of one" nai-train "${mlp[@]}" -b 1 v.nts
    fails 3 "epoch 0 has 320 rows, fewer than a batch of 400" nai-train "${mlp[@]}" -b 400 v.nts
    fails 3 "320 rows, fewer than a batch of 400" nai-train "${mlp[@]}" --loss ce -b 400 d.nts
    fails 3 "holds 1x12x12, the network takes 3x12x12" nai-train --arch 'mlp in=3x12x12' v.nts
    fails 3 "mixed.nts: layer (flatten): a picture of 8x8 gives 64 values, not 144" nai-train "${mlp[@]}" mixed.nts
    fails 3 "holds 1x12x12, the network takes 1x28x28" nai-train --arch 'cnn in=1x28x28' v.nts
    fails 3 "label 3 is not one of 3 classes" nai-train "${mlp[@]}" --loss ce --classes 3 d.nts
    fails 2 "--classes 4, but the network has classes=2" nai-train "${mlp[@]}" --arch 'mlp classes=2' --loss ce --classes 4 d.nts
    nai-export npy -f x d.nts -o x.npy
    nai-export csv -f y d.nts | awk 'NR == 1 { print "z," $1 } NR > 1 { print 0 "," (NR == 9 ? -1 : $1) }' |
        nai-import csv --label y -o neg.nts
    fails 3 "row 7: label -1 is negative" nai-train -j 1 --arch 'mlp widths=4' --loss ce -b 32 neg.nts
    fails 2 "how many classes" nai-train "${mlp[@]}" --loss ce v.nts
    nai-cat --select x d.nts -o bare.nts
    fails 3 "no field 'y' of labels" nai-train "${mlp[@]}" --loss ce bare.nts
    fails 3 "no field 'y' of targets" nai-train "${mlp[@]}" --loss mse bare.nts
    fails 3 "not one integer label a row" nai-train "${mlp[@]}" --loss ce reg.nts
    nai-cat --rename x=z d.nts -o z.nts
    fails 3 "no field 'x'" nai-train "${mlp[@]}" z.nts
    nai-cov d.nts -o moments.nts
    fails 3 "holds moments" nai-train "${mlp[@]}" moments.nts
    fails 1 "needs" nai-train --arch mlp --pdim 1000000 v.nts
    head -c 100000 v.nts >cut.nts
    fails 3 "truncated" nai-train "${mlp[@]}" cut.nts
    fails 2 "holds 4 epochs, not 5" nai-train "${mlp[@]}" -e 5 v.nts
    fails 2 "holds 1 epoch, not 2 (--hold" nai-train "${mlp[@]}" -e 2 mixed.nts
    fails 2 "not kept in memory" nai-train "${mlp[@]}" --hold -e 2 v.nts
    cat v.nts single.nts >joined
    fails 3 "schema mismatch" nai-train "${mlp[@]}" joined
}

@test "joined views: the history is that of the first, however far the other was read by then" {
    nai-augment --views 2 -s 1 d.nts -o one.nts
    nai-augment --views 2 -s 2 d.nts -o two.nts
    cat one.nts two.nts >joined
    for b in 32 320; do
        nai-train -j 1 --arch 'mlp widths=1500-1500' --pdim 8 -b $b joined -o m.nts
        [ "$(nai-view --json m.nts | jq -r '[.history[].tool] | join(" ")')" = 'nai-import nai-augment nai-train' ]
        [ "$(nai-view --json m.nts | jq .meta.train.rows)" -eq 640 ]
    done
}

@test "bad input: checkpoints" {
    nai-train "${mlp[@]}" -c ck few.nts -o m.nts
    head -c 2000 ck >cut
    fails 3 "truncated" nai-train "${mlp[@]}" --resume cut few.nts
    fails 2 "another training: --lr 0.001 there, 0.1 here" nai-train "${mlp[@]}" --lr 0.1 --resume ck few.nts
    [[ $stderr != *"--batch"* ]]
    fails 2 "--loss 'barlow' there, 'vicreg' here; --batch 32 there, 16 here" nai-train "${mlp[@]}" --loss vicreg -b 16 --resume ck few.nts
    fails 2 "the history of the input" nai-train "${mlp[@]}" --resume ck v.nts
    fails 2 "--arch 'mlp " nai-train "${mlp[@]}" --arch 'mlp widths=24-15' --resume ck few.nts
    fails 3 "not a checkpoint of a training" nai-train "${mlp[@]}" --resume m.nts few.nts
    fails 3 "fc3.weight" nai-train "${mlp[@]}" --arch 'mlp widths=24-16-8' --from m.nts few.nts
    fails 3 "fc1.weight" nai-train "${mlp[@]}" --arch 'mlp widths=25-16' --from m.nts few.nts
    fails 3 "not a model" nai-train "${mlp[@]}" --from d.nts few.nts
    fails 2 "--pdim 9, but the network has projector=8" nai-train --from m.nts --pdim 9 -b 32 few.nts
    # a log of other columns, or no log, is left as it is
    nai-train "${mlp[@]}" --log l.tsv --log-every 1 few.nts -o m.nts
    for o in --log-time '--alpha-every 1'; do
        fails 2 "l.tsv: not a table with these columns" nai-train "${mlp[@]}" --log l.tsv --log-every 1 $o --resume ck few.nts
    done
    [ "$(wc -l <l.tsv)" -eq 2 ]
    seq 3 >mine
    fails 2 "mine: not a table with these columns" nai-train "${mlp[@]}" --log mine --resume ck few.nts
    [ "$(wc -l <mine)" -eq 3 ]
}

@test "bad command lines" {
    fails 2 "--arch is missing" nai-train v.nts
    fails 2 "did you mean 'mlp'" nai-train --arch mpl v.nts
    fails 2 "did you mean 'widths'" nai-train --arch 'mlp width=3' v.nts
    fails 2 "--pdim 4, but the network has projector=8" nai-train --arch 'mlp projector=8' --pdim 4 v.nts
    fails 2 "--pdim 0, but the network has projector=8" nai-train --arch 'mlp projector=8' --pdim 0 v.nts
    fails 2 "--beta" nai-train --arch mlp --beta 1x v.nts
    fails 2 "--weights" nai-train --arch mlp --loss vicreg --weights 1,2 v.nts
    fails 2 "exclude each other" nai-train --arch mlp --from a --resume b v.nts
    fails 2 "goes with --checkpoint" nai-train --arch mlp --every 5 v.nts
    fails 2 "go with --log" nai-train --arch mlp --log-time v.nts
    fails 2 "--alpha-every 15 is no multiple of --log-every 10" nai-train --arch mlp --log l --alpha-every 15 v.nts
    fails 2 "goes with --log" nai-train --arch mlp --online-probe v.nts
    fails 2 "below 1" nai-train --arch mlp --ema 1 v.nts
    fails 2 "for ce and mse" nai-train --arch mlp --full-batch d.nts
    fails 2 "batch normalisation takes all rows at once" nai-train --arch 'mlp norm=batch' --loss ce --full-batch -b 100 d.nts
    fails 2 "not kept in memory" nai-train --arch mlp --loss ce --classes 4 --full-batch v.nts
    fails 2 "trains nothing" nai-train --arch mlp --gradcheck --log l v.nts
    fails 2 "cuda" nai-train --arch mlp --device cuda v.nts
    fails 1 "cannot create" nai-train --arch mlp -o absent/out v.nts
    fails 1 "cannot create" nai-train --arch mlp --log absent/log v.nts
}

@test "a cosine for a stream that does not say its length: --images and --epochs" {
    cos=("${mlp[@]}" --schedule cosine --lr 0.01 --log-every 1)
    # the same rows without what their header says
    nai-augment --views 2 d.nts | nai-cat --provenance none -o piped.nts
    nai-train "${cos[@]}" --images 320 --log a.tsv piped.nts -o m.nts
    [ "$(column lr <a.tsv | wc -l)" -eq 10 ]
    near "$(column lr <a.tsv | tail -n 1)" 0.000244717 1e-8 # 0.01 (1 + cos(0.9 pi)) / 2
    fails 2 "goes on after step 5" nai-train "${cos[@]}" --images 160 piped.nts -o m.nts
    run -0 --separate-stderr nai-train "${cos[@]}" --images 640 piped.nts -o m.nts
    [[ $stderr == *"ended after step 10 of the cosine's 20"* ]]
}
