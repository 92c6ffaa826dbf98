"""`write`: writes texts from a transcript."""

import argparse

from pipeline.cli import arguments, text_files
from pipeline.cli.loading import load_models, model_config, to_json
from pipeline.cli.ranking import sort_sentences
from pipeline.core.control import Control
from pipeline.core.data import Options
from pipeline.core.errors import WrongInput
from pipeline.core.texts import DEFAULT_TEXT_KINDS
from pipeline.export import transcript_json
from pipeline.highlights import selection
from pipeline.texts import writer


def run(call: argparse.Namespace, control: Control) -> int:
    """Write texts."""
    if call.out is not None and len(call.files) > 1:
        raise WrongInput("-o takes the texts of one transcript")
    models = load_models(model_config(call), control)
    for file in call.files:
        transcript, _ = sort_sentences(transcript_json.read(file))
        found = selection.choose(
            transcript, None, models.text_models, Options(), control, judge=models.judge
        )
        texts = writer.write_texts(
            transcript,
            found,
            text_options=arguments.text_options(call),
            models=models.text_models,
            author=models.author,
            supervision=writer.Supervision(control=control, embed_any=models.text_models.embed),
            kinds=call.texts or DEFAULT_TEXT_KINDS,
        )
        if call.out is not None:
            call.out.mkdir(parents=True, exist_ok=True)
            text_files.save(call.out, texts, style=Options().caption_style)
        if call.json:
            print(to_json(texts.by_kind()))
        elif call.out is None:
            print("\n\n---\n\n".join(filter(None, texts.by_kind().values())))
        text_files.print_withheld(texts)
    return 0
