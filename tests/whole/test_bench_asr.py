"""What the recognition benchmark does to words, times and weights, without any engine."""

import io
import struct

import numpy as np
import pytest
import torch

from bench.convert_weights import (
    Dimensions,
    ggml_tensor,
    openai_name,
    openai_state,
    write_ggml,
)
from bench.support.engines import BATCHED, OURS, WHISPER_CPP, Answer
from bench.support.measures import error_rate, onset_errors
from bench.support.noises import GROUPS
from bench.support.recordings import SAMPLE, talks
from bench.support.tables import Results, accuracy_rows, onset_rows, speed_rows


def test_errors_of_several_texts_are_pooled_by_words() -> None:
    rate = error_rate([("bread and butter now", "bread and butter now"), ("rye", "wry")], "en")
    assert (rate.wrong, rate.total) == (1, 5)
    assert str(rate) == "20.0% (1/5)"


def test_ways_of_writing_are_no_errors() -> None:
    assert error_rate([("I'm twenty, Mr. Smith!", "i am 20 mister smith")], "en").wrong == 0
    assert error_rate([("Él dijo: «no».", "él dijo no")], "es").wrong == 0


def test_japanese_is_counted_in_letters_whatever_the_spaces() -> None:
    rate = error_rate([("客観的実在。", "客観 的実材")], "ja")
    assert (rate.wrong, rate.total) == (1, 5)


def test_a_text_that_was_not_heard_is_all_errors() -> None:
    assert error_rate([("one two", "")], "en").rate == 1.0


def test_onsets_are_compared_for_matched_words_alone() -> None:
    truth = [("Every", 0.5), ("morning,", 1.0), ("the", 1.5), ("baker", 2.0)]
    heard = [("every", 0.46), ("morning", 1.1), ("a", 1.4), ("baker.", 2.02)]
    found = onset_errors(truth, heard)
    assert (found.matched, found.total) == (3, 4)
    assert found.median_ms == pytest.approx(40)
    assert found.bias_ms == pytest.approx(20)
    assert found.p95_ms <= 100


def test_words_without_a_known_time_only_help_to_match() -> None:
    truth = [("Well-known", 1.0), ("things", None), ("Well", 5.0)]
    heard = [("well", 1.1), ("known", 1.4), ("things", 1.8), ("well", 5.1)]
    found = onset_errors(truth, heard)
    assert (found.matched, found.total) == (2, 2)
    assert found.median_ms == pytest.approx(100)


def test_nothing_matched_is_no_number() -> None:
    found = onset_errors([("yes", 1.0)], [("no", 1.0)])
    assert found.matched == 0
    assert np.isnan(found.median_ms)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("model.encoder.conv1.weight", "encoder.conv1.weight"),
        ("model.encoder.embed_positions.weight", "encoder.positional_embedding"),
        ("model.encoder.layer_norm.bias", "encoder.ln_post.bias"),
        ("model.encoder.layers.0.self_attn.q_proj.weight", "encoder.blocks.0.attn.query.weight"),
        ("model.encoder.layers.1.final_layer_norm.bias", "encoder.blocks.1.mlp_ln.bias"),
        ("model.decoder.embed_tokens.weight", "decoder.token_embedding.weight"),
        ("model.decoder.embed_positions.weight", "decoder.positional_embedding"),
        ("model.decoder.layer_norm.weight", "decoder.ln.weight"),
        (
            "model.decoder.layers.10.encoder_attn.k_proj.weight",
            "decoder.blocks.10.cross_attn.key.weight",
        ),
        (
            "model.decoder.layers.2.encoder_attn_layer_norm.bias",
            "decoder.blocks.2.cross_attn_ln.bias",
        ),
        ("model.decoder.layers.2.self_attn_layer_norm.bias", "decoder.blocks.2.attn_ln.bias"),
        ("model.decoder.layers.2.fc2.bias", "decoder.blocks.2.mlp.2.bias"),
    ],
)
def test_tensors_have_the_peers_names(ours: str, theirs: str) -> None:
    assert openai_name(ours) == theirs


def test_the_tied_projection_is_left_out() -> None:
    tensor = torch.ones(2)
    state = openai_state({"proj_out.weight": tensor, "model.decoder.layer_norm.bias": tensor})
    assert list(state) == ["decoder.ln.bias"]


def test_a_ggml_tensor_has_its_sizes_from_the_fastest_on() -> None:
    raw = ggml_tensor("w", torch.arange(6, dtype=torch.float16).reshape(2, 3))
    assert struct.unpack_from("<5I", raw) == (2, 1, 1, 3, 2)
    assert raw[20:21] == b"w"
    assert np.frombuffer(raw[21:], "<f2").tolist() == [0, 1, 2, 3, 4, 5]


def test_a_ggml_bias_stays_float32_and_that_of_a_convolution_is_a_column() -> None:
    plain = ggml_tensor("decoder.ln.bias", torch.ones(4, dtype=torch.float16))
    assert struct.unpack_from("<4I", plain) == (1, 15, 0, 4)
    column = ggml_tensor("encoder.conv1.bias", torch.ones(4, dtype=torch.float16))
    assert struct.unpack_from("<5I", column) == (2, 18, 0, 1, 4)


def test_a_ggml_file_has_header_filters_vocabulary_and_tensors() -> None:
    sizes = Dimensions(
        n_mels=2,
        n_audio_ctx=3,
        n_audio_state=4,
        n_audio_head=1,
        n_audio_layer=1,
        n_vocab=5,
        n_text_ctx=6,
        n_text_state=4,
        n_text_head=1,
        n_text_layer=1,
    )
    out = io.BytesIO()
    filters = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    write_ggml(out, sizes, filters, [b"a", "ü".encode()], {"decoder.ln.bias": torch.ones(4)})
    raw = out.getvalue()
    assert raw[:4] == b"lmgg"
    assert struct.unpack_from("<11I", raw, 4) == (5, 3, 4, 1, 1, 6, 4, 1, 1, 2, 1)
    assert struct.unpack_from("<2I6f", raw, 48) == (2, 3, 1, 2, 3, 4, 5, 6)
    assert struct.unpack_from("<I", raw, 80) == (2,)
    assert raw[84:95] == b"\1\0\0\0a\2\0\0\0\xc3\xbc"
    assert raw[95:] == ggml_tensor("decoder.ln.bias", torch.ones(4))


@pytest.mark.parametrize("group", GROUPS)
def test_sounds_without_speech_are_as_long_as_asked_and_always_the_same(group: str) -> None:
    for make in GROUPS[group].values():
        sound = make(2.5)
        assert sound.shape == (40_000,)
        assert np.abs(sound).max() <= 1.0
        assert (np.abs(sound).max() > 0.01) == (group != "silence")
        assert np.array_equal(sound, make(2.5))


def test_an_engine_that_could_not_run_stays_in_the_table_with_its_reason() -> None:
    talk = next(t for t in talks() if t.path == SAMPLE)
    results = Results(recordings=[talk], failed={WHISPER_CPP.name: "no wheel"})
    results.settings[OURS.name] = "as it is"
    results.answers[OURS.name, talk.path] = [Answer(seconds=10.0, text=talk.text)]
    ours, theirs = speed_rows(results, (OURS, WHISPER_CPP), [talk])
    assert ours["× real time"] == pytest.approx(16.24, abs=0.1)
    assert ours["WER"] == "0.0% (0/455)"
    assert theirs["settings"] == "not measured: no wheel"


def test_an_engine_that_failed_on_all_of_a_set_has_neither_errors_nor_time_there() -> None:
    talk = next(t for t in talks() if t.path == SAMPLE)
    results = Results(recordings=[talk])
    results.answers[OURS.name, talk.path] = [Answer(error="ValueError: broken")]
    assert results.seconds(OURS, talk) is None
    (row,) = accuracy_rows(results, [OURS])
    assert row["sample_talk.mp4 WER"] == "failed"
    assert onset_rows(results, [OURS]) == []


def test_a_ratio_is_taken_round_by_round() -> None:
    talk = next(t for t in talks() if t.path == SAMPLE)
    results = Results(recordings=[talk])
    # the machine became ten times as slow for the second round
    results.answers[OURS.name, talk.path] = [Answer(seconds=s) for s in (1.0, 10.0, 1.0)]
    results.answers[BATCHED.name, talk.path] = [Answer(seconds=s) for s in (2.0, 20.0, 2.0)]
    assert results.ratio(BATCHED, OURS, talk)["s / ours"] == pytest.approx(2.0)
    assert results.ratio(WHISPER_CPP, OURS, talk) == {}
