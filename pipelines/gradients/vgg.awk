# vgg.awk - what Figures 5 and 6 say: lines of claims.tsv; and the tables of their pictures
# SPDX-License-Identifier: MIT
# Usage: awk -v out=NAME -f stats.awk -f vgg.awk TABLE   writes NAME-deeper.tsv and NAME-wider.tsv: means over
# steps and seeds of the size of the impact and of the norm of the gradient. Intervals are of the seeds.

BEGIN { FS = "\t" }
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
{
    p = $at["panel"]; x = p == "deeper" ? $at["depth"] : $at["width"]; s = $at["seed"]
    kind = $at["bias"] == 0 ? "variance" : "bias"
    if (!((p, x) in seen)) { seen[p, x]; level[p, ++levels[p]] = x }
    if (!(s in seen_s)) { seen_s[s]; seed[++seeds] = s }
    n[p, x, s, kind]++
    size[p, x, s, kind] += abs($at["measured"])
    norm[p, x, s] += $at["bias"] == 0 ? 0 : $at["grad_norm"]
    params[p, x] = $at["params"]
    if (kind == "bias") { points++; u[points] = log($at["grad_norm"]); v[points] = log(abs($at["measured"]) + 1e-300) }
}
function value(p, x, s, kind) {
    return kind == "norm" ? norm[p, x, s] / n[p, x, s, "bias"] : size[p, x, s, kind] / n[p, x, s, kind]
}
# Mean of one level over seeds: ci.
function at_level(p, x, kind,   i, y, a, b) {
    for (i = 1; i <= seeds; i++) { y = value(p, x, seed[i], kind); a += y; b += y * y }
    mean_of(seeds, a, b, ci)
}
# The last level over the first, a geometric mean over seeds: a claim that it is below 1.
function ratio(figure, p, kind, what,   i, y, a, b, lo, hi) {
    if (levels[p] < 2) return
    lo = level[p, 1]; hi = level[p, levels[p]]
    for (i = 1; i <= seeds; i++) { y = log(value(p, hi, seed[i], kind) / value(p, lo, seed[i], kind)); a += y; b += y * y }
    mean_of(seeds, a, b, ci)
    claim(figure, what ": " (p == "deeper" ? "VGG-" hi " over VGG-" lo : "width " hi " over width " lo), "< 1", \
        exp(ci["mean"]), exp(ci["lo"]), exp(ci["hi"]), seeds, below(ci["lo"], ci["hi"], 0), "")
}
END {
    for (k = 1; k <= 2; k++) {
        p = k == 1 ? "deeper" : "wider"; file = out "-" p ".tsv"
        print (k == 1 ? "depth" : "width") "\tparams\tvariance\tvariance_half\tbias\tbias_half\tgrad_norm\tnorm_half" >file
        for (i = 1; i <= levels[p]; i++) {
            x = level[p, i]; line = x "\t" params[p, x]
            for (j = 1; j <= 3; j++) {
                at_level(p, x, j == 1 ? "variance" : j == 2 ? "bias" : "norm")
                line = line sprintf("\t%.10g\t%.10g", ci["mean"], ci["half"])
            }
            print line >file
        }
    }
    ratio("5A", "deeper", "variance", "size of the impact of variance")
    ratio("5B", "wider", "variance", "size of the impact of variance")
    ratio("6A", "deeper", "bias", "size of the impact of bias")
    ratio("6B", "deeper", "norm", "norm of the gradient")
    line_of(points, u, v, fit)
    claim("6", "power of the norm of the gradient that the impact of bias goes by", 1, fit["slope"], fit["lo"], fit["hi"], points, "", "")
}
