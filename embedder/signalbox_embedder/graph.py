"""The model as an ONNX graph, 28 KB, made at start.

The package carries weights but no graph. So the graph is written here, node by node, and its weights stay where they
are: a safetensors file keeps each tensor as plain little-endian numbers at an offset, which is just what ONNX calls
external data. The runtime maps the file; nothing is converted, copied or kept twice.

Nothing is computed for padding where it would cost: linear layers take the tokens of all texts one after the other, and
only attention, which is a small part, sees a grid of [texts, longest text].

BERT as in Devlin et al. 2018 (arXiv:1810.04805), GELU by the error function; then the mean of the tokens' vectors and
L2 norm, as Reimers and Gurevych 2019 (arXiv:1908.10084) and the model's own 1_Pooling/config.json say.
tests/reference.py does the same in plain numpy, without this file, and the tests compare the two.
"""

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .model_files import ModelFiles

#: Of each token of all texts, one text after the other: which it is, how far from the beginning of its text, and the place
#: of the grid at which it stands, counted through the rows. int64 [tokens].
IDS, POSITIONS, PLACES = "ids", "positions", "places"
#: Of each place of the grid: which token stands there (any, where none does), and 1 or 0 for whether one does. int64 and
#: float32 [texts, longest].
GRID, MASK = "grid", "mask"
#: float32 [texts, dim]
VECTORS = "vectors"


def read_header(path: Path) -> tuple[dict[str, Any], int]:
    """Tensors of a safetensors file by name ({ dtype, shape, data_offsets }) and the byte at which their data begins."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return header, 8 + length


class _Builder:
    def __init__(self, weights: Path) -> None:
        self.file_name = weights.name
        self.tensors, self.data_start = read_header(weights)
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.taken: set[str] = set()

    def weight(self, name: str) -> str:
        if name in self.taken:
            return name
        entry = self.tensors[name]
        if entry["dtype"] != "F32":
            raise RuntimeError(f"{name} is {entry['dtype']}, not F32")
        start, end = entry["data_offsets"]
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=entry["shape"], data_location=TensorProto.EXTERNAL)
        for key, value in (("location", self.file_name), ("offset", self.data_start + start), ("length", end - start)):
            tensor.external_data.add(key=key, value=str(value))
        self.initializers.append(tensor)
        self.taken.add(name)
        return name

    def whole_numbers(self, *values: int) -> str:
        return self._constant(np.array(values, dtype=np.int64))

    def number(self, value: float) -> str:
        return self._constant(np.array(value, dtype=np.float32))

    def _constant(self, array: np.ndarray) -> str:
        name = f"constant_{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def op(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def linear(self, x: str, name: str) -> str:
        """x [rows, in] -> [rows, out]; weights are kept as [out, in], as torch does."""
        return self.op("Gemm", x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), transB=1)

    def layer_norm(self, x: str, name: str, eps: float) -> str:
        weight, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.op("LayerNormalization", x, weight, bias, axis=-1, epsilon=eps)


def build_graph(model: ModelFiles) -> bytes:
    """A serialised ONNX model with the inputs and the output named above."""
    b = _Builder(model.weights)
    eps, heads, dim = model.layer_norm_eps, model.heads, model.dim
    words = b.op("Gather", b.weight("embeddings.word_embeddings.weight"), IDS)
    positions = b.op("Gather", b.weight("embeddings.position_embeddings.weight"), POSITIONS)
    # One sentence only, so the type of every token is 0.
    type_table = b.weight("embeddings.token_type_embeddings.weight")
    kind = b.op("Slice", type_table, b.whole_numbers(0), b.whole_numbers(1), b.whole_numbers(0))
    x = b.layer_norm(b.op("Add", b.op("Add", words, kind), positions), "embeddings.LayerNorm", eps)

    # x is [tokens, dim] from here to the end.
    rows = b.whole_numbers(-1, dim)
    per_head = b.op("Concat", b.op("Shape", GRID), b.whole_numbers(heads, dim // heads), axis=0)
    # 0 where there is a token, -10,000 where there is padding: nothing of it is left after the softmax.
    hidden = b.op("Sub", b.op("Unsqueeze", MASK, b.whole_numbers(1, 2)), b.number(1.0))
    penalty = b.op("Mul", hidden, b.number(10_000.0))
    scale = b.number(float(1 / np.sqrt(dim // heads)))

    for index in range(model.layers):
        layer = f"encoder.layer.{index}"

        def head(name: str, order: Sequence[int], x: str = x, layer: str = layer) -> str:
            in_grid = b.op("Gather", b.linear(x, f"{layer}.attention.self.{name}"), GRID)
            return b.op("Transpose", b.op("Reshape", in_grid, per_head), perm=list(order))

        query, key, value = head("query", (0, 2, 1, 3)), head("key", (0, 2, 3, 1)), head("value", (0, 2, 1, 3))
        scores = b.op("Add", b.op("Mul", b.op("MatMul", query, key), scale), penalty)
        seen = b.op("MatMul", b.op("Softmax", scores, axis=-1), value)
        seen = b.op("Gather", b.op("Reshape", b.op("Transpose", seen, perm=[0, 2, 1, 3]), rows), PLACES)
        attended = b.op("Add", b.linear(seen, f"{layer}.attention.output.dense"), x)
        x = b.layer_norm(attended, f"{layer}.attention.output.LayerNorm", eps)
        wide = b.op("Gelu", b.linear(x, f"{layer}.intermediate.dense"))
        x = b.layer_norm(b.op("Add", b.linear(wide, f"{layer}.output.dense"), x), f"{layer}.output.LayerNorm", eps)

    tokens = b.op("Gather", x, GRID)
    weights = b.op("Unsqueeze", MASK, b.whole_numbers(2))
    total = b.op("ReduceSum", b.op("Mul", tokens, weights), b.whole_numbers(1), keepdims=0)
    mean = b.op("Div", total, b.op("ReduceSum", weights, b.whole_numbers(1), keepdims=0))
    b.nodes.append(helper.make_node("LpNormalization", [mean], [VECTORS], name=VECTORS, axis=1, p=2))

    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["tokens"]) for name in (IDS, POSITIONS, PLACES)]
    inputs.append(helper.make_tensor_value_info(GRID, TensorProto.INT64, ["texts", "longest"]))
    inputs.append(helper.make_tensor_value_info(MASK, TensorProto.FLOAT, ["texts", "longest"]))
    outputs = [helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["texts", dim])]
    graph = helper.make_graph(b.nodes, model.name, inputs, outputs, b.initializers)
    # Opset 20 is the first with Gelu; IR 9 is what goes with it.
    built = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    serialised: bytes = built.SerializeToString()
    return serialised
