#!/usr/bin/python3
"""measure.py - run commands in turn, several times: wall time and peak memory of each.
SPDX-License-Identifier: MIT
Usage: measure.py REPEATS NAME=COMMAND...  The first is what the others are compared with. Peak
memory is that of the largest process, and of all processes of the command together."""
import os
import subprocess
import sys
import threading
import time


def tree(pid):
    """Resident bytes of pid and its descendants, (sum, largest)."""
    total = most = 0
    todo = [pid]
    while todo:
        p = todo.pop()
        try:
            with open(f"/proc/{p}/statm") as f:
                rss = int(f.read().split()[1]) * 4096
            with open(f"/proc/{p}/task/{p}/children") as f:
                todo += f.read().split()
        except (OSError, IndexError, ValueError):
            continue
        total += rss
        most = max(most, rss)
    return total, most


def run(command):
    peak = [0, 0]
    start = time.perf_counter()
    child = subprocess.Popen(command.split(), stdout=subprocess.DEVNULL)
    stop = threading.Event()

    def watch():
        while not stop.wait(0.01):
            for i, v in enumerate(tree(child.pid)):
                peak[i] = max(peak[i], v)

    watcher = threading.Thread(target=watch)
    watcher.start()
    status = child.wait()
    seconds = time.perf_counter() - start
    stop.set()
    watcher.join()
    if status != 0:
        sys.exit(f"{command}: exit {status}")
    return seconds, peak[0], peak[1]


def median(v):
    return sorted(v)[len(v) // 2]


repeats = int(sys.argv[1])
commands = [a.split("=", 1) for a in sys.argv[2:]]
found = {name: [] for name, _ in commands}
for _ in range(repeats):  # in turn, so that a slow spell of the machine meets all of them
    for name, command in commands:
        found[name].append(run(command))
first = median([r[0] for r in found[commands[0][0]]])
memory = median([r[2] for r in found[commands[0][0]]])
print(f"{'':12} {'seconds':>8} {'(least - most)':>16} {'ratio':>6} {'MB, all':>9} {'largest':>9} {'ratio':>6}")
for name, _ in commands:
    t = [r[0] for r in found[name]]
    total, most = median([r[1] for r in found[name]]), median([r[2] for r in found[name]])
    print(
        f"{name:12} {median(t):8.2f} {f'({min(t):.2f} - {max(t):.2f})':>16} {median(t) / first:6.2f}"
        f" {total / 1e6:9.1f} {most / 1e6:9.1f} {total / memory:6.3f}"
    )
