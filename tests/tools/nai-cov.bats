#!/usr/bin/env bats
# nai-cov.bats - moments: against closed forms, merged, by class, and what is refused
# SPDX-License-Identifier: MIT

setup_file() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH" LIB="$BATS_TEST_DIRNAME/../lib"
    awk -v rows=400 -v dim=12 -v offset=3 -f "$LIB/features.awk" >wide.csv
    nai-import csv --label y wide.csv -o rows.nts
    # 1,2 / 3,6 / 5,1: mean 3,3; scatter 8 -2 / -2 14
    printf 'a,b\n1,2\n3,6\n5,1\n' >three.csv
    nai-import csv three.csv -o three.nts
}

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_FILE_TMPDIR" || return 1
    export PATH="$NAI_BIN:$PATH"
}

alike() { awk -v tol="$1" -f "$LIB/close.awk" "$2" "$3"; }
cells() { tail -n +2 | tr ',\n' '  '; }

load ../lib/fails.bash

@test "three rows by hand: covariance, ddof, correlation, second moments, mean" {
    nai-cat three.nts three.nts three.nts | nai-cov -o nine.mom # 9 rows of 2 features: a full matrix
    nai-cat --select x nine.mom | nai-export csv | cells |
        awk '{ exit !(($1 - 8 / 3) ^ 2 < 1e-30 && ($2 + 2 / 3) ^ 2 < 1e-30 && $3 == $2 && ($4 - 14 / 3) ^ 2 < 1e-30) }'
    [ "$(nai-cat --select x.mean nine.mom | nai-export csv | cells)" = "3 3 " ]
    nai-cat three.nts three.nts three.nts | nai-cov --ddof 1 | nai-cat --select x | nai-export csv | cells | awk '{ exit !($1 == 3 && $2 == -0.75 && $4 == 5.25) }'
    nai-cat three.nts three.nts three.nts | nai-cov --uncentred | nai-cat --select x | nai-export csv | cells |
        awk '{ exit !(($1 - 35 / 3) ^ 2 < 1e-28 && ($2 - 8 - 1 / 3) ^ 2 < 1e-28 && ($4 - 41 / 3) ^ 2 < 1e-28) }'
    nai-cat three.nts three.nts three.nts | nai-cov --correlation | nai-cat --select x | nai-export csv | cells |
        awk '{ r = -2 / sqrt(112); exit !($1 == 1 && ($2 - r) ^ 2 < 1e-30 && $4 == 1) }'
}

@test "eight shards merged equal the whole to 1e-12" {
    nai-cov rows.nts -o whole.mom
    for i in 1 2 3 4 5 6 7 8; do nai-cat --shard $i/8 rows.nts | nai-cov -o part$i.mom; done
    nai-cov --merge part?.mom -o merged.mom
    for s in x x.mean; do
        nai-cat --select $s whole.mom | nai-export csv -o a.csv
        nai-cat --select $s merged.mom | nai-export csv -o b.csv
        alike 1e-12 b.csv a.csv
    done
    [ "$(nai-view --json merged.mom | jq '.meta.moments.x.n')" = 400 ]
}

@test "a class that one shard lacks, and classes merged, agree with the whole" {
    nai-cov --by y rows.nts -o whole.mom
    nai-cat --slice 0:150 rows.nts | nai-cov --by y -o p1.mom
    nai-cat --slice 150:400 rows.nts | nai-cov --by y -o p2.mom
    nai-cov --merge p1.mom p2.mom -o merged.mom
    [ "$(nai-view --json merged.mom | jq -c '[.sections[].name]')" = "$(nai-view --json whole.mom | jq -c '[.sections[].name]')" ]
    for s in 'x' 'x[y=0]' 'x[y=2]' 'x[within]' 'x[between]'; do
        nai-cat --select "$s" whole.mom | nai-export csv -o a.csv
        nai-cat --select "$s" merged.mom | nai-export csv -o b.csv
        if [ "$s" = 'x[between]' ]; then # a factor: compare the spectra
            nai-eig whole.mom | nai-cat --select "$s" | nai-export csv --field lambda -o a.csv
            nai-eig merged.mom | nai-cat --select "$s" | nai-export csv --field lambda -o b.csv
        fi
        alike 1e-12 b.csv a.csv
    done
}

@test "merging keeps the files' ddof, and refuses what does not add up" {
    nai-cat --slice 0:150 rows.nts -o a.nts
    nai-cat --slice 150:400 rows.nts -o b.nts
    for d in 0 1; do
        for s in a b; do nai-cov --ddof $d $s.nts -o $s$d.mom; done
        nai-cov --ddof $d rows.nts | nai-cat --select x | nai-export csv -o want.csv
        nai-cov --merge a$d.mom b$d.mom | nai-cat --select x | nai-export csv -o got.csv
        alike 1e-12 got.csv want.csv
    done
    nai-cov --merge --ddof 1 a0.mom b0.mom | nai-cat --select x | nai-export csv -o got.csv
    alike 1e-12 got.csv want.csv
    fails 3 "--ddof was 1, in the first file 0" nai-cov --merge a0.mom b1.mom
    nai-cov --by y a.nts -o ay.mom
    fails 3 "made without --by" nai-cov --merge ay.mom b0.mom
    fails 3 "made without --by" nai-cov --merge b0.mom ay.mom
    nai-cat --rename y=z b.nts | nai-cov --by z -o bz.mom
    fails 3 "classes by 'y' and by 'z'" nai-cov --merge ay.mom bz.mom
}

@test "a class of one row in one shard is kept, and merged with the rest" {
    # The first rows, down to one whose label is new.
    read -r cut new < <(nai-export csv --field y rows.nts |
        awk 'NR > 1 { if (++n[$1] == 1 && NR > 2) { print NR - 1, $1; exit } }')
    nai-cat --slice 0:$cut rows.nts | nai-cov --by y -o p1.mom
    nai-cat --slice $cut:400 rows.nts | nai-cov --by y -o p2.mom
    nai-cov --merge p1.mom p2.mom | nai-cat --select "x[y=$new]" | nai-export csv -o b.csv
    nai-cov --by y rows.nts | nai-cat --select "x[y=$new]" | nai-export csv -o a.csv
    alike 1e-12 b.csv a.csv
}

@test "within plus between is the whole" {
    nai-cov --by y rows.nts | nai-eig -o s.nts
    nai-view --json s.nts | jq -e '.meta.spectra as $s | ($s["x[within]"].trace + $s["x[between]"].trace - $s.x.trace) / $s.x.trace | fabs < 1e-13'
}

@test "same digest for every -j and however the rows come" {
    for p in exact mixed; do
        nai-cov --precision $p rows.nts -o first.mom
        want=$(nai-view --json first.mom | jq -r .digest)
        for j in 1 2 4; do [ "$(nai-cov -j $j --precision $p rows.nts | nai-view --json | jq -r .digest)" = "$want" ]; done
        for cut in 1 7 399; do
            nai-cat --slice 0:$cut rows.nts -o a.nts
            nai-cat --slice $cut:400 rows.nts -o b.nts
            [ "$(cat a.nts b.nts | nai-cov --precision $p | nai-view --json | jq -r .digest)" = "$want" ]
        done
    done
}

@test "mixed precision keeps its stated bound" {
    nai-cov rows.nts -o a.mom
    nai-cov --precision mixed rows.nts -o b.mom
    bound=$(nai-view --json b.mom | jq '.meta.moments.x.bound')
    nai-cat --select x a.mom | nai-export csv -o a.csv
    nai-cat --select x b.mom | nai-export csv -o b.csv
    awk -v tol="$bound" 'BEGIN { FS = "," } FNR == 1 { next }
        FNR == NR { for (c = 1; c <= NF; c++) a[FNR, c] = $c; next }
        { for (c = 1; c <= NF; c++) { d = $c - a[FNR, c]; d = d < 0 ? -d : d
          if (!(d <= tol * sqrt(a[FNR, FNR - 1] * a[c + 1, c]))) bad = 1; worst = d > worst ? d : worst } }
        END { print worst; exit bad || worst == 0 }' a.csv b.csv
}

@test "a feature of mean 1e8 and variance 1 keeps twelve digits" {
    awk 'BEGIN { print "a,b"; for (i = 0; i < 4000; i++) printf "%.17g,%d\n", 1e8 + (i % 2 ? 1 : -1), i % 4 }' >big.csv
    nai-import csv big.csv | nai-cov | nai-cat --select x | nai-export csv | cells | awk '{ print; exit !(($1 - 1) ^ 2 < 1e-24 && ($4 - 1.25) ^ 2 < 1e-24) }'
}

@test "integers are exact: pixels of 0 and 255" {
    {
        printf '\000\000\010\002\000\000\002\130\000\000\000\002' # IDX: 600 rows of 2 bytes
        for i in $(seq 100); do printf '\377\000\000\377\000\000\377\377\000\000\000\377'; done
    } >pix.idx
    nai-import idx pix.idx | nai-cov | nai-cat --select x | nai-export csv | cells >got
    # Each column: 300 x0 = 200 of 255 (p = 1/3), x1 = 300 of 255 (p = 1/2), both 100: 65025 (1/6 - 1/6)
    awk '{ print; exit !($1 == 65025 * 2 / 9 && $2 == 0 && $4 == 65025 / 4) }' got
}

@test "--cross is the covariance between fields; --select works on it" {
    { echo y; awk 'BEGIN { for (i = 0; i < 50; i++) print i * i }'; } >y.csv
    printf '\x93NUMPY\x01\x00\x76\x00' >p.npy
    printf '%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2), }" >>p.npy
    cp p.npy q.npy
    printf '\001\002\002\004\003\011' >>p.npy # 1 2 / 2 4 / 3 9
    printf '\000\001\001\001\005\001' >>q.npy # 0 1 / 1 1 / 5 1
    nai-import npy p.npy q.npy -o pq.nts
    # p centred: -1 -3 / 0 -1 / 1 4; q centred: -2 0 / -1 0 / 3 0; sums 5 0 / 19 0
    nai-cov --cross p,q --ddof 2 pq.nts | nai-cat --select 'p*q' | nai-export csv | cells |
        awk '{ exit !(($1 - 5) ^ 2 < 1e-28 && $2 == 0 && ($3 - 19) ^ 2 < 1e-28 && $4 == 0) }'
    run -3 --separate-stderr bash -o pipefail -c 'nai-cov --cross p,q pq.nts | nai-eig >/dev/null'
    [[ $stderr == *"no eigenvalues"* ]]
    fails 2 "two fields" nai-cov --cross x,x rows.nts
    fails 2 "no field 'nope'" nai-cov --cross x,nope rows.nts
}

@test "few rows of wide features stay a factor, and the spectrum is the matrix's" {
    awk -v rows=9 -v dim=40 -f "$LIB/features.awk" >few.csv
    nai-import csv --label y few.csv -o few.nts
    nai-cov few.nts -o few.mom
    [ "$(nai-view --json few.mom | jq -c '[.sections[0].rows, .sections[0].fields[0].name]')" = '[9,"factor"]' ]
    for i in 1 2 3 4 5; do cat few.nts; done | nai-cov -o many.mom # the same covariance from 45 rows
    [ "$(nai-view --json many.mom | jq -c '.sections[0].fields[0].name')" = '"cov"' ]
    nai-eig few.mom | nai-export csv --field lambda -o a.csv
    nai-eig many.mom | nai-export csv --field lambda | head -n 10 >b.csv
    alike 1e-12 a.csv b.csv
}

@test "NaN: refused with its place, or its row left out" {
    printf 'a,b\n1,2\n3,\n5,1\n3,6\n' >nan.csv
    nai-import csv nan.csv -o nan.nts
    fails 4 "row 1, feature 1" nai-cov nan.nts
    run -0 --separate-stderr bash -o pipefail -c 'nai-cov --nan skip-row nan.nts | nai-cat --select x.mean | nai-export csv | tail -n 1'
    [ "$output" = 3,3 ]
    [[ $stderr == *"1 rows with NaN"* ]]
}

@test "bad input: one row, a constant feature, labels, kinds, names" {
    nai-cat --slice 0:1 rows.nts -o one.nts
    nai-cat --slice 0:0 rows.nts -o none.nts
    fails 3 "at least 2 rows" nai-cov one.nts
    fails 3 "no rows" nai-cov none.nts
    printf 'a,b\n1,2\n1,3\n1,4\n' >flat.csv
    nai-import csv flat.csv -o flat.nts
    fails 4 "constant" nai-cov --correlation flat.nts
    fails 2 "no field 'z'" nai-cov --field z rows.nts
    fails 2 "not a field of integer labels" nai-cov --by x rows.nts
    fails 2 "no field 'z'" nai-cov --by z rows.nts
    fails 2 "--uncentred does not go" nai-cov --by y --uncentred rows.nts
    fails 2 "goes with --pair" nai-cov --shuffles 3 rows.nts
    fails 2 "two are" nai-cov -f x,x rows.nts
    nai-cov rows.nts -o m.mom
    fails 3 "holds moments" nai-cov m.mom
    fails 3 "holds dataset, not moments" nai-cov --merge rows.nts
    nai-cov --correlation rows.nts -o c.mom
    fails 3 "merge covariances" nai-cov --merge c.mom c.mom
    cat m.mom m.mom >two.mom
    fails 3 "" nai-cov --merge two.mom
    fails 4 "" nai-cov --ddof 400 rows.nts
}

@test "a covariance too large for memory says how much it needs" {
    printf '\x93NUMPY\x01\x00\x76\x00' >huge.npy
    printf '%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': (300000, 500000), }" >>huge.npy
    truncate -s $((128 + 300000 * 500000)) huge.npy # a hole: no disk is used
    nai-import npy huge.npy 2>/dev/null | { fails 1 "covariance of 'x' needs 1.8 TiB of memory" nai-cov; }
    rm -f huge.npy
}

# Four views of each of 30 images: groups.nts has x and the image's number, id.
groups() {
    awk -v rows=120 -v dim=10 -v offset=2 -f "$LIB/features.awk" |
        awk -F, -v OFS=, 'NR > 1 { $NF = int((NR - 2) / 4) * 7 % 31 } 1' >g.csv
    nai-import csv --label y g.csv | nai-cat --rename y=id -o groups.nts
}

@test "--within: what --by gives, without the classes" {
    groups
    nai-cov --by id groups.nts -o by.mom
    nai-cov --within id groups.nts -o within.mom
    [ "$(nai-view --json within.mom | jq -c '[.sections[].name]')" = '["x","x.mean","x[within]","x[within].mean","x[between]","x[between].mean"]' ]
    [ "$(nai-view --json within.mom | jq -c '.meta.moments["x[between]"] | [.n, .groups, .by]')" = '[120,30,"id"]' ]
    for s in x x.mean 'x[within]' 'x[within].mean' 'x[between]'; do
        nai-cat --select "$s" by.mom | nai-export csv -o a.csv
        nai-cat --select "$s" within.mom | nai-export csv -o b.csv
        alike 1e-12 b.csv a.csv
    done
    digest=$(nai-view --json within.mom | jq .digest)
    [ "$(nai-cov -j1 --within id groups.nts | nai-view --json | jq .digest)" = "$digest" ]
    nai-cat --slice 0:7 groups.nts -o h1.nts # cut within a group
    nai-cat --slice 7:120 groups.nts -o h2.nts
    [ "$(nai-cat h1.nts h2.nts | nai-cov -j2 --within id | nai-view --json | jq .digest)" = "$digest" ]
}

@test "--within: shards that share no group merge to the whole" {
    groups
    nai-cov --ddof 1 --within id groups.nts -o whole.mom
    nai-cat --slice 0:8 groups.nts | nai-cov --ddof 1 --within id -o p1.mom
    nai-cat --slice 8:60 groups.nts | nai-cov --ddof 1 --within id -o p2.mom
    nai-cat --slice 60:120 groups.nts | nai-cov --ddof 1 --within id -o p3.mom
    nai-cov --merge p1.mom p2.mom p3.mom -o merged.mom
    [ "$(nai-view --json merged.mom | jq -cS .meta.moments)" = "$(nai-view --json whole.mom | jq -cS .meta.moments)" ]
    for s in x x.mean 'x[within]' 'x[between]'; do
        nai-cat --select "$s" whole.mom | nai-export csv -o a.csv
        nai-cat --select "$s" merged.mom | nai-export csv -o b.csv
        alike 1e-12 b.csv a.csv
    done
    nai-cat --slice 60:120 groups.nts | nai-cov --ddof 1 -o plain.mom
    nai-cat --slice 60:120 groups.nts | nai-cov --ddof 1 --by id -o by.mom
    nai-cat --rename id=image groups.nts | nai-cat --slice 60:120 | nai-cov --ddof 1 --within image -o image.mom
    fails 3 'made without --within' nai-cov --merge p1.mom plain.mom
    fails 3 'not in the first file' nai-cov --merge plain.mom p1.mom
    fails 3 'made without --by' nai-cov --merge p1.mom by.mom
    fails 3 'not in the first file' nai-cov --merge by.mom p1.mom
    fails 3 "by 'image', in the first file by 'id'" nai-cov --merge p1.mom image.mom
}

@test "--within: groups apart, uneven, of one row, alone, or not finite are refused" {
    groups
    nai-cat --slice 0:118 groups.nts -o short.nts
    fails 3 'has 2 rows, the ones before it 4' nai-cov --within id short.nts
    printf 'a,id\n1,1\n2,1\n1,2\n2,2\n3,2\n' | nai-import csv --label id | nai-cat --rename y=id -o long.nts
    fails 3 'id 2 has more rows than the 2 of each before it' nai-cov --within id long.nts
    nai-cat groups.nts groups.nts -o twice.nts
    fails 3 'row 120: id 0 comes back' nai-cov --within id twice.nts
    nai-cat --slice 0:4 groups.nts -o one.nts
    fails 3 'at least 2 of them' nai-cov --within id one.nts
    awk -F, -v OFS=, 'NR > 1 { $NF = NR } 1' g.csv >each.csv
    nai-import csv --label y each.csv -o each.nts
    fails 3 'every y has one row' nai-cov --within y each.nts
    awk -F, -v OFS=, 'NR == 8 { $3 = "nan" } 1' g.csv >nan.csv
    nai-import csv --label y nan.csv -o nan.nts
    fails 4 'row 6, feature 2: NaN' nai-cov --within y nan.nts
    fails 2 'exclude each other' nai-cov --within id --by id groups.nts
    fails 2 'does not go with it' nai-cov --within id --uncentred groups.nts
    fails 2 "no field 'image' of labels; there is" nai-cov --within image groups.nts
}

@test "--within: 20,000 groups in one pass and little memory" {
    nai-import csv --label y <(awk -v rows=40000 -v dim=6 -f "$LIB/features.awk" |
        awk -F, -v OFS=, 'NR > 1 { $NF = int(NR / 2) } 1') -o many.nts
    nai-cov --within y many.nts -o many.mom
    [ "$(nai-view --json many.mom | jq '.meta.moments["x[within]"].groups')" = 20000 ]
    # pairs about their mean have half the variance of the features, 1 / j; 20,000 give it to 1 % (1 sd)
    nai-cat --select 'x[within]' many.mom | nai-export csv | tail -n +2 |
        awk -F, '{ r = 2 * NR * $NR; print r; if (!(r > 0.95 && r < 1.05)) bad = 1 } END { exit bad }'
}
