# close.awk - are two CSV files of numbers alike? -v tol=: relative to the largest magnitude of each column
# SPDX-License-Identifier: MIT
# Usage: awk -v tol=1e-12 -f close.awk A B   Prints the worst difference; exit 1 when it is over tol, or NaN.
BEGIN { FS = "," }
FNR == NR { for (c = 1; c <= NF; c++) a[FNR, c] = $c; lines = FNR; next }
{
    for (c = 1; c <= NF; c++) {
        if (FNR == 1 && a[1, c] == $c) continue # names
        x = a[FNR, c] + 0; y = $c + 0
        d = x - y; if (d < 0) d = -d
        m = y < 0 ? -y : y
        if (!(d <= worst[c])) worst[c] = d
        if (m > most[c]) most[c] = m
    }
    n = FNR
}
END {
    if (n != lines || n < 2) { print "lines differ: " lines " and " n; exit 1 }
    for (c in worst) { r = most[c] > 0 ? worst[c] / most[c] : worst[c]; if (!(r <= all)) all = r }
    print all
    exit !(all <= tol)
}
