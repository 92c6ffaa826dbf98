"""`rank`: chooses highlights from a transcript alone."""

import argparse
from dataclasses import replace

import msgspec
import numpy as np
import numpy.typing as npt

from pipeline.cli.loading import load_models, model_config, to_json
from pipeline.core.control import Control
from pipeline.core.data import Options, Transcript
from pipeline.export import transcript_json
from pipeline.highlights import scoring, selection, sentence_features


def run(call: argparse.Namespace, control: Control) -> int:
    """Rank transcripts."""
    models = load_models(model_config(call), control)
    readers, judge = models.text_models, models.judge
    for file in call.files:
        transcript, place = sort_sentences(transcript_json.read(file))
        options = Options(
            clip_count=call.count, keywords=call.keywords, prompt=call.prompt, kinds=call.kinds
        )
        known = sentence_features.features(transcript.sentences, readers, None)
        found = selection.choose(
            transcript, None, readers, options, control, judge=judge, known=known
        )
        worth = scoring.by_sentence(
            transcript.sentences, known, options.min_duration_s, options.max_duration_s
        )
        laughs = known.laugh_chance
        clear = set(sentence_features.clear_borders(known))
        answer = {
            "sentences": [
                {"score": round(float(s), 4), "laugh": round(float(p), 4)}
                for s, p in zip(worth[place], laughs[place], strict=True)
            ],
            "boundaries": [
                {"sentence": i, "strength": round(float(known.border[k]), 4)}
                for i, k in enumerate(place)
                if k in clear
            ],
            "highlights": [
                {
                    "start_seconds": round(h.start_s, 3),
                    "end_seconds": round(h.end_s, 3),
                    "score": round(h.score, 4),
                    "breakdown": msgspec.to_builtins(h.breakdown),
                    "reason": h.reason,
                    "title": h.title,
                }
                for h in found
            ],
        }
        if call.json:
            print(to_json(answer))
            continue
        for h in found:
            print(f"{h.virality_score:>3}  {h.start_s:8.1f}–{h.end_s:.1f} s  {h.title}")
            print(f"     {h.reason}")
    return 0


def sort_sentences(transcript: Transcript) -> tuple[Transcript, npt.NDArray[np.intp]]:
    """Sort the sentences by start time; also return each sentence's place in the new order."""
    starts = np.array([s.start_s for s in transcript.sentences])
    order = np.argsort(starts, kind="stable")
    sentences = tuple(transcript.sentences[i] for i in order)
    return replace(transcript, sentences=sentences), np.argsort(order, kind="stable")
