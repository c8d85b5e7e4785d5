# limits.awk - what Figures 7 and 8 say of the limits: lines of claims.tsv
# SPDX-License-Identifier: MIT
# Usage: awk -f stats.awk -f limits.awk fig7.tsv fig8.tsv

BEGIN { FS = "\t" }
FNR == 1 {
    split("", at)
    for (i = 1; i <= NF; i++) at[$i] = i
    noise = "sigma" in at
    next
}
{
    side = $at["side"]
    group = noise ? "σ = " $at["sigma"] " ‖g‖" : $at["dim"] " dimensions"
    if (!(group in figure)) {
        order[++groups] = group
        figure[group] = noise ? ($at["sigma"] == 0 ? "7A" : "7B") : $at["dim"] == 25 ? "7C, 8C" : "8"
    }
    cells[group, side]++
    broken[group, side] += side == "fall" && $at["fell"] != $at["models"]
    broken[group, side] += side == "rise" && $at["fell"] != 0
}
!noise && $at["at"] == "pac" {
    d = $at["dim"]
    if (!(d in models)) dim[++dims] = d
    models[d] += $at["models"]
    teachers[d]++; share[d] += $at["share"]; squares[d] += $at["share"] ^ 2
}
END {
    for (i = 1; i <= groups; i++) {
        group = order[i]
        for (k = 1; k <= 2; k++) {
            side = k == 1 ? "fall" : "rise"
            if (cells[group, side])
                claim(figure[group], group ": cells where the loss must " side " and does not", 0, \
                    broken[group, side], "", "", cells[group, side], \
                    broken[group, side] == 0 ? "yes" : "no", "theorem")
        }
    }
    for (i = 1; i <= dims; i++) {
        d = dim[i]
        mean_of(teachers[d], share[d], squares[d], ci) # those of one teacher are not independent
        if (ci["half"] == 0) wilson(teachers[d] * ci["mean"], teachers[d], ci)
        claim("8", "share that descends at the stricter limit, " d " dimensions", d == 5 ? 0.95 : "", \
            ci["mean"], ci["lo"], ci["hi"] > 1 ? 1 : ci["hi"], models[d], "", "")
    }
}
