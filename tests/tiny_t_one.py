"""A speech model of a few bytes in the form of T-one: silence is nothing, a quiet sound is «д», a loud one «а».

ONNX is Protocol Buffers (onnx.proto of ONNX 1.16), written here without its package. Engines read it as they read T-one itself: 300 ms of
8 kHz sound at a time, ten frames of probabilities, and a state.
"""

import json
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

VOCABULARY = "да "
CHUNK, FRAMES = 2400, 10
FLOAT, INT32, INT64, HALF = 1, 6, 7, 10
"""TensorProto.DataType."""
_INT, _INTS = 2, 7
"""AttributeProto.AttributeType."""
QUIET, LOUD = 500.0, 6000.0
"""Mean levels from which a sound is «д», and «а»."""


def _varint(value: int) -> bytes:
    found = b""
    while value >= 0x80:
        found, value = found + bytes([value & 0x7F | 0x80]), value >> 7
    return found + bytes([value])


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value & (1 << 64) - 1)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _message(*fields: tuple[int, int | str | bytes]) -> bytes:
    return b"".join(_field(*each) for each in fields)


def _node(kind: str, inputs: Iterable[str], output: str, *attributes: bytes) -> bytes:
    return _message(*((1, each) for each in inputs), (2, output), (4, kind), *((5, each) for each in attributes))


def _constant(name: str, kind: int, dims: Sequence[int], values: Sequence[float]) -> bytes:
    content = struct.pack(f"<{len(values)}{'f' if kind == FLOAT else 'q'}", *values)
    return _message(*((1, each) for each in dims), (2, kind), (8, name), (9, content))


def _shaped(name: str, kind: int, dims: Sequence[int | str]) -> bytes:
    shape = _message(*((1, _message((1, each) if isinstance(each, int) else (2, each))) for each in dims))
    return _message((1, name), (2, _message((1, _message((1, kind), (2, shape))))))


def _network() -> bytes:
    size = len(VOCABULARY) + 1
    # Lines over the level: each token is the highest between the two levels at which it meets its neighbours.
    slopes, offsets = [1.0, 2.0, 0.0, 0.0], [0.0, -LOUD, -1e9, QUIET]
    nodes = [
        _node("Cast", ["signal"], "sound", _message((1, "to"), (3, FLOAT), (20, _INT))),
        _node("Abs", ["sound"], "level"), _node("Reshape", ["level", "frames"], "framed"),
        _node("ReduceMean", ["framed"], "mean", _message((1, "axes"), (8, 2), (20, _INTS))),
        _node("Mul", ["mean", "slopes"], "risen"), _node("Add", ["risen", "offsets"], "logprobs"),
        _node("Identity", ["state"], "state_next")]
    constants = [_constant("frames", INT64, [3], [-1, FRAMES, CHUNK // FRAMES]), _constant("slopes", FLOAT, [1, 1, size], slopes),
                 _constant("offsets", FLOAT, [1, 1, size], offsets)]
    return _message(
        *((1, each) for each in nodes), (2, "t-one"), *((5, each) for each in constants),
        (11, _shaped("signal", INT32, ["batch", CHUNK, 1])), (11, _shaped("state", HALF, ["batch", 1])),
        (12, _shaped("logprobs", FLOAT, ["batch", FRAMES, size])), (12, _shaped("state_next", HALF, ["batch", 1])))


def tiny_t_one(folder: Path) -> str:
    """The folder with the model, as those who publish such models name their files."""
    said = {"frame_length_ms": "300", "state_dim": "1", "sample_rate": "8000", "model_type": "t-one"}
    metadata = ((14, _message((1, key), (2, value))) for key, value in said.items())
    (folder / "model.onnx").write_bytes(_message((1, 8), (7, _network()), (8, _message((2, 13))), *metadata))
    config = {"model_type": "t-one", "decoder_params": {"vocabulary": list(VOCABULARY)}, "pad_token_id": len(VOCABULARY),
              "encoder_params": {"reduction_kernel_size": 3}, "feature_extraction_params": {"sample_rate": 8000}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf8")
    (folder / "tokens.txt").write_text("".join(f"{sign} {n}\n" for n, sign in enumerate([*VOCABULARY[:-1], "▁", "<blk>"])), encoding="utf8")
    return str(folder)
