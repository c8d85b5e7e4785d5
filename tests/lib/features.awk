# features.awk - a CSV of features with a power-law covariance: -v rows= -v dim= [-v offset= -v seed=]
# SPDX-License-Identifier: MIT
function u() { s = (s * 16807) % 2147483647; return s / 2147483647 } # Park-Miller
function g() { return sqrt(-2 * log(u())) * cos(6.283185307179586 * u()) }
BEGIN {
    s = seed + 12345
    for (j = 1; j <= dim; j++) printf "f%d,", j
    print "y"
    for (i = 0; i < rows; i++) {
        for (j = 1; j <= dim; j++) printf "%.17g,", offset + g() / sqrt(j)
        print int(u() * 3)
    }
}
