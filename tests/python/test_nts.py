# test_nts.py - the Python module nts.py against the specification and a second reader
# SPDX-License-Identifier: MIT
"""Run: python3 tests/python/test_nts.py. Needs NumPy and the zstd program."""
import ctypes
import gzip
import io
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest
import zipfile
from unittest import mock

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "formats/python"), str(ROOT / "tests")]
import nts  # noqa: E402
import nts_reader  # noqa: E402

NUMPY = {"f64": "f8", "f32": "f4", "f16": "f2", "i64": "i8", "i32": "i4", "i16": "i2", "i8": "i1",
         "u64": "u8", "u32": "u4", "u16": "u2", "u8": "u1", "bool": "?"}
BARE = {"provenance": "none"}  # no history: bytes that do not depend on how the test was started


# ---- helpers -----------------------------------------------------------------------------------

def saved(arrays, kind="dataset", meta=None, **options):
    """The bytes of a regular file."""
    out = io.BytesIO()
    nts.save(out, arrays, kind, meta, **options)
    return out.getvalue()


def piped(write):
    """The bytes that write(file) sends through a pipe."""
    r, w = os.pipe()
    got = []

    def drain():
        with os.fdopen(r, "rb") as source:
            got.append(source.read())

    thread = threading.Thread(target=drain)
    thread.start()
    try:
        with os.fdopen(w, "wb", buffering=0) as sink:
            write(sink)
    finally:
        thread.join()
    return got[0]


def loaded(data, **options):
    return nts.load(io.BytesIO(data), **options)


def digest(data):
    with nts.open(io.BytesIO(data)) as reader:
        for _ in reader:
            pass
    return reader.digest


def second(data, envelope=False):
    """What the second reader says of the bytes."""
    return nts_reader.read(data, envelope)[0]


def zstd(data, *options):
    return subprocess.run(["zstd", "-q", *options], input=data, capture_output=True,
                          check=True).stdout


def bits(array):
    return array.shape, array.dtype.str, array.tobytes()


def same(a, b):
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return bits(a) == bits(b)


def record(kind, seq, payload, a=0, b=0, c=None, flags=bytes(4), feat=0, length=None):
    """One raw record with right checksums, whatever else is wrong with it."""
    if c is None:
        c, payload = len(payload), payload + b" " * (-len(payload) % 64)
    if kind == b"\x89NTS":
        flags, a = (b"\r\n\x1a\n" if flags == bytes(4) else flags), a or 1
    header = struct.pack("<4s4sQQIIQQQ", kind, flags, seq, length or len(payload), a, b, c,
                         nts_reader.xxh64(payload), feat)
    return header + struct.pack("<Q", nts_reader.xxh64(header)) + payload


HEAD = ('{"nts":[1,0],"kind":"dataset","sections":[{"name":"s","rows":null,"fields":'
        '[{"name":"x","dtype":"u8","shape":[2],"filter":"none"}]}]}')
ROWS = b"\1\2\3\4\5\6"


def raw_stream(head=HEAD, rows=ROWS, before_done=(), done=None, **changes):
    """A raw record stream of one ROWS record of u8[2], parts of it replaced: HEAD's text, extra
    (kind, payload, keywords) records, DONE's members, fields of the ROWS header."""
    parts = [record(b"\x89NTS", 0, head if isinstance(head, bytes) else head.encode())]
    keys = {"a": 0, "b": len(rows) // 2, "c": 0, **changes}
    padding = keys.pop("padding", bytes(-len(rows) % 64))
    parts.append(record(b"ROWS", keys.pop("seq", 1), rows + padding, **keys))
    for kind, payload, keywords in before_done:
        parts.append(record(kind, len(parts), payload, **keywords))
    column = f"{nts_reader.xxh64(rows):016x}"
    line = f"s\tx\tu8\t2\t{len(rows) // 2}\t{column}\n".encode()
    members = {"records": len(parts), "sections": [{"rows": len(rows) // 2,
                                                    "fields": {"x": "xxh64:" + column}}],
               "digest": f"xxh64:{nts_reader.xxh64(line):016x}", **(done or {})}
    parts.append(record(b"DONE", len(parts), json.dumps(members).encode()))
    return b"".join(parts)


def field_of(head):
    return head[head.index('{"name":"x"'):head.index("]}]}")]


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def refused(self, data, pattern="", both=True):
        """Both readers refuse the bytes; nts.py says why."""
        with self.assertRaisesRegex(nts.NtsError, pattern):
            loaded(data)
        if both:
            with self.assertRaises(nts_reader.Bad):
                second(data)


# ---- hashes and JSON ---------------------------------------------------------------------------

class Hashes(unittest.TestCase):
    KNOWN = {b"": 0xef46db3751d8e999, b"a": 0xd24ec4f1a98c6e5b, b"abc": 0x44bc2cf5ad770999,
             b"Nobody inspects the spammish repetition": 0xfbcea83c8a378bf1}

    def test_known_values(self):
        for data, value in self.KNOWN.items():
            for implementation in (nts._xxh64, nts_reader.xxh64):
                self.assertEqual(implementation(data), value)
            state = nts._PythonXXH64()
            state.update(data)
            self.assertEqual(state.intdigest(), value)

    def test_three_implementations_agree_at_every_length_and_split(self):
        data = np.random.default_rng(1).bytes(3000)
        for size in list(range(140)) + [1023, 1024, 2999]:
            expected = nts_reader.xxh64(data[:size])
            self.assertEqual(nts._xxh64(data[:size]), expected)
            for step in (1, 7, 31, 32, 33, 1000):
                state = nts._PythonXXH64()
                for at in range(0, size, step):
                    state.update(data[at:min(at + step, size)])
                self.assertEqual(state.intdigest(), expected, (size, step))

    def test_python_hash_beyond_one_slice(self):
        data = bytes(range(256)) * 9000
        state = nts._PythonXXH64()
        state.update(data[:5])
        state.update(data[5:])
        self.assertEqual(state.intdigest(), nts._xxh64(data))


class CanonicalJson(unittest.TestCase):
    VALUES = [{}, {"b": 1, "a": [True, None, "x"]},
              {"\u00e9": 1, "z": 2, "\U0001f600": 3, "\uffff": 4},
              {"c": "\b\t\n\f\r\x01\x0b\x1f\x7f\\u001f\"/"},
              {"r": [0.1, 1.0, 1e300, 1e-5, -2.5e-8]},
              {"i": [-2 ** 63, 2 ** 63 - 1]}]

    def test_both_readers_agree(self):
        for value in self.VALUES:
            self.assertEqual(nts._canonical(value), nts_reader.canonical(value))

    def test_control_characters_in_upper_case(self):
        self.assertEqual(nts._canonical("\x1f\\u001f\n"), '"\\u001F\\\\u001f\\n"')

    def test_as_jansson_writes_it(self):
        try:
            jansson = ctypes.CDLL("libjansson.so.4")
        except OSError:
            self.skipTest("no libjansson")
        jansson.json_loads.restype = ctypes.c_void_p
        jansson.json_loads.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p]
        jansson.json_dumps.restype = ctypes.c_char_p
        jansson.json_dumps.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
        for value in self.VALUES:
            root = jansson.json_loads(json.dumps(value).encode(), 0, None)
            text = jansson.json_dumps(root, 0x20 | 0x80)  # JSON_COMPACT | JSON_SORT_KEYS
            self.assertEqual(nts._canonical(value), text.decode())


# ---- what is written is what is read -----------------------------------------------------------

class RoundTrip(Case):
    def arrays(self):
        """Every dtype in several shapes, every bit pattern of chance, extremes and NaN too."""
        rng, arrays = np.random.default_rng(2), {}
        for name, code in NUMPY.items():
            for shape in ((), (3,), (2, 3, 4), (1,) * 7 + (2,)):
                x = np.frombuffer(rng.bytes(17 * int(np.prod(shape)) * np.dtype(code).itemsize),
                                  "u1")
                x = (x & 1).astype("?") if name == "bool" else x.view(code)
                arrays[f"{name}{list(shape)}"] = x.reshape(17, *shape)
        arrays["extremes"] = np.resize(np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324]), 17)
        return arrays

    def test_every_dtype_shape_and_level(self):
        arrays = self.arrays()
        digests = set()
        for level in (0, 1, 3, 19):
            data = saved(arrays, level=level)
            self.assertTrue(same(loaded(data), arrays), level)
            summary = second(data, envelope=True)
            self.assertEqual(summary["level"], "zstd" if level else "stored")
            self.assertTrue(summary["seek_table"] and summary["index"])
            self.assertEqual(summary["digest"], digest(data))
            digests.add(summary["digest"])
        self.assertEqual(len(digests), 1)

    def test_columns_as_the_second_reader_sees_them(self):
        arrays = self.arrays()
        path = self.folder / "a.nts"
        nts.save(path, arrays)
        _, stream = nts_reader.read(path.read_bytes())
        for field, column in zip(stream.head["sections"][0]["fields"], stream.columns[0]):
            self.assertEqual(bytes(column), arrays[field["name"]].tobytes())
        out = subprocess.run([sys.executable, ROOT / "tests/nts_reader.py", "--dump", "rows",
                              "extremes", path], capture_output=True, check=True).stdout
        self.assertEqual(out, arrays["extremes"].tobytes())

    def test_other_byte_order_and_strides(self):
        x = np.arange(24, dtype=">f4").reshape(4, 6)
        got = loaded(saved({"x": x, "y": x[:, ::2], "z": np.asfortranarray(x)}))
        np.testing.assert_array_equal(got["x"], x)
        np.testing.assert_array_equal(got["y"], x[:, ::2])
        np.testing.assert_array_equal(got["z"], x)

    def test_sections_meta_and_names(self):
        arrays = {"one": {"x": np.arange(5)}, "two": {"\u00e9 \u4e2d": np.ones((2, 1, 3), "f4")},
                  "empty": {"a": np.zeros((0, 4), "u1"), "b": np.zeros(0, "?")}}
        meta = {"classes": ["cat", "d\u00f6g"], "mean": [np.float32(0.5)], "n": np.int64(3)}
        data = saved(arrays, "embedding", meta)
        self.assertTrue(same(loaded(data), arrays))
        self.assertTrue(same(loaded(data, section="one"), arrays["one"]))
        with self.assertRaises(KeyError):
            loaded(data, section="three")
        with nts.open(io.BytesIO(data)) as reader:
            self.assertEqual(reader.kind, "embedding")
            self.assertEqual(reader.meta, {"classes": ["cat", "d\u00f6g"], "mean": [0.5], "n": 3})
            self.assertEqual([s.rows for s in reader.sections], [5, 2, 0])
        second(data, envelope=True)

    def test_every_kind_of_the_page(self):
        page = (ROOT / "man/nts.5").read_text()
        kinds = re.search(r"^\.It Va kind\n(.*?);", page, re.M | re.S).group(1)
        kinds = re.sub(r"\(.*?\)", "", kinds).replace(" or ", ", ")
        for kind in (k.strip() for k in kinds.split(",")):
            self.assertIn(kind, nts.KINDS)
            second(saved({"x": np.arange(3)}, kind) if kind != "model" else saved({}, kind))
        self.assertEqual(len(nts.KINDS), kinds.count(",") + 1)

    def test_load_is_of_the_whole(self):
        with nts.open(io.BytesIO(saved({"x": np.arange(4)}))) as reader:
            next(reader)
            with self.assertRaises(ValueError):
                reader.load()

    def test_model(self):
        arrays = {"conv.weight": np.random.default_rng(3).normal(size=(4, 3, 2)).astype("f4"),
                  "scale": np.array(2.5), "none": np.zeros((0, 7), "f4")}
        data = saved(arrays, "model")
        self.assertTrue(same(loaded(data), arrays))
        self.assertTrue(same(loaded(data, section="scale"), arrays["scale"]))
        self.assertEqual([s["rows"] for s in second(data, envelope=True)["sections"]], [24, 1, 0])

    def test_bf16(self):
        patterns = np.arange(65536, dtype="u2")  # every bf16 there is
        values = (patterns.astype("u4") << 16).view("f4")
        out = io.BytesIO()
        with nts.Writer(out, {"x": "bf16"}) as writer:
            writer.write(x=values)
        summary, stream = nts_reader.read(out.getvalue())
        self.assertEqual(bytes(stream.columns[0][0]), patterns.tobytes())
        self.assertEqual(bits(loaded(out.getvalue())["x"]), bits(values))
        out = io.BytesIO()  # a NaN whose payload is all in the half that goes is still one
        with nts.Writer(out, {"x": "bf16"}) as writer:
            writer.write(x=np.array([0x7f800001, 0xff800001], "u4").view("f4"))
        self.assertTrue(np.isnan(loaded(out.getvalue())["x"]).all())
        # to nearest, ties to even: 1 + k/512 lie on and between the neighbours 1 and 1 + 1/128
        out = io.BytesIO()
        with nts.Writer(out, {"x": "bf16"}) as writer:
            writer.write(x=np.array([1, 1 + 1 / 512, 1 + 2 / 512, 1 + 3 / 512, 1 + 6 / 512,
                                     3.4e38], "f4"))
        np.testing.assert_array_equal(loaded(out.getvalue())["x"], np.array(
            [1, 1, 1, 1 + 1 / 128, 1 + 2 / 128, np.inf], "f4"))

    def test_filter_is_chosen_by_size_and_does_not_show(self):
        smooth = np.linspace(0, 1, 50000, dtype="f8")
        noise = np.random.default_rng(4).integers(0, 2 ** 62, 50000)
        data = saved({"smooth": smooth, "bytes": np.arange(50000).astype("u1")})
        with nts.open(io.BytesIO(data)) as reader:
            self.assertEqual([f.filter for f in reader.sections[0].fields], ["shuffle", "none"])
        self.assertEqual(digest(data), digest(saved({"smooth": smooth, "bytes": np.arange(
            50000).astype("u1")}, level=0)))
        self.assertTrue(same(loaded(saved({"noise": noise})), {"noise": noise}))
        second(data, envelope=True)

    def test_batches_are_chunks_of_one_mebibyte(self):
        x = np.arange(700000, dtype="i4")
        data = saved({"x": x}, level=0)
        rows = []
        for section, first, batch in nts.open(io.BytesIO(data)):
            self.assertEqual((section, first), ("rows", sum(rows)))
            rows.append(len(batch["x"]))
        self.assertEqual(rows, [262144, 262144, 175712])

    def test_chunking_does_not_change_the_digest(self):
        x = np.random.default_rng(5).normal(size=(1000, 700))
        whole = digest(saved({"x": x}))
        for step in (1, 13, 999):
            out = io.BytesIO()
            buffer = np.empty((step, 700))
            with nts.Writer(out, {"x": ("f64", (700,))}) as writer:
                for at in range(0, 1000, step):
                    part = buffer[:min(step, 1000 - at)]
                    part[...] = x[at:at + step]
                    writer.write(x=part)  # part is overwritten afterwards: it must be copied
            self.assertEqual(digest(out.getvalue()), whole)
            self.assertTrue(same(loaded(out.getvalue()), {"x": x}))

    def test_interleaved_sections(self):
        out = io.BytesIO()
        with nts.Writer(out, {"a": {"x": "i32"}, "b": {"x": ("f32", (2,))}}, level=0) as writer:
            for i in range(3):
                writer.write(section="a", x=np.full(300000, i, "i4"))
                writer.write({"x": np.full((200000, 2), i, "f4")}, section="b")
        got = loaded(out.getvalue())
        np.testing.assert_array_equal(got["a"]["x"], np.repeat(np.arange(3), 300000))
        np.testing.assert_array_equal(got["b"]["x"][:, 1], np.repeat(np.arange(3), 200000))
        names = [name for name, _, _ in nts.open(io.BytesIO(out.getvalue()))]
        self.assertEqual(names[:3], ["a", "b", "a"])

    def test_refuses_what_would_lose_something(self):
        writer = nts.Writer(io.BytesIO(), {"x": "u8", "y": ("f32", (2,))})
        y = np.zeros((3, 2), "f4")
        for arrays in ({"x": [1, 2, 300], "y": y}, {"x": [-1, 2, 3], "y": y},
                       {"x": np.zeros(3, "i4"), "y": y}, {"x": [1, 2], "y": y}, {"x": [1, 2, 3]},
                       {"x": [1, 2, 3], "y": y.astype("f8")}, {"x": [1, 2, 3], "y": y[:, :1]},
                       {"x": [1, 2, 3], "y": y, "z": y}):
            with self.assertRaises(ValueError):
                writer.write(arrays)
        for dtype in ("c8", "U3", "O", "i8x", "u4", "M8[s]"):
            with self.assertRaises((ValueError, TypeError)):
                nts.Writer(io.BytesIO(), {"x": dtype})
        for sections in ({"a\tb": "u8"}, {"x" * 256: "u8"}, {"x": ("u8", (1,) * 9)}, {"s": {}},
                         {"x": ("u8", (2, 0))}, {"": {"x": "u8"}}):
            with self.assertRaises(ValueError):
                nts.Writer(io.BytesIO(), sections)
        for options in ({"kind": "other"}, {"level": 20}, {"meta": {"x": float("nan")}},
                        {"meta": {"x": 2 ** 63}}, {"meta": {"x": "\ud800"}}):
            with self.assertRaises(ValueError):
                nts.Writer(io.BytesIO(), {"x": "u8"}, **options)
        with self.assertRaises(ValueError):
            saved({"x": np.zeros(3), "y": np.zeros(4)})


class SmallestStream(Case):
    HEX = """28 b5 2f fd 84 38 80 00 00 00 01 04 00 89 4e 54 53 0d 0a 1a 0a
        00 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00
        1b 00 00 00 00 00 00 00 19 26 38 0f a7 50 8f 83 00 00 00 00 00 00 00 00
        77 5a 8b b8 02 9f 5b e7 {0} 8f 16 5f ab
        28 b5 2f fd 84 38 80 00 00 00 01 04 00 44 4f 4e 45 00 00 00 00
        01 00 00 00 00 00 00 00 40 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        3d 00 00 00 00 00 00 00 b0 79 2d 54 21 b8 0b ab 00 00 00 00 00 00 00 00
        7a 92 f4 78 b6 19 6d 39 {1} 62 77 a1 5d
        5e 2a 4d 18 21 00 00 00 91 00 00 00 80 00 00 00 8f 16 5f ab
        91 00 00 00 80 00 00 00 62 77 a1 5d 02 00 00 00 80 b1 ea 92 8f"""

    def test_bytes(self):
        texts = [b'{"nts":[1,0],"sections":[]}' + b" " * 37,
                 b'{"records":1,"sections":[],"digest":"xxh64:ef46db3751d8e999"}' + b" " * 3]
        expected = bytes.fromhex(self.HEX.format(*(text.hex() for text in texts)))
        self.assertEqual(len(expected), 331)
        path = self.folder / "smallest.nts"
        nts.save(path, {}, kind=None, level=0, **BARE)
        self.assertEqual(path.read_bytes(), expected)
        self.assertEqual(nts.load(path), {})
        self.assertEqual(second(expected, envelope=True)["digest"], "xxh64:ef46db3751d8e999")


# ---- envelopes ---------------------------------------------------------------------------------

class Envelopes(Case):
    def setUp(self):
        super().setUp()
        self.arrays = {"x": np.random.default_rng(6).normal(size=(40000, 5)).astype("f4"),
                       "y": np.arange(40000, dtype="i4") % 10}
        self.data = saved(self.arrays, meta={"classes": 10})
        self.raw = zstd(self.data, "-dc")

    def accepted(self, data):
        self.assertTrue(same(loaded(data), self.arrays))
        self.assertEqual(digest(data), digest(self.data))
        self.assertEqual(second(data)["digest"], digest(self.data))

    def test_pipe_is_stored_and_has_no_tables(self):
        data = piped(lambda file: nts.save(file, self.arrays))
        self.accepted(data)
        summary = second(data, envelope=True)
        self.assertEqual((summary["level"], summary["seek_table"], summary["index"]),
                         ("stored", False, False))
        self.assertEqual(summary["records"], summary["frames"])
        data = piped(lambda file: nts.save(file, self.arrays, level=3))
        self.accepted(data)
        self.assertEqual(second(data, envelope=True)["level"], "zstd")

    def test_zstd_and_its_list_accept_the_file(self):
        path = self.folder / "a.nts"
        path.write_bytes(self.data)
        subprocess.run(["zstd", "-tq", path], check=True)
        self.assertEqual(self.raw[:8], b"\x89NTS\r\n\x1a\n")

    def test_raw_records(self):
        self.accepted(self.raw)
        self.accepted(self.raw + b"\x50\x2a\x4d\x18\x03\0\0\0abc")

    def test_recompressed_as_one_frame(self):
        for options in (["-1"], ["-19"], ["-3", "--no-check"], ["--fast=5"]):
            data = zstd(self.raw, *options)
            self.accepted(data)
            with self.assertRaises(nts_reader.Bad):
                second(data, envelope=True)

    def test_frames_that_cut_records_anywhere(self):
        step = len(self.raw) // 7 + 1
        parts = [zstd(self.raw[at:at + step]) for at in range(0, len(self.raw), step)]
        empty = zstd(b"")
        self.accepted(b"".join(empty + part for part in parts) + empty)

    def test_skippable_frames_anywhere_between_frames(self):
        skip = b"\x5a\x2a\x4d\x18\x05\0\0\0hello" + b"\x50\x2a\x4d\x18\0\0\0\0"
        frames = [i for i in nts_reader.parse_envelope(self.data) if not isinstance(i, tuple)]
        data = skip + b"".join(self.data[f.start:f.end] + skip for f in frames)
        self.accepted(data)

    def test_window_and_dictionary(self):
        big = saved({"x": np.zeros(3 << 20)}, level=0)
        self.refused(zstd(zstd(big, "-dc"), "--ultra", "-1", "--long=27"), "window")
        stored = saved(self.arrays, level=0)  # the first frame's header gets a dictionary's number
        self.accepted(stored[:4] + b"\x85\x38\0" + stored[6:])
        self.refused(stored[:4] + b"\x85\x38\7" + stored[6:], "needs a dictionary")

    def test_concatenated(self):
        first = {k: v[:10000] for k, v in self.arrays.items()}
        rest = {k: v[10000:] for k, v in self.arrays.items()}
        meta = {"classes": 10}
        a, b = saved(first, meta=meta), saved(rest, meta=meta, level=0)
        pipe = piped(lambda file: nts.save(file, rest, meta=meta))
        for data in (a + b, a + pipe, zstd(a, "-dc") + b, a + zstd(b, "-dc"),
                     zstd(zstd(a + b, "-dc")), zstd(a + b, "-dc"), zstd(a, "-dc") + zstd(b, "-dc")):
            self.accepted(data)
        with nts.open(io.BytesIO(a + b)) as reader:
            rows = [row for _, row, _ in reader]
        self.assertEqual(rows, sorted(rows))
        self.assertEqual(reader.sections[0].rows, 40000)
        self.assertEqual([i["digest"] for i in reader.inputs], [digest(a), digest(b)])
        self.assertTrue(second(a + b, envelope=True)["seek_table"])

    def test_schema_mismatch(self):
        x = {"x": np.arange(3, dtype="f4")}
        one = saved(x, meta={"m": 1})
        for other in (saved(x, meta={"m": 2}), saved(x, meta={"m": 1.0}), saved(x),
                      saved(x, "views", meta={"m": 1}), saved({"y": x["x"]}, meta={"m": 1}),
                      saved({"x": x["x"].astype("f8")}, meta={"m": 1}), saved({}, meta={"m": 1}),
                      saved({"x": np.zeros((3, 1), "f4")}, meta={"m": 1}),
                      saved({"s": x}, meta={"m": 1}), saved({"x": x["x"]}, "model", {"m": 1})):
            self.refused(one + other, "schema mismatch")
        self.assertEqual(len(loaded(one + one)["x"]), 6)
        out = io.BytesIO()
        with nts.Writer(out, [nts.Section("t", [nts.Field("", "f32")], tensor=(1, 2))]) as writer:
            writer.write({"": np.ones((1, 2), "f4")})
        self.assertEqual(loaded(out.getvalue())["t"].shape, (1, 2))
        self.refused(out.getvalue() * 2, "schema mismatch")

    def test_checkpoints(self):
        models = [{"w": np.full((2, 3), i, "f4")} for i in range(3)] + [{"v": np.zeros(0)}]
        data = b"".join(saved(m, "model", {"step": i}) for i, m in enumerate(models))
        with nts.open(io.BytesIO(data)) as reader:
            for _, row, batch in reader:
                self.assertEqual((row, batch[""][0]), (0, reader.checkpoint))
                self.assertEqual(reader.meta, {"step": reader.checkpoint})
        self.assertEqual((reader.checkpoint, len(reader.inputs)), (3, 4))
        self.assertTrue(same(loaded(data), models[-1]))
        self.assertTrue(same(loaded(saved(models[1], "model") + saved(models[2], "model")),
                             models[2]))
        self.assertEqual(second(data)["digest"], digest(saved(models[-1], "model")))

    def test_rubbish_after_done(self):
        for rubbish in (b"\0", b"rubbish!", self.raw[:70], self.raw[128:]):
            self.refused(self.data + rubbish)
            self.refused(self.raw + rubbish)

    def test_foreign_formats_are_named(self):
        npz = io.BytesIO()
        with zipfile.ZipFile(npz, "w") as archive:
            archive.writestr("x", "y")
        npy = io.BytesIO()
        np.save(npy, np.zeros(3))
        for data, name in ((gzip.compress(self.data), "gzip"), (npy.getvalue(), "npy"),
                           (npz.getvalue(), "zip"), (b"\x89HDF\r\n\x1a\n" + bytes(99), "HDF5"),
                           (b"", "empty"), (b"\x50\x2a\x4d\x18\0\0\0\0", "empty")):
            self.refused(data, rf"not an NTS stream \({name}\)")
        self.refused(b"x,y\n1,2\n", "not an NTS stream$")
        self.refused(b"hi", "not an NTS stream$")


# ---- damage ------------------------------------------------------------------------------------

class Damage(Case):
    ARRAYS = {"a": {"x": np.arange(6, dtype="i4").reshape(3, 2)},
              "b": {"y": np.array([1.5, -2.0]), "z": np.array([True, False])}}
    META = {"k": 1}

    def outcome(self, data):
        """What the bytes are read as: None if refused."""
        try:
            with nts.open(io.BytesIO(data)) as reader:
                got = reader.load()
            return reader.kind, reader.meta, reader.digest, str(reader.sections), str(got)
        except nts.NtsError as error:
            self.assertNotIn("\n", str(error))
            return None

    def second_outcome(self, data):
        try:
            return second(data)["digest"]
        except nts_reader.Bad:
            return None

    def test_every_proper_prefix_of_a_pipe_is_refused(self):
        for level in (0, 1):
            data = piped(lambda file: nts.save(file, self.ARRAYS, level=level, **BARE))
            self.assertIsNotNone(self.outcome(data))
            for end in range(len(data)):
                self.assertIsNone(self.outcome(data[:end]), end)
                self.assertTrue(level or self.second_outcome(data[:end]) is None, end)
            raw = zstd(data, "-dc")
            for end in range(len(raw)):
                self.assertIsNone(self.outcome(raw[:end]), end)
                self.assertIsNone(self.second_outcome(raw[:end]), end)

    def test_every_proper_prefix_of_a_file_but_the_seek_table(self):
        data = saved(self.ARRAYS, level=0, **BARE)
        records_end = data.rindex(b"\x5e\x2a\x4d\x18")
        accepted = [end for end in range(len(data)) if self.outcome(data[:end])]
        self.assertEqual(accepted, [records_end])
        self.assertEqual(self.outcome(data[:records_end]), self.outcome(data))

    def test_truncation_says_where(self):
        x = np.arange(600000, dtype="i4")
        raw = zstd(saved({"s": {"x": x}}, level=0), "-dc")
        self.refused(raw[:3 * 2 ** 20 // 2], r"truncated after record 1 \(section s, row 262144\)")
        self.refused(raw[:100], "truncated before the first record")
        for end in (raw.rindex(b"DONE"), len(raw) - 1):
            self.refused(raw[:end], r"truncated after record 4 \(section s, row 600000\)")
            frame = zstd(raw[:end], "--no-check")
            self.refused(frame, r"truncated after record 4 \(section s, row 600000\)")
            self.refused(frame[:-9], "truncated after record")

    def test_every_bit_flip_is_refused_or_harmless(self):
        for level in (0, 1):
            data = saved(self.ARRAYS, meta=self.META, level=level, **BARE)
            sound, second_sound = self.outcome(data), self.second_outcome(data)
            harmless = 0
            for bit in range(8 * len(data)):
                flipped = bytearray(data)
                flipped[bit >> 3] ^= 1 << (bit & 7)
                outcome = self.outcome(bytes(flipped))
                self.assertIn(outcome, (None, sound), bit)
                harmless += outcome is not None
                if level == 0 and bit % 5 == 0:
                    self.assertIn(self.second_outcome(bytes(flipped)), (None, second_sound), bit)
            self.assertLess(harmless, 8 * 140)  # the seek table and unused bits of zstd's headers

    def test_every_bit_flip_of_raw_records_is_refused(self):
        raw = zstd(saved(self.ARRAYS, meta=self.META, **BARE), "-dc")
        for bit in range(8 * len(raw)):
            flipped = bytearray(raw)
            flipped[bit >> 3] ^= 1 << (bit & 7)
            self.assertIsNone(self.outcome(bytes(flipped)), bit)
            if bit % 5 == 0:
                self.assertIsNone(self.second_outcome(bytes(flipped)), bit)

    def test_writers_rules_are_checked_by_the_second_reader(self):
        data = saved(self.ARRAYS, **BARE)
        frames = [i for i in nts_reader.parse_envelope(data) if not isinstance(i, tuple)]
        records = [frame.content for frame in frames]

        def broken(pattern, parts):
            second(b"".join(parts))
            with self.assertRaisesRegex(nts_reader.Bad, pattern):
                second(b"".join(parts), envelope=True)

        sized = [zstd(r, f"--stream-size={len(r)}") for r in records]
        second(b"".join(sized), envelope=True)
        broken("no content size", [zstd(records[0])] + sized[1:])
        broken("no checksum", [zstd(records[0], f"--stream-size={len(records[0])}", "--no-check")]
               + sized[1:])
        two = records[0] + records[1]
        broken("not one record", [zstd(two, f"--stream-size={len(two)}")] + sized[2:])
        half = [zstd(r, f"--stream-size={len(r)}") for r in (records[0][:64], records[0][64:])]
        broken("not one record", half + sized[1:])
        broken("raw records", records)
        table = data[data.rindex(b"\x5e\x2a\x4d\x18"):]
        broken("does not follow DONE", [sized[0], table] + sized[1:])

    def test_seek_table_is_checked_by_the_second_reader(self):
        data = saved(self.ARRAYS, level=0, **BARE)
        at = data.rindex(b"\x5e\x2a\x4d\x18")
        for byte in range(at + 8, len(data)):
            bad = bytearray(data)
            bad[byte] ^= 1
            with self.assertRaises(nts_reader.Bad):
                second(bytes(bad), envelope=True)


# ---- rules of records, one broken at a time ----------------------------------------------------

class Rules(Case):
    def test_the_stream_that_the_others_change_is_sound(self):
        data = raw_stream()
        self.assertTrue(same(loaded(data), {"x": np.arange(1, 7, dtype="u1").reshape(3, 2)}))
        second(data)
        offset = len(record(b"\x89NTS", 0, HEAD.encode())) + 128
        index = struct.pack("<QQII", offset - 128, 0, 3, 0).ljust(64, b"\0")
        data = raw_stream(before_done=[(b"indx", index, {"a": 24, "b": 1, "c": offset})],
                          done={"index": offset})
        loaded(data), second(data)

    def test_ancillary_records_are_skipped(self):
        data = raw_stream(before_done=[(b"note", b"?" * 64, {"a": 1, "b": 2, "c": 3}),
                                       (b"meta", b'{"k":[1]}', {})])
        with nts.open(io.BytesIO(data)) as reader:
            self.assertEqual(len(reader.load()["x"]), 3)
        self.assertEqual(reader.notes, [{"k": [1]}])
        second(data)

    def test_records(self):
        self.refused(raw_stream(before_done=[(b"NEWS", bytes(64), {"c": 0})]), "unknown record")
        self.refused(raw_stream(before_done=[(b"n\x80te", bytes(64), {"c": 0})]), "record type")
        self.refused(raw_stream(before_done=[(b"\x89NTS", HEAD.encode(), {})]), "HEAD")
        self.refused(raw_stream(before_done=[(b"meta", b'{"a":1,"a":2}', {})]), "duplicate")
        self.refused(raw_stream(before_done=[(b"meta", b"{}", {"a": 1})]), "must be 0")
        self.refused(raw_stream(seq=2), "record 1: sequence number")
        self.refused(raw_stream(flags=b"\1\0\0\0"), "flags")
        self.refused(raw_stream(feat=1), "features")
        self.refused(raw_stream(a=1), "section number")
        self.refused(raw_stream(b=2), "padding")
        self.refused(raw_stream(b=0), "no rows")
        self.refused(raw_stream(b=33), "payload does not fit")
        self.refused(raw_stream(c=1), "row 1 where 0 was due")
        self.refused(raw_stream(padding=bytes(57) + b"\1"), "padding")
        self.refused(raw_stream(padding=bytes(58 + 64)), "payload does not fit")
        self.refused(raw_stream(length=63), "multiple of 64")
        self.refused(zstd(record(b"DONE", 0, b"{}")), "HEAD")

    def test_limit_comes_before_allocation(self):
        claim = record(b"\x89NTS", 0, b"{}", length=(1 << 60))
        self.refused(claim, "limit 268435456")
        self.refused(raw_stream(length=256 << 20), "limit")
        with mock.patch.dict(os.environ, NAI_MAX_RECORD=str(1 << 40)):
            self.refused(record(b"\x89NTS", 0, b"{}", length=1 << 30), "limit 1073741824")
            self.refused(raw_stream(length=256 << 20), "truncated")
        with mock.patch.dict(os.environ, NAI_MAX_RECORD="many"):
            self.refused(claim, "limit 268435456")

    def test_done(self):
        wrong = "xxh64:0123456789abcdef"
        for done in ({"records": 3}, {"records": 2.0}, {"records": True}, {"sections": []},
                     {"sections": [{"rows": 4, "fields": {}}]}, {"digest": wrong},
                     {"sections": [{"rows": 3, "fields": {"x": wrong}}]}, {"index": 64},
                     {"sections": [{"rows": 3, "fields": {}}]}, {"digest": None},
                     {"sections": [{"rows": 4, "fields": {
                         "x": f"xxh64:{nts_reader.xxh64(ROWS):016x}"}}]}):
            self.refused(raw_stream(done=done))
        self.refused(raw_stream().replace(b"xxh64", b"XXH64"), "checksum")

    def test_announced_rows(self):
        three = HEAD.replace("null", "3")
        self.assertEqual(len(loaded(raw_stream(three))["x"]), 3)
        second(raw_stream(three))
        self.refused(raw_stream(HEAD.replace("null", "2")), "more rows")
        self.refused(raw_stream(HEAD.replace("null", "4")), "announced")

    def test_index(self):
        offset = len(record(b"\x89NTS", 0, HEAD.encode())) + 128
        entry = struct.pack("<QQII", offset - 128, 0, 3, 0)

        def indexed(payload=entry, a=24, b=1, c=offset, index=offset, after=()):
            return raw_stream(before_done=[(b"indx", payload.ljust(64, b"\0"),
                                            {"a": a, "b": b, "c": c}), *after],
                              done={} if index is None else {"index": index})

        loaded(indexed())
        for bad in (indexed(a=25), indexed(b=0), indexed(c=0), indexed(index=0),
                    indexed(c=0, index=0), indexed(index=None),
                    indexed(payload=struct.pack("<QQII", 0, 0, 3, 0)), indexed(entry + b"\1"),
                    indexed(payload=entry * 2, b=2), indexed(payload=b"", b=0),
                    indexed(after=[(b"meta", b"{}", {})])):
            self.refused(bad)

    def test_head(self):
        def head(old, new):
            self.assertIn(old, HEAD)
            return raw_stream(HEAD.replace(old, new))

        self.refused(head('"nts":[1,0]', '"nts":[2,0]'), "version")
        self.refused(head('"nts":[1,0]', '"nts":[1,0.0]'), "version")
        self.refused(head('"nts":[1,0],', ""), "version")
        self.refused(head('"u8"', '"u9"'), "dtype")
        self.refused(head('"none"', '"zip"'), "filter")
        self.refused(head("[2]", "[-2]"), "shape")
        self.refused(head("[2]", "[2.0]"), "shape")
        self.refused(head("[2]", "[true]"), "shape")
        self.refused(head("[2]", "[2,1,1,1,1,1,1,1,1]"), "8 dimensions")
        self.refused(head("[2]", "[4294967296,4294967296]"), "too large")
        self.refused(head('"name":"x"', '"name":"\\t"'), "control")
        self.refused(head('"name":"x"', '"name":"' + "x" * 256 + '"'), "255")
        self.refused(head('"name":"x"', '"name":7'), "name")
        self.refused(head('"name":"s"', '"name":""'), "name")
        self.refused(head("null", "-1"), "rows")
        self.refused(head("null", '3,"tensor":[6]'), "tensor")
        self.refused(head("null", 'null,"tensor":null'), "shape")
        self.refused(head("[2]", "[2,0]"), "no size")
        self.refused(head('"name":"x"', '"name":"a\u0085b"'), "control")
        one = field_of(HEAD).replace("[2]", "[]")
        two = one + "," + one.replace('"x"', '"y"')
        self.refused(head('null,"fields":[' + field_of(HEAD), '6,"tensor":[6],"fields":[' + two),
                     "tensor")
        field = field_of(HEAD)
        self.refused(head(field, f"{field},{field}"), "two fields")
        section = HEAD[HEAD.index('{"name":"s"'):-2]
        self.refused(head(section, f"{section},{section}"), "two sections")
        self.refused(head(field, ",".join([field] * 4097)), "fields")
        self.refused(head(section, ",".join([section] * 65537)), "65,536")
        self.refused(raw_stream("[]"), "not an object")
        self.assertEqual(len(loaded(head('"kind"', '"new":{"key":[]},"kind"'))["x"]), 3)

    def test_json(self):
        deep = "[" * 15 + "]" * 15
        self.assertEqual(len(loaded(raw_stream(HEAD[:-1] + f',"deep":{deep}}}'))["x"]), 3)
        second(raw_stream(HEAD[:-1] + f',"deep":{deep}}}'))
        for text in (f'"deep":[{deep}]', '"deep":' + "[" * 100000 + "]" * 100000, '"nts":[1,0]',
                     '"k":{"a":1,"\\u0061":2}', '"k":NaN', '"k":-Infinity', '"k":1e999', '"k":01',
                     '"k":9223372036854775808', '"k":"\\ud800"', '"k":"\\u0000"', '"k":"\t"',
                     '"k":'):
            self.refused(raw_stream(HEAD[:-1] + "," + text + "}"), "JSON")
        self.refused(raw_stream(HEAD[:-1].encode() + b',"k":"\xff"}'), "JSON")
        self.refused(raw_stream(HEAD.encode() + b" " * (16 << 20)), "16 MiB", both=False)
        good = record(b"meta", 2, b"{}" + b"!" * 62, c=2)
        self.refused(raw_stream()[:-192] + good, "padded with spaces", both=False)
        self.refused(raw_stream(before_done=[(b"meta", b"{}".ljust(128), {"c": 2})]), "length")

    def test_bool_is_0_or_1(self):
        head = HEAD.replace('"u8"', '"bool"')
        self.refused(raw_stream(head), "bool")


# ---- failures ----------------------------------------------------------------------------------

class Failures(Case):
    def test_exception_ends_a_pipe_in_abrt(self):
        def write(file):
            with nts.Writer(file, {"x": "i32"}, tool="stage", level=0) as writer:
                writer.write(x=np.arange(300000, dtype="i4"))
                raise RuntimeError("out of cheese\n\x1b[2J")

        def fail(file):
            with self.assertRaises(RuntimeError):
                write(file)

        got = piped(fail)
        self.refused(got, r"upstream stage failed: out of cheese\?\?\[2J$")
        self.assertNotIn(b"DONE", zstd(got, "-dc")[-200:])
        self.refused(zstd(got, "-dc"), "upstream stage failed")

    def test_abort_before_the_first_row(self):
        out = io.BytesIO()
        nts.Writer(out, {"x": "i32"}, tool="stage").abort("nothing to say", 4)
        self.refused(out.getvalue(), "upstream stage failed: nothing to say")
        report = zstd(out.getvalue(), "-dc")
        self.assertIn(b'{"tool":"stage","version":"","code":4,"message":"nothing to say"}', report)

    def test_a_file_is_whole_or_as_it_was(self):
        path = self.folder / "a.nts"
        with self.assertRaises(RuntimeError):
            with nts.Writer(path, {"x": "i32"}) as writer:
                writer.write(x=np.arange(10, dtype="i4"))
                raise RuntimeError
        self.assertEqual(list(self.folder.iterdir()), [])
        nts.save(path, {"x": np.arange(3)})
        with self.assertRaises(ValueError):
            with nts.Writer(path, {"x": "i32"}, rows={"rows": 5}) as writer:
                writer.write(x=np.arange(4, dtype="i4"))
        writer = nts.Writer(path, {"x": "i32"})
        del writer
        self.assertEqual(os.listdir(self.folder), ["a.nts"])
        self.assertEqual(len(nts.load(path)["x"]), 3)
        umask = os.umask(0o022)
        os.umask(umask)
        self.assertEqual(path.stat().st_mode & 0o777, 0o666 & ~umask)
        with self.assertRaises(FileNotFoundError):
            nts.load(self.folder / "none.nts")

    def test_a_failed_parent_leaves_no_done(self):
        source = saved({"x": np.arange(300000, dtype="f4")}, level=0)[:-2000]
        out = io.BytesIO()
        with self.assertRaises(nts.NtsError):
            reader = nts.open(io.BytesIO(source))
            writer = nts.Writer(out, reader.sections, parents=reader)
            try:
                for _, _, batch in reader:
                    writer.write(batch)
            except nts.NtsError:
                pass  # a stage that takes no notice
            writer.close()
        self.refused(out.getvalue(), "upstream .* failed: .*truncated after record")

    def test_a_write_that_failed_is_final(self):
        class Full(io.BytesIO):
            room = 300000

            def write(self, data):
                if self.tell() + len(data) > self.room:
                    raise OSError(28, "No space left on device")
                return super().write(data)

        out = Full()
        writer = nts.Writer(out, {"x": "u8"}, level=0)
        with self.assertRaises(OSError):
            writer.write(x=np.zeros(2 << 20, "u1"))
        Full.room = 1 << 30  # there is room again: a stream with a hole must not be finished
        with self.assertRaises(OSError):
            writer.close()
        self.assertNotIn(b"DONE", out.getvalue())
        self.refused(out.getvalue(), "truncated|damaged")

    def test_full_disk(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with self.assertRaises(OSError):
            nts.save("/dev/full", {"x": np.zeros(10)})

    def test_errors_are_final(self):
        reader = nts.open(io.BytesIO(saved({"x": np.zeros(10)}, level=0)[:-200]))
        for _ in range(2):
            with self.assertRaisesRegex(nts.NtsError, "stream: truncated"):
                list(reader)
        self.assertIsNone(reader.digest)


# ---- provenance --------------------------------------------------------------------------------

class Provenance(Case):
    def test_history_is_a_graph_of_hashed_entries(self):
        options = {"version": "1.2", "level": 0}
        a = saved({"x": np.arange(3)}, argv=["make", "-o", "d/a"], seed=1, **options)
        b = saved({"x": np.arange(4)}, argv=["/bin/make", "b\x1f"], tool="maker", **options)
        parents = [nts.open(io.BytesIO(data)) for data in (a, b)]
        out = io.BytesIO()
        with nts.Writer(out, {"x": "i64"}, parents=parents, argv=["join"]) as writer:
            for parent in parents:
                for _, _, batch in parent:
                    writer.write(batch)
        reader = nts.open(io.BytesIO(out.getvalue()))
        first, other, last = reader.history
        self.assertEqual(first["argv"], ["make", "-o", "d/a"])
        self.assertEqual(first["seed"], 1)
        self.assertEqual((other["tool"], other["argv"]), ("maker", ["maker", "b\x1f"]))
        self.assertEqual(last["parents"], [first["id"], other["id"]])
        text = '{"argv":["make","-o","d/a"],"parents":[],"seed":1,"tool":"make","version":"1.2"}'
        self.assertEqual(first["id"], f"{nts_reader.xxh64(text.encode()):016x}")
        second(out.getvalue(), envelope=True)  # recomputes every id
        done = nts_reader.read(out.getvalue())[1].done
        self.assertEqual(done["inputs"], [{"history": e["id"], "digest": digest(data)}
                                          for e, data in ((first, a), (other, b))])

    def test_a_false_id_is_seen_by_the_second_reader(self):
        for old, new in ((b'"tool":"t"', b'"tool":"u"'), (b'"argv":["t"]', b'"argv":["s"]'),
                         (b'"parents":[]', b'"parents":["0123456789abcdef"]')):
            raw = zstd(saved({}, argv=["t"]), "-dc")
            head = raw[64:64 + struct.unpack_from("<Q", raw, 32)[0]]
            done = b'{"records":1,"sections":[],"digest":"xxh64:ef46db3751d8e999"}'
            second(record(b"\x89NTS", 0, head) + record(b"DONE", 1, done))
            self.assertIn(old, head)
            with self.assertRaisesRegex(nts_reader.Bad, "history"):
                second(record(b"\x89NTS", 0, head.replace(old, new)) + record(b"DONE", 1, done))

    def test_basename_and_none(self):
        argv = ["/home/me/tool", "--in", "/home/me/x.nts", "dir/"]
        with nts.open(io.BytesIO(saved({}, argv=argv, provenance="basename"))) as reader:
            self.assertEqual(reader.history[0]["argv"], ["tool", "--in", "x.nts", "dir"])
        with nts.open(io.BytesIO(saved({}, argv=argv, **BARE))) as reader:
            self.assertEqual(reader.history, [])

    def test_joined_inputs_and_unknown_keys(self):
        a, b = (saved({"x": np.arange(n)}, argv=["t", str(n)], extra={"key": [n]}) for n in (2, 3))
        with nts.open(io.BytesIO(a + b)) as reader:
            out = io.BytesIO()
            with nts.Writer(out, reader.sections, parents=reader, extra=reader.extra) as writer:
                for _, _, batch in reader:
                    writer.write(batch)
        done = nts_reader.read(out.getvalue())[1].done
        self.assertEqual([i["digest"] for i in done["inputs"]], [digest(a), digest(b)])
        self.assertEqual(len(reader.history), 2)
        self.assertEqual(nts.open(io.BytesIO(out.getvalue())).extra, {"key": [2]})


# ---- without the libraries ---------------------------------------------------------------------

class Fallbacks(Case):
    def setUp(self):
        super().setUp()
        rng = np.random.default_rng(7)
        self.arrays = {"x": rng.normal(size=(90000, 3)).cumsum(0), "y": np.arange(90000) % 7}

    def test_python_hash_writes_and_reads_the_same(self):
        small = {"x": self.arrays["x"][:20000]}
        data = saved(small, **BARE)
        with mock.patch.object(nts, "_XXH64", nts._PythonXXH64):
            self.assertEqual(saved(small, **BARE), data)
            self.assertTrue(same(loaded(data), small))
            flipped = bytearray(data)
            flipped[len(data) // 2] ^= 4
            self.refused(bytes(flipped))

    def test_zstd_program(self):
        data, stored = saved(self.arrays, **BARE), saved(self.arrays, level=0, **BARE)
        with mock.patch.object(nts, "_zstandard", None):
            mine = saved(self.arrays, **BARE)
            raw = zstd(data, "-dc")
            skip = b"\x50\x2a\x4d\x18\x03\0\0\0abc"
            for form in (data, stored, mine, raw, zstd(raw), skip + data + skip):
                self.assertTrue(same(loaded(form), self.arrays))
            for form in (data + raw, raw + data, zstd(zstd(data + stored, "-dc"))):
                self.assertEqual(len(loaded(form)["y"]), 180000)
            self.refused(data[:-1], both=False)
            self.refused(data + b"rubbish", both=False)
            self.refused(raw[:-1], both=False)
            big = zstd(saved({"x": np.zeros(3 << 20)}, level=0), "-dc")
            self.refused(zstd(big, "--ultra", "-1", "--long=27"), "window", both=False)
            with nts.open(io.BytesIO(data)) as reader:  # given up half way
                next(reader)
        second(mine, envelope=True)
        self.assertEqual(digest(mine), digest(data))

    def test_zstd_program_prefixes_and_flips(self):
        data = piped(lambda file: nts.save(file, Damage.ARRAYS, level=1, **BARE))
        sound = loaded(data)
        with mock.patch.object(nts, "_zstandard", None):
            for end in range(0, len(data), 11):
                self.refused(data[:end], both=False)
            for bit in range(0, 8 * len(data), 61):
                flipped = bytearray(data)
                flipped[bit >> 3] ^= 1 << (bit & 7)
                try:
                    self.assertEqual(str(loaded(bytes(flipped))), str(sound))
                except nts.NtsError:
                    pass

    def test_no_decompressor_at_all(self):
        data = saved(self.arrays)
        with mock.patch.object(nts, "_zstandard", None), mock.patch.dict(os.environ, PATH=""):
            with self.assertRaisesRegex(OSError, "neither python-zstandard nor the zstd program"):
                loaded(data)
            self.assertTrue(same(loaded(zstd_free(data)), self.arrays))


def zstd_free(data):
    """The raw records of a stream, without the zstd program."""
    with mock.patch.dict(os.environ, PATH=os.defpath):
        return zstd(data, "-dc")


# ---- programs ----------------------------------------------------------------------------------

class Programs(Case):
    def run_python(self, script, *arguments, stdin=b""):
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "formats/python"),
                       "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run([sys.executable, script, *arguments], input=stdin,
                              capture_output=True, env=environment)

    def test_command_line(self):
        module, path = ROOT / "formats/python/nts.py", self.folder / "a.nts"
        nts.save(path, {"x": np.zeros((4, 2), "f4")}, argv=["maker", "x"])
        run = self.run_python(module, path)
        self.assertEqual((run.returncode, run.stderr), (0, b""))
        self.assertIn(b"field\tx\tf32\t[2]\t", run.stdout)
        self.assertIn(b"section\trows\t4 rows\n", run.stdout)
        self.assertIn(b"history\tmaker x\n", run.stdout)
        self.assertIn(digest(path.read_bytes()).encode(), run.stdout)
        self.assertEqual(self.run_python(module, "-", stdin=path.read_bytes()).stdout, run.stdout)
        for code, arguments, stdin in ((3, ["-"], path.read_bytes()[:-60]), (3, ["-"], b""),
                                       (2, [], b""), (3, [module], b""),
                                       (1, [self.folder / "none"], b"")):
            run = self.run_python(module, *arguments, stdin=stdin)
            self.assertEqual((run.returncode, run.stdout), (code, b""), run.stderr)
            self.assertEqual(run.stderr.count(b"\n"), 1, run.stderr)

    def test_second_reader_command_line(self):
        reader, path = ROOT / "tests/nts_reader.py", self.folder / "a.nts"
        nts.save(path, {"x": np.zeros((4, 2), "f4")})
        run = self.run_python(reader, "--envelope", path)
        self.assertEqual((run.returncode, run.stderr), (0, b""))
        self.assertEqual(json.loads(run.stdout)["digest"], digest(path.read_bytes()))
        path.write_bytes(path.read_bytes()[:-1])
        run = self.run_python(reader, path)
        self.assertEqual((run.returncode, run.stdout, run.stderr.count(b"\n")), (3, b"", 1))

    def test_the_stage_in_the_docstring(self):
        block = nts.__doc__.split("copies the others.\n\n")[1].split("\n\nWhen that stage")[0]
        script = self.folder / "zscore.py"
        script.write_text(textwrap.dedent(block))
        rng = np.random.default_rng(8)
        x = rng.normal(3, 2, size=(1000, 4)).astype("f4")
        x[:, 2] = 5
        data = saved({"x": x, "y": np.arange(1000)}, "embedding", {"classes": 2})
        run = self.run_python(script, "arg", stdin=data)
        self.assertEqual((run.returncode, run.stderr), (0, b""))
        got = loaded(run.stdout)
        np.testing.assert_allclose(got["x"].mean(0), 0, atol=1e-6)
        np.testing.assert_allclose(got["x"].std(0), [1, 1, 0, 1], atol=1e-6)
        np.testing.assert_array_equal(got["y"], np.arange(1000))
        reader = nts.open(io.BytesIO(run.stdout))
        self.assertEqual(reader.history[-1]["argv"], ["zscore.py", "arg"])
        self.assertEqual((reader.kind, reader.meta), ("embedding", {"classes": 2}))
        self.assertEqual(second(run.stdout, envelope=True)["level"], "stored")
        run = self.run_python(script, stdin=data[:-100])  # DONE is cut: the stage must fail
        self.assertNotEqual(run.returncode, 0)
        self.refused(run.stdout, "upstream zscore.py failed: stdin: truncated after record")

    def test_the_stage_writes_a_file_when_stdout_is_one(self):
        script, out = self.folder / "again.py", self.folder / "out.nts"
        script.write_text("import sys, nts\n"
                          "nts.save(sys.stdout, nts.load('-'))\n")
        data = saved({"x": np.arange(1000.0)})
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "formats/python")}
        with open(out, "wb") as file:
            subprocess.run([sys.executable, script], input=data, stdout=file, env=environment,
                           check=True)
        summary = second(out.read_bytes(), envelope=True)
        self.assertEqual((summary["level"], summary["seek_table"]), ("zstd", True))
        self.assertEqual(summary["digest"], digest(data))


if __name__ == "__main__":
    unittest.main()
