#!/usr/bin/env bats
# nai-plot.bats - pictures: what is in them, and what is refused.
# SPDX-License-Identifier: MIT
# An SVG is text: curves are paths, words are words. Axes of the pictures below are fixed by their
# data, so points can be told by their places.

setup() {
    bats_require_minimum_version 1.5.0
    cd "$BATS_TEST_TMPDIR"
    import=$NAI_BIN/nai-import
    printf 'epoch\tacc\tse\tmodel\n1\t0.5\t.1\tcnn\n2\t.7\t.05\tcnn\n3\t\t\tcnn\n1\t.3\t.1\tmlp\n2\t.4\t.1\tmlp\n' >t.tsv
    awk 'BEGIN { print "lambda"; for (j = 1; j <= 200; j++) printf "%.17g\n", j ^ -1.5 }' >law.csv
}

refused() { # CODE TEXT ARG... - nothing on stdout, one line with TEXT on stderr, no file
    local code=$1 text=$2
    shift 2
    run -"$code" --separate-stderr "$TOOL" "$@" -o refused.svg
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == "nai-plot: "*"$text"* ]] || { echo "$stderr"; false; }
    [ -z "$output" ]
    [ ! -e refused.svg ]
}

lacks() { ! grep "$@"; }

# An executable called gnuplot that does as told, first in PATH.
fake_gnuplot() {
    mkdir -p fake
    printf '#!/bin/sh\n%s\n' "$1" >fake/gnuplot
    chmod +x fake/gnuplot
    PATH=$PWD/fake:$PATH
}

@test "an exact power law: its exponent, window and R2 are in the legend" {
    "$TOOL" spectrum law.csv --range 5:80 >a.svg
    grep -q 'α 1.500 ± 0.000, R² 1.0000' a.svg
    grep -q 'fit to ranks 5–80, weights 1/j' a.svg
    "$TOOL" spectrum law.csv --preset ols >b.svg
    grep -q 'fit to ranks 1–200, weights 1<' b.svg
    "$TOOL" spectrum law.csv --no-fit >c.svg
    lacks -q 'α' c.svg
}

@test "alpha, error and R2 are those of nai-alpha" {
    awk 'BEGIN { for (j = 1; j <= 300; j++) printf "%.17g\n", exp(-j / 90) / j }' >bent.csv
    for window in "--preset alphareq" "--range 20:60 --weights none"; do
        # shellcheck disable=SC2086
        want=$("$NAI_BIN/nai-alpha" $window bent.csv | awk -F '\t' '
            NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
            NR == 2 { printf "α %.3f ± %.3f, R² %.4f", $at["alpha"], $at["se"], $at["r2"] }')
        # shellcheck disable=SC2086
        "$TOOL" spectrum $window bent.csv | grep -qF "$want"
    done
}

@test "the window that a spectrum is too short for is cut, and the picture says to what" {
    head -n 41 law.csv >short.csv
    run -0 --separate-stderr "$TOOL" spectrum short.csv -o short.svg
    [[ $stderr == "nai-plot: warning: "*cut* ]]
    grep -q 'fit to ranks 11–40' short.svg
    head -n 9 law.csv >shorter.csv
    refused 4 "fewer than 3 ranks" spectrum shorter.csv
    "$TOOL" spectrum --no-fit shorter.csv | grep -q '</svg>'
}

@test "negative values are counted in the legend, not drawn" {
    printf '%s\n' 8 4 2 1 0.5 -0.25 0.125 -0.0625 >signed.csv
    "$TOOL" spectrum --range 1:5 signed.csv >a.svg
    grep -Eq 'signed.csv: .*\((2 not positive|rank [0-9]+ of 8)\)' a.svg
    lacks -qi 'nan' a.svg
}

@test "several spectra: all named, --select and --names, normalised, with a reference" {
    awk -v seed=1 -v rows=300 -v dim=60 -f "$NAI_TOP/tests/table.awk" >f.csv
    "$import" csv --label kind f.csv | "$NAI_BIN/nai-cov" --by y | "$NAI_BIN/nai-eig" -o s.nts
    "$TOOL" spectrum s.nts --no-fit >all.svg
    for name in 'x' 'x\[y=0\]' 'x\[y=1\]' 'x\[within\]'; do grep -q ">$name" all.svg; done
    "$TOOL" spectrum s.nts --select 'x[y=1],x' --names cats,both --normalise --reference 1 >some.svg
    grep -q '>cats: α' some.svg
    grep -q '>both: α' some.svg
    grep -q '>slope −1<' some.svg
    grep -q 'eigenvalue / sum' some.svg
    lacks -q within some.svg
    refused 2 "--names gives 1 names for 2 spectra" spectrum s.nts --select 'x[y=1],x' --names cats
    refused 2 "no spectrum 'z'" spectrum s.nts --select z
    "$TOOL" spectrum --select x s.nts law.csv | grep -q '>s: x: α'
    cmp <("$TOOL" spectrum --select x s.nts) <("$TOOL" spectrum --select x - <s.nts)
}

@test "--normalise: a spectrum and thrice it are drawn alike, and not without" {
    awk 'NR == 1 || $1 *= 3' OFMT=%.17g CONVFMT=%.17g law.csv >thrice.csv
    cmp <("$TOOL" spectrum --names a --normalise law.csv) <("$TOOL" spectrum --names a --normalise thrice.csv)
    run -1 cmp <("$TOOL" spectrum --names a law.csv) <("$TOOL" spectrum --names a thrice.csv)
}

@test "lines: a series for each value, in its own colour, broken where a value is missing" {
    "$TOOL" lines -x epoch -y acc --error se --by model t.tsv --title 'a_b {c}^d' >a.svg
    for word in cnn mlp model epoch acc 'a_b {c}^d'; do grep -qF ">$word<" a.svg; done
    grep -q "rgb(  *0, *114, *178)" a.svg
    grep -q "rgb(213,  *94,  *0)" a.svg
    cmp a.svg <("$TOOL" lines -x epoch -y acc --error se --by model --title 'a_b {c}^d' <t.tsv)
}

@test "a series for each column of --y; a comma-separated table will do" {
    printf 'a,b,c\n1,2,3\n2,4,5\n' | "$TOOL" scatter -x a -y b,c >a.svg
    grep -q '>b<' a.svg
    grep -q '>c<' a.svg
}

@test "logarithmic axes leave out what is not positive, and say so" {
    printf 'a\tb\n0\t1\n1\t10\n10\t-1\n100\t1000\n' >l.tsv
    run -0 --separate-stderr "$TOOL" lines -x a -y b --logx --logy l.tsv -o l.svg
    [ "$stderr" = "nai-plot: warning: 2 values are not positive, left out of a logarithmic scale" ]
    run -0 --separate-stderr "$TOOL" lines -q -x a -y b --logx --logy l.tsv -o l.svg
    [ -z "$stderr" ]
}

@test "in the terminal: the letters of the series stand where their points are" {
    printf 'a\tb\tk\n0\t0\tu\n1\t1\tv\n' | "$TOOL" scatter -x a -y b --by k --term >p.txt
    [ "$(wc -l <p.txt)" -ge 22 ]
    [ "$(awk 'length > 79' p.txt | wc -l)" -eq 0 ]
    grep '|' p.txt >inside.txt # B to the right and above
    [ "$(grep -c '[AB]' inside.txt)" -eq 2 ]
    [[ $(grep '[AB]' inside.txt | tr -d '\n') == *B*A* ]]
    [[ $(grep B inside.txt | cut -dB -f1 | wc -c) -gt $(grep A inside.txt | cut -dA -f1 | wc -c) ]]
}

@test "heat: rows and columns by value, colours of the palette's ends, a hole for what is missing" {
    printf 'n\ts\tz\n2\t.1\t1\n8\t.1\t2\n2\t.2\t3\n8\t.2\t\n' >h.tsv
    "$TOOL" heat -x n -y s -z z h.tsv >h.svg
    for word in 0.1 0.2 2 8 z; do grep -q ">$word<" h.svg; done
    "$TOOL" heat -x n -y s -z z h.tsv --term >h.txt
    grep -Eq '0.2 \+-\|.* 3 ' h.txt
    grep -Eq '0.1 \+-\|.* 1 .* 2 ' h.txt
    printf '2\t.1\t9\n' >>h.tsv
    refused 3 "two values at n = 2, s = 0.1" heat -x n -y s -z z h.tsv
}

@test "--line: drawn by value over cells of one size, dashed and dash-dotted" {
    # cells in the middle of 680 by 500: the second row and column are at .2 and 8
    printf 'n\ts\tz\n2\t.1\t1\n8\t.1\t2\n2\t.2\t3\n8\t.2\t4\n' >h.tsv
    heat() { "$TOOL" heat -x n -y s -z z h.tsv "$@"; }
    printf 's\tn\n.1\t2\n.2\t8\n' >corner.tsv
    printf 's\tn\n.1\t2\n.125\t3.5\n.15\t5\n.2\t8\n' >same.tsv # on the way
    printf 'n\ts\n5\t-9\n5\t9\n' >beyond.tsv
    heat >without.svg
    heat --line corner.tsv >a.svg
    heat --line same.tsv,beyond.tsv >b.svg
    paths() { grep -c '<path' "$1"; }
    [ "$(paths a.svg)" -gt "$(paths without.svg)" ]
    [ "$(paths b.svg)" -gt "$(paths a.svg)" ]
    [ "$(grep -c stroke-dasharray a.svg)" -lt "$(grep -c stroke-dasharray b.svg)" ]
    ends() { # first and last point of the first dashed line
        tr '\n' ' ' <"$1" | sed -E "s/.*stroke-dasharray='4.5[^/]*d='M([0-9.,]+)[^/]*[L ]([0-9.]+,[0-9.]+) *'.*/\1 \2/"
    }
    [[ $(ends a.svg) =~ ^[0-9.]+,[0-9.]+\ [0-9.]+,[0-9.]+$ ]]
    [ "$(ends a.svg)" = "$(ends <(heat --line same.tsv))" ]
    refused 2 "no column 'n'" heat -x n -y s -z z h.tsv --line t.tsv
    "$TOOL" lines -x epoch -y acc --by model t.tsv >c.svg
    printf 'epoch\tacc\n1\t.4\n3\t.4\n' >level.tsv
    "$TOOL" lines -x epoch -y acc --by model t.tsv --line level.tsv >d.svg
    [ "$(grep -c stroke-dasharray c.svg)" -lt "$(grep -c stroke-dasharray d.svg)" ]
}

@test "--dash: colours by --by, dashes by another column" {
    printf 'n\ty\td\ta\n1\t1\t2\tlin\n2\t2\t2\tlin\n1\t2\t2\trelu\n2\t3\t2\trelu\n1\t4\t4\tlin\n2\t5\t4\tlin\n' >d.tsv
    "$TOOL" lines -x n -y y --by d --dash a d.tsv >d.svg
    for word in 'd, a' '2, lin' '2, relu' '4, lin'; do grep -q ">$word<" d.svg; done
    lacks -q "rgb(  *0, *158, *115)" d.svg # two colours, not three
    "$TOOL" lines -x n -y y --by d d.tsv >e.svg
    lacks -q stroke-dasharray.*rgb e.svg
    awk 'BEGIN { print "n\ty\td\ta"; for (i = 0; i < 8; i++) print "1\t1\t" i "\tx" }' >many.tsv
    refused 2 "--by has at most 7 values" lines -x n -y y --by d --dash a many.tsv
    refused 2 "--dash takes one column" lines -x n -y y,d --dash a d.tsv
}

@test "formats: by suffix, by --format; a PNG is one" {
    "$TOOL" lines -x epoch -y acc t.tsv -o a.png
    [ "$(head -c 8 a.png | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]
    "$TOOL" lines -x epoch -y acc t.tsv -o a.txt
    lacks -q svg a.txt
    "$TOOL" lines -x epoch -y acc t.tsv -o a.txt --format svg
    [ "$(head -c 5 a.txt)" = '<?xml' ]
    run -1 --separate-stderr bash -c "'$TOOL' lines -x epoch -y acc t.tsv >/dev/full"
    [[ $stderr == *"write failed"* ]]
}

@test "columns and cells that are not there are named" {
    refused 2 "t.tsv: no column 'mdoel' (did you mean 'model'?)" lines -x epoch -y acc --by mdoel t.tsv
    refused 2 "no column 'zzzzzz'; there is epoch, acc, se, model" lines -x zzzzzz -y acc t.tsv
    refused 3 "t.tsv: line 2, column 'model': 'cnn' is not a number" lines -x epoch -y model t.tsv
    printf 'a\tb\n1\n' >ragged.tsv
    refused 3 "ragged.tsv: line 2: 1 cells, not 2" lines -x a -y b ragged.tsv
    : >empty.tsv
    refused 3 "empty" lines -x a -y b empty.tsv
    refused 1 "gone.tsv: cannot open: No such file" lines -x a -y b gone.tsv
}

@test "options that do not go together, and kinds that do not exist" {
    refused 2 "unknown kind 'scater' (did you mean 'scatter'?)" scater t.tsv
    refused 2 "name a KIND"
    refused 2 "needs --x and --y" lines -x epoch t.tsv
    refused 2 "heat needs --z" heat -x epoch -y acc t.tsv
    refused 2 "are for spectra" lines -x epoch -y acc --preset ols t.tsv
    refused 2 "are for tables" spectrum --logx law.csv
    refused 2 "--error names 1 columns and --y 2" lines -x epoch -y acc,se --error se t.tsv
    refused 2 "--no-fit" spectrum --no-fit --range 1:9 law.csv
}

@test "words from the data are only words: quotes, backquotes, line ends, other encodings" {
    printf 'a\tb\tk\n1\t1\t"'\''; system(""touch pwned""); `touch pwned` $x @y <&"\n2\t2\t\377\001\n' >evil.tsv
    "$TOOL" lines -x a -y b --by k evil.tsv --title $'x\n!touch pwned\n' --ylabel '`touch pwned`' >e.svg
    [ ! -e pwned ]
    grep -qF '&lt;&amp;' e.svg
    grep -q '>??<' e.svg
    LC_ALL=C lacks -q $'[\377\001]' e.svg
}

@test "gnuplot missing, failing, killed or silent: one line, exit 1, no file" {
    real=$TOOL
    mkdir empty
    printf '#!/bin/sh\nPATH=%s exec %s "$@"\n' "$PWD/empty" "$TOOL" >poor
    chmod +x poor
    TOOL=$PWD/poor
    refused 1 "gnuplot is not installed" lines -x epoch -y acc t.tsv
    TOOL=$real
    fake_gnuplot 'echo "<svg"; echo "         line 3: bad luck" >&2; exit 1'
    refused 1 "gnuplot failed: bad luck" lines -x epoch -y acc t.tsv
    fake_gnuplot 'kill -9 $$'
    refused 1 "gnuplot was killed by signal 9" lines -x epoch -y acc t.tsv
    fake_gnuplot 'cat >/dev/null'
    refused 1 "gnuplot drew nothing" lines -x epoch -y acc t.tsv
}

@test "a gnuplot that reads nothing and says much does not block" {
    awk 'BEGIN { print "a\tb"; for (i = 0; i < 200000; i++) print i "\t" i * i }' >long.tsv
    fake_gnuplot 'exec <&-; head -c 3000000 /dev/zero | tr "\0" x >&2; head -c 3000000 /dev/zero | tr "\0" y'
    timeout 20 "$TOOL" lines -x a -y b long.tsv -o long.svg
    [ "$(wc -c <long.svg)" -eq 3000000 ]
}

@test "a gnuplot without pngcairo is told" {
    fake_gnuplot "sed 's/GPVAL_TERMINALS/\"svg dumb\"/' | $(command -v gnuplot) -d -"
    run -1 --separate-stderr "$TOOL" lines -x epoch -y acc t.tsv -o a.png
    [[ $stderr == *"without pngcairo"* ]]
    [ ! -e a.png ]
}

@test "the user's own gnuplot settings change nothing" {
    "$TOOL" lines -x epoch -y acc t.tsv >a.svg
    echo 'set title "mine"' >.gnuplot
    HOME=$PWD "$TOOL" lines -x epoch -y acc t.tsv | cmp - a.svg
}

# ---- spectra of losses: the script tells what is drawn ----

spectrum() { # OUT KEY=VALUE... <ROWS
    /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "no numpy"
    /usr/bin/python3 "$NAI_TOP/tests/lib/spectrum.py" "$@"
}

series() { sed -n "/^\$s$1 <</,/^E/p" | sed '1d;$d'; } # the rows of series N

@test "a Hessian: negative eigenvalues are a series from the bottom, rounding is left out" {
    printf '%s\n' 8 4 2 1e-18 -1e-18 -1 -2 -16 | spectrum h.nts dim=8 n=3
    "$TOOL" spectrum --no-fit h.nts >h.svg
    grep -q '>loss (2 of 8 are rounding)<' h.svg
    grep -q '>loss: −λ of 3 negative, rank from the bottom<' h.svg
    want=$("$NAI_BIN/nai-alpha" --json --range 1:3 h.nts | jq -r .alpha)
    "$TOOL" spectrum --range 1:3 h.nts | grep -qF "α $(printf %.3f "$want") "
    refused 4 "pass the 4 positive eigenvalues" spectrum --range 1:6 h.nts
    refused 4 "both signs" spectrum --normalise --no-fit h.nts
    fake_gnuplot cat
    "$TOOL" spectrum --no-fit h.nts >script
    printf '%s\n' '1 8 0' '2 4 0' '3 2 0' | diff - <(series 0 <script)
    printf '%s\n' '1 16 0' '2 2 0' '3 1 0' | diff - <(series 1 <script)
}

@test "a part of a spectrum: values at their ranks, nothing drawn over the gap" {
    printf '%s\n' 8 4 .5 .25 | spectrum plus.nts dim=200 bottom=2
    printf '%s\n' 8 4 -.25 -.5 | spectrum both.nts dim=200 bottom=2 rank=180
    "$TOOL" spectrum --no-fit plus.nts | grep -q '>loss<'
    fake_gnuplot cat
    "$TOOL" spectrum --no-fit --reference 1 plus.nts >script
    printf '%s\n' '1 8 0' '2 4 0' '' '199 0.5 0' '200 0.25 0' | diff - <(series 0 <script)
    series 1 <script | tail -n 1 | grep -q '^32 0.25 ' # the reference, as far as the axis
    "$TOOL" spectrum --no-fit both.nts >script
    printf '%s\n' '1 8 0' '2 4 0' '' | diff - <(series 0 <script)
    printf '%s\n' '1 0.5 0' '2 0.25 0' | diff - <(series 1 <script)
}

@test "a density: Gaussians of the width asked for, with the area 1, down to a tenth of a value" {
    printf '%s\n' '1 0.25' '0 0.75' | spectrum d.nts dim=100 vectors=1
    "$TOOL" spectrum d.nts >d.svg
    grep -q '>σ 0.005 of the range<' d.svg
    grep -q '>eigenvalue<' d.svg
    grep -q '>density<' d.svg
    "$TOOL" spectrum d.nts -o d.png
    "$TOOL" spectrum d.nts --term | grep -q 'A loss'
    fake_gnuplot cat
    "$TOOL" spectrum --sigma 0.1 d.nts >script
    grep -q '^set logscale y' script
    lacks -q '^set logscale x' script
    # peaks w / (sigma sqrt(2 pi)), the floor a tenth of one in a hundred
    series 0 <script | awk '
        function near(a, b, tol) { return a - b < tol && b - a < tol }
        NF { n++; sum += $2 * 0.025; if ($2 < 0.0019) low++
             if (near($1, 0, 1e-9)) zero = $2; if (near($1, 1, 1e-9)) one = $2 }
        END { print n, sum, zero, one, low
              exit !(near(sum, 1, 1e-3) && near(zero, 2.992067, 1e-5) && near(one, 0.997356, 1e-5) && !low) }'
    # far apart, two curves and nothing between them
    "$TOOL" spectrum d.nts >script
    series 0 <script | awk 'NF && $1 > 0.1 && $1 < 0.9 { bad = 1 } !NF { gaps++ } END { exit bad || gaps != 2 }'
}

@test "densities and ranks are not of one picture" {
    printf '%s\n' '1 0.25' '0 0.75' | spectrum d.nts dim=100 vectors=1
    refused 2 "density of eigenvalues, 'law.csv: law.csv' has their ranks" spectrum law.csv d.nts --no-fit
    refused 2 "--sigma is for densities" spectrum law.csv --sigma 0.1
    refused 2 "a density of eigenvalues, not their ranks" spectrum d.nts --range 1:2
    refused 2 "a density of eigenvalues, not their ranks" spectrum d.nts --normalise
    refused 2 "are for spectra" lines -x epoch -y acc --sigma 0.1 t.tsv
    printf '%s\n' '0 1' | spectrum one.nts dim=100 # no range at all
    "$TOOL" spectrum one.nts d.nts --names a,b | grep -q '>a<'
}
