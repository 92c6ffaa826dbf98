"""The reranker: what a model prefers reorders the picks, its failures change nothing."""

import json
import logging
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import numpy as np
import pytest
from fake_llm import Answer, asking, completion, endpoint, random_model
from hypothesis import given
from hypothesis import strategies as st
from project_paths import ROOT
from real_models import SAMPLE_TRUTH, text_models
from transcripts import letter_models, told, transcript

from klipfast_server.core.config import load
from klipfast_server.core.setting_names import ConfigError
from pipeline.cli import commands as command_line
from pipeline.core.control import Control
from pipeline.core.data import Highlight, Options, Transcript
from pipeline.core.errors import Canceled, ModelUnavailable
from pipeline.highlights import reranking, selection
from pipeline.highlights.comparison import PAIRS, Judge
from pipeline.models.llm_endpoint import Endpoint
from pipeline.models.model_config import ModelConfig
from pipeline.models.registry import load_models


def excerpts(body: dict[str, Any]) -> tuple[str, str]:
    parts = str(body["messages"][0]["content"]).split('"""')
    return parts[1], parts[3]


def better(letter: str) -> str:
    return completion(json.dumps({"better": letter}))


def fond_of(word: str) -> Answer:
    """Prefers what speaks of `word`, and else what stands first."""

    def answer(body: dict[str, Any]) -> tuple[int, str]:
        first, second = excerpts(body)
        return 200, better("B" if word in second and word not in first else "A")

    return answer


def picks(judge: Judge | None, talk: Transcript, **options: Any) -> tuple[Highlight, ...]:
    return selection.choose(talk, None, text_models, Options(**options), Control(), judge=judge)


@pytest.fixture(scope="module")
def talk() -> Transcript:
    return told(SAMPLE_TRUTH.read_text())


def words_of(talk: Transcript, found: Highlight) -> str:
    inside = talk.sentences[found.first_sentence : found.last_sentence + 1]
    return " ".join(s.text for s in inside)


def test_what_the_endpoint_likes_comes_first_and_keeps_its_borders(
    talk: Transcript, caplog: pytest.LogCaptureFixture
) -> None:
    plain = picks(None, talk)
    last = plain[-1]
    word = next(  # one that is said there alone
        w
        for w in words_of(talk, last).replace(".", "").split()
        if len(w) > 5 and sum(w in words_of(talk, p) for p in plain) == 1
    )
    with caplog.at_level(logging.INFO), endpoint(fond_of(word)) as fake:
        found = picks(asking(fake, api_key="k-1"), talk)
    places = [[word in words_of(talk, p) for p in order].index(True) for order in (plain, found)]
    assert places[1] < places[0]
    starts = {s.start_s for s in talk.sentences}
    for pick in found:
        assert talk.sentences[pick.first_sentence].start_s in starts
        assert pick.start_s <= talk.sentences[pick.first_sentence].start_s
        assert pick.end_s >= talk.sentences[pick.last_sentence].end_s
    assert "pairs compared" in caplog.text
    assert set(fake.paths) == {"/v1/chat/completions"}
    assert 2 <= len(fake.asked) <= 2 * PAIRS
    assert all(h["Authorization"] == "Bearer k-1" for h in fake.headers)
    body = fake.asked[0]
    assert (body["model"], body["temperature"]) == ("tiny", 0)
    form = body["response_format"]["json_schema"]
    assert form["strict"] is True
    assert form["schema"]["required"] == ["better"]


def test_without_a_key_none_is_sent(talk: Transcript) -> None:
    with endpoint(fond_of("the")) as fake:
        picks(asking(fake), talk)
    assert not any("Authorization" in h for h in fake.headers)


FAULTS: dict[str, Answer] = {
    "HTTP 500": lambda _: (500, "out of memory"),
    "HTTP 404": lambda _: (404, '{"error": "no such model"}'),
    "HTTP 307": lambda _: (307, ""),
    "no chat completion": lambda _: (200, "<html>"),
    "without content": lambda _: (200, '{"choices": []}'),
    "no answer that can be read": lambda _: (200, completion("I like the first one best.")),
    "do not depend on what is compared": lambda _: (200, better("A")),
    "more than 1048576 bytes": lambda _: (200, " " * (2 << 20)),
}


@pytest.mark.parametrize("told", FAULTS)
def test_a_fault_of_the_endpoint_leaves_the_picks_and_a_line_in_the_log(
    told: str, talk: Transcript, caplog: pytest.LogCaptureFixture
) -> None:
    with endpoint(FAULTS[told]) as fake:
        found = picks(asking(fake), talk)
    assert found == picks(None, talk)
    (line,) = (r.getMessage() for r in caplog.records if r.levelno == logging.WARNING)
    assert told in line
    assert "using the built-in score alone" in line
    assert "/v1/elsewhere" not in fake.paths  # a redirect does not get the key


def test_one_bad_answer_among_good_ones_costs_no_more_than_itself(
    talk: Transcript, caplog: pytest.LogCaptureFixture
) -> None:
    turn = iter(range(1000))

    def answers(body: dict[str, Any]) -> tuple[int, str]:
        first, second = excerpts(body)
        letter = "A" if len(first) > len(second) else "B"
        return 200, better(letter) if next(turn) != 1 else completion("null")

    with caplog.at_level(logging.INFO), endpoint(answers) as fake:
        assert picks(asking(fake), talk)
    assert "an answer was not read: 'null' is no answer" in caplog.text
    assert "using the built-in score alone" not in caplog.text


def test_nobody_at_the_address_is_a_fault(
    talk: Transcript, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = Endpoint("http://127.0.0.1:9/v1", "tiny", api_key="", timeout_s=5)
    assert picks(nobody, talk) == picks(None, talk)
    assert "refused" in caplog.text


def test_an_endpoint_that_hangs_is_given_up_in_time(
    talk: Transcript, caplog: pytest.LogCaptureFixture
) -> None:
    let_go = threading.Event()

    def hang(_: dict[str, Any]) -> tuple[int, str]:
        let_go.wait(20)
        return 200, ""

    with endpoint(hang) as fake:
        assert picks(asking(fake, timeout_s=0.5), talk) == picks(None, talk)
        let_go.set()
    assert "within 0.5 s" in caplog.text or "timed out" in caplog.text


def test_a_cancel_ends_the_waiting(talk: Transcript) -> None:
    let_go, asked, answered = threading.Event(), threading.Event(), threading.Event()
    control = Control()

    def hang(_: dict[str, Any]) -> tuple[int, str]:
        asked.set()
        let_go.wait(60)
        answered.set()
        return 200, ""

    def cancel() -> None:
        asked.wait(20)
        control.cancel.set()

    with endpoint(hang) as fake:
        canceler = threading.Thread(target=cancel)
        canceler.start()
        with pytest.raises(Canceled):
            selection.choose(talk, None, text_models, Options(), control, judge=asking(fake))
        assert not answered.is_set()
        canceler.join()
        let_go.set()


def test_what_was_compared_before_the_time_is_up_counts(
    talk: Transcript, caplog: pytest.LogCaptureFixture
) -> None:
    let_go = threading.Event()
    turn = iter(range(1000))

    def tire(body: dict[str, Any]) -> tuple[int, str]:
        if next(turn) >= 2 * reranking.PAIRS_AT_ONCE:
            let_go.wait(20)
        first, second = excerpts(body)
        return 200, better("A" if len(first) > len(second) else "B")

    with caplog.at_level(logging.INFO), endpoint(tire) as fake:
        found = selection.weigh(
            talk, None, text_models, Options(), Control(), judge=asking(fake, timeout_s=3.0)
        )
        let_go.set()
    assert found.highlights
    assert found.uncompared == PAIRS - reranking.PAIRS_AT_ONCE
    assert f"{reranking.PAIRS_AT_ONCE} of {PAIRS} pairs compared in 3 s" in caplog.text
    assert "using the built-in score alone" not in caplog.text


def test_a_slow_model_compares_what_a_fast_one_does(talk: Transcript) -> None:
    def slow(body: dict[str, Any]) -> tuple[int, str]:
        time.sleep(0.2)
        return fond_of("the")(body)

    found = []
    for answer in (fond_of("the"), slow):
        with endpoint(answer) as fake:
            found.append(picks(asking(fake, pairs=6), talk))
            assert len(fake.asked) == 2 * 6
    assert found[0] == found[1]


PRIORS = st.lists(st.floats(-5, 5), min_size=2, max_size=20)


@given(PRIORS, st.data())
def test_who_wins_rises_and_who_loses_falls(priors: list[float], data: st.DataObject) -> None:
    prior = np.array(priors)
    count = len(prior)
    one, other = data.draw(st.permutations(range(count)))[:2]
    assert (reranking.strengths(prior, []) == prior).all()
    found = reranking.strengths(prior, [(one, other, 1.0)])
    assert found[one] > prior[one] or prior[one] > prior[other] + 4
    assert found[other] <= prior[other]
    rest = [k for k in range(count) if k not in (one, other)]
    assert found[rest] == pytest.approx(prior[rest])
    twice = reranking.strengths(prior, [(one, other, 1.0), (one, other, 1.0)])
    assert twice[one] >= found[one]


def test_a_moments_other_spans_go_with_it(talk: Transcript) -> None:
    """Else a span a sentence longer would take the place of one that the model refused."""
    plain = picks(None, talk)
    said = [s.text for s in talk.sentences]
    middle = said[(plain[0].first_sentence + plain[0].last_sentence) // 2]

    def dislike(body: dict[str, Any]) -> tuple[int, str]:
        return 200, better("B" if middle in excerpts(body)[0] else "A")

    with endpoint(dislike) as fake:
        found = picks(asking(fake), talk)
    first = set(range(plain[0].first_sentence, plain[0].last_sentence + 1))
    new = set(range(found[0].first_sentence, found[0].last_sentence + 1))
    assert len(first & new) / len(first | new) < reranking.MIN_SAME_MOMENT_IOU


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_model(tmp_path_factory.mktemp("tiny"))


def local(folder: Path) -> Judge:
    judge = load_models(ModelConfig(device="cpu", precision="float32", llm=str(folder))).judge
    assert judge is not None
    return judge


@pytest.mark.slow  # loads a language model
@pytest.mark.xdist_group("recognition")  # which loads transformers
def test_a_local_model_weighs_letters_and_always_alike(
    tiny: Path, talk: Transcript, caplog: pytest.LogCaptureFixture
) -> None:
    judge = local(tiny)
    pairs = [("Why does bread rise?", "Yeast breathes out."), ("It rained.", "It poured.")]
    chances = judge.compare([*pairs, pairs[0]], lambda: None)
    assert all(0 < c < 1 for c in chances)
    assert chances[0] == pytest.approx(chances[2], abs=1e-5)
    assert abs(chances[0] - chances[1]) > 1e-4
    with caplog.at_level(logging.INFO):
        first, second = picks(judge, talk), picks(judge, talk)
    assert first == second
    assert caplog.text.count("pairs compared") == 2
    taken = sorted((p.first_sentence, p.last_sentence) for p in first)
    assert all(a[1] < b[0] for a, b in pairwise(taken))


@pytest.mark.xdist_group("recognition")  # which loads transformers
def test_the_shared_beginning_changes_no_answer(tiny: Path) -> None:
    judge = local(tiny)
    pairs = [("One thing.", "Two."), ("Another thing.", "Two.")]
    together = judge.compare(pairs, lambda: None)
    alone = [judge.compare([pair], lambda: None)[0] for pair in pairs]
    assert together == pytest.approx(alone, abs=1e-5)


@pytest.mark.xdist_group("recognition")  # which loads transformers
def test_a_chat_template_is_used(tiny: Path, tmp_path: Path) -> None:
    template = "{% for m in messages %}<user>{{ m.content }}{% endfor %}<answer>"
    chances = []
    for folder in (tiny, random_model(tmp_path, chat_template=template)):
        chances.append(local(folder).compare([("One thing.", "Two.")], lambda: None)[0])
    assert abs(chances[0] - chances[1]) > 1e-4  # the weights are the same: it is the template


@pytest.mark.xdist_group("recognition")  # which loads transformers
def test_numbers_that_are_none_are_a_fault(
    tmp_path: Path, talk: Transcript, caplog: pytest.LogCaptureFixture
) -> None:
    broken = random_model(tmp_path, is_broken=True)
    judge = local(broken)
    assert picks(judge, talk) == picks(None, talk)
    assert "not finite" in caplog.text


def test_a_model_that_cannot_be_had_is_told_and_done_without(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert load_models(ModelConfig(llm="someone/large")).judge is None
    assert "reranking disabled, cannot load" in caplog.text


def test_a_configured_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelUnavailable, match=f"llm.model names {tmp_path}"):
        _ = load_models(ModelConfig(llm=str(tmp_path))).judge
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelUnavailable, match=f"llm.model: {tmp_path} cannot be loaded"):
        _ = load_models(ModelConfig(llm=str(tmp_path))).judge


def test_few_candidates_are_not_asked_about() -> None:
    short = transcript([("A single sentence that lasts a while.", 0.0, 20.0)])
    with endpoint(fond_of("the")) as fake:
        found = selection.choose(
            short, None, letter_models, Options(), Control(), judge=asking(fake)
        )
    assert len(found) == 1
    assert not fake.asked


@pytest.mark.slow  # a process of its own
def test_rank_asks_the_endpoint_of_the_command_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KLIPFAST__LLM__API_KEY", "from-the-environment")
    with endpoint(fond_of("the")) as fake:
        call = ["rank", str(SAMPLE_TRUTH), "--json", "--llm", "tiny", "--llm-url", fake.url]
        assert command_line.main(call) == 0
    assert json.loads(capsys.readouterr().out)["highlights"]
    assert fake.headers[0]["Authorization"] == "Bearer from-the-environment"
    assert command_line.main(["rank", str(SAMPLE_TRUTH), "--llm-url", "http://x/v1"]) == 1
    assert "--llm-url needs --llm" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"URL": "http://127.0.0.1/v1"}, "its name at the endpoint"),
        ({"MODEL": "m", "URL": "127.0.0.1:80"}, "http://"),
        ({"TIMEOUT_S": "0"}, "timeout_s"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(setting: dict[str, str], told: str) -> None:
    environ = {f"KLIPFAST__LLM__{key}": value for key, value in setting.items()}
    with pytest.raises(ConfigError, match=told):
        load(ROOT / "config.toml", environ)
    assert "api_key" not in repr(ModelConfig(llm_api_key="secret"))
