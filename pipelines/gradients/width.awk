# width.awk - what Figure 3A says: lines of claims.tsv; and the table of its picture
# SPDX-License-Identifier: MIT
# Usage: awk -v dim=INPUTS -v out=NAME -f stats.awk -f width.awk TABLE   writes NAME.tsv, NAME-theory.tsv and
# NAME-inputs.tsv, a line at the width of the inputs.

BEGIN { FS = "\t" }
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{
    w = $at["width"]; t = $at["teacher"]; s = $at["sigma"]; y = $at["measured"]; p = $at["predicted"]
    if (!(w in seen_w)) { seen_w[w]; width[++widths] = w }
    if (!(t in seen_t)) { seen_t[t]; teacher[++teachers] = t }
    if (!(s in seen_s)) { seen_s[s]; sigma[++sigmas] = s }
    n[w, t, s]++; sum[w, t, s] += y; all_p[w, s] += p; all_n[w, s]++
    unit[w, t] += y / s ^ 2; units[w, t]++ # at sigma 1
    ratio_m[t] += y / s ^ 2; ratio_p[t] += p / s ^ 2
    helps += y < 0
    if (!lowest || y < lowest) lowest = y
    if (y > highest) highest = y
}
# Mean over teachers of sigma s at width w: ci.
function at_width(w, s,   j, v, a, b) {
    for (j = 1; j <= teachers; j++) { v = sum[w, teacher[j], s] / n[w, teacher[j], s]; a += v; b += v * v }
    mean_of(teachers, a, b, ci)
}
END {
    print "width\tsigma\tmeasured\thalf\tpredicted" >(out ".tsv")
    print "width\tmeasured" >(out "-theory.tsv")
    for (i = 1; i <= sigmas; i++) {
        for (k = 1; k <= widths; k++) {
            w = width[k]; s = sigma[i]
            at_width(w, s)
            printf "%d\t%s\t%.10g\t%.10g\t%.10g\n", w, s, ci["mean"], ci["half"], all_p[w, s] / all_n[w, s] >(out ".tsv")
            printf "%d\t%.10g\n", w, all_p[w, s] / all_n[w, s] >(out "-theory.tsv")
        }
        print "\t" >(out "-theory.tsv")
    }
    printf "width\tmeasured\n%d\t%.10g\n%d\t%.10g\n", dim, lowest / 2, dim, 2 * highest >(out "-inputs.tsv")

    claim("3A", "runs that variance helps, of a loss that is convex", 0, helps, "", "", NR - 1, helps ? "no" : "yes", "theorem")
    a = b = 0
    for (j = 1; j <= teachers; j++) { v = ratio_m[teacher[j]] / ratio_p[teacher[j]]; a += v; b += v * v }
    mean_of(teachers, a, b, ci)
    claim("3A", "impact of variance, measured over predicted by Lemma 2.1", 1, ci["mean"], ci["lo"], ci["hi"], NR - 1, "", "")
    # from the inputs on
    a = b = c = d = m = 0
    for (j = 1; j <= teachers; j++) {
        t = teacher[j]; k = 0
        for (i = 1; i <= widths; i++) if (width[i] >= dim && unit[width[i], t] > 0) {
            k++; x[k] = log(width[i]); z[k] = log(unit[width[i], t] / units[width[i], t])
        }
        if (k > 1) { line_of(k, x, z, fit); a += fit["slope"]; b += fit["slope"] ^ 2; m++ }
        narrow = wide = 0
        for (i = 1; i <= widths; i++) if (width[i] < dim) { if (!narrow) narrow = width[i]; wide = width[i] }
        if (wide > narrow) {
            v = unit[wide, t] / units[wide, t] / (unit[narrow, t] / units[narrow, t]); c += v; d += v * v
        }
    }
    if (m) {
        mean_of(m, a, b, ci)
        claim("3A", "power of the width that the impact goes by, from " dim " units on", "< 0", ci["mean"], ci["lo"], ci["hi"], m, \
            below(ci["lo"], ci["hi"], 0), "")
    }
    if (wide > narrow) {
        mean_of(teachers, c, d, ci)
        claim("3A", "impact at " wide " units over that at " narrow, 1, ci["mean"], ci["lo"], ci["hi"], teachers, "", "")
    }
    if (sigmas > 1) {
        a = b = 0
        for (j = 1; j <= teachers; j++) {
            t = teacher[j]; w = width[1]
            v = log(sum[w, t, sigma[sigmas]] / n[w, t, sigma[sigmas]] / (sum[w, t, sigma[1]] / n[w, t, sigma[1]])) / \
                log(sigma[sigmas] / sigma[1])
            a += v; b += v * v
        }
        mean_of(teachers, a, b, ci)
        claim("3A", "power of sigma that the impact grows by", 2, ci["mean"], ci["lo"], ci["hi"], teachers, "", "")
    }
}
