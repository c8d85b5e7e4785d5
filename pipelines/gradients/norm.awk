# norm.awk - what Figure 4 says: lines of claims.tsv; and the tables of its pictures
# SPDX-License-Identifier: MIT
# Usage: awk -v small=NORM -v shown=B,... -v out=NAME -f stats.awk -f norm.awk TABLE   small is the norm of the
# gradient up to which it is called small; shown are the biases of picture A, the first of which the others
# are compared with. Writes NAMEa.tsv, NAMEa-theory.tsv, NAMEb.tsv and NAMEb-theory.tsv.

BEGIN { FS = "\t"; shows = split(shown, show, ","); for (i = 1; i <= shows; i++) is_shown[show[i]] = 1 }
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print "bias\tgrad_norm\tmeasured" >(out "a.tsv"); next }
{
    t = $at["teacher"]; b = $at["bias"]; g = $at["grad_norm"]; y = $at["measured"]
    along = $at["linear"] + $at["cross"]
    if (!(b in runs)) bias[++biases] = b
    if (!(t in seen)) { seen[t]; teacher[++teachers] = t }
    runs[b]++
    off += (y - along - $at["quadratic"]) ^ 2; all += y ^ 2
    # The term that is linear in the norm helps or hinders, by the angle: the norm gets its sign.
    x = along < 0 ? -g : g
    n[t, b]++; sx[t, b] += x; sy[t, b] += y; sxx[t, b] += x * x; sxy[t, b] += x * y; syy[t, b] += y * y
    along_all[b] += abs(along); norm_all[b] += g
    quadratic[b] += $at["quadratic"]
    if (g > most) most = g
    if (g <= small) {
        low[b]++; low_y[b] += y; low_yy[b] += y * y; hinders[b] += y > 0
        tn[t, b]++; ty[t, b] += y
    }
    if ((b in is_shown) && $at["student"] == 1) print b "\t" g "\t" y >(out "a.tsv")
}
# Of one teacher and bias.
function fit(t, b,   k) {
    k = t SUBSEP b
    slope = (sxy[k] - sx[k] * sy[k] / n[k]) / (sxx[k] - sx[k] ^ 2 / n[k])
    at0 = (sy[k] - slope * sx[k]) / n[k]
    r2 = (sxy[k] - sx[k] * sy[k] / n[k]) ^ 2 / ((sxx[k] - sx[k] ^ 2 / n[k]) * (syy[k] - sy[k] ^ 2 / n[k]))
}
# Means over teachers of log(a / b) / log of the ratio of biases, and of r2.
function powers(b0, b,   i, v, u, s0, a0, r) {
    ps = pss = qs = qss = rs = 0; pn = 0
    for (i = 1; i <= teachers; i++) {
        fit(teacher[i], b0); s0 = slope; a0 = at0
        fit(teacher[i], b); rs += r2
        v = slope / s0; ps += v; pss += v * v
        u = log(at0 / a0) / log(b / b0); qs += u; qss += u * u
        pn++
    }
}
END {
    off = sqrt(off / all)
    claim("4", "Lemma 2.1: its error over the change of the loss, root mean square", 0, off, "", "", NR - 1, \
        off <= 1e-6 ? "yes" : "no", "theorem")
    for (i = 2; i <= shows; i++) {
        powers(show[1], show[i])
        mean_of(pn, ps, pss, ci)
        claim("4A", "slope against the norm at b = " show[i] ", over that at b = " show[1], show[i] / show[1], ci["mean"], \
            ci["lo"], ci["hi"], pn, "", "")
    }
    claim("4A", "R2 of those lines at b = " show[shows] ", mean over teachers", "", rs / pn, "", "", pn, "", "")
    mean_of(pn, qs, qss, ci)
    claim("4B", "power of b that the impact at norm 0 grows by, " show[1] " to " show[shows], 2, ci["mean"], ci["lo"], ci["hi"], \
        pn, "", "")
    print "bias\tmeasured\thalf\tquadratic" >(out "b.tsv")
    print "bias\tmeasured" >(out "b-theory.tsv")
    k = 0
    for (i = 1; i <= biases; i++) {
        b = bias[i]
        if (low[b]) {
            s = ss = m = 0
            for (j = 1; j <= teachers; j++) if (tn[teacher[j], b]) {
                v = ty[teacher[j], b] / tn[teacher[j], b]; s += v; ss += v * v; m++
            }
            mean_of(m, s, ss, ci)
            printf "%s\t%.10g\t%.10g\t%.10g\n", b, ci["mean"], ci["half"], quadratic[b] / runs[b] >(out "b.tsv")
            if (ci["mean"] > 0) { k++; lx[k] = log(b); ly[k] = log(ci["mean"]) }
        }
        for (x = 0.5; x <= 1; x += 0.05) # to the next bias
            if (i == biases) { if (x == 0.5) printf "%s\t%.10g\n", b, quadratic[b] / runs[b] >(out "b-theory.tsv") }
            else {
                v = b + (bias[i + 1] - b) * (x - 0.5) * 2
                printf "%.10g\t%.10g\n", v, quadratic[b] / runs[b] * (v / b) ^ 2 >(out "b-theory.tsv")
            }
    }
    b = show[1]
    wilson(hinders[b], low[b], ci)
    claim("4B", "share that bias hinders where the norm is at most " sprintf("%.3g", small) ", b = " b, 1, \
        hinders[b] / low[b], ci["lo"], ci["hi"], low[b], "", "")
    if (k > 2) {
        line_of(k, lx, ly, fit2)
        claim("4B", "power of b that it grows by there", 2, fit2["slope"], fit2["lo"], fit2["hi"], k, "", "")
    }
    print "grad_norm\tmeasured" >(out "a-theory.tsv")
    for (i = 1; i <= shows; i++) for (s = -1; s <= 1; s += 2) {
        b = show[i]
        printf "0\t%.10g\n%.10g\t%.10g\n\t\n", quadratic[b] / runs[b], most, \
            quadratic[b] / runs[b] + s * most * along_all[b] / norm_all[b] >(out "a-theory.tsv")
    }
}
