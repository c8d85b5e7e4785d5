/* rank.c - see rank.h
 * SPDX-License-Identifier: MIT */
#include "rank.h"

#include <math.h>

static int check(const double *lambda, size_t n, struct nai_err *err)
{
    if (n == 0)
        return nai_err_set(err, NAI_EUSAGE, "an empty spectrum has no rank");
    for (size_t j = 0; j < n; j++)
        if (!isfinite(lambda[j]))
            return nai_err_set(err, NAI_ENUMERIC, "eigenvalue %zu is not finite", j + 1);
    return NAI_OK;
}

static int not_positive(struct nai_err *err)
{
    return nai_err_set(err, NAI_ENUMERIC, "the spectrum's sum is not positive");
}

static double sigma(double lambda)
{
    return lambda > 0 ? sqrt(lambda) : 0;
}

static int entropy_rank(double *out, const double *lambda, size_t n, double eps,
                        struct nai_err *err)
{
    const int status = check(lambda, n, err);
    double sum = 0, entropy = 0;

    if (status != NAI_OK)
        return status;
    for (size_t j = 0; j < n; j++)
        sum += sigma(lambda[j]);
    if (!(sum > 0))
        return not_positive(err);
    for (size_t j = 0; j < n; j++) {
        const double p = sigma(lambda[j]) / sum + eps;
        if (p > 0)
            entropy -= p * log(p);
    }
    *out = exp(entropy);
    return NAI_OK;
}

int nai_rankme(double *out, const double *lambda, size_t n, struct nai_err *err)
{
    return entropy_rank(out, lambda, n, 1e-7, err);
}

int nai_erank(double *out, const double *lambda, size_t n, struct nai_err *err)
{
    return entropy_rank(out, lambda, n, 0, err);
}

int nai_lidar(double *out, const double *lambda, size_t n, size_t dim, struct nai_err *err)
{
    const double eps = 1e-7;
    const int status = check(lambda, n, err);
    double sum = 0, entropy = 0;

    if (status != NAI_OK)
        return status;
    if (n > dim)
        return nai_err_set(err, NAI_EUSAGE, "%zu eigenvalues of %zu features", n, dim);
    for (size_t j = 0; j < n; j++)
        sum += fmax(lambda[j], 0);
    if (!(sum > 0))
        return not_positive(err);
    for (size_t j = 0; j < n; j++) {
        const double p = fmax(lambda[j], 0) / sum + eps;
        entropy -= p * log(p);
    }
    *out = exp(entropy - (double)(dim - n) * eps * log(eps));
    return NAI_OK;
}

/* The largest magnitude, so that squares neither over- nor underflow. */
static int scaled_sums(double *sum, double *squares, double *largest, const double *lambda,
                       size_t n, struct nai_err *err)
{
    const int status = check(lambda, n, err);
    double scale = 0;

    if (status != NAI_OK)
        return status;
    *sum = *squares = *largest = 0;
    for (size_t j = 0; j < n; j++)
        scale = fmax(scale, fabs(lambda[j]));
    for (size_t j = 0; scale > 0 && j < n; j++) {
        const double v = lambda[j] / scale;
        *sum += v;
        *squares += v * v;
        *largest = fmax(*largest, v);
    }
    return *sum > 0 ? NAI_OK : not_positive(err);
}

int nai_participation_ratio(double *out, const double *lambda, size_t n, struct nai_err *err)
{
    double sum, squares, largest;
    const int status = scaled_sums(&sum, &squares, &largest, lambda, n, err);

    if (status == NAI_OK)
        *out = sum * sum / squares;
    return status;
}

int nai_stable_rank(double *out, const double *lambda, size_t n, struct nai_err *err)
{
    double sum, squares, largest;
    const int status = scaled_sums(&sum, &squares, &largest, lambda, n, err);

    if (status == NAI_OK)
        *out = sum / largest;
    return status;
}

int nai_tail_share(double *out, const double *lambda, size_t n, size_t rank, struct nai_err *err)
{
    double tail = 0, head = 0;
    const int status = check(lambda, n, err);

    if (status != NAI_OK)
        return status;
    if (rank < 1 || rank > n)
        return nai_err_set(err, NAI_EUSAGE, "rank %zu of %zu", rank, n);
    for (size_t j = n; j-- > rank - 1;) /* from the small end, for accuracy */
        tail += lambda[j];
    for (size_t j = rank - 1; j-- > 0;)
        head += lambda[j];
    if (!(tail + head > 0))
        return not_positive(err);
    *out = tail / (tail + head);
    return NAI_OK;
}
