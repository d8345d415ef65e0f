"""Writes an ONNX file: the few messages of onnx.proto3 that a network of ours consists of. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

_IR, _OPSET = 8, 17
_FLOAT = 1
_TYPES = {"float32": _FLOAT, "int8": 3, "int64": 7}
"""TensorProto.DataType"""
_OWN = "com.microsoft"
"""The domain of ONNX Runtime's own operators."""
Attributes = Mapping[str, float | tuple[int, ...]]
_STANDARD = frozenset({"LayerNormalization", "Mul", "ReduceMean", "Split"})


class Graph:
    """Nodes in the order in which they run, and their constants."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []

    def constant(self, name: str, array: NDArray[Any]) -> str:
        kind = b"".join(_whole(1, size) for size in array.shape) + _whole(2, _TYPES[array.dtype.name])
        self._constants.append(kind + _text(8, name) + _bytes(9, array.tobytes()))
        return name

    def node(self, operator: str, inputs: Sequence[str], outputs: Sequence[str], attributes: Attributes = MappingProxyType({})) -> str:
        """An input "" is left out. Returns the first output."""
        self._nodes.append(b"".join((
            *(_text(1, each) for each in inputs), *(_text(2, each) for each in outputs), _text(4, operator),
            *(_bytes(5, _attribute(name, value)) for name, value in attributes.items()),
            b"" if operator in _STANDARD else _text(7, _OWN))))
        return outputs[0]

    def model(self, entry: tuple[str, Sequence[str | int]], result: tuple[str, Sequence[str | int]]) -> bytes:
        """The file; input and output have a name and a shape, with names for what varies."""
        graph = b"".join((
            *(_bytes(1, each) for each in self._nodes), _text(2, "encoder"), *(_bytes(5, each) for each in self._constants),
            _bytes(11, _value(*entry)), _bytes(12, _value(*result))))
        return b"".join((
            _whole(1, _IR), _bytes(8, _text(1, "") + _whole(2, _OPSET)), _bytes(8, _text(1, _OWN) + _whole(2, 1)), _bytes(7, graph)))


def _attribute(name: str, value: float | tuple[int, ...]) -> bytes:
    match value:
        case int():
            return _text(1, name) + _whole(3, value) + _whole(20, 2)
        case float():
            return _text(1, name) + bytes([2 << 3 | 5]) + np.float32(value).tobytes() + _whole(20, 1)
        case _:
            return _text(1, name) + b"".join(_whole(8, each) for each in value) + _whole(20, 7)


def _value(name: str, shape: Sequence[str | int]) -> bytes:
    """ValueInfoProto of a float tensor."""
    dims = b"".join(_bytes(1, _text(2, size) if isinstance(size, str) else _whole(1, size)) for size in shape)
    return _text(1, name) + _bytes(2, _bytes(1, _whole(1, _FLOAT) + _bytes(2, dims)))


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())


def _bytes(field: int, content: bytes) -> bytes:
    return bytes(_varint(field << 3 | 2)) + bytes(_varint(len(content))) + content


def _whole(field: int, number: int) -> bytes:
    return bytes(_varint(field << 3)) + bytes(_varint(number))


def _varint(number: int) -> Iterator[int]:
    while number > 0x7F:  # noqa: PLR2004 - seven bits a byte
        yield number & 0x7F | 0x80
        number >>= 7
    yield number
