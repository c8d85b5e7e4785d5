#!/usr/bin/python3
"""tap_unittest.py - run a unittest file and print TAP.
SPDX-License-Identifier: MIT"""
import importlib.util
import sys
import unittest


class Tap(unittest.TestResult):
    n = 0

    def line(self, good, test, note=""):
        self.n += 1
        print(f"{'' if good else 'not '}ok {self.n} - {test.id()}{note}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.line(True, test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line(True, test, f" # skip {reason}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line(False, test)
        print("# " + self.failures[-1][1].replace("\n", "\n# "))

    def addError(self, test, err):
        super().addError(test, err)
        self.line(False, test)
        print("# " + self.errors[-1][1].replace("\n", "\n# "))


spec = importlib.util.spec_from_file_location("tests", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
result = Tap()
unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
print(f"1..{result.n}")
sys.exit(not result.wasSuccessful())
