# depth.awk - what Figures 3B and C say: lines of claims.tsv; and the table of their pictures
# SPDX-License-Identifier: MIT
# Usage: awk -v teacher_width=W -v out=NAME -f stats.awk -f depth.awk TABLE   writes NAME.tsv, and NAME-teacher.tsv, a
# line at the teacher's width. The impact is the mean over steps of what was measured.

BEGIN { FS = "\t" }
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{
    d = $at["depth"]; w = $at["width"]; a = $at["activation"]; u = $at["teacher"] " " $at["student"]
    y = $at["measured"]; p = $at["predicted"]
    if (!(d in seen_d)) { seen_d[d]; depth[++depths] = d }
    if (!(w in seen_w)) { seen_w[w]; width[++widths] = w }
    if (!(a in seen_a)) { seen_a[a]; act[++acts] = a }
    if (!(u in seen_u)) { seen_u[u]; unit[++units] = u }
    params[d, w] = $at["params"]
    measured[d, w, a, u] = y; predicted[d, w, a, u] = p
    if (!lowest || y < lowest && y > 0) lowest = y
    if (y > highest) highest = y
}
# Slopes of log y on log x over one of depth and width, a mean over the other of each unit, t over units.
function slopes(y, a, deep,   i, j, k, c, v, m, s, ss, n, x, z, fit, key) {
    for (k = 1; k <= units; k++) {
        v = c = 0
        for (j = 1; j <= (deep ? widths : depths); j++) {
            m = 0
            for (i = 1; i <= (deep ? depths : widths); i++) {
                key = deep ? depth[i] SUBSEP width[j] : depth[j] SUBSEP width[i]
                key = key SUBSEP a SUBSEP unit[k]
                if (y[key] > 0) { m++; x[m] = log(deep ? depth[i] : width[i]); z[m] = log(y[key]) }
            }
            if (m > 1) { line_of(m, x, z, fit); v += fit["slope"]; c++ }
        }
        if (c) { v /= c; n++; s += v; ss += v * v }
    }
    mean_of(n, s, ss, ci)
    return n
}
END {
    print "depth\tactivation\twidth\tparams\tmeasured\thalf\tpredicted" >(out ".tsv")
    printf "width\tmeasured\n%d\t%.10g\n%d\t%.10g\n", teacher_width, lowest / 2, teacher_width, 2 * highest >(out "-teacher.tsv")
    for (i = 1; i <= depths; i++) for (j = 1; j <= acts; j++) for (k = 1; k <= widths; k++) {
        s = ss = p = 0
        for (l = 1; l <= units; l++) {
            key = depth[i] SUBSEP width[k] SUBSEP act[j] SUBSEP unit[l]
            s += measured[key]; ss += measured[key] ^ 2; p += predicted[key]
        }
        mean_of(units, s, ss, ci)
        printf "%d\t%s\t%d\t%d\t%.10g\t%.10g\t%.10g\n", depth[i], act[j], width[k], params[depth[i], width[k]], \
            ci["mean"], ci["half"], p / units >(out ".tsv")
    }
    for (j = 1; j <= acts; j++) for (deep = 1; deep >= 0; deep--) {
        if ((deep ? depths : widths) < 2) continue
        m = slopes(measured, act[j], deep)
        claim(deep ? "3B" : "3C", act[j] " students: power of the " (deep ? "depth" : "width") " that the impact goes by", \
            "< 0", ci["mean"], ci["lo"], ci["hi"], m, below(ci["lo"], ci["hi"], 0), "")
        m = slopes(predicted, act[j], deep)
        claim(deep ? "3B" : "3C", "the same as Lemma 2.1 predicts it, by the trace", \
            "< 0", ci["mean"], ci["lo"], ci["hi"], m, below(ci["lo"], ci["hi"], 0), "")
    }
    for (pass = 0; pass < 2 && acts == 2; pass++) { # act[1] linear, act[2] relu
        n = s = ss = 0
        for (l = 1; l <= units; l++) {
            v = c = 0
            for (i = 1; i <= depths; i++) for (k = 1; k <= widths; k++) {
                key = depth[i] SUBSEP width[k] SUBSEP act[1] SUBSEP unit[l]
                other = depth[i] SUBSEP width[k] SUBSEP act[2] SUBSEP unit[l]
                a = pass ? predicted[key] : measured[key]; b = pass ? predicted[other] : measured[other]
                if (a > 0 && b > 0) { v += log(b / a); c++ }
            }
            if (c) { v /= c; n++; s += v; ss += v * v }
        }
        mean_of(n, s, ss, ci)
        claim("3B", pass ? "the same as Lemma 2.1 predicts it, by the trace" : "impact on ReLU students over that on linear ones, geometric mean", \
            "<= 1", exp(ci["mean"]), exp(ci["lo"]), exp(ci["hi"]), n, below(ci["lo"], ci["hi"], 0), "")
    }
}
