#!/bin/sh
# coretype.sh - the OpenBLAS core type that nai's tools run with here
# SPDX-License-Identifier: MIT
"$1/nai-cov" --version | sed -n 's/^OpenBLAS [0-9.]* \([A-Za-z]*\).*/\1/p'
