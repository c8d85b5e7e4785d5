#!/usr/bin/env python3
# nts_reader.py - a second reader of NTS 1.0, from the specification alone, for the tests
# SPDX-License-Identifier: MIT
"""Checks a stream against every rule of NTS 1.0, slowly and plainly.

Usage: nts_reader.py [--envelope] [--dump SECTION FIELD] FILE      (- is stdin)

Prints one line of JSON and exits 0, or one line on stderr and exits 3. With --envelope the file
must also be what a writer may produce: one record a zstd frame, content size, checksum, a right
seek table; without it any envelope a reader must accept will do. --dump writes a column's bytes,
unfiltered, instead of the JSON. In the JSON, records counts HEAD and DONE too; level is stored,
zstd, mixed or raw.

Only the standard library, and the zstd program for frames that hold compressed blocks. It shares
no code with the readers that it checks: keep it so. The whole file is held in memory.
"""
import argparse
import json
import os
import re
import struct
import subprocess
import sys

MASK = 2 ** 64 - 1
MAGIC_ZSTD = bytes.fromhex("28b52ffd")
MAGIC_HEAD = bytes.fromhex("894e5453")
FOREIGN = [("gzip", "1f8b"), ("npy", "934e554d"), ("zip", "504b"), ("HDF5", "89484446")]
ITEM = {"f64": 8, "f32": 4, "f16": 2, "bf16": 2, "i64": 8, "i32": 4, "i16": 2, "i8": 1,
        "u64": 8, "u32": 4, "u16": 2, "u8": 1, "bool": 1}
KINDS = ["dataset", "views", "draws", "embedding", "moments", "spectrum", "model"]
DIGEST = re.compile("xxh64:[0-9a-f]{16}")
HEX16 = re.compile("[0-9a-f]{16}")


class Bad(Exception):
    """The stream breaks a rule; the text says which."""


def check(condition, text):
    if not condition:
        raise Bad(text)


def u32(data, at):
    return struct.unpack_from("<I", data, at)[0]


def u64(data, at):
    return struct.unpack_from("<Q", data, at)[0]


def round64(n):
    return (n + 63) // 64 * 64


# ---- XXH64, as its specification puts it -------------------------------------------------------

PRIME1 = 0b1001111000110111011110011011000110000101111010111100101010000111
PRIME2 = 0b1100001010110010101011100011110100100111110101001110101101001111
PRIME3 = 0b0001011001010110011001111011000110011110001101110111100111111001
PRIME4 = 0b1000010111101011110010100111011111000010101100101010111001100011
PRIME5 = 0b0010011111010100111010110010111100010110010101100110011111000101


def rotl(x, n):
    return ((x << n) | (x >> (64 - n))) & MASK


def accumulate(acc, lane):
    return rotl((acc + lane * PRIME2) & MASK, 31) * PRIME1 & MASK


def xxh64(data):
    """XXH64 of data, seed 0."""
    data = bytes(data)
    at = 0
    if len(data) >= 32:
        acc = [(PRIME1 + PRIME2) & MASK, PRIME2, 0, -PRIME1 & MASK]
        a, b, c, d = acc
        for l1, l2, l3, l4 in struct.iter_unpack("<4Q", data[:len(data) // 32 * 32]):
            a = accumulate(a, l1)
            b = accumulate(b, l2)
            c = accumulate(c, l3)
            d = accumulate(d, l4)
        h = (rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18)) & MASK
        for acc in (a, b, c, d):
            h = ((h ^ accumulate(0, acc)) * PRIME1 + PRIME4) & MASK
        at = len(data) // 32 * 32
    else:
        h = PRIME5
    h = (h + len(data)) & MASK
    while at + 8 <= len(data):
        h = (rotl(h ^ accumulate(0, u64(data, at)), 27) * PRIME1 + PRIME4) & MASK
        at += 8
    if at + 4 <= len(data):
        h = (rotl(h ^ (u32(data, at) * PRIME1 & MASK), 23) * PRIME2 + PRIME3) & MASK
        at += 4
    while at < len(data):
        h = rotl(h ^ (data[at] * PRIME5 & MASK), 11) * PRIME1 & MASK
        at += 1
    h = (h ^ (h >> 33)) * PRIME2 & MASK
    h = (h ^ (h >> 29)) * PRIME3 & MASK
    return h ^ (h >> 32)


# ---- the envelope ------------------------------------------------------------------------------

class Frame:
    """One zstd frame: where it lies, what its header promises, what it holds."""


def parse_frame(data, start):
    frame = Frame()
    frame.start = start

    def need(end):
        check(end <= len(data), "truncated zstd frame")

    need(start + 5)
    descriptor = data[start + 4]
    check(descriptor & 0x08 == 0, "zstd frame: reserved bit")
    single = descriptor >> 5 & 1
    frame.has_checksum = bool(descriptor & 0x04)
    frame.has_dictionary = descriptor & 3 != 0
    dictionary_size = [0, 1, 2, 4][descriptor & 3]
    size_size = [1 if single else 0, 2, 4, 8][descriptor >> 6]
    at = start + 5
    need(at + 1 + dictionary_size + size_size)
    if not single:
        exponent, mantissa = data[at] >> 3, data[at] & 7
        frame.window = (1 << (10 + exponent)) + (1 << (10 + exponent)) // 8 * mantissa
        at += 1
    dictionary = int.from_bytes(data[at:at + dictionary_size], "little")
    at += dictionary_size
    frame.size = int.from_bytes(data[at:at + size_size], "little") if size_size else None
    if size_size == 2:
        frame.size += 256
    if single:
        frame.window = frame.size
    at += size_size
    check(dictionary == 0, "zstd frame: dictionary")
    check(frame.window <= 8 << 20, "zstd frame: window above 8 MiB")

    header_end, only_raw, native, content = at, True, True, []
    last = False
    while not last:
        need(at + 3)
        word = int.from_bytes(data[at:at + 3], "little")
        last, kind, size = word & 1, word >> 1 & 3, word >> 3
        at += 3
        check(kind != 3, "zstd frame: reserved block type")
        check(size <= 128 << 10, "zstd frame: block above 128 KiB")
        need(at + (1 if kind == 1 else size))
        if kind == 0:
            content.append(data[at:at + size])
        elif kind == 1:
            content.append(data[at:at + 1] * size)
            only_raw = False
        else:
            only_raw = native = False
        at += 1 if kind == 1 else size
    if frame.has_checksum:
        need(at + 4)
        frame.checksum = u32(data, at)
        at += 4
    frame.end = at
    frame.stored = only_raw and data[start + 4:header_end][:2] == b"\x84\x38"
    if native:
        frame.content = b"".join(content)
        if frame.has_checksum:
            check(xxh64(frame.content) & 0xffffffff == frame.checksum, "zstd frame: checksum")
    else:
        run = subprocess.run(["zstd", "-dcq"], input=data[start:at], capture_output=True)
        check(run.returncode == 0, "zstd frame: " + run.stderr.decode(errors="replace").strip())
        frame.content = run.stdout
    check(frame.size in (None, len(frame.content)), "zstd frame: content size")
    return frame


def parse_envelope(data):
    """[Frame, or (start, end) of a skippable frame, or bytes of raw records]."""
    check(data, "not an NTS stream (empty)")
    items, at = [], 0
    while at < len(data):
        magic = data[at:at + 4]
        if magic == MAGIC_ZSTD:
            items.append(parse_frame(data, at))
            at = items[-1].end
        elif len(magic) == 4 and magic[0] >> 4 == 5 and magic[1:] == b"\x2a\x4d\x18":
            check(at + 8 <= len(data), "truncated skippable frame")
            end = at + 8 + u32(data, at + 4)
            check(end <= len(data), "truncated skippable frame")
            items.append((at, end))
            at = end
        elif magic == MAGIC_HEAD:  # raw records, up to and with DONE
            start, kind = at, None
            while kind != b"DONE" and at + 64 <= len(data):
                kind = data[at:at + 4]
                at = min(at + 64 + u64(data, at + 16), len(data))
            at = at if kind == b"DONE" else len(data)
            items.append(data[start:at])
        else:
            check(items, "not an NTS stream" + "".join(
                f" ({name})" for name, start in FOREIGN if data.startswith(bytes.fromhex(start))))
            raise Bad(f"byte {at}: neither a frame nor records")
    return items


def check_writer_envelope(data, items):
    """The rules of the envelope that bind writers. Returns whether there is a seek table."""
    frames, tables, previous = [], 0, None
    for item in items:
        check(not isinstance(item, bytes), "envelope: raw records")
        if isinstance(item, tuple):
            if data[item[0]] == 0x5e:
                check(previous is not None and previous.content[:4] == b"DONE",
                      "envelope: seek table does not follow DONE")
                check_seek_table(data[item[0] + 8:item[1]], frames)
                tables += 1
            continue
        where = f"envelope: frame {len(frames)}"
        check(item.size is not None, f"{where}: no content size")
        check(item.has_checksum, f"{where}: no checksum")
        check(not item.has_dictionary, f"{where}: dictionary id")
        check(len(item.content) >= 64 and len(item.content) == 64 + u64(item.content, 16),
              f"{where}: not one record")
        frames.append(item)
        previous = item
    return tables > 0


def check_seek_table(table, frames):
    """A table of zstd's seekable format, for the frames before it back to some HEAD."""
    check(len(table) >= 9 and u32(table, len(table) - 4) == 0x8F92EAB1, "seek table: no footer")
    count, descriptor = u32(table, len(table) - 9), table[-5]
    check(descriptor == 0x80, "seek table: descriptor")
    check(len(table) == 12 * count + 9, "seek table: size")
    check(0 < count <= len(frames), "seek table: number of frames")
    covered = frames[-count:]
    check(covered[0].content[:4] == MAGIC_HEAD, "seek table: does not begin at HEAD")
    for i, frame in enumerate(covered):
        entry = struct.unpack_from("<III", table, 12 * i)
        expected = (frame.end - frame.start, len(frame.content), frame.checksum)
        check(entry == expected, f"seek table: entry {i} is {entry}, not {expected}")


# ---- JSON --------------------------------------------------------------------------------------

def strict_json(data, what):
    check(len(data) <= 16 << 20, f"{what}: JSON above 16 MiB")

    def no_duplicates(pairs):
        keys = [key for key, _ in pairs]
        check(len(set(keys)) == len(keys), f"{what}: duplicate key")
        return dict(pairs)

    def constant(text):
        raise Bad(f"{what}: {text} is not JSON")

    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=no_duplicates, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        raise Bad(f"{what}: {error}") from None
    check_value(value, what, 0)
    return value


def check_value(value, what, depth):
    if isinstance(value, (dict, list)):
        check(depth < 16, f"{what}: nested deeper than 16")
    if isinstance(value, dict):
        for key, member in value.items():
            check_value(key, what, depth + 1)
            check_value(member, what, depth + 1)
    elif isinstance(value, list):
        for member in value:
            check_value(member, what, depth + 1)
    elif isinstance(value, str):
        check("\0" not in value, f"{what}: NUL in a string")
        check(not any(0xd800 <= ord(c) <= 0xdfff for c in value), f"{what}: half a character")
    elif isinstance(value, float):
        check(abs(value) < float("inf"), f"{what}: number too large")
    elif isinstance(value, int):
        check(-2 ** 63 <= value < 2 ** 63, f"{what}: integer too large")


def is_integer(value, low=0):
    return type(value) is int and value >= low


def canonical(value):
    """Keys sorted, no spaces, UTF-8, control characters short or \\u001F, reals by %.17g."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        mantissa, e, exponent = ("%.17g" % value).partition("e")
        if e:
            return f"{mantissa}e{int(exponent)}"
        return mantissa if "." in mantissa else mantissa + ".0"
    if isinstance(value, str):
        short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f",
                 "\r": "\\r"}
        return '"' + "".join(short.get(c) or (c if c >= " " else "\\u%04X" % ord(c))
                             for c in value) + '"'
    if isinstance(value, list):
        return "[" + ",".join(canonical(member) for member in value) + "]"
    members = sorted((key.encode(), canonical(key), canonical(value[key])) for key in value)
    return "{" + ",".join(f"{key}:{member}" for _, key, member in members) + "}"


# ---- HEAD --------------------------------------------------------------------------------------

def check_name(name, what):
    check(isinstance(name, str), f"{what}: no name")
    check(len(name.encode()) <= 255, f"{what}: name above 255 bytes")
    check(all(c >= " " and not "\x7f" <= c <= "\x9f" for c in name),
          f"{what}: control character in name")


def check_shape(shape, item, what):
    check(isinstance(shape, list) and all(is_integer(d) for d in shape), f"{what}: shape")
    check(len(shape) <= 8, f"{what}: more than 8 dimensions")
    product = item
    for d in shape:
        product *= d
    check(product < 2 ** 63, f"{what}: shape too large")
    return product // item


def check_section(section):
    check(isinstance(section, dict), "section is no object")
    check_name(section.get("name"), "section")
    check(section["name"], "section without a name")
    what = f"section '{section['name']}'"
    check("rows" in section, f"{what}: no rows")
    check(section["rows"] is None or is_integer(section["rows"]), f"{what}: rows")
    fields = section.get("fields")
    check(isinstance(fields, list) and len(fields) <= 4096, f"{what}: fields")
    for field in fields:
        check(isinstance(field, dict), f"{what}: field is no object")
        check_name(field.get("name"), f"{what}, field")
        here = f"{what}, field '{field['name']}'"
        check(field.get("dtype") in list(ITEM), f"{here}: dtype")
        check(field.get("filter") in ["none", "shuffle"], f"{here}: filter")
        check_shape(field.get("shape"), ITEM[field["dtype"]], here)
        check(0 not in field["shape"], f"{here}: rows of no size")
    names = [field["name"] for field in fields]
    check(len(set(names)) == len(names), f"{what}: two fields of one name")
    if "tensor" in section:
        elements = check_shape(section["tensor"], 8, what)
        check(section["rows"] in (None, elements), f"{what}: rows are not the tensor's elements")
        check([field["shape"] for field in fields] == [[]],
              f"{what}: a tensor has one element a row")


def check_history(history):
    check(isinstance(history, list), "history is no list")
    seen = []
    for entry in history:
        check(isinstance(entry, dict), "history: entry is no object")
        own = entry.get("id")
        check(isinstance(own, str) and HEX16.fullmatch(own), "history: id")
        rest = {key: value for key, value in entry.items() if key != "id"}
        check(own == f"{xxh64(canonical(rest).encode()):016x}", f"history: {own} is not its hash")
        check(isinstance(entry.get("tool"), str), f"history: {own}: tool")
        check(isinstance(entry.get("version"), str), f"history: {own}: version")
        argv = entry.get("argv")
        check(isinstance(argv, list) and all(isinstance(a, str) for a in argv),
              f"history: {own}: argv")
        check(isinstance(entry.get("parents"), list), f"history: {own}: parents")
        for parent in entry["parents"]:
            check(parent in seen, f"history: {own}: parent {parent} does not come before it")
        check(own not in seen, f"history: {own} twice")
        check(not {"time", "date", "host", "user", "threads"} & set(entry), f"history: {own}: keys")
        seen.append(own)


def check_head(head, major, minor):
    check(major == 1 and minor == 0, f"version {major}.{minor}")
    check(canonical(head.get("nts")) == "[1,0]", "HEAD: nts")
    check("kind" not in head or head["kind"] in KINDS, "HEAD: kind")
    check(isinstance(head.get("meta", {}), dict), "HEAD: meta is no object")
    check(isinstance(head.get("sections"), list), "HEAD: sections")
    check(len(head["sections"]) <= 65536, "HEAD: more than 65,536 sections")
    for section in head["sections"]:
        check_section(section)
    names = [section["name"] for section in head["sections"]]
    check(len(set(names)) == len(names), "HEAD: two sections of one name")
    check_history(head.get("history", []))


# ---- records -----------------------------------------------------------------------------------

class Stream:
    """One stream, HEAD to DONE: head, rows and columns by section, digest."""


def read_record(data, at, seq, limit, where):
    """(type, a, b, c, payload, end) of the record at byte `at`, which must be number seq."""
    check(at + 64 <= len(data), where)
    header = data[at:at + 64]
    what = f"record {seq}"
    check(xxh64(header[:56]) == u64(header, 56), f"{what}: header checksum")
    kind, flags, size = header[:4], header[4:8], u64(header, 16)
    is_head = kind == MAGIC_HEAD
    check(is_head or all(0x21 <= byte <= 0x7e for byte in kind), f"{what}: type is not ASCII")
    check(flags == (b"\r\n\x1a\n" if is_head else b"\0\0\0\0"), f"{what}: flags")
    check(u64(header, 8) == seq, f"{what}: sequence number {u64(header, 8)}")
    check(size % 64 == 0, f"{what}: length")
    check(64 + size <= limit, f"{what}: above the limit of {limit} bytes")
    check(u64(header, 48) == 0, f"{what}: unknown feature")
    check(at + 64 + size <= len(data), where)
    payload = data[at + 64:at + 64 + size]
    check(xxh64(payload) == u64(header, 40), f"{what}: payload checksum")
    a, b, c = u32(header, 24), u32(header, 28), u64(header, 32)
    if is_head or kind in (b"DONE", b"ABRT", b"meta"):
        check(round64(c) == size, f"{what}: JSON length")
        check(payload[c:] == b" " * (size - c), f"{what}: padding is not spaces")
        check(is_head or (a, b) == (0, 0), f"{what}: a, b")
        payload = payload[:c]
    return kind, a, b, c, payload, at + 64 + size


def read_stream(data, start, limit):
    """The stream whose HEAD is at byte start, and where it ends."""
    stream, at, seq, place = Stream(), start, 0, ""
    index, indexed = [], None
    while True:
        where = f"truncated after record {seq - 1}{place}" if seq else "truncated"
        offset = at - start
        kind, a, b, c, payload, at = read_record(data, at, seq, limit, where)
        what = f"record {seq}"
        if kind == b"ABRT":
            report = strict_json(payload, what)
            check(isinstance(report, dict), f"{what}: no object")
            check(set(report) >= {"tool", "version", "code", "message"}, f"{what}: ABRT")
            raise Bad(f"upstream {report['tool']} failed: {report['message']}")
        check((seq == 0) == (kind == MAGIC_HEAD), f"{what}: HEAD comes first and only first")
        check(indexed is None or kind == b"DONE", f"{what}: between indx and DONE")
        if kind == MAGIC_HEAD:
            stream.head = strict_json(payload, what)
            check(isinstance(stream.head, dict), f"{what}: no object")
            check_head(stream.head, a, b)
            sections = stream.head["sections"]
            stream.rows = [0] * len(sections)
            stream.columns = [[bytearray() for _ in s["fields"]] for s in sections]
        elif kind == b"ROWS":
            check(a < len(sections), f"{what}: section {a}")
            check(b >= 1, f"{what}: no rows")
            check(c == stream.rows[a], f"{what}: first row {c}, not {stream.rows[a]}")
            read_rows(sections[a], b, payload, stream.columns[a], what)
            stream.rows[a] += b
            place = f" (section {sections[a]['name']}, row {stream.rows[a]})"
            index.append((offset, c, b, a))
        elif kind == b"indx":
            check(a == 24 and b == len(index) and c == offset, f"{what}: indx header")
            table = b"".join(struct.pack("<QQII", *entry) for entry in index)
            check(payload == table.ljust(round64(len(table)), b"\0"), f"{what}: indx entries")
            indexed = offset
        elif kind == b"DONE":
            stream.done = strict_json(payload, what)
            check(isinstance(stream.done, dict), f"{what}: no object")
            check_done(stream, seq, indexed)
            stream.records = seq + 1
            return stream, at
        elif kind == b"meta":
            strict_json(payload, what)
        else:
            check(kind[0] & 0x20, f"{what}: unknown type {kind.decode('ascii')}")
        seq += 1


def read_rows(section, count, payload, columns, what):
    at = 0
    for field, column in zip(section["fields"], columns):
        elements = count
        for d in field["shape"]:
            elements *= d
        item = ITEM[field["dtype"]]
        size = elements * item
        check(at + round64(size) <= len(payload), f"{what}: payload too short")
        data = payload[at:at + size]
        check(not any(payload[at + size:at + round64(size)]), f"{what}: padding is not zero")
        if field["filter"] == "shuffle":
            plain = bytearray(size)
            for j in range(item):
                plain[j::item] = data[j * elements:(j + 1) * elements]
            data = plain
        if field["dtype"] == "bool":
            check(set(data) <= {0, 1}, f"{what}: bool neither 0 nor 1")
        column += data
        at += round64(size)
    check(at == len(payload), f"{what}: payload too long")


def digests(sections, rows, columns):
    """([{field: digest} of each section], stream digest)."""
    of_fields, lines = [], b""
    for section, count, own in zip(sections, rows, columns):
        of_fields.append({})
        for field, column in zip(section["fields"], own):
            digest = f"{xxh64(column):016x}"
            of_fields[-1][field["name"]] = "xxh64:" + digest
            shape = ",".join(str(d) for d in field["shape"])
            lines += (f"{section['name']}\t{field['name']}\t{field['dtype']}\t{shape}\t{count}\t"
                      f"{digest}\n").encode()
    return of_fields, f"xxh64:{xxh64(lines):016x}"


def check_done(stream, seq, indexed):
    done, sections = stream.done, stream.head["sections"]
    check(is_integer(done.get("records")) and done["records"] == seq, "DONE: records")
    told = done.get("sections")
    check(isinstance(told, list) and len(told) == len(sections), "DONE: sections")
    stream.digests, stream.digest = digests(sections, stream.rows, stream.columns)
    for i, section in enumerate(sections):
        what = f"DONE: section '{section['name']}'"
        check(section["rows"] in (None, stream.rows[i]), f"{what}: rows are not HEAD's")
        if "tensor" in section:
            check(stream.rows[i] == check_shape(section["tensor"], 8, what), f"{what}: tensor")
        check(isinstance(told[i], dict) and is_integer(told[i].get("rows")), what)
        check(told[i]["rows"] == stream.rows[i], f"{what}: rows are not the records'")
        check(told[i].get("fields") == stream.digests[i], f"{what}: field digest")
    check(done.get("digest") == stream.digest, "DONE: stream digest")
    check(("index" in done) == (indexed is not None), "DONE: index without indx, or the reverse")
    check(indexed is None or done["index"] == indexed, "DONE: index")
    for source in done.get("inputs", []):
        check(isinstance(source, dict) and DIGEST.fullmatch(str(source.get("digest"))),
              "DONE: inputs")
        check("history" not in source or HEX16.fullmatch(str(source["history"])), "DONE: inputs")


def join(streams):
    """The streams of one file as one: rows continue, or the last checkpoint stands."""
    def schema(s):
        return [(x["name"], [(f["name"], f["dtype"], f["shape"]) for f in x["fields"]])
                for x in s.head["sections"]]

    whole = streams[0]
    for s in streams[1:]:
        if whole.head.get("kind") == "model" and s.head.get("kind") == "model":
            whole = s
            continue
        both = s.head["sections"] + whole.head["sections"]
        check(schema(s) == schema(whole) and whole.head.get("kind") == s.head.get("kind") and
              canonical(whole.head.get("meta", {})) == canonical(s.head.get("meta", {})) and
              all("tensor" not in x for x in both), "schema mismatch")
        whole.rows = [a + b for a, b in zip(whole.rows, s.rows)]
        whole.columns = [[x + y for x, y in zip(a, b)] for a, b in zip(whole.columns, s.columns)]
        whole.digests, whole.digest = digests(whole.head["sections"], whole.rows, whole.columns)
    return whole


# ---- the whole file ----------------------------------------------------------------------------

def read(data, envelope=False):
    """Checks a file's bytes; returns (summary, Stream). Raises Bad."""
    raised = os.environ.get("NAI_MAX_RECORD", "")
    limit = min(max(int(raised) if raised.isdecimal() else 0, 256 << 20), 2 ** 30)
    items = parse_envelope(data)
    table = check_writer_envelope(data, items) if envelope else None
    frames = [item for item in items if isinstance(item, Frame)]
    raw = b"".join(item if isinstance(item, bytes) else item.content
                   for item in items if not isinstance(item, tuple))
    check(raw, "not an NTS stream (no records)")
    streams, at = [], 0
    while at < len(raw):
        check(raw[at:at + 4] == MAGIC_HEAD or not streams, "after DONE: not a new HEAD")
        stream, at = read_stream(raw, at, limit)
        streams.append(stream)
    whole = join(streams)
    kinds = {"stored" if frame.stored else "zstd" for frame in frames}
    sections = [{"name": s["name"], "rows": rows, "fields": fields} for s, rows, fields in
                zip(whole.head["sections"], whole.rows, whole.digests)]
    summary = {"kind": whole.head.get("kind"), "sections": sections, "digest": whole.digest,
               "records": sum(s.records for s in streams), "frames": len(frames),
               "level": kinds.pop() if len(kinds) == 1 else "mixed" if kinds else "raw",
               "streams": len(streams), "index": "index" in streams[-1].done}
    if envelope:
        summary["seek_table"] = table
    return summary, whole


def main():
    parser = argparse.ArgumentParser(prog="nts_reader.py")
    parser.add_argument("--envelope", action="store_true")
    parser.add_argument("--dump", nargs=2, metavar=("SECTION", "FIELD"))
    parser.add_argument("file")
    args = parser.parse_args()
    try:
        if args.file == "-":
            data = sys.stdin.buffer.read()
        else:
            with open(args.file, "rb") as file:
                data = file.read()
        summary, stream = read(data, args.envelope)
        if not args.dump:
            print(json.dumps(summary, ensure_ascii=False))
            return 0
        for section, columns in zip(stream.head["sections"], stream.columns):
            for field, column in zip(section["fields"], columns):
                if [section["name"], field["name"]] == args.dump:
                    sys.stdout.buffer.write(column)
                    return 0
        raise Bad(f"no field '{args.dump[1]}' in section '{args.dump[0]}'")
    except Bad as error:
        text = "".join(c if c.isprintable() else "?" for c in str(error))
        print(f"nts_reader.py: {args.file}: {text}", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"nts_reader.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
