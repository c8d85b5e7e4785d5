#!/usr/bin/env bats
# nai-alpha.bats - exact laws, presets, companions, plain columns, intervals, and what is refused
# SPDX-License-Identifier: MIT

setup_file() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH" LIB="$BATS_TEST_DIRNAME/../lib"
    awk 'BEGIN { for (j = 1; j <= 600; j++) printf "%.17g\n", j ^ -1.25 }' >law.csv
    awk 'BEGIN { for (j = 1; j <= 512; j++) printf "%.17g\n", exp(-j / 200) / j }' >bent.csv
    awk -v rows=300 -v dim=20 -v offset=1 -f "$LIB/features.awk" >rows.csv
    nai-import csv --label y rows.csv -o rows.nts
    nai-cov rows.nts | nai-eig -o s.nts
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
}

value() { awk -F'\t' -v c="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i } NR == 2 { print $k }'; }
near() { awk -v a="$1" -v b="$2" -v tol="$3" 'BEGIN { d = a - b; print a, b; exit !(d <= tol && -d <= tol) }'; }

load ../lib/fails.bash

@test "an exact law returns its exponent to 1e-12, whatever the window and weights" {
    for o in '' '-p alphareq' '-p stringer' '-p fastssl-views' '-p ols' '-r 2:300 -w none' '-r 5:7'; do
        a=$(nai-alpha --json $o law.csv | jq .alpha)
        near "$a" 1.25 1e-12
    done
}

@test "the columns, in order, and the same as JSON keys" {
    nai-alpha s.nts | head -n 1 >head
    printf 'name\tn\tdim\trank\talpha\tlo\thi\tweights\tr2\tse\tci_lo\tci_hi\trankme\terank\tpr\tstable_rank\tlidar\n' | diff - head
    nai-alpha --json s.nts | jq -r 'keys_unsorted | join("\t")' | diff - head
}

@test "presets: the windows they name, with NumPy's polyfit (1.24.2) on a bent spectrum" {
    while read -r preset lo hi weights alpha; do
        nai-alpha -q -p "$preset" bent.csv >t
        [ "$(value lo <t) $(value hi <t) $(value weights <t)" = "$lo $hi $weights" ]
        near "$(nai-alpha -q -p "$preset" --json bent.csv | jq .alpha)" "$alpha" 1e-12
    done <<'PRESETS'
fastssl-views 4 50 rank 1.0794338563845656
alphareq 4 100 rank 1.12341489101412
reptrix 11 100 rank 1.1842148842738087
stringer 11 500 rank 1.517284621523252
ols 1 512 none 1.664699239274001
PRESETS
}

@test "a flat spectrum: participation ratio, stable rank, RankMe and effective rank are its size" {
    # rows +-e_j: covariance I/4 on 8 features, nothing left about the mean
    { awk 'BEGIN { for (j = 1; j <= 8; j++) printf "f%d%s", j, j < 8 ? "," : "\n" }'
      awk 'BEGIN { for (i = 0; i < 16; i++) for (j = 0; j < 8; j++) printf "%d%s", (int(i / 2) == j) * (i % 2 ? 1 : -1), j < 7 ? "," : "\n" }'; } >flat.csv
    nai-import csv flat.csv | nai-cov | nai-eig | nai-alpha -r 1:8 --json >j
    for c in pr stable_rank erank; do near "$(jq .$c j)" 8 1e-12; done
    near "$(jq .rankme j)" 8 1e-5
    near "$(jq .alpha j)" 0 1e-12
}

@test "RankMe needs what an uncentred spectrum holds, and is empty without it" {
    [ -n "$(nai-alpha -r 2:18 s.nts | value rankme)" ]
    [ -z "$(nai-alpha -r 2:18 bent.csv | value rankme)" ]
    nai-cov --uncentred rows.nts | nai-eig | nai-alpha -r 2:18 --json | jq .rankme >a
    nai-alpha -r 2:18 --json s.nts | jq .rankme >b
    near "$(cat a)" "$(cat b)" 1e-9
    [ -z "$(nai-cov --correlation rows.nts | nai-eig | nai-alpha -r 2:18 | value rankme)" ]
    nai-cov --by y rows.nts | nai-eig | nai-alpha -r 2:18 --select 'x[within]' | value rankme | grep -qx ''
}

@test "npy, csv with and without a name, any order, a piped column: one figure" {
    nai-alpha -r 11:100 --json bent.csv | jq .alpha >a
    { echo lambda; cat bent.csv; } >named.csv
    tac bent.csv >up.csv
    nai-import csv --header no bent.csv -o b.nts
    nai-export npy b.nts -o b.npy 2>/dev/null || nai-export npy --field x b.nts -o b.npy
    shuf --random-source=<(yes) bent.csv >any.csv
    for f in named.csv up.csv any.csv b.nts; do nai-alpha -r 11:100 --json $f | jq .alpha | diff a -; done
    nai-alpha -r 11:100 --json - <b.nts | jq .alpha | diff a -
}

@test "tail share, density exponent: their own names" {
    # r at rank 2 of 1, 1/2, 1/4 is (3/4) / (7/4)
    printf '1\n0.5\n0.25\n' >three.csv
    near "$(nai-alpha -r 1:3 --tail 2 --json three.csv | jq .tail)" 0.42857142857142855 1e-15
    nai-alpha --mle --json law.csv >j
    near "$(jq .mle_alpha j)" 1.8 0.05 # 1 + 1/1.25
    jq -e '.xmin > 0 and .ks < 0.05' j
}

@test "of the largest only, what needs all of them is empty, and the tail is right" {
    nai-alpha -r 2:10 --tail 4 --json s.nts | jq .tail >want
    for rows in rows.nts few.nts; do # Lanczos, and the Gram route
        nai-cat --slice 0:9 rows.nts -o few.nts
        nai-cov $rows -o m.mom
        near "$(nai-eig m.mom | nai-alpha -r 2:5 --tail 4 --json | jq .tail)" \
            "$(nai-eig --top 6 m.mom | nai-alpha -r 2:5 --tail 4 --mle --json | tee j | jq .tail)" 1e-9
        jq -e '.mle_alpha == null and .rankme == null and .pr > 1' j
    done
}

@test "spectra too short for a preset keep their line; alone, it is an error" {
    nai-cov --by y rows.nts | nai-eig -o by.nts
    run -0 --separate-stderr nai-alpha -p alphareq by.nts
    [ "${#lines[@]}" -eq 7 ]
    [ "$(nai-alpha -q -p alphareq --json by.nts | jq -c 'select(.name == "x[between]") | [.rank, .alpha, .lo, .pr > 1]')" = '[2,null,null,true]' ]
    [[ $stderr == *"not fitted: x[between]: rank 2 leaves"* ]]
    fails 4 "rank 2 leaves" nai-alpha --select 'x[between]' by.nts
}

@test "bootstrap: reproducible, keyed by the seed, around the fit" {
    nai-alpha -r 2:15 -B 50 --rows rows.nts -s 3 --json s.nts >a
    nai-alpha -r 2:15 -B 50 --rows rows.nts -s 3 --json -j 1 s.nts | diff a -
    [ "$(jq .ci_lo a)" != "$(nai-alpha -r 2:15 -B 50 --rows rows.nts -s 4 --json s.nts | jq .ci_lo)" ]
    jq -e '.ci_lo < .ci_hi and .bootstrap == 50 and .seed == 3 and .se > 0 and (.alpha - .ci_lo) < 10 * .se' a
    fails 3 "rows" nai-alpha -r 2:15 -B 50 --rows rows.nts bent.csv
    nai-cat --slice 0:200 rows.nts -o fewer.nts
    nai-cat --slice 0:24 rows.nts -o few.nts
    nai-cov few.nts | nai-eig -o few.spec
    fails 4 "resampling 0 has rank" nai-alpha -r 2:19 -B 50 --rows few.nts few.spec
    fails 3 "200 rows" nai-alpha -r 2:15 -B 50 --rows fewer.nts s.nts
}

@test "several spectra and files, --select, -q" {
    nai-cov --by y rows.nts | nai-eig -o by.nts
    [ "$(nai-alpha -q -r 2:15 --select 'x,x[y=1]' by.nts bent.csv | cut -f1 | paste -sd ' ')" = 'name x x[y=1] bent.csv' ]
    [ "$(nai-alpha -r 2:15 --select 'x[y=1],x' by.nts | cut -f1 | paste -sd ' ')" = 'name x[y=1] x' ]
    fails 2 "no spectrum 'zz'" nai-alpha --select zz by.nts
    run -0 --separate-stderr nai-alpha s.nts
    [[ $stderr == *"cut to ranks 11 to 20"* ]]
}

@test "bad input: windows, ranks, values, kinds" {
    fails 4 "pass the 20 eigenvalues" nai-alpha -r 2:21 s.nts
    fails 2 "not a range" nai-alpha -r 5:2 s.nts
    fails 2 "not a range" nai-alpha -r 5 s.nts
    # 40 copies of 8 rows: rank 7 of 20
    nai-cat --slice 0:8 rows.nts -o eight.nts
    for i in $(seq 40); do cat eight.nts; done | nai-cov | nai-eig -o low.nts
    fails 4 "numerical rank 7" nai-alpha -r 2:15 low.nts
    run -0 --separate-stderr nai-alpha -r 2:15 --beyond-rank low.nts
    fails 4 "fewer than 3 ranks" nai-alpha low.nts
    printf '1\n0.5\nnan\n' >nan.csv
    fails 3 "not finite" nai-alpha nan.csv
    printf '1\n0.5\n0\n0.1\n' >zero.csv
    fails 4 "" nai-alpha -r 1:4 zero.csv
    fails 3 "neither a spectrum" nai-alpha rows.nts
    nai-cov rows.nts -o m.nts
    fails 3 "holds moments, not spectrum" nai-alpha m.nts
    fails 2 "go together" nai-alpha -B 10 s.nts
}

# ---- spectra of losses ----

spectrum() { # OUT KEY=VALUE... <ROWS
    /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "no numpy"
    /usr/bin/python3 "$BATS_TEST_DIRNAME/../lib/spectrum.py" "$@"
}

# 40 positive eigenvalues j^-1.5, 10 that are rounding, 10 negative that grow to -3.
indefinite() {
    awk 'BEGIN { for (j = 1; j <= 40; j++) printf "%.17g\n", j ^ -1.5
                 for (j = 1; j <= 10; j++) print 1e-20 / j
                 for (j = 10; j >= 1; j--) print -3 / j }'
}

@test "an indefinite Hessian: alpha of its positive eigenvalues; no window folds the negative ones" {
    indefinite | spectrum h.nts dim=60 n=5 rank=50 trace=9 sumsq=20
    nai-alpha -r 2:30 --json h.nts >j
    near "$(jq .alpha j)" 1.5 1e-12
    [ "$(jq -c '[.n, .dim, .rank, .lo, .hi]' j)" = '[5,60,50,2,30]' ]
    for p in reptrix:11 ols:1 stringer:11; do
        run -0 --separate-stderr nai-alpha -p "${p%:*}" --json h.nts
        [[ $stderr == *"cut to ranks ${p#*:} to 40, all that are positive" ]]
        near "$(jq .alpha <<<"$output")" 1.5 1e-12
        [ "$(jq .hi <<<"$output")" = 40 ]
    done
    fails 4 "pass the numerical rank 40" nai-alpha -r 2:45 h.nts
    nai-alpha -r 2:45 --beyond-rank h.nts
    fails 4 "pass the 50 positive eigenvalues" nai-alpha -r 2:55 h.nts
    fails 4 "pass the 50 positive eigenvalues" nai-alpha -r 2:55 --beyond-rank h.nts
    printf '%s\n' 3 2 -1 -4 | spectrum few.nts dim=4
    fails 4 "2 positive eigenvalues leave fewer than 3 ranks" nai-alpha -p ols few.nts
}

@test "ranks of an indefinite Hessian are not counted; of a definite one they are" {
    indefinite | spectrum h.nts dim=60 n=5 trace=9 sumsq=20
    nai-alpha -r 2:30 --tail 3 --json h.nts |
        jq -e '[.rankme, .erank, .pr, .stable_rank, .lidar, .tail] == [null, null, null, null, null, null]'
    printf '%s\n' -2 -3 -4 | spectrum minus.nts dim=3
    fails 4 "0 positive eigenvalues" nai-alpha minus.nts
    printf '%s\n' 4 2 1 1 | spectrum plus.nts dim=4 n=1 # 64/22, 8/4, 4/8
    nai-alpha -r 1:4 --tail 2 --json plus.nts >j
    near "$(jq .pr j)" 2.909090909090909 1e-15
    [ "$(jq -c '[.stable_rank, .tail]' j)" = '[2,0.5]' ]
}

@test "a part of a spectrum: windows end at the gap" {
    { awk 'BEGIN { for (j = 1; j <= 30; j++) printf "%.17g\n", j ^ -1.5 }'
      awk 'BEGIN { for (j = 191; j <= 200; j++) printf "%.17g\n", j ^ -3 }'; } >ends
    spectrum ends.nts dim=200 bottom=10 trace=4 sumsq=2 <ends
    near "$(nai-alpha -r 2:30 --json ends.nts | jq .alpha)" 1.5 1e-12
    fails 4 "ranks 2 to 31 pass the 30 largest eigenvalues" nai-alpha -r 2:31 --beyond-rank ends.nts
    run -0 --separate-stderr nai-alpha --json ends.nts
    [[ $stderr == *"cut to ranks 11 to 30, all there are" ]]
    [ "$(jq -c '[.hi, .pr, .stable_rank]' <<<"$output")" = '[30,8,4]' ]
    [ "$(nai-alpha -q -p stringer --json ends.nts | jq .hi)" = 28 ]
    near "$(nai-alpha -q --tail 2 --json ends.nts | jq .tail)" 0.75 1e-15
    fails 2 "--tail 31 passes the 30" nai-alpha -q --tail 31 ends.nts
    # The same where negative values lie beyond the gap, and where the head alone has too few
    { head -n 30 ends; printf '%s\n' -1 -2; } | spectrum signs.nts dim=200 bottom=2
    run -0 --separate-stderr nai-alpha signs.nts
    [[ $stderr == *"cut to ranks 11 to 30, all there are" ]]
    { head -n 2 ends; echo -2; } | spectrum signs.nts dim=200 bottom=1
    fails 4 "rank 2 leaves fewer than 3 ranks" nai-alpha -p ols signs.nts
    # Of the top alone: what is at the bottom of a Hessian is not known, of a Gauss-Newton matrix it is
    head -n 30 ends | spectrum top.nts dim=200 trace=4 sumsq=2
    [ "$(nai-alpha -q --json top.nts | jq .pr)" = null ]
    head -n 30 ends | spectrum top.nts dim=200 trace=4 sumsq=2 scaling=ggn
    [ "$(nai-alpha -q --json top.nts | jq .pr)" = 8 ]
}

@test "a density, and weights and orders that are none, are refused; the density can be seen" {
    printf '%s\n' '3 0.25' '1 0.5' '-1 0.25' | spectrum d.nts dim=100 vectors=1
    nai-export csv d.nts | diff - <(printf '%s\n' lambda,weight 3,0.25 1,0.5 -1,0.25)
    nai-view d.nts | grep -q '"vectors":1'
    fails 3 "loss: holds a density of eigenvalues, not their ranks" nai-alpha d.nts
    fails 3 "holds a density" nai-alpha -r 1:3 --beyond-rank d.nts
    printf '%s\n' '3 0.25' '1 0.5' '-1 0.5' | spectrum d.nts dim=100 vectors=1
    fails 3 "its weights sum to 1.25, not 1" nai-alpha d.nts
    printf '%s\n' 1 2 3 | spectrum up.nts dim=3
    fails 3 "eigenvalue 2 is larger than the one before" nai-alpha up.nts
}
