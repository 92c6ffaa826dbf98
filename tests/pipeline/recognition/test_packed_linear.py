"""What is multiplied in a faster way is what the plain way gives, within the precision's reach."""

import threading
import time
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from pipeline.core.control import Check
from pipeline.core.errors import Canceled
from pipeline.core.parallel import map_in_threads
from pipeline.recognition import whisper_encoder
from pipeline.recognition.cross_attention import CrossAttention
from pipeline.recognition.packed_linear import Convolution, Int8Linear, Linear, has_vnni

KINDS = [torch.float32, torch.bfloat16]
HEADS, WIDTH, STATES = 4, 64, 50


def off(found: torch.Tensor, wanted: torch.Tensor) -> float:
    """Size of the difference over the size of what is wanted."""
    return float((found.float() - wanted.float()).norm() / wanted.float().norm())


def drawn(*shape: int, kind: torch.dtype = torch.float32, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator).to(kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(3, 1, WIDTH), (1500, WIDTH), (2, 7, WIDTH)])
def test_packed_weights_multiply_as_plain_ones(kind: torch.dtype, shape: tuple[int, ...]) -> None:
    x, weight, bias = drawn(*shape, kind=kind), drawn(96, WIDTH, kind=kind), drawn(96, kind=kind)
    wanted = F.linear(x.float(), weight.float(), bias.float())
    found = Linear(weight, bias, rows=4)(x)
    assert found.shape == wanted.shape
    assert found.dtype == kind
    assert off(found, wanted) < 0.01
    assert off(Linear(weight, None, rows=4)(x), wanted - bias.float()) < 0.01


@pytest.mark.parametrize("gelu", [False, True])
def test_eight_bits_are_off_by_a_few_hundredths(gelu: bool) -> None:
    weight = drawn(96, WIDTH, kind=torch.bfloat16)
    if not has_vnni():
        pytest.skip("this processor has no VNNI, so nothing is multiplied with eight bits")
    x, bias = drawn(2, 700, WIDTH, kind=torch.bfloat16, seed=1), drawn(96, kind=torch.bfloat16)
    wanted = F.linear(x.float(), weight.float(), bias.float())
    found = Int8Linear(weight, bias, rows=700, gelu=gelu)(x)
    assert off(found, F.gelu(wanted) if gelu else wanted) < 0.03
    flat = torch.zeros(5, WIDTH, dtype=torch.bfloat16)
    product = Int8Linear(weight, bias, rows=5, gelu=False)(flat)
    assert off(product, bias.expand(5, -1)) < 0.01  # nothing but zeros is no division by zero


def test_a_norm_whose_channels_are_made_alike_leads_to_the_same_product() -> None:
    weight = drawn(96, WIDTH, kind=torch.bfloat16)
    if not has_vnni():
        pytest.skip("this processor has no VNNI, so nothing is multiplied with eight bits")
    norm, bias = nn.LayerNorm(WIDTH).to(torch.bfloat16), drawn(96, kind=torch.bfloat16)
    norm.weight.data[3] = 40.0  # a channel that would take the eight bits for itself
    x = drawn(600, WIDTH, kind=torch.bfloat16, seed=2)
    with torch.inference_mode():
        wanted = F.linear(norm(x).float(), weight.float(), bias.float())
        largest = norm(x).float().abs().amax(0)
        product = whisper_encoder.after_norm(norm, weight, bias, largest)
        assert off(product(norm(x)), wanted) < 0.02


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("stride", "padding"), [(1, 1), (2, 1), (2, 0)])
def test_a_convolution_is_a_product(kind: torch.dtype, stride: int, padding: int) -> None:
    layer = nn.Conv1d(WIDTH, 96, 3, stride=stride, padding=padding)
    layer.weight.data = drawn(96, WIDTH, 3) / 10
    x = drawn(2, WIDTH, STATES, kind=kind, seed=1)
    with torch.inference_mode():
        wanted = layer(x.float()).transpose(1, 2)
        found = Convolution(layer.to(kind), rows=STATES)(x.transpose(1, 2))
    assert found.shape == wanted.shape
    assert found.dtype == kind
    assert off(found, wanted) < 0.01


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("attend", [whisper_encoder.attend, whisper_encoder.attend_by_head])
def test_sound_attends_to_itself_and_to_the_silence_after_it(
    attend: Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor], kind: torch.dtype
) -> None:
    parts = drawn(3, 2, HEADS, STATES, WIDTH // HEADS, kind=kind)
    queries, keys, values = parts.float()
    wanted = F.scaled_dot_product_attention(queries, keys, values, scale=1.0)
    wanted = wanted.transpose(1, 2).reshape(2, STATES, WIDTH)
    sound, silence = parts[:, :1, :, : STATES // 3], parts[1:, 0]
    with torch.inference_mode():
        assert off(attend(parts, None), wanted) < 0.02
        assert off(attend(sound, silence), wanted[:1, : STATES // 3]) < 0.02


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 5])
def test_what_is_heard_is_heard_by_each_row_alone(kind: torch.dtype, count: int) -> None:
    keys, values = (drawn(3, STATES, WIDTH, kind=kind, seed=seed) for seed in (1, 2))
    queries = drawn(3, count, WIDTH, kind=kind, seed=3) / 4
    split = [
        x.float().view(3, -1, HEADS, WIDTH // HEADS).transpose(1, 2)
        for x in (queries, keys, values)
    ]
    weights = (split[0] @ split[1].transpose(-1, -2)).softmax(-1)
    mixed = (weights @ split[2]).transpose(1, 2).reshape(3, count, WIDTH)
    with torch.inference_mode():
        memory = CrossAttention(keys, values, HEADS)
        found, attention = memory(queries)
        assert off(found, mixed) < 0.02
        assert off(attention, weights) < 0.02
        memory.keep([2, 0])
        found, attention = memory(queries[[2, 0]])
    assert off(found, mixed[[2, 0]]) < 0.02
    assert off(attention, weights[[2, 0]]) < 0.02


@pytest.mark.parametrize("kind", KINDS)
def test_texts_of_one_window_hear_it_as_if_each_had_its_own(kind: torch.dtype) -> None:
    keys, values = (drawn(2, STATES, WIDTH, kind=kind, seed=seed) for seed in (1, 2))
    queries = drawn(6, 1, WIDTH, kind=kind, seed=3) / 4
    own = CrossAttention(keys.repeat_interleave(3, 0), values.repeat_interleave(3, 0), HEADS)
    with torch.inference_mode():
        wanted, weights = own(queries)
        shared = CrossAttention(keys, values, HEADS)
        found, attention = shared(queries)
        assert off(found, wanted) < 0.02
        assert off(attention, weights) < 0.02
        shared.keep([1])
        found, attention = shared(queries[3:])
    assert off(found, wanted[3:]) < 0.02
    assert off(attention, weights[3:]) < 0.02


def test_items_side_by_side_come_back_in_order_and_use_one_core_each() -> None:
    before = torch.get_num_threads()
    together = threading.Barrier(2, timeout=30)

    def work(item: int, _check: object) -> tuple[int, int]:
        if item < 2:
            together.wait()  # both are at work at once
            time.sleep(0.05 * (1 - item))
        return item, torch.get_num_threads()

    found = list(map_in_threads(work, range(5), threads=2, check=lambda: None))
    assert found == [(i, 1) for i in range(5)]
    assert torch.get_num_threads() == before


def test_one_item_has_all_cores_and_none_is_nothing() -> None:
    before = torch.get_num_threads()
    found = list(
        map_in_threads(lambda _, __: torch.get_num_threads(), [0], threads=8, check=lambda: None)
    )
    assert found == [before]
    assert list(map_in_threads(lambda item, _: item, [], threads=2, check=lambda: None)) == []


def test_a_failure_ends_the_others_and_is_told() -> None:
    ended = threading.Event()

    def work(item: int, check: Check) -> None:
        if item == 0:
            raise ValueError("broken")
        try:
            while True:
                check()
                time.sleep(0.01)
        except Canceled:
            ended.set()
            raise

    with pytest.raises(ValueError, match="broken"):
        list(map_in_threads(work, range(3), threads=2, check=lambda: None))
    assert ended.wait(10)
