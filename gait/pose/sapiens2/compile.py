"""Compiling a network of Sapiens2 part by part."""

from __future__ import annotations

from typing import Any

import torch
from torch._dynamo.exc import FailOnRecompileLimitHit, TorchDynamoException

FAILURES = (TorchDynamoException, FailOnRecompileLimitHit)
"""What the first call of a compiled network raises where it cannot be compiled: that needs a C compiler, and on CUDA
Triton, and not every machine that can run the network has them."""


def compile_network(model: Any) -> None:
    """Compile layer by layer: the layers share their code, so this takes seconds where the whole takes minutes."""
    # Two kinds of attention, and a batch that may be halved several times.
    torch._dynamo.config.recompile_limit = 32
    for part in _parts(model):
        part.compile(fullgraph=True, dynamic=False)


def forget_compiled(model: Any) -> None:
    """Run the network as it is written again; without this, what is compiled keeps its weights in memory."""
    for part in _parts(model):
        part._compiled_call_impl = None


def _parts(model: Any) -> list[torch.nn.Module]:
    return [*model.model.model.layer, model.decode_head]
