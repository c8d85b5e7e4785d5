# sweep.awk - what Figure 1 says: lines of claims.tsv; and the table of its pictures
# SPDX-License-Identifier: MIT
# Usage: awk -v tested=ROWS -v out=NAME -f stats.awk -f sweep.awk TABLE   writes NAME.tsv, means over seeds.

BEGIN { FS = "\t" }
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{
    cell = $at["noise"] "\t" $at["bias"]
    if (!(cell in n)) order[++cells] = cell
    n[cell]++; train[cell] += $at["train"]; test[cell] += $at["test"]
}
function interval(d) { # that of a difference of two shares of as many rows each
    ci["lo"] = d - 1.96 * error; ci["hi"] = d + 1.96 * error
}
END {
    print "noise\tbias\tseeds\ttrain\ttest" >(out ".tsv")
    for (i = 1; i <= cells; i++) {
        c = order[i]; train[c] /= n[c]; test[c] /= n[c]
        printf "%s\t%d\t%.6g\t%.6g\n", c, n[c], train[c], test[c] >(out ".tsv")
        if (c == "0\t0") none = c
        if (last == "" || test[c] > test[best]) best = c
        last = c
    }
    if (none == "") exit 1
    error = sqrt(2 * test[none] * (1 - test[none]) / (tested * n[none]))
    split(worst, w, "\t"); split(best, b, "\t"); split(last, l, "\t")
    d = train[last] - train[none]
    claim("1", "train accuracy with the most noise and bias (" l[1] ", " l[2] " of the norm), less that without", "< 0", d, "", "", n[last], \
        below(d, d, 0), "")
    d = test[last] - test[none]; interval(d)
    claim("1", "test accuracy, the same", "< 0", d, ci["lo"], ci["hi"], n[last], below(ci["lo"], ci["hi"], 0), "")
    d = test[best] - test[none]; interval(d)
    claim("1", "test accuracy at its best (noise " b[1] ", bias " b[2] "), less that without", "> 0", d, ci["lo"], ci["hi"], n[best], \
        below(-ci["hi"], -ci["lo"], 0), "")
}
