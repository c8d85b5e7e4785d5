"""torch_hessian.py - PyTorch's side of the Hessian benchmark: double back-propagation

SPDX-License-Identifier: MIT
Usage: torch_hessian.py NET ROWS DTYPE PROBES LAYOUT   NET: resnet20 or resnet18, on 32 x 32 x 3; LAYOUT:
contiguous or channels_last. The way PyHessian does it: the gradient of the cross-entropy with its
graph, once, then the gradient of its product with each random vector, in evaluation mode. Data stand
ready in memory. Prints seconds until the second product, until the last, and peak memory in bytes.
"""
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision

net, rows, dtype, probes, layout = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5]
layout = torch.channels_last if layout == "channels_last" else torch.contiguous_format
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, c, out, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(c, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out)
        self.conv2, self.bn2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out)
        self.stride, self.more = stride, out - c

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.more:
            x = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.more // 2, self.more // 2))
        return F.relu(y + x)


def resnet20():
    layers, c = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for out in (16, 32, 64):
        for k in range(3):
            layers.append(Block(c, out, 2 if k == 0 and out > 16 else 1))
            c = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def resnet18():
    model = torchvision.models.resnet18(weights=None, num_classes=10)
    model.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    model.maxpool = nn.Identity()
    return model


model = (resnet20 if net == "resnet20" else resnet18)().eval()
model = model.to(torch.float64 if dtype == "f64" else torch.float32).to(memory_format=layout)
params = list(model.parameters())
x = torch.randn(rows, 3, 32, 32, dtype=params[0].dtype).to(memory_format=layout)
y = torch.randint(0, 10, (rows,))

start = time.perf_counter()
gradient = torch.autograd.grad(F.cross_entropy(model(x), y), params, create_graph=True)
trace = []
for k in range(probes):
    v = [torch.randint(0, 2, p.shape).to(p.dtype) * 2 - 1 for p in params]
    product = torch.autograd.grad(gradient, params, grad_outputs=v, retain_graph=True)
    trace.append(sum((a * b).sum().item() for a, b in zip(product, v)))
    if k == 1:
        second = time.perf_counter() - start
print(second, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
