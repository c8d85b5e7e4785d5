# spectrum.py - writes a stream of kind spectrum, as nai-hessian does
# SPDX-License-Identifier: MIT
"""spectrum.py OUT KEY=VALUE... <ROWS

A row is an eigenvalue or, of a density, a node and its weight. KEY is of meta.spectra.NAME;
name=NAME names it [loss].
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "formats", "python"))

import numpy as np

import nts

meta = {"scaling": "hessian"}
for word in sys.argv[2:]:
    key, value = word.split("=")
    try:
        meta[key] = int(value)
    except ValueError:
        meta[key] = float(value) if value[0].isdigit() else value
name = meta.pop("name", "loss")
rows = np.loadtxt(sys.stdin, ndmin=2)
fields = {"lambda": rows[:, 0]}
if rows.shape[1] > 1:
    fields["weight"] = rows[:, 1]
nts.save(sys.argv[1], {name: {key: np.ascontiguousarray(x) for key, x in fields.items()}},
         "spectrum", {"spectra": {name: meta}})
