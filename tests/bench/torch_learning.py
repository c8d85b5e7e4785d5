"""torch_learning.py - PyTorch's side of the learning benchmark: training and embedding, views/s

SPDX-License-Identifier: MIT
Usage: torch_learning.py WHAT SECONDS [LAYOUT]   WHAT: train-resnet18, embed-resnet18, train-cnn, embed-cnn;
LAYOUT: contiguous or channels_last. Batch 256, Barlow Twins with 2 views, Adam, float32; the cnn
is nai's "cnn" on 28 x 28 grey images. Data stand ready in memory. Prints views (images) a second.
"""
import sys
import time

import torch
import torch.nn as nn
import torchvision

what, seconds = sys.argv[1], float(sys.argv[2])
layout = torch.channels_last if sys.argv[3:] == ["channels_last"] else torch.contiguous_format
torch.manual_seed(0)


def cnn(widths=(32, 64, 128)):
    """conv 3x3, batch norm, ReLU, halved by the maximum between; global mean."""
    layers, c = [], 1
    for i, w in enumerate(widths):
        layers += [nn.Conv2d(c, w, 3, padding=1, bias=False), nn.BatchNorm2d(w), nn.ReLU(inplace=True)]
        layers += [nn.MaxPool2d(2)] if i < len(widths) - 1 else []
        c = w
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def resnet18():
    net = torchvision.models.resnet18(weights=None)
    net.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    net.maxpool = nn.Identity()
    net.fc = nn.Identity()
    return net


def projector(width, d=256):
    return nn.Sequential(nn.Linear(width, d, bias=False), nn.BatchNorm1d(d), nn.ReLU(inplace=True),
                         nn.Linear(d, d))


def barlow(z1, z2, beta=5 / 256):
    def standard(z):
        return (z - z.mean(0)) / torch.sqrt(z.var(0, unbiased=False) + 1e-5)
    c = standard(z1).T @ standard(z2) / len(z1)
    on = torch.diagonal(c)
    return ((on - 1) ** 2).sum() + beta * ((c ** 2).sum() - (on ** 2).sum())


net, shape, width = (resnet18(), (3, 32, 32), 512) if what.endswith("resnet18") else (cnn(), (1, 28, 28), 128)
net = net.to(memory_format=layout)
views = [torch.randn(256, *shape).to(memory_format=layout) for _ in range(2)]

if what.startswith("train"):
    head = projector(width)
    adam = torch.optim.Adam([*net.parameters(), *head.parameters()], lr=1e-3, weight_decay=1e-6)

    def step():
        adam.zero_grad(set_to_none=True)
        barlow(head(net(views[0])), head(net(views[1]))).backward()
        adam.step()
else:
    net.eval()

    def step():
        with torch.inference_mode():
            net(views[0])
            net(views[1])

step()
done, start = 0, time.perf_counter()
while time.perf_counter() - start < seconds or done < 2:
    step()
    done += 1
print("%.1f" % (512 * done / (time.perf_counter() - start)))
