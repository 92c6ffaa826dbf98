"""Converts the published weights of YuNet (MIT) to the file that the package contains.

    pip install onnx && python -m training.faces face_detection_yunet_2023mar.onnx

The file is that of OpenCV's zoo, github.com/opencv/opencv_zoo. The first convolution is turned to
RGB; the four heads of each level, which read the same features, become one.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file

from pipeline.vision.yunet import HEADS, STRIDES, WEIGHTS

SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"  # as published
OUT = Path(__file__).parents[1] / "pipeline" / "weights" / WEIGHTS

Array = npt.NDArray[np.float32]


def main() -> int:
    """Convert the file named on the command line."""
    content = Path(sys.argv[1]).read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        print(f"{sys.argv[1]} is not the authors' face_detection_yunet_2023mar.onnx.")
        return 1
    state = converted(onnx.load_from_string(content).graph)
    save_file(state, OUT)
    print(f"{OUT}: {len(state)} tensors, {OUT.stat().st_size:,} bytes")
    return 0


def converted(graph: onnx.GraphProto) -> dict[str, Array]:
    """Return weights and biases by the names that `pipeline.vision.yunet` has for them."""
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    products = [
        (known[node.input[1]], known[node.input[2]])
        for node in graph.node
        if node.op_type == "Conv"
    ]
    heads = len(STRIDES) * len(HEADS) * 2
    (weight, bias), *trunk = products[:-heads]
    found = {"stem.weight": weight[:, ::-1], "stem.bias": bias}
    for n, (weight, bias) in enumerate(trunk):
        name = f"unit{n // 2}.{('point', 'depth')[n % 2]}"
        found |= {f"{name}.weight": weight, f"{name}.bias": bias}
    for level in range(len(STRIDES)):
        for n, kind in enumerate(("point", "depth")):
            # Graph order: head by head, each with all levels
            of_level = products[-heads + 2 * level + n :: 2 * len(STRIDES)]
            for part, arrays in zip(("weight", "bias"), zip(*of_level, strict=True), strict=True):
                found[f"head{level}.{kind}.{part}"] = np.concatenate(arrays)
    return {name: np.ascontiguousarray(array, np.float32) for name, array in found.items()}


if __name__ == "__main__":
    sys.exit(main())
