/* alpha.c - see alpha.h
 * SPDX-License-Identifier: MIT */
#include "alpha.h"

#include <math.h>
#include <string.h>

#include "rank.h"

/* RankMe and the effective rank want all min(n, dim) singular values of the features as they are,
 * not centred; where the spectrum does not have those, there is no number. */
static int singular(struct nai_alpha *a, const struct nai_spectrum *s, struct nai_err *err)
{
    const bool uncentred = strcmp(s->scaling, "uncentred") == 0;
    const double *const v = s->uncentred ? s->uncentred : uncentred ? s->lambda : NULL;
    int rc;

    if (!v || !nai_spectrum_whole(s))
        return NAI_OK;
    rc = nai_rankme(&a->rankme, v, s->len, err);
    return rc == NAI_OK ? nai_erank(&a->erank, v, s->len, err) : rc;
}

/* Is nothing below 0 that a sum over the spectrum should not cancel against? Of a Hessian's largest
 * eigenvalues alone that is not known. */
static bool countable(const struct nai_spectrum *s)
{
    const bool seen = nai_spectrum_whole(s) || s->bottom > 0;

    return strcmp(s->scaling, "hessian") != 0 || (seen && !nai_spectrum_indefinite(s));
}

static int tail_share(double *tail, const struct nai_spectrum *s, size_t rank, struct nai_err *err)
{
    double head = 0;

    if (rank > nai_spectrum_head(s))
        return nai_err_set(err, NAI_EUSAGE, "--tail %zu passes the %zu eigenvalues", rank,
                           nai_spectrum_head(s));
    if (!countable(s))
        return NAI_OK;
    if (nai_spectrum_whole(s))
        return nai_tail_share(tail, s->lambda, s->len, rank, err);
    for (size_t j = 0; j + 1 < rank; j++)
        head += s->lambda[j];
    *tail = 1 - head / s->trace;
    return NAI_OK;
}

/* Participation ratio and stable rank. */
static int ratios(struct nai_alpha *a, const struct nai_spectrum *s, struct nai_err *err)
{
    int rc = NAI_OK;

    if (!countable(s))
        return NAI_OK;
    if (nai_spectrum_whole(s)) {
        rc = nai_participation_ratio(&a->pr, s->lambda, s->len, err);
        if (rc == NAI_OK)
            rc = nai_stable_rank(&a->stable_rank, s->lambda, s->len, err);
    } else if (isfinite(s->trace) && isfinite(s->sumsq)) {
        a->pr = s->trace * s->trace / s->sumsq;
        a->stable_rank = s->trace / s->lambda[0];
    }
    return rc;
}

int nai_alpha_measure(struct nai_alpha *a, const struct nai_spectrum *s, const struct nai_window *w,
                      size_t tail_rank, bool mle, struct nai_err *err)
{
    const bool whole = nai_spectrum_whole(s);
    int rc;

    *a = (struct nai_alpha){.rankme = NAN,
                            .erank = NAN,
                            .pr = NAN,
                            .stable_rank = NAN,
                            .lidar = NAN,
                            .tail = NAN,
                            .mle = {NAN, NAN, NAN, NAN, 0}};
    for (size_t j = w ? w->lo : 1; w && j <= w->hi; j++)
        a->negative += s->lambda[j - 1] < 0;
    rc = w ? nai_powerlaw_fit(&a->fit, s->lambda, s->len, w->lo, w->hi,
                              w->by_rank ? NAI_WEIGHT_RANK : NAI_WEIGHT_ONE, err)
           : NAI_OK;
    /* A spectrum of zeros, of one row or of constant features, has no dimensions to count. */
    if (rc != NAI_OK || s->len == 0 || !(s->lambda[0] > 0))
        return rc;
    rc = singular(a, s, err);
    if (rc == NAI_OK && whole && strcmp(s->scaling, "lidar") == 0)
        rc = nai_lidar(&a->lidar, s->lambda, s->len, s->dim, err);
    if (rc == NAI_OK)
        rc = ratios(a, s, err);
    if (rc == NAI_OK && tail_rank)
        rc = tail_share(&a->tail, s, tail_rank, err);
    if (rc == NAI_OK && mle && whole)
        rc = nai_mle_fit(&a->mle, s->lambda, s->len, err);
    return rc;
}
