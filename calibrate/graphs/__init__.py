"""StackSpec + tensors -> ONNX graphs that run fast; never imported by the runtime."""
