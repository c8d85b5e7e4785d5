#!/usr/bin/env bats
# nai-select.bats - the algorithm by hand, probes that run and do not, and what is refused
# SPDX-License-Identifier: MIT

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_TEST_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
    # accuracy peaks at alpha 1: 100 - 40 |alpha - 1|
    { printf 'name\talpha\tlr\tacc\n'
      while read -r a; do awk -v a="$a" 'BEGIN { d = a > 1 ? a - 1 : 1 - a; printf "m%s\t%s\tx%s\t%.17g\n", a, a, a * 2, 100 - 40 * d }'; done <<<'0.5
2.0
1.4
0.8
0.2
1.1
3.0
0.9
1.05
1.7'; } >models.tsv
}

load ../lib/fails.bash

column() { awk -F'\t' -v c="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i } NR > 1 { print $k }' "${@:2}"; }

@test "around the best, by hand: intervals, models probed, model chosen, probes saved" {
    nai-select --accuracies acc -b 3 -k 1 --summary s.tsv models.tsv >t.tsv
    # .5 2 1.4: the best, 1.4 (84), lies between .5 and 2; then .8 (92), 1.1 (96): .2 is outside;
    # best 1.1 between .8 and 1.4; then .9 (96, later), 1.05 (98), 3 is outside; best 1.05: .9, 1.1
    head -n 1 t.tsv | diff - <(printf 'name\talpha\tlr\tbatch\talpha_min\talpha_max\tprobed\taccuracy\tplace\n')
    cut -f 1,4-9 t.tsv | tail -n +2 | diff - <(cat <<'WANT'
m0.5	1	0		yes	80	
m2.0	1	0		yes	60	
m1.4	1	0		yes	84	
m0.8	2	0.5	2	yes	92	
m0.2	2	0.5	2	no		
m1.1	2	0.5	2	yes	96	
m3.0	3	0.8	1.4	no		
m0.9	3	0.8	1.4	yes	96	
m1.05	3	0.8	1.4	yes	98	1
m1.7	4	0.9	1.1	no		
WANT
)
    # eq. 25: 10; eq. 26: 3 + 3/2 + 3/3 + 1/4
    diff s.tsv <(printf 'chosen\talpha\taccuracy\tmodels\tbatches\tbatch\ttop\trule\tprobes\tsaved\tmost\texpected\talpha_min\talpha_max\nm1.05\t1.05\t98\t10\t4\t3\t1\tbracket\t7\t3\t10\t5.75\t0.9\t1.1\n')
}

@test "as printed in the thesis: three models about a peak leave nothing to probe" {
    nai-select --accuracies acc -b 3 --rule printed --json --summary s.json models.tsv >t.json
    # .5 (80) 2 (60) 1.4 (84): 1.4 > .5 with more, so alpha_min is 1.4; .5 < 2 and 1.4 < 2 with
    # more, so alpha_max is .5
    [ "$(jq -r 'select(.probed == "yes") | .name' t.json | xargs)" = 'm0.5 m2.0 m1.4' ]
    jq -se '.[3] | .alpha_min == 1.4 and .alpha_max == 0.5 and .probed == "no" and .accuracy == null' t.json
    jq -e '.chosen == "m1.4" and .probes == 3 and .saved == 7 and .rule == "printed"' s.json
    # rising accuracies are narrowed from below
    printf 'name\talpha\tacc\na\t0.2\t1\nb\t0.4\t2\nc\t0.3\t9\nd\t0.4\t3\ne\t0.6\t4\n' |
        nai-select --accuracies acc -b 2 --rule printed | column probed | xargs >p
    [ "$(cat p)" = 'yes yes no yes yes' ]
}

@test "a probe runs for models within the interval, once, in order; nothing else does" {
    nai-select -b 3 -k 1 models.tsv --probe 'echo {name} {lr} "$NAI_NAME" >>log; cat; awk "BEGIN { d = {alpha} - 1; print 100 - 40 * (d < 0 ? -d : d) }"' >t.tsv
    column name <(grep -P '^name|\tyes\t' t.tsv) | diff - <(cut -d ' ' -f 1 log)
    diff log <(printf 'm0.5 x1 m0.5\nm2.0 x4 m2.0\nm1.4 x2.8 m1.4\nm0.8 x1.6 m0.8\nm1.1 x2.2 m1.1\nm0.9 x1.8 m0.9\nm1.05 x2.1 m1.05\n')
    nai-select --accuracies acc -b 3 -k 1 models.tsv | diff - <(cut -f 4 --complement t.tsv) # which has acc still
    rm log
    nai-select --alpha 0.85:1.2 --probe 'echo {name} >>log; echo 1' models.tsv >t.tsv
    [ "$(xargs <log)" = 'm1.1 m0.9 m1.05' ]
    [ "$(nai-select --alpha :0.5 --accuracies acc -b 99 models.tsv | grep -c yes)" = 2 ]
    [ "$(nai-select --alpha 1.7: --accuracies acc -b 99 models.tsv | grep -c yes)" = 3 ]
}

@test "a number, JSON of one line or more, or a table of nai's: each is an accuracy" {
    printf 'name\talpha\na\t1\n' >one.tsv
    got() { nai-select --probe "$@" one.tsv | column accuracy; }
    [ "$(got 'echo " 81.25 "')" = 81.25 ]
    [ "$(got "echo '{\"top5\": 0.99, \"top1\": 0.75}'; echo '{\"top1\": 0.5}'")" = 0.75 ]
    [ "$(got "printf 'n\\ttop1\\ttop5\\n100\\t0.625\\t0.9\\n'")" = 0.625 ]
    [ "$(got "printf 'n\\ttop1\\ttop5\\n100\\t0.625\\t0.9\\n'" --metric top5)" = 0.9 ]
    [ "$(got "echo '{\"r2\": -0.5}'" --metric r2)" = -0.5 ]
    # what nai-alpha prints is a table of models
    awk -v rows=80 -v dim=30 -f "$BATS_TEST_DIRNAME/../lib/features.awk" >f.csv
    nai-import csv --label y f.csv | nai-cov | nai-eig | nai-alpha -q --range 2:20 >a.tsv
    nai-select --probe 'echo 1' a.tsv >t.tsv
    [ "$(head -n 1 t.tsv | cut -f 1-3)" = "$(printf 'name\tn\tdim')" ]
    cut -f 1-17 t.tsv | diff - a.tsv
}

@test "names are data: none is run, whatever is in it" {
    printf "name\\talpha\\tnote\\n\$(touch bad)\\t1\\tit's\\n\`touch bad\`; touch bad\\t1.1\\t{name}\\n-n a'b\"c\\t1.2\\t\\n" >odd.tsv
    nai-select -b 9 odd.tsv --probe 'printf "%s|%s|{none}\n" {name} {note} >>log; echo 1' >t.tsv
    [ ! -e bad ]
    diff log - <<'WANT'
$(touch bad)|it's|{none}
`touch bad`; touch bad|{name}|{none}
-n a'b"c||{none}
WANT
    nai-select -b 9 odd.tsv --probe 'echo "{name}" >>log; echo 1' >t.tsv # within quotes neither
    [ ! -e bad ]
    cut -f 1-3 t.tsv | diff - odd.tsv
}

@test "a model without alpha is not probed; other columns can have the name and the alpha" {
    printf 'run\talpha\tslope\tacc\nr1\t\t1\t50\nr2\t0.9\t1.1\t60\n' >odd.tsv
    [ "$(nai-select --name run --accuracies acc odd.tsv | column probed | xargs)" = 'no yes' ]
    [ "$(nai-select --name run --column slope --accuracies acc odd.tsv | column accuracy | xargs)" = '50 60' ]
    nai-select -q --name run --accuracies acc -v odd.tsv 2>&1 >/dev/null | grep -q 'r2: alpha 0.9, accuracy 60'
}

@test "a probe that fails: its status, its command, no table" {
    fails 1 "probe of 'm0.5' failed with exit status 7: exit 7" nai-select --probe 'exit 7' models.tsv
    fails 1 "failed with exit status 127" nai-select --probe 'nonexistent 2>/dev/null' models.tsv
    fails 1 "probe of 'm2.0' failed with exit status 3" nai-select --probe 'test {name} = m0.5 || exit 3; echo 1' models.tsv
    fails 1 "died of signal 9: kill -9" nai-select --probe 'kill -9 $$' models.tsv
    fails 3 "printed neither a number" nai-select --probe 'echo good' models.tsv
    fails 3 "nothing" nai-select --probe true models.tsv
    fails 3 "printed neither a number" nai-select --probe 'echo nan' models.tsv
    fails 3 "with 'top1'" nai-select --probe 'echo "{\"top5\": 1}"' models.tsv
    run -1 nai-select --probe 'exit 7' --summary s.tsv -o t.tsv models.tsv
    [ ! -e s.tsv ] && [ ! -e t.tsv ]
}

@test "bad tables and options" {
    fails 2 '--probe and --accuracies' nai-select models.tsv
    fails 2 '--probe and --accuracies' nai-select --probe x --accuracies acc models.tsv
    for bad in 1 2:1 a:b 1:b nan:1 inf: 1:2:3; do
        fails 2 'not LO:HI' nai-select --alpha $bad --accuracies acc models.tsv
    done
    fails 2 'file of its own' nai-select --accuracies acc --summary - models.tsv
    fails 2 'file of its own' nai-select --accuracies acc --summary same -o same models.tsv
    fails 2 "no column 'akc' (did you mean 'acc'?)" nai-select --accuracies akc models.tsv
    fails 2 "no column 'name'" nai-select --probe x <(printf 'model\talpha\na\t1\n')
    fails 4 'none was probed' nai-select --alpha 5:6 --accuracies acc models.tsv
    bad() { # MESSAGE TABLE
        printf "$2" >bad.tsv
        fails 3 "$1" nai-select --accuracies acc bad.tsv
    }
    bad 'no line of column names' ''
    bad 'no models' 'name\talpha\tacc\n'
    bad 'line 3: 2 cells, line 1 has 3' 'name\talpha\tacc\na\t1\t2\nb\t1\n'
    bad "line 2: alpha 'x' is not a number" 'name\talpha\tacc\na\tx\t2\n'
    bad "line 2: acc 'nan' is not a number" 'name\talpha\tacc\na\t1\tnan\n'
    bad "line 2: 'a' is to be probed and has no acc" 'name\talpha\tacc\na\t1\t\n'
    bad "line 3: name 'a' is that of line 2" 'name\talpha\tacc\na\t1\t2\na\t1\t3\n'
    bad 'line 2: a model without name' 'name\talpha\tacc\n\t1\t2\n'
    bad 'column 3 has the name of another' 'name\talpha\tname\ta\tacc\n'
    bad 'column 2 has no name' 'name\t\tacc\n'
    bad "has a column 'place' already" 'name\talpha\tacc\tplace\na\t1\t2\t3\n'
    head -c 5000 /dev/zero >zeros
    fails 3 'binary data' nai-select --accuracies acc zeros
    gzip -c models.tsv >m.gz
    fails 3 'gzip' nai-select --accuracies acc m.gz
    printf 'name\talpha\tacc\r\na\t1\t2\r\n' >dos.tsv
    [ "$(nai-select --accuracies acc dos.tsv | column accuracy)" = 2 ]
}
