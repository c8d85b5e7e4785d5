# test_hessian.py - nai-hessian against matrices made by NumPy and by PyTorch's double backward
# SPDX-License-Identifier: MIT
"""Run: tests/run.sh BUILD_DIR test_hessian. Needs NumPy; the classes Torch and Published need torch
and torchvision and, of them, Published the weights and pictures of NAI_DATA; skipped without.

All is in float64. A matrix H of the right size is compared with PyTorch's by H v for random v,
which no other matrix has. Passed with torch 1.13.0, torchvision 0.14.1, NumPy 1.24."""
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "formats/python"), str(ROOT / "tests/python")]
import nts  # noqa: E402
import test_models as models  # noqa: E402

torch = None if models.MISSING else models.torch
nn = models.nn
STUDENT = [0, 12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179,
           2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093]  # 97.5 % quantiles


class Base(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.rng = np.random.default_rng(5)

    def run_tool(self, name, *arguments):
        done = models.tool(name, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout

    def hessian(self, *arguments, data="data.nts", **options):
        """The lines of the table; True for an option is a flag."""
        words = [w for name, value in options.items()
                 for w in (f"--{name.replace('_', '-')}", value) if w is not True]
        out = self.run_tool("nai-hessian", "--json", *arguments, *words, self.folder / data)
        return [json.loads(line) for line in out.splitlines()]

    def matrix(self, *arguments, **options):
        """The line, and the matrix."""
        file = self.folder / "matrix.nts"
        line = self.hessian(*arguments, full=True, matrix=file, **options)
        self.assertEqual(len(line), 1)
        return line[0], nts.load(file)["x"]

    def save(self, name="data.nts", **fields):
        nts.save(self.folder / name, {k: np.ascontiguousarray(v) for k, v in fields.items()})

    def train(self, arch, loss, *more, data="data.nts"):
        """A network of two small steps, as {name: values}; in model.nts."""
        self.run_tool("nai-train", "-q", "--arch", arch, "--loss", loss, "--dtype", "f64", "-e", 2,
                      "--full-batch", "--lr", 0.05, *more, self.folder / data,
                      "-o", self.folder / "model.nts")
        return nts.load(self.folder / "model.nts")

    @property
    def model(self):
        return ("-m", self.folder / "model.nts")

    def close(self, got, want, tol):
        self.assertEqual(np.shape(got), np.shape(want))
        error = np.abs(np.subtract(got, want)).max() / np.abs(want).max()
        self.assertTrue(error <= tol, f"off by {error:.3g} of the largest")


def softmax(z):
    p = np.exp(z - z.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)


def of_logits(p):
    """diag p - p p', for each row."""
    return np.einsum("ni,ij->nij", p, np.eye(p.shape[1])) - np.einsum("ni,nj->nij", p, p)


class Closed(Base):
    """What is known in closed form."""

    def test_least_squares(self):
        x, y = self.rng.standard_normal((70, 5)), self.rng.standard_normal((70, 2))
        self.save(x=x, y=y)
        w = self.train("mlp widths=2", "mse")
        one = np.hstack([x, np.ones((70, 1))])
        off = x @ w["fc1.weight"].T + w["fc1.bias"] - y
        moment, grad = one.T @ one, off.T @ one
        order = np.r_[[6 * i + j for i in range(2) for j in range(5)], 5, 11]  # weight, bias
        for words, scale in ((dict(), 1 / 140), (dict(sum=True), 1)):
            want = 2 * scale * np.kron(np.eye(2), moment)[np.ix_(order, order)]
            for batch in (70, 70, 32, 1):
                for op in ("hessian", "ggn"):
                    line, h = self.matrix(*self.model, loss="mse", batch=batch, op=op, **words)
                    self.close(h, want, 1e-12)
            self.close(line["loss"], scale * (off ** 2).sum(), 1e-12)
            self.close(line["grad_norm"], 2 * scale * np.linalg.norm(grad), 1e-12)
            self.close(line["trace"], np.trace(want), 1e-12)
            self.close(line["fro"], np.linalg.norm(want), 1e-12)
            self.assertEqual((line["samples"], line["trace_se"], line["fro_se"]), (0, 0, 0))

    def test_prescribed_spectrum(self):
        self.run_tool("nai-synth", "teacher", "-n", 60, "--dim", 20, "--spectrum", "0.5:12",
                      "--no-bias", "-o", self.folder / "data.nts")
        want = 2 * np.linspace(12, 0.5, 20) ** 2
        for words in (dict(full=True), dict(tol=1e-10)):
            line, = self.hessian("-a", "mlp widths=1 bias=0", loss="mse", sum=True, top=3, bottom=2,
                                 **words)
            self.close(line["top"], want[:3], 1e-12)
            self.close(line["bottom"], want[:-3:-1], 1e-10)

    def test_softmax_regression(self):
        x, y = self.rng.standard_normal((50, 4)), self.rng.integers(0, 3, 50).astype("i4")
        self.save(x=x, y=y)
        w = self.train("mlp widths=6 act=linear classes=3", "ce")
        h = x @ w["fc1.weight"].T + w["fc1.bias"]
        p = softmax(h @ w["fc.weight"].T + w["fc.bias"])
        hat = (1 - 0.1) * np.eye(3)[y] + 0.1 / 3
        one, onex = np.hstack([h, np.ones((50, 1))]), np.hstack([x, np.ones((50, 1))])
        order = np.r_[[7 * i + j for i in range(3) for j in range(6)], 6, 13, 20]
        want = np.einsum("nab,ni,nj->aibj", of_logits(p), one, one).reshape(21, 21) / 50
        back = np.einsum("nab,ac,bd->ncd", of_logits(p), w["fc.weight"], w["fc.weight"])
        first = np.einsum("nab,ni,nj->aibj", back, onex, onex).reshape(30, 30) / 50
        into = np.r_[[5 * i + j for i in range(6) for j in range(4)], 4:30:5]
        grad = np.einsum("na,ni->nai", p - hat, one).reshape(50, 21)
        for words in (dict(), dict(batch=16), dict(batch=16, reread=True)):
            for op in ("hessian", "ggn"):
                words["op"] = op
                line, got = self.matrix(*self.model, layers="fc.*", label_smoothing=0.1, **words)
                self.close(got, want[np.ix_(order, order)], 1e-12)
                _, got = self.matrix(*self.model, layers="fc1", label_smoothing=0.1, **words)
                self.close(got, first[np.ix_(into, into)], 1e-12)
            words["op"] = "fisher"
            _, got = self.matrix(*self.model, layers="fc", label_smoothing=0.1, **words)
            self.close(got, (grad.T @ grad / 50)[np.ix_(order, order)], 1e-12)
        self.close(line["grad_norm"], np.linalg.norm(grad.mean(0)), 1e-11)

    def test_fisher_and_ggn_of_a_deep_network(self):
        x, y = self.rng.standard_normal((40, 4)), self.rng.integers(0, 3, 40).astype("i4")
        target = self.rng.standard_normal((40, 3))
        self.save(x=x, y=y)
        self.save("targets.nts", x=x, y=target)
        self.train("mlp widths=5 act=tanh classes=3", "ce")
        w = nts.load(self.folder / "model.nts")
        h = np.tanh(x @ w["fc1.weight"].T + w["fc1.bias"])
        z = h @ w["fc.weight"].T + w["fc.bias"]
        for data, loss, dz, hz in (
                ("data.nts", "ce", softmax(z) - np.eye(3)[y], of_logits(softmax(z))),
                ("targets.nts", "mse", 2 * (z - target) / 3, 2 / 3 * np.eye(3)[None]),):
            if loss == "mse":
                self.train("mlp widths=5-3 act=tanh", "mse", data=data)
                w = nts.load(self.folder / "model.nts")
                h = np.tanh(x @ w["fc1.weight"].T + w["fc1.bias"])
                dz = 2 * (h @ w["fc2.weight"].T + w["fc2.bias"] - target) / 3
            last = "fc2" if loss == "mse" else "fc"
            eye = np.eye(3)
            slope = 1 - h * h
            # the Jacobian of the outputs, [row][output][parameter]
            jac = np.concatenate([
                np.einsum("oh,nh,ni->nohi", w[last + ".weight"], slope, x).reshape(40, 3, -1),
                np.einsum("oh,nh->noh", w[last + ".weight"], slope),
                np.einsum("op,nh->noph", eye, h).reshape(40, 3, -1),
                np.broadcast_to(eye, (40, 3, 3))], 2)
            grad = np.einsum("nop,no->np", jac, dz)
            hz = np.broadcast_to(hz, (40, 3, 3))
            ggn = np.einsum("nop,nor,nrq->pq", jac, hz, jac) / 40
            for batch in (40, 12):
                line, got = self.matrix(*self.model, loss=loss, batch=batch, op="fisher", data=data)
                self.close(got, grad.T @ grad / 40, 1e-12)
                self.close(line["grad_norm"], np.linalg.norm(grad.mean(0)), 1e-11)
                _, got = self.matrix(*self.model, loss=loss, batch=batch, op="ggn", data=data)
                self.close(got, ggn, 1e-12)
                self.assertTrue(np.linalg.eigvalsh(got)[0] > -1e-14)
                _, got = self.matrix(*self.model, loss=loss, batch=batch, data=data)
                self.assertTrue(np.linalg.eigvalsh(got)[0] < -1e-4)  # the Hessian is not it
            if loss == "mse":  # a sum of rows' losses
                _, got = self.matrix(*self.model, loss=loss, op="fisher", data=data, sum=True)
                self.close(got, 9 * grad.T @ grad, 1e-12)


class Estimates(Base):
    """What is estimated, against the whole matrix, over seeds."""

    def cases(self):
        """(arch, words), the network being in model.nts: of up to 2,000 parameters."""
        self.run_tool("nai-synth", "pairs", "-n", 40, "--dim", 6, "--noise", 0.5,
                      "-o", self.folder / "pairs.nts")
        x = self.rng.standard_normal((20, 3, 8, 8))
        self.save("pictures.nts", x=x, y=self.rng.integers(0, 3, 20).astype("i4"))
        self.save("targets.nts", x=self.rng.standard_normal((50, 10)),
                  y=self.rng.standard_normal((50, 2)))
        for arch, loss, data, mode, more in (
                ("mlp widths=7 act=tanh", "barlow", "pairs.nts", "eval", ("--pdim", 4, "-b", 40)),
                ("mlp widths=12-2 act=gelu", "mse", "targets.nts", "eval", ()),
                ("cnn widths=4-6", "ce", "pictures.nts", "train", ()),
                ("vit patch=4 dim=6 depth=1 heads=2 mlp=8", "ce", "pictures.nts", "eval", ())):
            self.run_tool("nai-train", "-q", "--arch", arch, "--loss", loss, "--dtype", "f64",
                          "-b", 10, *more, self.folder / data, "-o", self.folder / "model.nts")
            yield arch, {"data": data, "loss": loss, "mode": mode}

    def test_over_seeds(self):
        held = {"trace": [], "fro": [], "negative": []}
        for arch, words in self.cases():
            exact, h = self.matrix(*self.model, **words)
            self.assertTrue(100 < exact["params"] < 2000, exact["params"])
            values = np.linalg.eigvalsh(h)[::-1]
            size = np.abs(values).max()
            self.close(exact["trace"], values.sum(), 1e-10)
            self.close(exact["fro"], np.linalg.norm(values), 1e-12)
            self.close(exact["negative"], np.mean(values < -1e-13 * size), 1e-3)
            for seed in range(20):
                line, = self.hessian(*self.model, trace=True, fro=True, top=4, bottom=3,
                                     density=6, density_steps=40, seed=seed, **words)
                self.assertEqual((line["samples"], line["loss"]), (10, exact["loss"]))
                for name in ("trace", "fro"):
                    off = abs(line[name] - exact[name])
                    held[name].append(off <= STUDENT[9] * line[name + "_se"])
                off = STUDENT[5] * line["negative_se"]  # and what the quadrature leaves open
                held["negative"].append(line["negative_lo"] - off <= exact["negative"]
                                        <= line["negative_hi"] + off)
                self.assertEqual((line["top_converged"], line["bottom_converged"]), (4, 3))
                for got, residual in zip(line["top"] + line["bottom"],
                                         line["top_residual"] + line["bottom_residual"]):
                    self.assertTrue(residual <= 1e-6 * size)
                    self.assertTrue(np.abs(values - got).min() <= residual + 1e-13 * size)
                self.close(line["top"], values[:4], 1e-6)
                self.close(np.add(line["bottom"], size), values[:-4:-1] + size, 1e-6)
        self.covered(held)

    def covered(self, held):
        """As many of 95 % intervals hold the truth as do, less three standard deviations."""
        print(f"# {self.id()}:", {k: f"{sum(v)} of {len(v)}" for k, v in held.items()}, flush=True)
        for name, hits in held.items():
            least = 0.95 * len(hits) - 3 * (0.95 * 0.05 * len(hits)) ** 0.5
            self.assertTrue(sum(hits) >= least, f"{name}: {sum(hits)} of {len(hits)}")

    def test_negative_with_all_steps(self):
        held = {"negative": [], "hutchinson": [], "fro": []}
        self.save(x=self.rng.standard_normal((50, 6)), y=self.rng.standard_normal((50, 2)))
        self.train("mlp widths=9-2 act=tanh", "mse")
        exact, _ = self.matrix(*self.model, loss="mse")
        for seed in range(60):
            line, = self.hessian(*self.model, loss="mse", density=5, density_steps=100, trace=True,
                                 method="hutchinson", probes=20, seed=seed)
            self.assertEqual(line["negative_lo"], line["negative_hi"])
            held["negative"].append(abs(line["negative"] - exact["negative"])
                                    <= STUDENT[4] * line["negative_se"])
            for name, key in (("trace", "hutchinson"), ("fro", "fro")):
                held[key].append(abs(line[name] - exact[name])
                                 <= STUDENT[19] * line[name + "_se"])
        self.covered(held)


# ---- PyTorch ------------------------------------------------------------------------------------

class Vgg(models.Module):
    """torchvision's, of another width, with one linear layer behind it."""

    def __init__(self, width, classes, norm):
        super().__init__()
        layers, i = [], 3
        for scale in (1, "M", 2, "M", 4, 4, "M", 8, 8, "M", 8, 8, "M"):
            if scale == "M":
                layers.append(nn.MaxPool2d(2))
                continue
            layers.append(nn.Conv2d(i, width * scale, 3, padding=1))
            i = width * scale
            layers += [nn.BatchNorm2d(i), nn.ReLU()] if norm else [nn.ReLU()]
        self.features, self.classifier = nn.Sequential(*layers), nn.Linear(i, classes)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class Mlp(models.Module):
    def __init__(self, i, width, classes, act):
        super().__init__()
        self.fc1, self.fc, self.act = nn.Linear(i, width), nn.Linear(width, classes), act

    def forward(self, x):
        return self.fc(self.act(self.fc1(x)))


def small_resnet20(width):
    model = models.CifarResnet(20, 3)
    for name, m in list(model.named_modules()):
        *path, last = name.split(".")
        at = model.get_submodule(".".join(path))
        if isinstance(m, nn.Conv2d):
            i = m.in_channels * width // 16 or 3
            setattr(at, last, nn.Conv2d(i if name != "conv1" else 3, m.out_channels * width // 16,
                                        3, m.stride, 1, bias=False))
        elif isinstance(m, nn.BatchNorm2d):
            setattr(at, last, nn.BatchNorm2d(m.num_features * width // 16))
        elif isinstance(m, models.PadChannels):
            setattr(at, last, models.PadChannels(2, m.pad * width // 16))
    model.linear = nn.Linear(4 * width, 3)
    return model


class Twin(Base):
    def setUp(self):
        if torch is None:
            self.skipTest(models.MISSING)
        super().setUp()
        torch.set_num_threads(2)

    def bring_in(self, model, arch, *more):
        models.save(self.folder / "model.safetensors", model.state_dict())
        self.run_tool("nai-import", "safetensors", self.folder / "model.safetensors",
                      "--arch", arch, *more, "-o", self.folder / "model.nts")

    def parameters(self, model, **words):
        """In the order of nai, which is that of the model's stream; those of layers=, or all."""
        named = dict(model.named_parameters())
        lines = self.hessian(*self.model, by="tensor", **words)
        if "layers" not in words:
            self.assertEqual({line["layer"] for line in lines}, set(named))
        return lines, [named[line["layer"]] for line in lines]

    def gradient(self, loss, parameters):
        grads = torch.autograd.grad(loss, parameters, create_graph=True)
        return torch.cat([g.reshape(-1) for g in grads])

    def product(self, grad, parameters, v):
        v = torch.from_numpy(np.array(v))
        grads = torch.autograd.grad(grad, parameters, v, retain_graph=True)
        return torch.cat([g.reshape(-1) for g in grads]).numpy()


class Torch(Twin):
    """The whole matrix of small networks, or the block of some of their layers."""

    def same(self, arch, model, shape, mode="eval", **words):
        x = self.rng.standard_normal((9, *shape))
        y = self.rng.integers(0, 3, 9).astype("i4")
        self.save(x=x, y=y)
        model = models.randomise(model.double(), torch.from_numpy(x))
        self.bring_in(model, arch)
        model.train(mode == "train")
        words.update(mode=mode, label_smoothing=0.1)
        lines, parameters = self.parameters(model, **words)
        line, h = self.matrix(*self.model, **words)
        loss = nn.functional.cross_entropy(model(torch.from_numpy(x)), torch.from_numpy(y).long(),
                                           label_smoothing=0.1)
        grad = self.gradient(loss, parameters)
        self.close(line["loss"], loss.item(), 1e-12)
        self.close(line["grad_norm"], grad.norm().item(), 1e-10)
        at = 0
        for part in lines:  # the norm of each tensor's gradient
            want = grad[at:at + part["params"]].norm().item()
            self.assertTrue(abs(part["grad_norm"] - want) <= 1e-10 * line["grad_norm"])
            at += part["params"]
        worst = 0
        for _ in range(8):
            v = self.rng.standard_normal(line["params"])
            want = self.product(grad, parameters, v)
            worst = max(worst, np.linalg.norm(h @ v - want) / np.linalg.norm(want))
        print(f"# {arch}, {mode}: {line['params']} parameters, {worst:.2g} off", flush=True)
        self.assertTrue(worst <= 1e-8)

    def test_mlp(self):
        for name, act in (("tanh", nn.Tanh()), ("gelu", nn.GELU()), ("sigmoid", nn.Sigmoid()),
                          ("relu", nn.ReLU())):
            self.same(f"mlp in=11 widths=8 act={name} classes=3", Mlp(11, 8, 3, act), (11,))

    def test_vit(self):
        self.same("vit in=3x8x8 patch=4 dim=8 depth=2 heads=2 mlp=32 classes=3",
                  models.Vit(8, 4, 8, 2, 2, 3), (3, 8, 8))
        self.same("vit in=3x8x8 patch=4 dim=8 depth=1 heads=4 mlp=32 pool=mean classes=3",
                  models.Vit(8, 4, 8, 1, 4, 3, True), (3, 8, 8))

    def test_vgg(self):
        self.same("vgg11 in=3x32x32 width=1 head=linear classes=3", Vgg(1, 3, False), (3, 32, 32),
                  layers="*.bias,features.0,features.6")
        for mode in ("eval", "train"):
            self.same("vgg11-bn in=3x32x32 width=1 head=linear classes=3", Vgg(1, 3, True),
                      (3, 32, 32), mode, layers="*.bias,features.0,features.5,classifier")

    def test_resnet20(self):
        for mode in ("eval", "train"):
            self.same("resnet20 in=3x16x16 width=2 classes=3", small_resnet20(2), (3, 16, 16), mode,
                      layers="*.bias,conv1,layer2.0.conv1,layer3.1.bn2,linear")


class Published(Twin):
    """The CIFAR ResNet-20 of NAI_DATA, on test images."""

    def test_resnet20(self):
        if not (models.WEIGHTS.exists() and models.PICTURES.exists()):
            self.skipTest("no published weights and CIFAR-10 in NAI_DATA")
        rows = np.fromfile(models.PICTURES, np.uint8).reshape(-1, 3073)[:50]
        pictures = rows[:, 1:].reshape(-1, 3, 32, 32)
        self.save(x=pictures, y=rows[:, 0].astype("i4"))
        model = models.CifarResnet(20, 10)
        model.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in
                               models.load(models.WEIGHTS.read_bytes()).items()}, False)
        model = model.double().eval()
        self.bring_in(model, "resnet20 in=3x32x32 classes=10", "--mean",
                      ",".join(map(str, models.MEAN)), "--std", ",".join(map(str, models.STD)))
        found = self.folder / "found.nts"
        line, = self.hessian(*self.model, trace=True, probes=18, top=4, spectrum=found,
                             vectors=True)
        _, parameters = self.parameters(model)
        x = models.normalised(pictures, torch.float64)
        loss = nn.functional.cross_entropy(model(x), torch.from_numpy(rows[:, 0].copy()).long())
        grad = self.gradient(loss, parameters)
        self.close(line["loss"], loss.item(), 1e-10)
        self.close(line["grad_norm"], grad.norm().item(), 1e-9)
        v = nts.load(found)["vector"]
        self.close(v @ v.T, np.eye(4), 1e-12)
        product = self.product(grad, parameters, v[0])
        residual = np.linalg.norm(product - line["top"][0] * v[0]) / line["top"][0]
        # what is left of random signs without these directions says what the rest of the trace is
        signs = np.sign(self.rng.standard_normal((4, len(v[0]))))
        signs -= signs @ v.T @ v
        rest = [s @ self.product(grad, parameters, s) for s in signs]
        mean, error = np.mean(rest) + sum(line["top"]), np.std(rest, ddof=1) / 2
        print(f"# {self.id()}: loss {line['loss']:.6g}, largest {line['top'][0]:.6g}, residual "
              f"{residual:.2g}; trace {line['trace']:.6g} +- {line['trace_se']:.2g}, PyTorch "
              f"{mean:.6g} +- {error:.2g}", flush=True)
        self.assertTrue(residual <= 1e-7)
        self.assertTrue(max(np.divide(rest, (signs ** 2).sum(1))) < line["top"][3])
        self.assertTrue(abs(line["trace"] - mean)
                        <= STUDENT[3] * (error ** 2 + line["trace_se"] ** 2) ** 0.5)
        p = model(x).softmax(1).detach().numpy()  # by the logits, which the last bias moves
        _, got = self.matrix(*self.model, layers="linear.bias")
        self.close(got, of_logits(p).mean(0), 1e-9)


if __name__ == "__main__":
    unittest.main()
