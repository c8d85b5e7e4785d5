# table.awk - a table of random features whose variance decays, as CSV with a label
# SPDX-License-Identifier: MIT
#
# Usage: awk -v seed=1 -v rows=300 -v dim=60 -f table.awk
#
# Columns f1 to f<dim>, standard deviation j^-0.7, and kind, cat or dog. The numbers come from a
# generator of its own, so they are the same for every awk. With shared=S, half of each number comes
# from the seed S: two tables with the same S are repeats of each other.

function uniform(k) { # Lehmer's generator of Park and Miller, exact in doubles
    state[k] = (state[k] * 16807) % 2147483647
    return state[k] / 2147483647
}

function bell(k) { return uniform(k) + uniform(k) + uniform(k) + uniform(k) - 2 }

BEGIN {
    state[0] = seed * 7919 + 12345
    state[1] = shared * 104729 + 54321
    for (j = 1; j <= dim; j++)
        printf "f%d,", j
    print "kind"
    for (i = 0; i < rows; i++) {
        for (j = 1; j <= dim; j++) {
            x = bell(0)
            if (shared)
                x = (x + bell(1)) / 2
            printf "%.6g,", x * j ^ -0.7
        }
        print (uniform(0) < 0.5 ? "cat" : "dog")
    }
}
