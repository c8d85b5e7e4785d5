# test_models.py - models of torchvision's and timm's names, layer by layer against PyTorch
# SPDX-License-Identifier: MIT
"""Run: tests/run.sh BUILD_DIR test_models. Needs NumPy, torch and torchvision; skipped without.

Each model gets random weights and statistics, goes to nai as a safetensors file, and every layer
that nai-embed lists must be what the PyTorch module of that name returns: greatest difference
over the root mean square of the layer. PyTorch computes with doubles, from the same float32
weights, so that what is measured is nai's rounding alone. It calls one ReLU module several times
in a block; its k-th output has the name relu<k>. Passed with torch 1.13.1, torchvision 0.14.1."""
import io
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "formats/python")]
import nts  # noqa: E402

try:
    import torch
    import torchvision
    from torch import nn
    MISSING = ""
except ImportError as error:
    MISSING, nn = f"{error.name} is not installed", None
Module = nn.Module if nn else object

BIN = pathlib.Path(os.environ.get("NAI_BIN", ROOT / "build/bin"))
DATA = pathlib.Path(os.environ.get("NAI_DATA", ROOT / "../shared/data"))
WEIGHTS = DATA / "weights/resnet20-cifar10.safetensors"
PICTURES = DATA / "cifar10/test_batch_first1000.bin"
MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # ImageNet's, of 0 to 255
DTYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8"}


# ---- models that torchvision does not have -----------------------------------------------------

class PadChannels(Module):
    def __init__(self, stride, pad):
        super().__init__()
        self.stride, self.pad = stride, pad

    def forward(self, x):
        return nn.functional.pad(x[:, :, ::self.stride, ::self.stride],
                                 (0, 0, 0, 0, self.pad, self.pad))


class CifarBlock(Module):
    """Basic block; its shortcut has no weights (option A)."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(i, o, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(o)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(o)
        self.shortcut = PadChannels(stride, o // 4) if stride != 1 else nn.Identity()

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class CifarResnet(Module):
    """He et al. 2016, section 4.2, in the published weights' names."""

    def __init__(self, depth, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1, self.relu = nn.BatchNorm2d(16), nn.ReLU()
        i = 16
        for s in range(3):
            blocks = []
            for k in range((depth - 2) // 6):
                blocks.append(CifarBlock(i, 16 << s, 2 if s and not k else 1))
                i = 16 << s
            setattr(self, f"layer{s + 1}", nn.Sequential(*blocks))
        self.avgpool, self.linear = nn.AdaptiveAvgPool2d(1), nn.Linear(64, classes)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.relu(self.bn1(self.conv1(x))))))
        return self.linear(self.avgpool(x).flatten(1))


class Attention(Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.count, self.heads = heads, nn.Identity()
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.count, -1).permute(2, 0, 3, 1, 4)
        a = ((q @ k.transpose(-2, -1)) * (d // self.count) ** -0.5).softmax(-1)
        return self.proj(self.heads((a @ v).transpose(1, 2).reshape(n, t, d)))


class Hidden(Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1, self.act, self.fc2 = nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, dim)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))


class VitBlock(Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(dim, eps=1e-6), Attention(dim, heads)
        self.mid = nn.Identity()
        self.norm2, self.mlp = nn.LayerNorm(dim, eps=1e-6), Hidden(dim, 4 * dim)

    def forward(self, x):
        x = self.mid(x + self.attn(self.norm1(x)))
        return x + self.mlp(self.norm2(x))


class Vit(Module):
    """timm's VisionTransformer: the names of its parameters, and what it computes."""

    def __init__(self, size, patch, dim, depth, heads, classes, mean=False):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, (size // patch) ** 2 + 1, dim))
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, dim, patch, patch)})
        self.pos_drop, self.pool, self.mean = nn.Identity(), nn.Identity(), mean
        self.blocks = nn.Sequential(*[VitBlock(dim, heads) for _ in range(depth)])
        self.add_module("fc_norm" if mean else "norm", nn.LayerNorm(dim, eps=1e-6))
        self.head = nn.Linear(dim, classes)

    def forward(self, x):
        x = self.patch_embed["proj"](x).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), 1)
        x = self.blocks(self.pos_drop(x + self.pos_embed))
        if self.mean:
            return self.head(self.fc_norm(self.pool(x[:, 1:].mean(1))))
        return self.head(self.pool(self.norm(x)[:, 0]))


def cifar_stem(model):
    model.conv1, model.maxpool = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity()
    return model


# ---- helpers -----------------------------------------------------------------------------------

def save(path, state):
    """A safetensors file: length of the header, header, values."""
    head, at = {}, 0
    for name, value in state.items():
        kind = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}[value.dtype]
        size = value.numel() * value.element_size()
        head[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in state.values():
            file.write(value.contiguous().numpy().data)


def load(data):
    """What a safetensors file holds, as {name: array}."""
    at = 8 + struct.unpack("<Q", data[:8])[0]
    head = json.loads(data[8:at])
    head.pop("__metadata__", None)
    return {name: np.frombuffer(data[slice(*(at + k for k in t["data_offsets"]))],
                                DTYPES[t["dtype"]]).reshape(t["shape"])
            for name, t in head.items()}


def tool(name, *arguments):
    return subprocess.run([BIN / name, *map(str, arguments)], capture_output=True, check=False)


def normalised(pictures, dtype):
    x = (pictures - np.reshape(MEAN, (3, 1, 1))) / np.reshape(STD, (3, 1, 1))
    return torch.from_numpy(x).to(dtype)


def randomise(model, x):
    """Random parameters, of a size that keeps signals alive; running statistics that are off those
    of x by a third, so that mean, variance, gain and offset of each norm all tell."""
    torch.manual_seed(7)
    for m in model.modules():
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            nn.init.normal_(m.weight, std=(2 / m.weight[0].numel()) ** 0.5)
        elif isinstance(m, (nn.BatchNorm2d, nn.LayerNorm)):
            nn.init.uniform_(m.weight, 0.5, 1.5)
            m.momentum = 1.0
        if getattr(m, "bias", None) is not None:
            nn.init.normal_(m.bias, std=0.3)
    for name in ("cls_token", "pos_embed"):
        if hasattr(model, name):
            nn.init.normal_(getattr(model, name), std=0.5)
    with torch.no_grad():
        model.train()(x)
        for m in model.modules():
            if isinstance(m, nn.BatchNorm2d):
                off = 0.3 * torch.randn(m.num_features, dtype=x.dtype)
                m.running_mean += off * m.running_var.sqrt()
                m.running_var *= 0.5 + torch.rand(m.num_features, dtype=x.dtype)
    return model.eval()


def outputs(model, x):
    """{name: output} of all modules, and the names that are fused with what follows them."""
    calls, fused = {}, set()

    def keep(name):
        return lambda _module, _input, out: calls.setdefault(name, []).append(out.clone())

    hooks = [m.register_forward_hook(keep(name)) for name, m in model.named_modules() if name]
    with torch.no_grad():
        out = model.eval()(x)
    for hook in hooks:
        hook.remove()
    seen = {"input": x, "logits": out}
    for name, module in model.named_modules():
        for k, value in enumerate(calls.get(name, [])):
            seen[name if len(calls[name]) == 1 else f"{name}{k + 1}"] = value
        if isinstance(module, nn.BatchNorm2d) and "downsample" not in name:
            fused.add(name)
    return seen, fused


# ---- tests -------------------------------------------------------------------------------------

class Case(unittest.TestCase):
    def setUp(self):
        if MISSING:
            self.skipTest(MISSING)
        torch.set_num_threads(2)
        self.count = 2  # rows at a time, so that some tests' last batch is short
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def run_tool(self, name, *arguments):
        done = tool(name, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout

    def bring_in(self, source, arch):
        """The safetensors file as a model of nai."""
        self.run_tool("nai-import", "safetensors", source, "--arch", arch,
                      "--mean", ",".join(map(str, MEAN)), "--std", ",".join(map(str, STD)),
                      "--level", 0, "-o", self.folder / "model.nts")

    def listed(self):
        """{name: shape} of nai-embed --list-layers; [tokens, width] for tokens."""
        table = self.run_tool("nai-embed", "-m", self.folder / "model.nts", "--list-layers")
        rows = [line.split("\t") for line in table.decode().splitlines()[1:]]
        return {row[0]: tuple(map(int, row[1].replace(" tokens of ", "x").split("x")))
                for row in rows}

    def embed(self, layers, dtype="f32"):
        got = nts.load(io.BytesIO(self.run_tool(
            "nai-embed", "-q", "-b", self.count, "-m", self.folder / "model.nts", "--layers",
            ",".join(layers), "--pool", "none", "--dtype", dtype, self.folder / "pictures.nts")))
        return {layers[0]: got["x"]} if "x" in got else got

    def same(self, got, want, tol):
        worst = 0
        for name, value in got.items():
            b = want[name].flatten(1).double().numpy()
            self.assertEqual(value.shape, b.shape, name)
            rms = np.sqrt(np.mean(b * b))
            error = np.abs(value - b).max() / rms
            self.assertTrue(error <= tol and rms > 0, f"{name}: off by {error:.3g}, rms {rms:.3g}")
            worst = max(worst, error)
        print(f"# {self.id()}: {len(got)} layers, at most {worst:.2g} off", flush=True)

    def check(self, arch, model, pictures, tol, some, dtype="f32"):
        """All layers at once; then some alone, where nai need not keep what lies between."""
        kind = torch.float64 if dtype == "f64" else torch.float32
        model, x = model.to(kind), normalised(pictures, kind)
        if not (self.folder / "model.safetensors").exists():
            randomise(model, x)
            save(self.folder / "model.safetensors", model.state_dict())
        self.bring_in(self.folder / "model.safetensors", arch)
        nts.save(self.folder / "pictures.nts", {"x": pictures})
        want, fused = outputs(model.double(), normalised(pictures, torch.float64))
        names = self.listed()
        for name, shape in names.items():
            self.assertIn(name, want)
            of = want[name].shape[1:]
            self.assertEqual(shape, tuple(of)[:1] if of[1:] == (1, 1) else tuple(of), name)
        for name in {n for n, m in model.named_modules() if not list(m.children())} & set(want):
            self.assertTrue(name in names or name in fused or
                            any(torch.equal(want[name], want[n]) for n in names), name)
        got = self.embed(["all"], dtype)
        self.assertEqual(set(got), set(names))
        self.same(got, want, tol)
        want.update((alias, want[name]) for alias, name in some.items())
        got = self.embed(list(some), dtype)
        self.assertEqual(set(got), set(some))
        self.same(got, want, tol)


def pictures_of(count, size, seed=1):
    """Coarse patches of colour, and noise on them; count x 3 x size x size, u8."""
    rng = np.random.default_rng(seed)
    patch = rng.integers(0, 224, (count, 3, 4, 4)).repeat(size // 4, 2).repeat(size // 4, 3)
    return (patch + rng.integers(0, 32, patch.shape)).astype(np.uint8)


class Layers(Case):
    """Features of every named layer."""

    def test_resnet18(self):
        model = torchvision.models.resnet18()
        self.check("resnet18 classes=1000", model, pictures_of(2, 224), 1e-4,
                   {"relu": "relu", "layer1": "layer1", "layer4.0.relu1": "layer4.0.relu1",
                    "layer4": "layer4.1", "backbone": "avgpool", "logits": "fc"})

    def test_resnet18_cifar_stem(self):
        model = cifar_stem(torchvision.models.resnet18(num_classes=10))
        self.check("resnet18 in=3x32x32 classes=10", model, pictures_of(8, 32), 1e-4,
                   {"layer2": "layer2.1", "layer3.0.downsample.1": "layer3.0.downsample.1",
                    "backbone": "avgpool"})

    def test_resnet18_double(self):
        model = cifar_stem(torchvision.models.resnet18(num_classes=10))
        self.check("resnet18 in=3x32x32 classes=10", model, pictures_of(3, 32), 1e-10,
                   {"layer2": "layer2.1", "backbone": "avgpool", "logits": "fc"}, "f64")

    def test_resnet50(self):
        model = torchvision.models.resnet50()
        self.check("resnet50 in=3x96x96 classes=1000", model, pictures_of(3, 96), 1e-4,
                   {"maxpool": "maxpool", "layer3": "layer3.5",
                    "layer4.2.relu2": "layer4.2.relu2", "logits": "fc"})

    def test_vgg16_bn(self):
        model = torchvision.models.vgg16_bn(init_weights=False)
        self.check("vgg16_bn classes=1000", model, pictures_of(1, 224), 1e-4,
                   {"features.2": "features.2", "features.43": "features.43",
                    "backbone": "classifier.4", "logits": "classifier.6"})

    def test_vit_tiny(self):
        self.check("vit_tiny_patch16_224 classes=1000", Vit(224, 16, 192, 12, 3, 1000),
                   pictures_of(2, 224), 1e-4,
                   {"blocks.5": "blocks.5", "blocks.11.attn.proj": "blocks.11.attn",
                    "backbone": "pool", "logits": "head"})

    def test_vit_double(self):
        self.check("vit in=3x24x24 patch=4 dim=48 depth=3 heads=3 pool=mean classes=10",
                   Vit(24, 4, 48, 3, 3, 10, True), pictures_of(4, 24), 1e-10,
                   {"blocks.2.mlp.act": "blocks.2.mlp.act", "backbone": "fc_norm"}, "f64")

    def test_published_resnet20(self):
        if not (WEIGHTS.exists() and PICTURES.exists()):
            self.skipTest("no published weights and CIFAR-10 in NAI_DATA")
        data = WEIGHTS.read_bytes()
        model = CifarResnet(20, 10)
        missing, extra = model.load_state_dict(
            {name: torch.from_numpy(value.copy()) for name, value in load(data).items()}, False)
        self.assertFalse(extra or [n for n in missing if "num_batches_tracked" not in n])
        (self.folder / "model.safetensors").write_bytes(data)
        rows = np.fromfile(PICTURES, np.uint8).reshape(-1, 3073)[:50]
        pictures = rows[:, 1:].reshape(-1, 3, 32, 32)
        self.check("resnet20 classes=10", model, pictures, 1e-4,
                   {"layer1": "layer1.2", "layer2": "layer2.2", "layer3": "layer3.2",
                    "backbone": "avgpool"})


class Strict(Case):
    """A state_dict is taken whole or not at all, and given back as it was."""

    arch = "resnet18 in=3x16x16 width=4 classes=3"

    def setUp(self):
        super().setUp()
        model = torchvision.models.ResNet(torchvision.models.resnet.BasicBlock, [2, 2, 2, 2])
        for name, m in list(model.named_modules()):  # a sixteenth of the width
            *path, last = name.split(".")
            at = model.get_submodule(".".join(path))
            if isinstance(m, nn.Conv2d):
                i = m.in_channels // 16 or 3
                size = (3, 1, 1) if name == "conv1" else (m.kernel_size, m.stride, m.padding)
                setattr(at, last, nn.Conv2d(i, m.out_channels // 16, *size, bias=False))
            elif isinstance(m, nn.BatchNorm2d):
                setattr(at, last, nn.BatchNorm2d(m.num_features // 16))
        model.fc, model.maxpool = nn.Linear(32, 3), nn.Identity()
        pictures = pictures_of(5, 16)
        self.x = normalised(pictures, torch.float32)
        self.model = randomise(model, self.x)
        self.state = {name: value.clone() for name, value in self.model.state_dict().items()}
        nts.save(self.folder / "pictures.nts", {"x": pictures})

    def given(self, state):
        save(self.folder / "model.safetensors", state)
        self.bring_in(self.folder / "model.safetensors", self.arch)

    def refused(self, state, *words):
        self.given(state)
        done = tool("nai-embed", "-m", self.folder / "model.nts", self.folder / "pictures.nts",
                    "-o", self.folder / "out.nts")
        self.assertEqual(done.returncode, 3)
        message = done.stderr.decode()
        self.assertEqual(len(message.splitlines()), 1, message)
        for word in words:
            self.assertIn(word, message)
        self.assertFalse((self.folder / "out.nts").exists())

    def test_whole(self):
        self.given(self.state)
        want, _ = outputs(self.model.double(), self.x.double())
        self.same(self.embed(["all"]), want, 1e-4)
        for name in [n for n in self.state if "num_batches_tracked" in n]:
            del self.state[name]  # which files of other writers lack
        self.given(self.state)
        self.same(self.embed(["logits"]), want, 1e-4)

    def test_missing(self):
        for name in ("layer3.1.bn2.running_var", "fc.bias", "conv1.weight"):
            self.refused({n: v for n, v in self.state.items() if n != name}, name, "missing")

    def test_extra(self):
        for name in ("layer3.1.bn3.weight", "layer5.0.conv1.weight", "conv1.bias"):
            self.refused({**self.state, name: torch.ones(4)}, name)

    def test_misshapen(self):
        name = "layer2.0.downsample.0.weight"  # [8,4,1,1]
        for shape in ((4, 8, 1, 1), (8, 4), (8, 4, 1, 2), (32,)):
            value = torch.ones(shape)
            self.refused({**self.state, name: value}, name, "[8,4,1,1]")

    def test_of_another_architecture(self):
        self.refused(torchvision.models.resnet34().state_dict(), "resnet18")

    def test_round_trip(self):
        self.given(self.state)
        there = (self.folder / "model.safetensors").read_bytes()
        back = self.run_tool("nai-export", "safetensors", self.folder / "model.nts")
        got = load(back)
        self.assertEqual(list(got), list(self.state))
        for name, value in self.state.items():
            self.assertEqual(got[name].dtype, value.numpy().dtype, name)
            np.testing.assert_array_equal(got[name], value.numpy(), name)
            self.assertEqual(got[name].shape, tuple(value.shape))
        # nothing said of the architecture or the pixels: the same file
        self.run_tool("nai-import", "safetensors", self.folder / "model.safetensors",
                      "-o", self.folder / "plain.nts")
        self.assertEqual(self.run_tool("nai-export", "safetensors", self.folder / "plain.nts"),
                         there)


if __name__ == "__main__":
    unittest.main()
