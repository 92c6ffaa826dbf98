"""An endpoint is asked in the way that its server understands, and again where it is busy."""

import json
import logging
from typing import Any

import pytest
from fake_llm import asking, completion, endpoint

from pipeline.core.control import unchecked
from pipeline.highlights.comparison import BadAnswer
from pipeline.models import llm_endpoint
from pipeline.models.llm_endpoint import Endpoint
from pipeline.texts.generation.author import TokenLimits

SCHEMA: dict[str, object] = {"type": "object", "properties": {}}
DONE = (200, completion("done"))


def refusing(field: str, message: str, status: int = 400) -> Any:
    """Return answers of a server that refuses requests with a field, or with its type."""

    def answer(body: dict[str, Any]) -> tuple[int, str]:
        kinds = {*body, body.get("response_format", {}).get("type")}
        return (status, json.dumps({"error": {"message": message}})) if field in kinds else DONE

    return answer


SERVERS: dict[str, tuple[Any, int, dict[str, Any]]] = {
    # what it refuses, requests until it answers, and what the last one has
    "understands all": (lambda _: DONE, 1, {"temperature": 0, "seed": 0, "max_tokens": 2048}),
    "no schemas": (
        refusing("json_schema", "response_format must be json_object"),
        2,
        {"response_format": {"type": "json_object"}},
    ),
    "no schemas, 422": (
        refusing("json_schema", "unknown variant", 422),
        2,
        {"response_format": {"type": "json_object"}},
    ),
    "no forms at all": (refusing("response_format", "extra fields not permitted"), 3, {}),
    "the newer name of the limit": (
        refusing("max_tokens", "Use 'max_completion_tokens' instead."),
        2,
        {"max_completion_tokens": 2048},
    ),
    "no temperature": (refusing("temperature", "Unsupported value: 'temperature'"), 2, {}),
}


@pytest.mark.parametrize("server", SERVERS)
def test_what_a_server_refuses_is_left_out_and_remembered(server: str) -> None:
    answer, requests, expected = SERVERS[server]
    with endpoint(answer) as fake:
        author = asking(fake)
        assert author.complete("Write.", SCHEMA, unchecked) == "done"
        assert len(fake.asked) == requests
        assert author.complete("Write.", SCHEMA, unchecked) == "done"
    assert len(fake.asked) == requests + 1  # the second one is understood at once
    assert fake.asked[-1] == fake.asked[-2]
    assert expected.items() <= fake.asked[-1].items()
    assert fake.asked[-1]["messages"] == [{"role": "user", "content": "Write."}]


def test_a_server_that_refuses_everything_is_not_asked_for_ever() -> None:
    with endpoint(lambda _: (400, "this model's maximum context length is 4096 tokens")) as fake:
        author = asking(fake)
        with pytest.raises(BadAnswer, match="maximum context length"):
            author.complete("Write.", SCHEMA, unchecked)
        assert len(fake.asked) == 3
        fake.answer = lambda _: DONE
        author.complete("Write.", SCHEMA, unchecked)
    assert fake.asked[-1]["response_format"]["type"] == "json_schema"  # nothing was learned


@pytest.mark.parametrize("status", llm_endpoint.BUSY)
def test_a_busy_server_is_asked_again(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm_endpoint, "MAX_RETRY_WAIT_S", 0.02)
    answers = iter([(status, "slow down"), (status, "slow down"), DONE])
    with endpoint(lambda _: next(answers)) as fake:
        assert asking(fake).complete("Write.", SCHEMA, unchecked) == "done"
    assert len(fake.asked) == 3


def test_a_busy_server_is_not_waited_for_beyond_the_time_limit() -> None:
    with endpoint(lambda _: (429, "slow down")) as fake, pytest.raises(BadAnswer, match="429"):
        asking(fake, timeout_s=0.5).complete("Write.", SCHEMA, unchecked)
    assert len(fake.asked) == 1


def test_the_limit_of_tokens_is_sent_and_an_answer_that_reaches_it_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cut = json.dumps({"choices": [{"message": {"content": "{"}, "finish_reason": "length"}]})
    limits = TokenLimits(answer=300, prompt=4000)
    with endpoint(lambda _: (200, cut)) as fake, caplog.at_level(logging.WARNING):
        author = Endpoint(fake.url, "tiny", api_key="", timeout_s=9.0, limits=limits)
        assert author.complete("Write.", SCHEMA, unchecked) == "{"
    assert (fake.asked[0]["max_tokens"], author.context_tokens) == (300, 4000)
    assert "cut off at its token limit" in caplog.text
