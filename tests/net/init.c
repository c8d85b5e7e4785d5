/* init.c - initial parameters: their distributions, by moments, and what they depend on
 * SPDX-License-Identifier: MIT */
#include "../lib/tap.h"
#include "net_test.h"

struct moments {
    double mean, std, least, most, fourth; /* fourth: E x^4 / (E x^2)^2: 1.8 uniform, 3 normal */
};

static struct moments moments(struct net *n, const char *name)
{
    const int t = nai_graph_tensor(n->m->graph, name);
    const size_t count = n->m->graph->tensor[t].count;
    double *const x = net_tensor(n, (size_t)t, false);
    struct moments m = {.least = INFINITY, .most = -INFINITY};
    double two = 0, four = 0;

    for (size_t i = 0; i < count; i++) {
        m.mean += x[i] / (double)count;
        two += x[i] * x[i] / (double)count;
        four += x[i] * x[i] * x[i] * x[i] / (double)count;
        m.least = fmin(m.least, x[i]);
        m.most = fmax(m.most, x[i]);
    }
    m.std = sqrt(two - m.mean * m.mean);
    m.fourth = four / (two * two);
    free(x);
    return m;
}

static void make(struct net *n, const char *line, enum nai_init how, uint64_t seed)
{
    net_model(n, line, NAI_F64);
    must(nai_model_init(n->m, how, seed, &n->err), &n->err);
}

/* Four standard errors, for at least 4096 elements. */
static void normal(struct net *n, const char *name, double std)
{
    const struct moments m = moments(n, name);

    ok(fabs(m.mean) <= 4 * std / 64 && fabs(m.std / std - 1) <= 4 / sqrt(2 * 4096.) &&
           fabs(m.fourth - 3) <= .35,
       "%s is normal: mean %.3g, deviation %.4g for %.4g, kurtosis %.3g", name, m.mean, m.std, std,
       m.fourth);
}

static void uniform(struct net *n, const char *name, double bound, double slack)
{
    const struct moments m = moments(n, name);

    ok(m.least >= -bound && m.most <= bound && m.most - m.least >= 2 * bound * (1 - slack) &&
           fabs(m.mean) <= slack * bound && fabs(m.fourth - 1.8) <= 2 * slack,
       "%s is uniform: %.4g to %.4g for %.4g, kurtosis %.3g", name, m.least, m.most, bound,
       m.fourth);
}

static void constant(struct net *n, const char *name, double value)
{
    const struct moments m = moments(n, name);

    ok(m.least == value && m.most == value, "%s is %g", name, value);
}

static void test_pytorch(void)
{
    struct net n;

    make(&n, "resnet18 in=3x32x32 width=32 projector=64 classes=100", NAI_INIT_PYTORCH, 1);
    normal(&n, "layer1.0.conv1.weight", sqrt(2. / (32 * 9)));
    normal(&n, "layer2.0.conv1.weight", sqrt(2. / (64 * 9))); /* fan out */
    normal(&n, "layer2.0.downsample.0.weight", sqrt(2. / 64));
    uniform(&n, "fc.weight", 1 / 16., .05);
    uniform(&n, "fc.bias", 1 / 16., .4);
    uniform(&n, "projector.0.weight", 1 / 16., .05);
    constant(&n, "layer3.1.bn2.weight", 1);
    constant(&n, "layer3.1.bn2.bias", 0);
    constant(&n, "layer3.1.bn2.running_mean", 0);
    constant(&n, "layer3.1.bn2.running_var", 1);
    net_close(&n);
    make(&n, "resnet20 classes=100", NAI_INIT_PYTORCH, 1);
    normal(&n, "layer3.0.conv1.weight", sqrt(2. / (32 * 9))); /* fan in */
    normal(&n, "linear.weight", sqrt(2. / 64));
    net_close(&n);
    make(&n, "vgg11 in=3x32x32 width=16 classes=100", NAI_INIT_PYTORCH, 1);
    normal(&n, "features.6.weight", sqrt(2. / (64 * 9)));
    normal(&n, "classifier.weight", .01);
    constant(&n, "features.6.bias", 0);
    net_close(&n);
    make(&n, "cnn widths=32-64", NAI_INIT_PYTORCH, 1);
    uniform(&n, "conv2.weight", 1 / sqrt(32 * 9), .05);
    net_close(&n);
    make(&n, "vit in=3x32x32 depth=1 classes=100", NAI_INIT_PYTORCH, 1);
    normal(&n, "blocks.0.attn.qkv.weight", .02);
    normal(&n, "pos_embed", .02);
    uniform(&n, "patch_embed.proj.weight", 1 / sqrt(48), .05);
    uniform(&n, "patch_embed.proj.bias", 1 / sqrt(48), .4);
    constant(&n, "blocks.0.mlp.fc1.bias", 0);
    constant(&n, "blocks.0.norm1.weight", 1);
    ok(moments(&n, "cls_token").most < 5e-6 && moments(&n, "cls_token").std > 8e-7,
       "cls_token has deviation 1e-6");
    net_close(&n);
}

/* Values of MAE's get_2d_sincos_pos_embed(16, 2, cls_token=True): row 2 is row 0, column 1. */
static void test_sincos(void)
{
    static const double want[16] = {0.8414709848078965,
                                    0.09983341664682815,
                                    0.009999833334166664,
                                    0.0009999998333333417,
                                    0.5403023058681398,
                                    0.9950041652780258,
                                    0.9999500004166653,
                                    0.9999995000000417,
                                    0,
                                    0,
                                    0,
                                    0,
                                    1,
                                    1,
                                    1,
                                    1};
    struct net n;
    double *x;
    int t;

    make(&n, "vit in=3x8x8 patch=4 dim=16 heads=2 depth=1 pos=sincos", NAI_INIT_PYTORCH, 1);
    t = nai_graph_tensor(n.m->graph, "pos_embed");
    x = net_tensor(&n, (size_t)t, false);
    for (size_t j = 0; j < 16; j++)
        near(x[2 * 16 + j], want[j], 1e-14, "fixed position, value %zu", j);
    ok(n.m->graph->tensor[t].buffer && x[0] == 0, "it is not trained; none for the class token");
    free(x);
    net_close(&n);
}

static void test_named(void)
{
    struct net a, b, c;
    double *x, *y, *z;

    make(&a, "vgg11 in=3x32x32 width=16 classes=100", NAI_INIT_KAIMING, 1);
    normal(&a, "classifier.weight", sqrt(2. / 100));
    constant(&a, "classifier.bias", 0);
    net_close(&a);
    make(&a, "mlp in=64 widths=128-64", NAI_INIT_XAVIER, 1);
    uniform(&a, "fc1.weight", sqrt(6. / (64 + 128)), .05);
    constant(&a, "fc1.bias", 0);
    make(&b, "mlp in=64 widths=128-32", NAI_INIT_XAVIER, 1);
    make(&c, "mlp in=64 widths=128-64", NAI_INIT_XAVIER, 2);
    x = net_tensor(&a, 0, false);
    y = net_tensor(&b, 0, false);
    z = net_tensor(&c, 0, false);
    ok(memcmp(x, y, 64 * 128 * sizeof *x) == 0, "a tensor's values depend on its name and seed");
    ok(memcmp(x, z, 64 * 128 * sizeof *x) != 0, "and on the seed they do");
    free(x);
    free(y);
    free(z);
    net_close(&a);
    net_close(&b);
    net_close(&c);
}

int main(void)
{
    nai_blas_init(2);
    test_pytorch();
    test_sincos();
    test_named();
    return tap_end();
}
