"""Talks that are stored are read, by whichever version they were stored."""

import dataclasses
import json

import full_database

from klipfast_server.store import talk_json
from klipfast_server.store.talk_json import StoredTalk
from pipeline.core.data import Candidate


def test_a_talk_is_read_that_was_stored_while_feedback_was_learned_from() -> None:
    talk = full_database.talk(words=full_database.CLIPS * full_database.SENTENCE_WORDS)
    weighed = Candidate(highlight=talk.highlights[0], why="repeats", rival=1)
    talk = dataclasses.replace(talk, candidates=(weighed,))
    stored = json.loads(talk_json.encode(talk))
    assert "taste" not in stored
    stored["taste"] = {"weights": {"story": 0.7, "late": -0.2}, "examples": 30}
    for highlight in (*stored["highlights"], stored["candidates"][0]["highlight"]):
        highlight["traits"] = {"story": 2.0, "late": 0.4}
    stored["highlights"][0]["traits"] = None  # as of clips before that
    row = StoredTalk(talk=json.dumps(stored))
    assert talk_json.decode(row) == talk
    assert talk_json.decode(row, words=False).candidates == talk.candidates
