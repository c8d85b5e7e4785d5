# net.py - writes tests/net/golden_net.h: networks of torchvision and plain PyTorch, run in float64
# SPDX-License-Identifier: MIT
# Usage: python3 tests/golden/net.py >tests/net/golden_net.h
# Parameters, inputs and the gradient of the output are filled by the formula of net_test.h, so that
# only results are stored: the loss (the output times the noise "grad"), for each tensor of the
# state_dict its gradient (of a buffer, its value) times the noise of its name, and outputs of
# layers times the noise of theirs. A deep network's gradient in float32 is off by far more than a
# rounding, in PyTorch too: by how much is stored beside each result.
import math
import re
import textwrap

import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(2)


def noise(name, count):
    h = 2166136261
    for c in name.encode():
        h = (h ^ c) * 16777619 & 0xFFFFFFFF
    i = np.arange(count, dtype=np.uint64)
    m = np.uint64(0xFFFFFFFF)
    h = (np.uint64(h) + i * np.uint64(0x9E3779B9)) & m
    h = (h ^ h >> np.uint64(16)) * np.uint64(0x85EBCA6B) & m
    h = (h ^ h >> np.uint64(13)) * np.uint64(0xC2B2AE35) & m
    return (h ^ h >> np.uint64(16)).astype(np.float64) / 4294967296.0 - 0.5


def filled(name, shape):
    count = int(np.prod(shape))
    u = noise(name, count)
    if name.endswith("running_var") or (len(shape) == 1 and name.endswith("weight")):
        return (1 + 0.5 * u).reshape(shape)
    if len(shape) in (1, 3):
        return (0.2 * u).reshape(shape)
    return (2 * u * math.sqrt(3.0 * shape[0] / count)).reshape(shape)


def tensors(model):
    return [(k, v) for k, v in model.state_dict().items() if "num_batches" not in k]


# ---- networks that torchvision does not have ----


def perceptron(i, hidden, out):
    return nn.Sequential(nn.Linear(i, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(),
                         nn.Linear(hidden, out))


class Mlp(nn.Module):
    def __init__(self, widths, act, norm, classes):
        super().__init__()
        self.layers, self.act, self.norm, self.classes = len(widths) - 1, act, norm, classes
        for k in range(self.layers):
            setattr(self, f"fc{k + 1}", nn.Linear(widths[k], widths[k + 1]))
            if norm and (classes or k + 1 < self.layers):
                setattr(self, f"bn{k + 1}", nn.BatchNorm1d(widths[k + 1]))
        if classes:
            self.fc = nn.Linear(widths[-1], classes)

    def forward(self, x):
        x = x.flatten(1)
        for k in range(self.layers):
            x = getattr(self, f"fc{k + 1}")(x)
            if self.classes or k + 1 < self.layers:
                x = self.act(getattr(self, f"bn{k + 1}")(x) if self.norm else x)
        return self.fc(x) if self.classes else x


class Cnn(nn.Module):
    def __init__(self, widths, projector):
        super().__init__()
        self.widths = widths
        for k in range(1, len(widths)):
            setattr(self, f"conv{k}", nn.Conv2d(widths[k - 1], widths[k], 3, padding=1, bias=False))
            setattr(self, f"bn{k}", nn.BatchNorm2d(widths[k]))
        self.projector = perceptron(widths[-1], projector, projector)
        self.predictor = perceptron(projector, projector, projector)

    def forward(self, x):
        for k in range(1, len(self.widths)):
            x = F.max_pool2d(x, 2) if k > 1 else x
            x = F.relu(getattr(self, f"bn{k}")(getattr(self, f"conv{k}")(x)))
        return self.predictor(self.projector(x.mean((2, 3))))


class CifarBlock(nn.Module):
    """Basic block with option-A shortcut, as in the published CIFAR code."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(i, o, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(o)
        self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(o)
        self.stride, self.pad = stride, o // 4

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride != 1:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad))
        return F.relu(y + x)


class CifarResnet(nn.Module):
    def __init__(self, depth, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        i = 16
        for s in range(3):
            blocks = []
            for k in range((depth - 2) // 6):
                blocks.append(CifarBlock(i, 16 << s, 2 if s and not k else 1))
                i = 16 << s
            setattr(self, f"layer{s + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(64, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(F.avg_pool2d(x, x.size()[3]).flatten(1))


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        a = ((q @ k.transpose(-2, -1)) * (d // self.heads) ** -0.5).softmax(-1)
        return self.proj((a @ v).transpose(1, 2).reshape(n, t, d))


class Hidden(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class VitBlock(nn.Module):
    def __init__(self, dim, heads, hidden):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = Hidden(dim, hidden)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Vit(nn.Module):
    """As timm 0.6's VisionTransformer: the names, their order, and what is computed."""

    def __init__(self, size, patch, dim, depth, heads, hidden, classes, mean=False):
        super().__init__()
        self.mean = mean
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, (size // patch) ** 2 + 1, dim))
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, dim, patch, patch)})
        self.blocks = nn.Sequential(*[VitBlock(dim, heads, hidden) for _ in range(depth)])
        if mean:
            self.fc_norm = nn.LayerNorm(dim, eps=1e-6)
        else:
            self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, classes)

    def forward(self, x):
        x = self.patch_embed["proj"](x).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), 1) + self.pos_embed
        x = self.blocks(x)
        x = self.fc_norm(x[:, 1:].mean(1)) if self.mean else self.norm(x)[:, 0]
        return self.head(x)


class Pooled(nn.Module):
    """A VGG's features, their mean over the map, and a linear classifier."""

    def __init__(self, vgg, classes):
        super().__init__()
        self.features = vgg.features
        self.classifier = nn.Linear(512, classes)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def resnet_cifar_stem(classes, projector=0):
    m = torchvision.models.resnet18(num_classes=classes or 1)
    m.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    m.maxpool = nn.Identity()
    if projector:
        m.fc = nn.Identity()
        whole = nn.Sequential()
        for k, v in m.named_children():
            if k == "fc":
                whole.add_module("flatten", nn.Flatten())
            else:
                whole.add_module(k, v)
        whole.add_module("projector", perceptron(512, projector, projector))
        return whole
    return m


def narrow_vgg():
    cfg = [8, "M", 16, "M", 32, 32, "M", 64, 64, "M", 64, 64, "M"]
    m = torchvision.models.VGG(torchvision.models.vgg.make_layers(cfg), num_classes=10, dropout=0,
                               init_weights=False)
    m.classifier[0] = nn.Linear(64 * 49, 4096)
    return m


# ---- results ----


def emit(text):
    """Lines of at most 100 columns, broken where no string is."""
    text = re.sub(r'"[^"]*"', lambda m: m[0].replace(" ", "\0"), text)
    for line in text.split("\n"):
        indent = line[:len(line) - len(line.lstrip())]
        print("\n".join(textwrap.wrap(line, 100, subsequent_indent=indent, break_long_words=False,
                                      break_on_hyphens=False)).replace("\0", " "))


def compute(model, dtype, n, size, train, groups, channels, layers):
    """Loss, tensor -> (gradient or buffer) times noise as part of the product of lengths, layers."""
    model = model.to(dtype)
    model.train(train)
    model.load_state_dict({k: torch.from_numpy(filled(k, tuple(v.shape))).to(dtype)
                           for k, v in tensors(model)}, strict=False)
    model.zero_grad()
    x = torch.from_numpy(4 * noise("input", n * channels * size * size)).to(dtype)
    x = x.reshape(n, channels, size, size)
    kept, hooks = {}, []
    for name, module in model.named_modules():
        if name in layers:
            hooks.append(module.register_forward_hook(
                lambda _m, _i, o, name=name: kept.__setitem__(name, o.detach().clone())))
    z = torch.cat([model(part) for part in x.chunk(groups)])
    loss = (z * torch.from_numpy(noise("grad", z.numel())).reshape(z.shape)).sum()
    loss.backward()
    for hook in hooks:
        hook.remove()
    params = dict(model.named_parameters())
    values = {}
    for k, v in tensors(model):
        v = (params[k].grad if k in params else v).double().numpy().ravel().copy()
        u = noise(k, v.size)
        values[k] = float((v * u).sum()), float(np.linalg.norm(v) * np.linalg.norm(u))
    return loss.item(), values, kept


def run(line, model, n, size, train, groups=1, channels=3, layers=()):
    """Written with the results: how far PyTorch's own float32 is from its float64."""
    case = n, size, train, groups, channels, layers
    loss32, values32, _ = compute(model, torch.float32, *case)
    loss, values, kept = compute(model, torch.float64, *case)
    floor = 0.01 * max(v[1] for v in values.values())
    own = max(abs(values[k][0] - values32[k][0]) / max(floor, values[k][1]) for k in values)
    own = max(own, abs(loss - loss32) / max(1, abs(loss)))
    emit(f'    {{"{line}", {n}, {groups}, {"true" if train else "false"}, {own:.2g}, '
         f"{loss:.17g}, {len(values)},\n     (const double[])"
         f"{{{', '.join(f'{v[0]:.12g}' for v in values.values())}}},")
    dots = [f'{{"{k}", {float((v.numpy().ravel() * noise(k, v.numel())).sum()):.12g}}}'
            for k, v in kept.items()]
    emit(f"     {len(dots)}, (const struct golden_layer[]){{{', '.join(dots) or '{NULL, 0}'}}}}},")


def names(line, model):
    h = 2166136261
    items = tensors(model)
    for k, v in items:
        for c in f"{k}[{','.join(map(str, v.shape))}];".encode():
            h = (h ^ c) * 16777619 & 0xFFFFFFFF
    print(f'    {{"{line}", {len(items)}, {sum(p.numel() for p in model.parameters())}u, {h}u}},')


def main():
    models = torchvision.models
    print(f"""/* golden_net.h - networks run in PyTorch
 * SPDX-License-Identifier: MIT
 *
 * Written by tests/golden/net.py with torch {torch.__version__}, torchvision \
{torchvision.__version__}, numpy {np.__version__}. */
/* clang-format off */
static const struct golden golden[] = {{""")
    blocks = ["relu", "layer1.0.conv1", "layer1.0", "layer2.0.downsample.1", "layer2.0", "layer2.1",
              "layer3.0.conv2", "layer4.1", "avgpool"]
    for train in (True, False):
        run("resnet18 in=3x16x16 stem=cifar classes=10", resnet_cifar_stem(10), 4, 16, train,
            layers=blocks[1:] if not train else ())
        run("mlp in=2x3x3 widths=9-8 act=gelu norm=batch classes=3",
            Mlp([18, 9, 8], F.gelu, True, 3), 6, 3, train, channels=2)
        run("resnet20 in=3x32x32 classes=10", CifarResnet(20, 10), 4, 32, train,
            layers=["conv1", "layer1.2", "layer2.0", "layer3.2"] if not train else ())
        run("vgg16-bn in=3x32x32 head=linear classes=10", Pooled(models.vgg16_bn(), 10), 8, 32,
            train, layers=["features.0", "features.5", "features.6"] if not train else ())
    run("resnet18 in=3x16x16 stem=cifar projector=24", resnet_cifar_stem(0, 24), 8, 16, True, 2)
    run("resnet50 in=3x64x64 stem=imagenet classes=10", models.resnet50(num_classes=10), 4, 64,
        True)
    run("resnet50 in=3x64x64 stem=imagenet classes=10", models.resnet50(num_classes=10), 4, 64,
        False, layers=["conv1", "maxpool", "layer1.0", "layer2.0.conv2", "layer4.2", "avgpool"])
    run("cnn in=3x12x12 widths=8-20-24 projector=10 predictor=10", Cnn([3, 8, 20, 24], 10), 8, 12,
        True, 2)
    run("vgg11 in=3x224x224 width=8 dropout=0 classes=10", narrow_vgg(), 1, 224, False,
        layers=["features.1", "avgpool", "classifier.4"])
    run("vit in=3x16x16 patch=4 dim=48 depth=2 heads=3 classes=10",
        Vit(16, 4, 48, 2, 3, 192, 10), 4, 16, False,
        layers=["blocks.0.norm1", "blocks.0.attn.qkv", "blocks.0", "blocks.1.mlp.fc1", "norm"])
    run("vit in=3x16x16 patch=8 dim=32 depth=2 heads=2 mlp=40 pool=mean classes=10",
        Vit(16, 8, 32, 2, 2, 40, 10, True), 4, 16, False, layers=["blocks.1"])
    print("};\n\nstatic const struct golden_names golden_names[] = {")
    for depth in (18, 34, 50, 101):
        names(f"resnet{depth} classes=1000", getattr(models, f"resnet{depth}")())
    for depth in (11, 13, 16, 19):
        names(f"vgg{depth} classes=1000", getattr(models, f"vgg{depth}")())
        names(f"vgg{depth}-bn classes=1000", getattr(models, f"vgg{depth}_bn")())
    for depth in (20, 32, 44, 56):
        names(f"resnet{depth} classes=10", CifarResnet(depth, 10))
    names("vit_tiny_patch16 classes=1000", Vit(224, 16, 192, 12, 3, 768, 1000))
    print("};\n/* clang-format on */")


main()
