# grid.awk - the map of one figure from its table, and the lines of its limits
# SPDX-License-Identifier: MIT
# Usage: awk -v figure=7A|7B|8 [-v dim=D] -v out=NAME -f grid.awk TABLE   writes NAME.tsv, NAME-limit.tsv
# and, of figure 8, NAME-pac.tsv. Teachers are averaged over.

BEGIN {
    FS = OFS = "\t"
    grid = out ".tsv"; line = out "-limit.tsv"; pac = out "-pac.tsv"
}
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
figure ~ /^7/ {
    if ((figure == "7A") != ($at["sigma"] == 0)) next
    if (!cells++) print "lambda_min", "lambda_max", "share" >grid
    print $at["lambda_min"], $at["lambda_max"], $at["share"] >grid
    limit = $at["limit"]
    if ($at["lambda_max"] > most) most = $at["lambda_max"]
}
figure == 8 && $at["dim"] == dim {
    psi = $at["psi"]; ratio = $at["ratio"]
    if ($at["at"] == "grid") {
        if (!((psi, ratio) in models)) { order[++cells] = psi SUBSEP ratio }
        models[psi, ratio] += $at["models"]; fell[psi, ratio] += $at["fell"]
    } else if ($at["at"] == "pac" && !(psi in seen)) {
        if (!lines++) { print "ratio", "psi" >line; print "ratio", "psi" >pac }
        seen[psi]
        print $at["limit"], psi >line
        print $at["limit_pac"], psi >pac
    }
}
END {
    if (!cells) exit 1
    if (figure ~ /^7/) { # upright where the least eigenvalue reaches the limit, level where the largest does
        print "lambda_min", "lambda_max" >line
        print limit, 0 >line; print limit, most >line
        print "", "" >line
        print 0, limit >line; print most, limit >line
        exit
    }
    print "ratio", "psi", "share" >grid
    for (i = 1; i <= cells; i++) {
        split(order[i], key, SUBSEP)
        print key[2], key[1], fell[order[i]] / models[order[i]] >grid
    }
}
