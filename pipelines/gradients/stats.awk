# stats.awk - means, slopes and shares with 95 % intervals
# SPDX-License-Identifier: MIT

function abs(x) { return x < 0 ? -x : x }
function sqr(x) { return x * x }

# The 0.975 quantile of Student's t: Hill (1970), Algorithm 396, to about four digits from 3 degrees on.
function t975(df,   z, z3, z5) {
    if (df < 1) return "nan"
    if (df == 1) return 12.7062
    if (df == 2) return 4.30265
    z = 1.959964; z3 = z ^ 3; z5 = z ^ 5
    return z + (z3 + z) / (4 * df) + (5 * z5 + 16 * z3 + 3 * z) / (96 * df ^ 2) + \
        (3 * z ^ 7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * df ^ 3)
}

# Wilson's interval of k of n: out["lo"], out["hi"].
function wilson(k, n, out,   z, p, c, w) {
    z = 1.959964; p = k / n
    c = (p + z * z / (2 * n)) / (1 + z * z / n)
    w = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    out["lo"] = c - w < 0 || k == 0 ? 0 : c - w
    out["hi"] = c + w > 1 || k == n ? 1 : c + w
}

# Mean and interval from n, sum and sum of squares: out["mean"], ["half"], ["lo"], ["hi"].
function mean_of(n, sum, squares, out,   v) {
    out["mean"] = sum / n
    v = n > 1 ? (squares - sum * sum / n) / (n - 1) : 0
    out["half"] = n > 1 && v > 0 ? t975(n - 1) * sqrt(v / n) : 0
    out["lo"] = out["mean"] - out["half"]
    out["hi"] = out["mean"] + out["half"]
}

# Least squares of y[1..n] on x[1..n]: out["slope"], ["at0"], ["r2"], ["lo"], ["hi"] of the slope.
function line_of(n, x, y, out,   i, mx, my, sxx, sxy, syy, se) {
    for (i = 1; i <= n; i++) { mx += x[i] / n; my += y[i] / n }
    for (i = 1; i <= n; i++) {
        sxx += (x[i] - mx) ^ 2; sxy += (x[i] - mx) * (y[i] - my); syy += (y[i] - my) ^ 2
    }
    out["slope"] = sxy / sxx
    out["at0"] = my - out["slope"] * mx
    out["r2"] = syy > 0 ? sxy ^ 2 / (sxx * syy) : 1
    se = n > 2 ? sqrt(abs(syy - sxy ^ 2 / sxx) / (n - 2) / sxx) : 0
    out["lo"] = out["slope"] - (n > 2 ? t975(n - 2) : 0) * se
    out["hi"] = out["slope"] + (n > 2 ? t975(n - 2) : 0) * se
}

# Whether an interval lies below a bound: yes, no, or open where it holds both sides.
function below(lo, hi, bound) { return hi < bound ? "yes" : lo > bound ? "no" : "open" }

# A line of claims.tsv. paper and difference may be "", and so may the interval. holds: yes, no or open, "" where
# the paper claims no sign; sure: "theorem" where anything but yes is an error.
function claim(figure, what, paper, ours, lo, hi, n, holds, sure) {
    printf "%s\t%s\t%s\t%.4g\t%s\t%s\t%s\t%d\t%s\t%s\n", figure, what, paper, ours, \
        paper == "" || paper + 0 != paper ? "" : sprintf("%.3g", ours - paper), \
        lo == "" ? "" : sprintf("%.4g", lo), hi == "" ? "" : sprintf("%.4g", hi), n, holds, sure
}
