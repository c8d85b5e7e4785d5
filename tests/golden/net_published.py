# net_published.py - how many of the first 1000 test pictures the published ResNet-20 gets right
# SPDX-License-Identifier: MIT
# Usage: python3 tests/golden/net_published.py DATA   (holds weights/ and cifar10/)
# The figures are in tests/net/published.c; torch 1.13.0a0, numpy 1.24.2.
import ast
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch

code = ast.parse((Path(__file__).parent / "net.py").read_text())
code.body = [n for n in code.body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Call))]
exec(compile(code, "net.py", "exec"))  # its networks, without running it

raw = open(f"{sys.argv[1]}/weights/resnet20-cifar10.safetensors", "rb").read()
n = struct.unpack("<Q", raw[:8])[0]
head = json.loads(raw[8:8 + n])
state = {}
for name, t in head.items():
    if name != "__metadata__":
        a, b = t["data_offsets"]
        v = np.frombuffer(raw[8 + n + a:8 + n + b], {"F32": "<f4", "I64": "<i8"}[t["dtype"]])
        state[name] = torch.from_numpy(v.reshape(t["shape"]).copy())
model = CifarResnet(20, 10)
print(model.load_state_dict(state, strict=False))
model.eval()
rows = np.fromfile(f"{sys.argv[1]}/cifar10/test_batch_first1000.bin", np.uint8).reshape(-1, 3073)
x = rows[:, 1:].reshape(-1, 3, 32, 32) / 255.0
mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
x = torch.from_numpy((x - mean[:, None, None]) / std[:, None, None]).float()
with torch.no_grad():
    z = model(x)
    print("correct", int((z.argmax(1).numpy() == rows[:, 0]).sum()))
    print("mean |logit|", float(z.double().abs().mean()))
    top = z.sort(1).values
    print("least margin", float((top[:, -1] - top[:, -2]).min()))
