# nts.py - NTS 1.0 tensor streams, files and pipes, in and out of NumPy
# SPDX-License-Identifier: MIT
"""Reads and writes NTS 1.0 streams (nts(5)); copy this one file beside your program.

    import nts
    data = nts.load("feats.nts")                  # {field: array}, everything verified
    nts.save("out.nts", {"x": x, "y": y})         # written beside it, synced, renamed

    python3 nts.py FILE                           # prints what FILE holds and verifies it

A stage of a pipeline, complete: z-scores every float field, copies the others.

    import sys
    import numpy as np
    import nts

    with nts.open(sys.stdin) as src:
        with nts.Writer(sys.stdout, src.sections, src.kind, src.meta, parents=src) as out:
            fields = src.load()                   # z-scores need every row
            for name, x in fields.items():
                if x.dtype.kind == "f":
                    mean, std = x.mean(0, dtype="f8"), x.std(0, dtype="f8")
                    fields[name] = ((x - mean) / np.where(std > 0, std, 1)).astype(x.dtype)
            out.write(fields)

When that stage or one before it fails, the stream it was writing ends in an ABRT record and
every later stage fails too: an incomplete result is never taken for a complete one.

To go through a stream without holding it, iterate; a batch is one record, about 1 MiB:

    for section, first_row, batch in nts.open("feats.nts"):
        print(section, first_row, batch["x"].shape)

dtypes are NumPy's own of the same name, little-endian. bf16, which NumPy lacks, is widened
to float32 on reading (exact); writing to a bf16 field rounds float32 to nearest, ties to even.

Needs NumPy. Frames are (de)compressed by python-zstandard, else by the zstd program; on a
pipe the writer stores and needs neither. Hashes come from xxhash, else libxxhash, else from
Python below: every byte is hashed two or three times at about 30 MB/s there, so install one.
"""
import ctypes
import io
import json
import os
import re
import stat
import struct
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field as _default
from math import prod

import numpy as np

try:
    import xxhash as _xxhash
except ImportError:
    _xxhash = None
try:
    import zstandard as _zstandard
except ImportError:
    _zstandard = None

__all__ = ["open", "load", "save", "Reader", "Writer", "Section", "Field", "NtsError"]

KINDS = ("dataset", "views", "draws", "embedding", "moments", "spectrum", "model")
_NUMPY = {"f64": "<f8", "f32": "<f4", "f16": "<f2", "bf16": "<u2", "i64": "<i8", "i32": "<i4",
          "i16": "<i2", "i8": "i1", "u64": "<u8", "u32": "<u4", "u16": "<u2", "u8": "u1",
          "bool": "?"}  # how each dtype lies in the stream
_NAMES = {np.dtype(numpy): name for name, numpy in _NUMPY.items() if name != "bf16"}
_HEADER = struct.Struct("<4s4sQQIIQQQQ")  # type flags seq len a b c payload-hash feat header-hash
_HEAD, _HEAD_FLAGS, _ZSTD = b"\x89NTS", b"\r\n\x1a\n", b"\x28\xb5\x2f\xfd"
_FOREIGN = {b"\x1f\x8b": "gzip", b"\x93NUM": "npy", b"PK": "zip", b"\x89HDF": "HDF5"}
_WINDOW = 8 << 20   # largest zstd window
_JSON_MAX = 16 << 20
_CHUNK = 1 << 20    # bytes of rows a writer puts in one record
_BLOCK = 128 << 10  # largest block of a zstd frame


class NtsError(ValueError):
    """The stream is malformed, truncated, aborted by its producer, or not NTS at all."""


class _Truncated(NtsError):
    """The input ended too early."""


class _Plain(NtsError):
    """An error that says enough without the number of a record."""


def _need(condition, message):
    if not condition:
        raise NtsError(message)


def _pad64(size):
    return -(-size // 64) * 64


def _max_record():
    """The largest record, header included: 256 MiB, which NAI_MAX_RECORD raises up to 2**30."""
    text = os.environ.get("NAI_MAX_RECORD", "")
    return min(max(int(text) if text.isdecimal() else 0, 256 << 20), 1 << 30)


# ---- XXH64 -------------------------------------------------------------------------------------

class _PythonXXH64:
    """XXH64, seed 0, in NumPy and Python integers."""

    P1, P2, P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
    P4, P5, MASK = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5, (1 << 64) - 1

    def __init__(self):
        self.lanes = [self.P1 + self.P2 & self.MASK, self.P2, 0, -self.P1 & self.MASK]
        self.tail, self.total = b"", 0

    def update(self, data):
        data = memoryview(data).cast("B")
        self.total += len(data)
        if len(self.tail) + len(data) < 32:
            self.tail += data
            return
        first = -len(self.tail) % 32  # bytes that complete the stripe begun before
        if first:
            self._stripes(self.tail + bytes(data[:first]))
        whole = first + (len(data) - first) // 32 * 32
        for at in range(first, whole, _CHUNK):
            self._stripes(data[at:min(at + _CHUNK, whole)])
        self.tail = bytes(data[whole:])

    def _stripes(self, data):
        """32 bytes a turn: lane = rotl(lane + word * P2, 31) * P1; NumPy does the first."""
        words = iter((np.frombuffer(data, "<u8") * np.uint64(self.P2)).tolist())
        p1, mask = self.P1, self.MASK
        v1, v2, v3, v4 = self.lanes
        for a, b, c, d in zip(words, words, words, words):
            v1 = v1 + a & mask
            v1 = (v1 << 31 | v1 >> 33) * p1 & mask
            v2 = v2 + b & mask
            v2 = (v2 << 31 | v2 >> 33) * p1 & mask
            v3 = v3 + c & mask
            v3 = (v3 << 31 | v3 >> 33) * p1 & mask
            v4 = v4 + d & mask
            v4 = (v4 << 31 | v4 >> 33) * p1 & mask
        self.lanes = [v1, v2, v3, v4]

    def _rotate(self, x, by):
        return (x << by | x >> 64 - by) & self.MASK

    def _round(self, lane, word):
        return self._rotate(lane + word * self.P2 & self.MASK, 31) * self.P1 & self.MASK

    def intdigest(self):
        mask, rotate = self.MASK, self._rotate
        h = self.P5
        if self.total >= 32:
            h = sum(rotate(v, by) for v, by in zip(self.lanes, (1, 7, 12, 18))) & mask
            for v in self.lanes:
                h = ((h ^ self._round(0, v)) * self.P1 + self.P4) & mask
        h, tail = h + self.total & mask, self.tail
        while len(tail) >= 8:
            h ^= self._round(0, int.from_bytes(tail[:8], "little"))
            h, tail = (rotate(h, 27) * self.P1 + self.P4) & mask, tail[8:]
        if len(tail) >= 4:
            h ^= int.from_bytes(tail[:4], "little") * self.P1 & mask
            h, tail = (rotate(h, 23) * self.P2 + self.P3) & mask, tail[4:]
        for byte in tail:
            h = rotate(h ^ byte * self.P5 & mask, 11) * self.P1 & mask
        h = (h ^ h >> 33) * self.P2 & mask
        h = (h ^ h >> 29) * self.P3 & mask
        return h ^ h >> 32


def _load_libxxhash():
    for name in ("libxxhash.so.0", "libxxhash.0.dylib"):
        try:
            lib = ctypes.CDLL(name)
            lib.XXH64_createState.restype = ctypes.c_void_p
            lib.XXH64_freeState.argtypes = [ctypes.c_void_p]
            lib.XXH64_reset.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
            lib.XXH64_update.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
            lib.XXH64_digest.argtypes = [ctypes.c_void_p]
            lib.XXH64_digest.restype = ctypes.c_uint64
            return lib
        except (OSError, AttributeError):
            continue
    return None


class _LibXXH64:
    """XXH64, seed 0, by the libxxhash that is installed."""

    lib = None if _xxhash else _load_libxxhash()

    def __init__(self):
        self.state = self.lib.XXH64_createState()
        if not self.state:
            raise MemoryError
        self.lib.XXH64_reset(self.state, 0)

    def __del__(self):
        self.lib.XXH64_freeState(self.state)

    def update(self, data):
        data = np.frombuffer(data, np.uint8) if len(data) else np.zeros(0, np.uint8)
        self.lib.XXH64_update(self.state, data.ctypes.data, data.nbytes)

    def intdigest(self):
        return self.lib.XXH64_digest(self.state)


_XXH64 = _xxhash.xxh64 if _xxhash else _LibXXH64 if _LibXXH64.lib else _PythonXXH64


def _xxh64(*parts):
    """XXH64 of the parts one after the other, seed 0."""
    state = _XXH64()
    for part in parts:
        state.update(part)
    return state.intdigest()


def _hex(digest):
    return f"xxh64:{digest:016x}"


# ---- JSON --------------------------------------------------------------------------------------

def _parse_json(data):
    """One JSON text, strictly: UTF-8, no key twice, 16 levels, numbers of 64 bits, no NUL."""
    def unique(pairs):
        value = dict(pairs)
        _need(len(value) == len(pairs), "JSON: duplicate key")
        return value

    def integer(text):
        value = int(text) if len(text) <= 20 else 1 << 64
        _need(-1 << 63 <= value < 1 << 63, "JSON: integer beyond 64 bits")
        return value

    def real(text):
        value = float(text)
        _need(abs(value) != float("inf"), "JSON: number beyond double")
        return value

    def refuse(text):
        raise NtsError(f"JSON: {text} is not a number")

    _need(len(data) <= _JSON_MAX, "JSON: longer than 16 MiB")
    try:
        text = bytes(data).decode("utf-8")
        value = json.loads(text, object_pairs_hook=unique, parse_int=integer, parse_float=real,
                           parse_constant=refuse)
        if "\\u" in text:  # an escape can still make half a character, or NUL
            json.dumps(value, ensure_ascii=False).encode("utf-8")
            _need(not re.search(r"(?<!\\)(\\\\)*\\u0000", text), "JSON: NUL in a string")
    except NtsError:
        raise
    except RecursionError:
        raise NtsError("JSON: nested deeper than 16") from None
    except ValueError as error:
        raise NtsError(f"JSON: {error}") from None
    level, depth = [value], 0
    while level := [v for v in level if isinstance(v, (dict, list))]:
        depth += 1
        _need(depth <= 16, "JSON: nested deeper than 16")
        level = [v for box in level for v in (box.values() if isinstance(box, dict) else box)]
    return value


def _parse_object(data):
    value = _parse_json(data)
    _need(isinstance(value, dict), "JSON: not an object")
    return value


def _dump_json(value):
    """Compact JSON, proven to be what _parse_json accepts; NumPy values become plain ones."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False,
                      default=lambda v: v.tolist())
    data = text.encode("utf-8")
    _parse_json(data)
    return data


def _canonical(value):
    """Canonical JSON: sorted keys, no spaces, UTF-8, \\u001F in upper case, reals to 17 digits."""
    if isinstance(value, dict):
        return "{" + ",".join(_canonical(k) + ":" + _canonical(value[k])
                              for k in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, float):
        text = re.sub(r"e\+?(-?)0*", r"e\1", "%.17g" % value)
        return text if "." in text or "e" in text else text + ".0"
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        text = re.sub(r"\\(u00..|.)", lambda m: "\\" + (m[1] if len(m[1]) == 1 else
                                                        "u" + m[1][1:].upper()), text)
    return text


# ---- schema ------------------------------------------------------------------------------------

@dataclass
class Field:
    """A column: shape is that of one row; extra holds the JSON keys this module does not know."""
    name: str
    dtype: str
    shape: tuple = ()
    filter: str = "none"
    extra: dict = _default(default_factory=dict, repr=False)

    @property
    def itemsize(self):
        return np.dtype(_NUMPY[self.dtype]).itemsize

    @property
    def row_bytes(self):
        return prod(self.shape) * self.itemsize


@dataclass
class Section:
    """Fields with the same rows. rows is None until known; tensor is the true shape of a
    parameter, which is stored flat."""
    name: str
    fields: list
    rows: int = None
    tensor: tuple = None
    extra: dict = _default(default_factory=dict, repr=False)

    def _schema(self):
        return self.name, [(f.name, f.dtype, f.shape) for f in self.fields]


def _name(value):
    _need(isinstance(value, str), "name is not a string")
    _need(len(value.encode("utf-8")) <= 255, "name longer than 255 bytes")
    _need(not re.search("[\x00-\x1f\x7f-\x9f]", value), "control character in a name")
    return value


def _is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _shape(value, itemsize):
    _need(isinstance(value, list) and all(map(_is_count, value)), "bad shape")
    _need(len(value) <= 8, "more than 8 dimensions")
    _need(prod(value) * itemsize < 1 << 63, "shape too large")
    return tuple(value)


def _parse_field(value):
    _need(isinstance(value, dict), "field is not an object")
    rest = dict(value)
    name, dtype = _name(rest.pop("name", None)), rest.pop("dtype", None)
    _need(isinstance(dtype, str) and dtype in _NUMPY, f"field '{name}': unknown dtype")
    shape = _shape(rest.pop("shape", None), np.dtype(_NUMPY[dtype]).itemsize)
    _need(0 not in shape, f"field '{name}': rows of no size")
    filter = rest.pop("filter", "none")
    _need(filter in ("none", "shuffle"), f"field '{name}': unknown filter")
    return Field(name, dtype, shape, filter, rest)


def _parse_section(value):
    _need(isinstance(value, dict), "section is not an object")
    rest = dict(value)
    name, rows = _name(rest.pop("name", None)), rest.pop("rows", None)
    fields, tensor = rest.pop("fields", None), rest.pop("tensor", ())
    _need(name, "section without a name")
    _need(rows is None or _is_count(rows), f"section '{name}': bad rows")
    _need(isinstance(fields, list) and len(fields) <= 4096, f"section '{name}': bad fields")
    fields = [_parse_field(f) for f in fields]
    _need(len({f.name for f in fields}) == len(fields), f"section '{name}': two fields of a name")
    if "tensor" not in value:
        return Section(name, fields, rows, None, rest)
    tensor = _shape(tensor, 8)
    _need([f.shape for f in fields] == [()], f"section '{name}': a tensor has one element a row")
    _need(rows in (None, prod(tensor)), f"section '{name}': rows do not fit the tensor")
    return Section(name, fields, prod(tensor), tensor, rest)


def _parse_head(data):
    """HEAD's JSON as an object whose known keys have been checked and replaced by ours."""
    head = _parse_object(data)
    sections = head.get("sections")
    _need(isinstance(head.get("nts"), list), "HEAD: no version")
    _need(isinstance(sections, list), "HEAD: no sections")
    _need(len(sections) <= 65536, "HEAD: more than 65,536 sections")
    _need(isinstance(head.setdefault("kind", None), (str, type(None))), "HEAD: bad kind")
    _need(isinstance(head.setdefault("meta", {}), dict), "HEAD: meta is not an object")
    history = head.setdefault("history", [])
    _need(isinstance(history, list) and all(isinstance(e, dict) and isinstance(e.get("id"), str)
                                            for e in history), "HEAD: bad history")
    head["sections"] = [_parse_section(s) for s in sections]
    _need(len({s.name for s in head["sections"]}) == len(sections), "HEAD: two sections of a name")
    return head


def _stream_digest(sections, rows, hashes):
    lines = "".join(
        f"{s.name}\t{f.name}\t{f.dtype}\t{','.join(map(str, f.shape))}\t{n}\t{h.intdigest():016x}\n"
        for s, n, column in zip(sections, rows, hashes) for f, h in zip(s.fields, column))
    return _hex(_xxh64(lines.encode("utf-8")))


# ---- envelope ----------------------------------------------------------------------------------

class _Source:
    """The compressed bytes of a file or pipe."""

    def __init__(self, file):
        self.file, self.ahead = file, b""

    def read(self, size):
        """size bytes, or fewer at the end of the input."""
        parts, size, self.ahead = [self.ahead[:size]], size - len(self.ahead), self.ahead[size:]
        while size > 0:
            part = self.file.read(size)
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def exactly(self, size):
        data = self.read(size)
        if len(data) < size:
            raise _Truncated
        return data

    def sniff(self):
        """The first 4 bytes after any skippable frames, which are discarded; b"" at the end."""
        while True:
            magic = self.read(4)
            if magic[1:] != b"\x2a\x4d\x18" or magic[0] >> 4 != 5:
                self.ahead = magic + self.ahead
                return magic
            left = int.from_bytes(self.exactly(4), "little")
            while left:
                left -= len(self.exactly(min(left, 1 << 20)))

    def frame(self):
        """The bytes of the zstd frame that starts here, a block at a time."""
        start = self.exactly(5)
        fhd = start[4]
        single, checksum = fhd >> 5 & 1, fhd >> 2 & 1
        wide = 1 - single                    # bytes of the window descriptor,
        ids = wide + (0, 1, 2, 4)[fhd & 3]   # and where the dictionary's number
        end = ids + (single, 2, 4, 8)[fhd >> 6]  # and the content size end
        rest = self.exactly(end)
        if single:
            window = int.from_bytes(rest[ids:], "little") + 256 * (fhd >> 6 == 1)
        else:
            window = (8 + (rest[0] & 7)) << (7 + (rest[0] >> 3))
        _need(window <= _WINDOW, "zstd window larger than 8 MiB")
        _need(not any(rest[wide:ids]), "zstd frame needs a dictionary")
        yield start + rest
        block = self.exactly(3)
        while True:
            head = int.from_bytes(block[-3:], "little")
            last, kind, size = head & 1, head >> 1 & 3, head >> 3
            _need(kind == 1 or size <= _BLOCK, "damaged zstd frame")
            yield block
            block = self.exactly((1 if kind == 1 else size) + (4 * checksum if last else 3))
            if last:
                yield block
                return


def _decode_frame(source):
    """The content of the zstd frame that starts here, by python-zstandard."""
    decoder = _zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
    for piece in source.frame():
        try:
            content = decoder.decompress(piece) if piece else b""
        except _zstandard.ZstdError as error:
            raise NtsError(f"damaged zstd frame ({error})") from None
        if content:
            yield content


def _zstd_program(*arguments):
    try:
        return subprocess.Popen(["zstd", *arguments], bufsize=0, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise OSError("neither python-zstandard nor the zstd program is installed") from None


def _decode_frames(source):
    """The content of all zstd frames from here on, by the zstd program."""
    failures = []

    def feed():
        try:
            while source.sniff() == _ZSTD:
                for piece in source.frame():
                    _write_all(zstd.stdin, piece)
        except BrokenPipeError:  # zstd has found damage and left: its exit status tells
            pass
        except Exception as error:  # raised below, after all that was decoded before it
            failures.append(error)
        zstd.stdin.close()

    with _zstd_program("-dcq") as zstd:
        feeder = threading.Thread(target=feed, daemon=True)
        feeder.start()
        try:
            while content := zstd.stdout.read(_BLOCK):
                yield content
            feeder.join()
            reason = zstd.stderr.read().decode("utf-8", "replace").strip()
            if failures:
                raise failures[0]
            _need(zstd.wait() == 0, f"damaged zstd frame ({reason})")
        finally:
            zstd.kill()


class _Input:
    """The raw record stream, whatever envelope it is in."""

    def __init__(self, file):
        self.source = _Source(file)
        self.content, self.frame, self.raw, self.empty = memoryview(b""), iter(()), False, True

    def read(self, size):
        """size bytes, or fewer at the end of the input."""
        parts = []
        while size:
            if self.raw:
                self.content = memoryview(self.source.read(size))
                if not self.content:
                    break
            elif not self.content:
                self.content = memoryview(next(self.frame, b""))
                if not self.content and not self._next_frame():
                    break
            parts.append(self.content[:size])
            self.content = self.content[size:]
            size -= len(parts[-1])
        return bytearray().join(parts)

    def _next_frame(self):
        """Enters what comes next; False at the end of the input."""
        magic = self.source.sniff()
        if magic == _ZSTD:
            self.frame = (_decode_frame if _zstandard else _decode_frames)(self.source)
        elif magic == _HEAD:
            self.raw = True
        elif 0 < len(magic) < 4 and (_ZSTD.startswith(magic) or _HEAD.startswith(magic) or
                                     not self.empty):
            raise _Truncated
        elif self.empty:
            named = [name for start, name in _FOREIGN.items() if magic.startswith(start)]
            raise _Plain("not an NTS stream" + (f" ({named[0]})" if named else
                                                "" if magic else " (empty)"))
        _need(magic in (_ZSTD, _HEAD, b""), "not NTS from here on")
        self.empty = False
        return bool(magic)

    def end_of_stream(self):
        """After DONE: what follows raw records may come in another envelope."""
        self.raw = False


def _write_all(file, data):
    """All of data, in the pieces that pipes carry fastest."""
    data = memoryview(data)
    while data:
        data = data[file.write(data[:_BLOCK]):]


def _store(content):
    """A zstd frame of raw blocks: what a pipe gets."""
    content = memoryview(content)
    parts = [_ZSTD, b"\x84\x38", struct.pack("<I", len(content))]
    for at in range(0, len(content), _BLOCK):
        block = content[at:at + _BLOCK]
        last = at + _BLOCK >= len(content)
        parts += (len(block) << 3 | last).to_bytes(3, "little"), block
    return b"".join(parts + [struct.pack("<I", _xxh64(content) & 0xffffffff)])


def _compress(content, level):
    """One zstd frame with its content's size and checksum."""
    if level == 0:
        return _store(content)
    if _zstandard:
        return _zstandard.ZstdCompressor(level=level, write_checksum=True, write_content_size=True,
                                         write_dict_id=False).compress(content)
    with _zstd_program(f"-{level}", "-cq", "--check", f"--stream-size={len(content)}") as zstd:
        frame, reason = zstd.communicate(content)
    if zstd.returncode:
        raise OSError(f"zstd: {reason.decode('utf-8', 'replace').strip()}")
    return frame


# ---- reading -----------------------------------------------------------------------------------

def _resolve(file, standard):
    """(binary file object or None, name) of a path, "-", sys.stdin, sys.stdout or a file."""
    if isinstance(file, (str, bytes, os.PathLike)) and os.fsdecode(file) != "-":
        return None, os.fsdecode(file)
    if isinstance(file, (str, bytes, os.PathLike)):
        file = standard
    file = getattr(file, "buffer", file)
    name = getattr(file, "name", None)
    return file, name.strip("<>") if isinstance(name, str) else "stream"


class Reader:
    """An NTS stream being read. Iterating gives (section, first row, {field: array}).

    kind, meta, history, sections and extra (keys unknown here) come from HEAD. Streams joined
    by cat are one: rows continue, and sections, digest and history are the whole's at its end.
    Models joined by cat are checkpoints: checkpoint is the number of the one being read, and
    what comes from HEAD is of that one. notes holds the meta records read so far, inputs
    {"history", "digest"} of every stream completed. Raises NtsError for anything wrong, the
    input ending before DONE included; an array given out before that may lack what follows it.
    """

    def __init__(self, file):
        self._file, self.name = _resolve(file, sys.stdin)
        self._owned = self._file is None
        if self._owned:
            self._file = io.open(self.name, "rb")
        self._input, self._limit = _Input(self._file), _max_record()
        self.kind, self.meta, self.extra, self.history, self.sections = None, {}, {}, [], []
        self.checkpoint, self.notes, self.inputs, self.digest, self.error = 0, [], [], None, None
        self.records = 0                     # read so far, HEAD and DONE included
        self._heads = []                     # history id of every stream begun
        self._open = False                   # between HEAD and DONE
        self._seq = self._offset = 0         # of the next record, in its stream
        self._last = self._section = None    # number of the last record, section of the last ROWS
        self._indexed = None                 # offset of the stream's indx record
        try:
            self._guard(self._step)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.close()

    def close(self):
        """Stops reading; closes the file if it was given by its path."""
        self._input.frame = iter(())
        if self._owned:
            self._file.close()

    def __iter__(self):
        return self

    def __next__(self):
        while self.digest is None:
            if batch := self._guard(self._step):
                return batch
        raise StopIteration

    def load(self, section=None):
        """The whole stream, in the form nts.load() describes; nothing may have been read yet."""
        if self.records > 1:
            raise ValueError("load() after part of the stream has been read")
        if section is not None and section not in [s.name for s in self.sections]:
            raise KeyError(f"{self.name}: no section '{section}'")
        chunks, checkpoint = {}, self.checkpoint
        for name, _, batch in self:
            if self.checkpoint != checkpoint:
                chunks, checkpoint = {}, self.checkpoint
            if section in (None, name):
                for key, array in batch.items():
                    chunks.setdefault((name, key), []).append(array)
        if self.checkpoint != checkpoint:  # the last one has no rows at all
            chunks = {}

        def column(s, f):
            parts = chunks.pop((s.name, f.name), None)
            array = np.concatenate(parts) if parts else _unfilter(b"", f, 0)[1]
            return array if s.tensor is None else array.reshape(s.tensor)

        def value(s):
            columns = {f.name: column(s, f) for f in s.fields}
            return columns if s.tensor is None else columns[s.fields[0].name]

        wanted = [s for s in self.sections if section in (None, s.name)]
        alone = len(self.sections) == 1 and self.kind != "model" and wanted[0].tensor is None
        if section is not None or alone:
            return value(wanted[0])
        return {s.name: value(s) for s in wanted}

    def _guard(self, step):
        """step(), whose errors are final and get the names of the stream and the record."""
        if self.error:
            raise self.error
        try:
            return step()
        except _Truncated:
            self.error = NtsError(f"{self.name}: {self._truncation()}")
        except _Plain as error:
            self.error = NtsError(f"{self.name}: {error}")
        except NtsError as error:
            self.error = NtsError(f"{self.name}: record {self._seq}: {error}")
        except Exception as error:
            self.error = error
        raise self.error from None

    def _truncation(self):
        if self._last is None:
            return "truncated before the first record"
        text = f"truncated after record {self._last}"
        if self._open and self._section is not None:
            s = self._section
            text += f" (section {self.sections[s].name}, row {self._base[s] + self._rows[s]})"
        return text

    def _step(self):
        """One record further: its batch if it is ROWS; the end after DONE."""
        record = self._record()
        if record is None:
            self._finish()
            return None
        kind, a, b, c, payload = record
        _need(self._indexed is None or kind == b"DONE", "something between indx and DONE")
        batch = None
        if kind == _HEAD:
            self._begin(_parse_head(payload), a, b)
        elif kind == b"ROWS":
            batch = self._batch(a, b, c, payload)
        elif kind == b"indx":
            self._check_index(a, b, c, payload)
        elif kind == b"DONE":
            self._check_done(_parse_object(payload))
        elif kind == b"meta":
            self.notes.append(_parse_json(payload))
        self.records, self._last = self.records + 1, self._seq
        self._offset += 64 + _pad64(len(payload))
        self._seq += 1
        if kind == b"DONE":
            self._open, self._seq, self._indexed = False, 0, None
            self._input.end_of_stream()
        return batch

    def _record(self):
        """(type, a, b, c, payload) of the next record, verified; None at the end after DONE."""
        header = self._input.read(64)
        if not header and self._last is not None and not self._open:
            return None
        if len(header) < 64:
            raise _Truncated
        kind, flags, seq, size, a, b, c, hash, features, header_hash = _HEADER.unpack(header)
        _need(_xxh64(header[:56]) == header_hash, "header checksum mismatch")
        _need(all(0x21 <= byte <= 0x7e for byte in kind) or kind == _HEAD, "bad record type")
        known = kind in (_HEAD, b"ROWS", b"DONE", b"ABRT")
        _need(known or kind[0] & 0x20, f"unknown record type {kind.decode('latin-1')}")
        _need((kind == _HEAD) != self._open or kind == b"ABRT", "HEAD is not where it must be")
        _need(flags == (_HEAD_FLAGS if kind == _HEAD else bytes(4)), "unknown flags")
        _need(seq == self._seq, f"sequence number is {seq}")
        _need(size % 64 == 0, "payload is not a multiple of 64 bytes")
        _need(64 + size <= self._limit, f"record of {64 + size} bytes, limit {self._limit}")
        _need(features == 0, "needs features unknown here")
        text = kind in (_HEAD, b"DONE", b"ABRT", b"meta")
        if text:
            _need(c <= _JSON_MAX, "JSON: longer than 16 MiB")
            _need(size == _pad64(c), "payload does not have the JSON's length")
            _need(kind == _HEAD or a == b == 0, "header values that must be 0 are not")
        payload = self._input.read(size)
        if len(payload) < size:
            raise _Truncated
        _need(_xxh64(payload) == hash, "checksum mismatch")
        if text:
            _need(not payload[c:].strip(b" "), "JSON is not padded with spaces")
            payload = payload[:c]
        if kind == b"ABRT":
            report = _parse_object(payload)
            raise _Plain(f"upstream {_printable(report.get('tool'))} failed: "
                         f"{_printable(report.get('message'))}")
        return kind, a, b, c, payload

    def _begin(self, head, major, minor):
        """A HEAD: the first stream, a continuation of its rows, or the next checkpoint."""
        _need(major == 1 and _canonical(head["nts"]) == f"[1,{minor}]",
              f"version {major}.{minor} of NTS is not known here")
        sections, history = head["sections"], head["history"]
        first, checkpoint = not self._heads, self.kind == head["kind"] == "model"
        fresh = [[_XXH64() for _ in s.fields] for s in sections]
        if first or checkpoint:
            self.checkpoint += not first
            self.kind, self.meta, self.sections = head["kind"], head["meta"], sections
            self.extra = {key: value for key, value in head.items() if key not in
                          ("nts", "kind", "sections", "meta", "history")}
            self.history = history
            self._base, self._hashes = [0] * len(sections), [fresh]
        else:
            same = (self.kind == head["kind"] and _canonical(self.meta) == _canonical(head["meta"])
                    and [s._schema() for s in self.sections] == [s._schema() for s in sections]
                    and not any(s.tensor is not None for s in self.sections + sections))
            if not same:
                raise _Plain("schema mismatch")
            ids = {entry["id"] for entry in self.history}
            self.history = self.history + [e for e in history if e["id"] not in ids]
            self._base = [base + rows for base, rows in zip(self._base, self._rows)]
            self._hashes = [self._hashes[0], fresh]  # of the whole, of this stream
            self.sections = [Section(s.name, s.fields, None, None, s.extra) for s in self.sections]
        self._stream, self._rows, self._open = sections, [0] * len(sections), True
        self._section, self._index, self._offset = None, bytearray(), 0
        self._heads.append(history[-1]["id"] if history else None)

    def _batch(self, number, count, row, payload):
        """A ROWS record's columns, unfiltered and added to the digests."""
        _need(number < len(self._stream), f"section number {number}")
        section = self._stream[number]
        _need(row == self._rows[number], f"row {row} where {self._rows[number]} was due")
        _need(count >= 1 and (section.rows is None or row + count <= section.rows),
              f"more rows than the {section.rows} announced" if count else "no rows")
        sizes = [count * f.row_bytes for f in section.fields]
        _need(len(payload) == sum(map(_pad64, sizes)), "payload does not fit its rows")
        batch, at, payload = {}, 0, memoryview(payload)
        for i, (field, size) in enumerate(zip(section.fields, sizes)):
            end = at + _pad64(size)
            _need(not any(payload[at + size:end]), "padding is not zero")
            column, batch[field.name] = _unfilter(payload[at:at + size], field, count)
            for hashes in self._hashes:
                hashes[number][i].update(column)
            at = end
        self._index += struct.pack("<QQII", self._offset, row, count, number)
        self._rows[number], self._section = row + count, number
        return section.name, self._base[number] + row, batch

    def _check_index(self, size, entries, offset, payload):
        _need(size == 24 and offset == self._offset, "indx: bad header values")
        _need(entries * 24 == len(self._index) and
              payload == self._index.ljust(_pad64(len(self._index)), b"\0"),
              "indx does not match the records")
        self._indexed = offset

    def _check_done(self, done):
        sections = done.get("sections")
        _need(_canonical(done.get("records")) == str(self._seq), "DONE: number of records")
        _need(isinstance(sections, list) and len(sections) == len(self._stream), "DONE: sections")
        for s, rows, hashes, told in zip(self._stream, self._rows, self._hashes[-1], sections):
            _need(s.rows in (None, rows), f"section {s.name}: {rows} rows, HEAD announced {s.rows}")
            _need(isinstance(told, dict), "DONE: sections")
            _need(_canonical(told.get("rows")) == str(rows), f"section {s.name}: rows")
            _need(told.get("fields") == {f.name: _hex(h.intdigest()) for f, h in
                                         zip(s.fields, hashes)}, f"section {s.name}: field digest")
        digest = _stream_digest(self._stream, self._rows, self._hashes[-1])
        _need(done.get("digest") == digest, "stream digest")
        _need(_canonical(done.get("index")) == _canonical(self._indexed), "DONE: index")
        head = self._heads[-1]
        self.inputs.append({"history": head, "digest": digest} if head else {"digest": digest})

    def _finish(self):
        rows = [base + rows for base, rows in zip(self._base, self._rows)]
        for section, count in zip(self.sections, rows):
            section.rows = count
        self.digest = _stream_digest(self.sections, rows, self._hashes[0])
        self.close()


def _printable(text):
    return "".join(c if c.isprintable() else "?" for c in str(text))


def _unfilter(data, field, count):
    """(column bytes as they were before the filter, as an array of count rows)."""
    column = np.frombuffer(data, np.uint8) if len(data) else np.zeros(0, np.uint8)
    if field.filter == "shuffle":
        column = np.ascontiguousarray(column.reshape(field.itemsize, -1).T).reshape(-1)
    if field.dtype == "bool":
        _need(not (column > 1).any(), f"field '{field.name}': bool that is neither 0 nor 1")
    array = column.view(_NUMPY[field.dtype]).reshape(count, *field.shape)
    if field.dtype == "bf16":
        array = (array.astype("<u4") << 16).view("<f4")
    return column, array


def open(file):
    """A Reader of a path, "-", sys.stdin or a binary file object."""
    return Reader(file)


def load(file, section=None):
    """The whole stream, verified: {field: array} if it has one section, otherwise
    {section: {field: array}}; of kind model {tensor's name: array in its true shape}, the last
    checkpoint if there are several. With section, that one's part alone."""
    with Reader(file) as reader:
        return reader.load(section)


# ---- writing -----------------------------------------------------------------------------------

def _dtype_name(dtype):
    """The NTS name of a dtype: "f32" and the like, or anything NumPy takes that is not a short
    code ("u8" is one byte here and eight in NumPy)."""
    if isinstance(dtype, str) and dtype in _NUMPY:
        return dtype
    numpy = np.dtype(dtype).newbyteorder("<")
    if numpy not in _NAMES or (isinstance(dtype, str) and dtype != numpy.name):
        raise ValueError(f"no NTS dtype for {dtype}")
    return _NAMES[numpy]


def _make_fields(spec):
    """[Field] of {name: dtype} or {name: (dtype, shape of a row)}."""
    fields = []
    for name, value in spec.items():
        dtype, shape = value if isinstance(value, tuple) else (value, ())
        fields.append(Field(name, _dtype_name(dtype), tuple(map(int, shape))))
    return fields


def _make_sections(spec):
    """Fresh [Section] of [Section], {field: dtype} (section "rows") or {section: {field: …}}."""
    if not isinstance(spec, dict):
        return [Section(s.name, [Field(f.name, f.dtype, tuple(f.shape), "none", f.extra)
                                 for f in s.fields], None, s.tensor, s.extra) for s in spec]
    if spec and not isinstance(next(iter(spec.values())), dict):
        spec = {"rows": spec}
    return [Section(name, _make_fields(fields)) for name, fields in spec.items()]


def _section_json(s):
    fields = [{"name": f.name, "dtype": f.dtype, "shape": list(f.shape), "filter": f.filter,
               **f.extra} for f in s.fields]
    tensor = {} if s.tensor is None else {"tensor": list(s.tensor)}
    return {"name": s.name, **tensor, "rows": s.rows, "fields": fields, **s.extra}


def _shuffle(column, itemsize):
    return np.frombuffer(column, np.uint8).reshape(-1, itemsize).T.tobytes() if column else b""


def _column(array, field):
    """array's bytes as they lie in the stream."""
    if field.dtype == "bf16":
        bits = array.view("<u4").astype("i8")
        high = bits >> 16
        rounded = (bits + 0x7fff + (high & 1)) >> 16
        quiet = np.where(high & 0x7f, high, high | 0x40)  # a NaN stays one
        array = np.where(np.isnan(array), quiet, rounded).astype("<u2")
    return array.tobytes()


class Writer:
    """An NTS stream being written; use it in a with statement.

    file        path (written beside it and renamed by close), "-", sys.stdout or file object
    sections    a reader's sections, {field: dtype or (dtype, row shape)} for one section named
                "rows", or {section: {field: …}}
    kind, meta  for HEAD; extra: further keys of HEAD
    parents     the Reader or Readers whose data this is made from: history and DONE name them
    history     entries to carry on besides those of the parents
    rows        {section: rows} where known beforehand
    level       0 stores, 1 to 19 compresses; by default 1 in a regular file, 0 elsewhere
    tool, version, argv, seed    for the history's new entry; argv is sys.argv by default
    provenance  "full"; "basename" takes folders from argv; "none" writes no history at all

    An exception in the with statement, or abort(), ends the stream in ABRT: it is never taken
    for complete, and a path given by name is left as it was.
    """

    digest = None  # of the stream, once it is closed
    _file = _temporary = _failure = None
    _owned = False

    def __init__(self, file, sections, kind="dataset", meta=None, *, parents=(), history=None,
                 rows=None, level=None, tool=None, version="", argv=None, seed=None,
                 provenance="full", extra=None):
        if kind is not None and kind not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}, not {kind}")
        if provenance not in ("full", "basename", "none"):
            raise ValueError(f"provenance is full, basename or none, not {provenance}")
        if level is not None and not 0 <= level <= 19:
            raise ValueError(f"level is 0 to 19, not {level}")
        self.parents = [parents] if isinstance(parents, Reader) else list(parents)
        self.sections, self._limit = _make_sections(sections), _max_record()
        for s in self.sections:
            s.rows = (rows or {}).get(s.name) if s.tensor is None else prod(s.tensor)
        argv = list(sys.argv if argv is None else argv)
        self.tool = tool or os.path.basename(argv[0] if argv else "")
        if self.tool in ("", "-c", "-m"):
            self.tool = "python"
        self.version = version
        self._head = {"nts": [1, 0], "kind": kind, "sections": [], "meta": meta,
                      "history": self._lineage(history or [], argv, seed, provenance)}
        self._head = {key: value for key, value in self._head.items()
                      if value or key in ("nts", "sections")}
        self._head.update(extra or {})
        self._inputs = provenance != "none"
        self._head_json()  # refuses a bad schema before anything is opened
        for s in self.sections:
            if not s.fields or max(f.row_bytes for f in s.fields) > self._limit - 64:
                raise ValueError(f"section '{s.name}': no fields, or a row too large")
        self._pending = [deque() for _ in self.sections]  # blocks: one array a field
        self._waiting = [0] * len(self.sections)          # rows in them
        self._rows = [0] * len(self.sections)
        self._hashes = [[_XXH64() for _ in s.fields] for s in self.sections]
        self._seq, self._offset, self._index, self._seek = 0, 0, bytearray(), bytearray()
        self._open_output(file)
        self.level = level if level is not None else int(self._regular)
        if self.level == 0:
            self._begin()

    def __enter__(self):
        return self

    def __exit__(self, kind, failure, trace):
        if kind is None:
            self.close()
        else:
            code = 3 if isinstance(failure, NtsError) else 1
            self.abort(str(failure) or kind.__name__, code)

    def __del__(self):
        self._discard()

    def write(self, arrays=None, section=None, **fields):
        """Adds rows to a section (needless to name when there is one): every field's, as
        arrays of equal length, by name or in a dict. Arrays are converted only exactly."""
        if self._file is None:
            raise ValueError("write to a stream that has ended")
        names = [s.name for s in self.sections]
        if section is None and len(names) == 1:
            section = names[0]
        if section not in names:
            raise ValueError(f"section must be one of {', '.join(names)}")
        number = names.index(section)
        s, given = self.sections[number], {**(arrays or {}), **fields}
        if set(given) != {f.name for f in s.fields}:
            raise ValueError(f"section '{s.name}' has the fields "
                             f"{', '.join(f.name for f in s.fields)}, not {', '.join(given)}")
        block = [_exact(given[f.name], f, s.tensor) for f in s.fields]
        count = len(block[0])
        if any(len(array) != count for array in block):
            raise ValueError(f"section '{s.name}': fields with different numbers of rows")
        if s.rows is not None and self._rows[number] + self._waiting[number] + count > s.rows:
            raise ValueError(f"section '{s.name}': more rows than the {s.rows} announced")
        if count == 0:
            return
        pending, chunk = self._pending[number], self._chunk_rows(s)
        pending.append(block)
        self._waiting[number] += count
        while self._waiting[number] >= chunk:
            self._emit_rows(number, chunk)
        if pending:  # the caller may use the arrays again
            pending[-1] = [array.copy() for array in pending[-1]]

    def close(self):
        """Ends the stream properly; a file then gets its name."""
        if self._file is None:
            return
        try:
            for failure in (self._failure, *(parent.error for parent in self.parents)):
                if failure:
                    raise failure
            self._begin()
            for number, s in enumerate(self.sections):
                if self._waiting[number]:
                    self._emit_rows(number, self._waiting[number])
                if s.rows not in (None, self._rows[number]):
                    raise ValueError(f"section '{s.name}': {self._rows[number]} rows written, "
                                     f"{s.rows} announced")
            self._end()
        except BaseException as failure:
            self.abort(str(failure) or type(failure).__name__)
            raise

    def abort(self, message, code=1):
        """Ends the stream as failed: whoever reads it fails too, with this message."""
        if self._file is None:
            return
        try:
            _need(not self._failure, "nothing more can be written")
            self._begin()
            self._emit(b"ABRT", _dump_json({"tool": self.tool, "version": self.version,
                                            "code": code, "message": str(message)}))
            self._file.flush()
        except (OSError, ValueError):  # no DONE is there all the same
            pass
        self._discard()

    # -- what the stream is made of --

    def _lineage(self, history, argv, seed, provenance):
        """history: that of all parents, then the entry of this run."""
        if provenance == "none":
            return []
        heads = [history[-1]["id"]] if history else []
        for parent in self.parents:
            history = history + parent.history
            heads += [head for head in parent._heads if head]
        argv = [a.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for a in argv[1:]]
        if provenance == "basename":
            argv = [os.path.basename(a.rstrip("/")) or a for a in argv]
        entry = {"tool": self.tool, "version": self.version, "argv": [self.tool] + argv,
                 **({} if seed is None else {"seed": seed}), "parents": list(dict.fromkeys(heads))}
        entry = {"id": f"{_xxh64(_canonical(entry).encode('utf-8')):016x}", **entry}
        return list({e["id"]: e for e in history + [entry]}.values())

    def _head_json(self):
        data = _dump_json({**self._head, "sections": list(map(_section_json, self.sections))})
        _parse_head(data)
        return data

    def _chunk_rows(self, s):
        return max(1, _CHUNK // max(1, sum(f.row_bytes for f in s.fields)))

    def _take(self, number, count):
        """The next count rows that wait, one array a field."""
        parts, pending = [], self._pending[number]
        self._waiting[number] -= count
        while count:
            block = pending.popleft()
            parts.append([a[:count] for a in block])
            if len(block[0]) > count:
                pending.appendleft([a[count:] for a in block])
            count -= len(parts[-1][0])
        return [np.concatenate(column) if len(parts) > 1 else column[0] for column in zip(*parts)]

    def _begin(self, samples=None):
        """Writes HEAD, once. samples: first chunks {number: block} that choose the filters."""
        if self._seq:
            return
        if self.level:
            samples = samples or {i: p[0] for i, p in enumerate(self._pending) if p}
            for number, block in samples.items():
                count = self._chunk_rows(self.sections[number])
                for f, array in zip(self.sections[number].fields, block):
                    plain = _column(array[:count], f)
                    if f.itemsize > 1 and (len(_compress(_shuffle(plain, f.itemsize), self.level))
                                           < len(_compress(plain, self.level))):
                        f.filter = "shuffle"
        self._emit(_HEAD, self._head_json(), flags=_HEAD_FLAGS, a=1)

    def _emit_rows(self, number, count):
        self._begin()
        parts, s = [], self.sections[number]
        for f, array, hash in zip(s.fields, self._take(number, count), self._hashes[number]):
            column = _column(array, f)
            hash.update(column)
            parts += (_shuffle(column, f.itemsize) if f.filter == "shuffle" else column,
                      bytes(-len(column) % 64))
        row = self._rows[number]
        self._index += struct.pack("<QQII", self._offset, row, count, number)
        self._emit(b"ROWS", *parts, a=number, b=count, c=row)
        self._rows[number] += count

    def _end(self):
        """indx, DONE, seek table; the file gets its name."""
        sections = [{"rows": rows, "fields": {f.name: _hex(h.intdigest()) for f, h in
                                              zip(s.fields, hashes)}}
                    for s, rows, hashes in zip(self.sections, self._rows, self._hashes)]
        digest = _stream_digest(self.sections, self._rows, self._hashes)
        done = {"sections": sections, "digest": digest}
        if self._inputs and (inputs := [entry for p in self.parents for entry in p.inputs]):
            done["inputs"] = inputs
        if self._regular and self._index and 64 + _pad64(len(self._index)) <= self._limit:
            done["index"] = self._offset
            self._emit(b"indx", self._index.ljust(_pad64(len(self._index)), b"\0"),
                       a=24, b=len(self._index) // 24, c=self._offset)
        self._emit(b"DONE", _dump_json({"records": self._seq, **done}))
        if self._regular:
            frames = len(self._seek) // 12
            _write_all(self._file, struct.pack("<II", 0x184D2A5E, len(self._seek) + 9) +
                       self._seek + struct.pack("<IBI", frames, 0x80, 0x8F92EAB1))
        self._file.flush()
        if self._temporary:
            os.fsync(self._file.fileno())
            self._file.close()
            os.replace(self._temporary, self._target)
            self._temporary = None
        self.digest = digest
        self._discard()

    def _emit(self, kind, *parts, flags=bytes(4), a=0, b=0, c=None):
        """One record in one frame, its payload in parts. c None: JSON, whose length it is."""
        if c is None:
            c, parts = len(parts[0]), (parts[0], b" " * (-len(parts[0]) % 64))
        size = sum(map(len, parts))
        if 64 + size > self._limit:
            raise ValueError(f"record of {64 + size} bytes, limit {self._limit}")
        header = _HEADER.pack(kind, flags, self._seq, size, a, b, c, _xxh64(*parts), 0, 0)[:56]
        content = b"".join((header, struct.pack("<Q", _xxh64(header)), *parts))
        try:
            frame = _compress(content, self.level)
            _write_all(self._file, frame)
        except BaseException as failure:  # half a frame may be out: only failing is left
            self._failure = failure
            raise
        self._seek += struct.pack("<II", len(frame), len(content)) + frame[-4:]
        self._seq, self._offset = self._seq + 1, self._offset + len(content)

    # -- where it goes --

    def _open_output(self, file):
        output, name = _resolve(file, sys.stdout)
        if output is None:
            self._owned = True
            self._target = os.path.realpath(name)
            if os.path.exists(self._target) and not os.path.isfile(self._target):  # a FIFO
                output = io.open(self._target, "wb", buffering=0)
            else:
                folder, base = os.path.split(self._target)
                temporary = os.path.join(folder, f".{base}.{os.getpid()}-{id(self):x}")
                output = io.open(temporary, "xb", buffering=0)
                self._temporary = temporary
        try:
            mode = os.fstat(output.fileno()).st_mode
        except (AttributeError, io.UnsupportedOperation):  # in memory
            mode = stat.S_IFREG
        self._regular = stat.S_ISREG(mode)
        if stat.S_ISCHR(mode) and output.isatty():
            raise ValueError("a binary stream will not be written to a terminal")
        if stat.S_ISFIFO(mode):
            try:
                import fcntl
                fcntl.fcntl(output.fileno(), 1031, 1 << 20)  # F_SETPIPE_SZ
            except (ImportError, OSError):
                pass
        self._file = output

    def _discard(self):
        """Lets go of the output; a temporary file vanishes."""
        file, temporary, self._file, self._temporary = self._file, self._temporary, None, None
        if file is not None and self._owned:
            file.close()
        if temporary:
            os.unlink(temporary)


def _exact(value, field, tensor):
    """value as a C-ordered array of field's dtype and row shape, without loss."""
    dtype = np.dtype("<f4" if field.dtype == "bf16" else _NUMPY[field.dtype])
    if not isinstance(value, np.ndarray):
        value = np.asarray(value)
        converted = value.astype(dtype)
        if value.dtype.kind == dtype.kind == "f" or (converted == value).all():
            value = converted
    if not np.can_cast(value.dtype, dtype):
        raise ValueError(f"field '{field.name}': {value.dtype} does not fit {field.dtype}; "
                         "convert it with astype")
    if tensor is not None:
        value = value.reshape(-1)
    if value.ndim == 0 or value.shape[1:] != field.shape:
        raise ValueError(f"field '{field.name}': shape {value.shape}, not (rows, *{field.shape})")
    return np.ascontiguousarray(value, dtype)


def save(file, arrays, kind="dataset", meta=None, **options):
    """Writes what load() gives: {field: array}, {section: {field: array}}, or for a model
    {tensor's name: array}. options are the Writer's: history, parents, level, …"""
    def array(value):
        value = np.asarray(value)
        if value.ndim == 0 and kind != "model":
            raise ValueError("a field needs rows: an array of one dimension or more")
        return value

    if kind != "model" and arrays and not isinstance(next(iter(arrays.values())), dict):
        arrays = {"rows": arrays}
    sections, blocks, rows = [], [], {}
    for name, value in arrays.items():
        if isinstance(value, dict):
            block = {key: array(x) for key, x in value.items()}
            sections.append(Section(name, _make_fields({key: (x.dtype, x.shape[1:]) for key, x in
                                                        block.items()})))
            rows[name] = len(next(iter(block.values()), ()))
        else:
            value = array(value)
            block = {"": value}
            sections.append(Section(name, _make_fields({"": value.dtype}), None, value.shape))
        blocks.append(block)
    with Writer(file, sections, kind, meta, rows=rows, **options) as writer:
        if writer.level:
            writer._begin({i: [_exact(block[f.name], f, s.tensor) for f in s.fields]
                           for i, (s, block) in enumerate(zip(writer.sections, blocks))})
        for s, block in zip(sections, blocks):
            writer.write(block, section=s.name)


# ---- python3 nts.py FILE -----------------------------------------------------------------------

def _describe(file):
    """Verifies a stream and gives the lines that say what it holds."""
    with Reader(file) as reader:
        for _ in reader:
            pass
    lines = [f"kind\t{reader.kind}", f"digest\t{reader.digest}", f"records\t{reader.records}"]
    for s in reader.sections:
        tensor = "" if s.tensor is None else f"\ttensor {list(s.tensor)}"
        lines.append(f"section\t{s.name}\t{s.rows} rows{tensor}")
        lines += [f"field\t{f.name}\t{f.dtype}\t{list(f.shape)}\t{f.filter}" for f in s.fields]
    lines += ["history\t" + _printable(" ".join(map(str, e.get("argv", [])))) for e in
              reader.history]
    return lines


def _main(argv):
    if len(argv) != 2 or argv[1] in ("-h", "--help"):
        print("Usage: python3 nts.py FILE    (- is stdin)", file=sys.stderr)
        return 2
    try:
        print("\n".join(_describe(argv[1])))
    except NtsError as error:
        print(f"nts.py: {error}", file=sys.stderr)
        return 3
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else error
        print(f"nts.py: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv))
