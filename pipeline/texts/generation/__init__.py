"""Texts that a language model writes: asked part by part, checked against the talk, put together.

`rewriting` is where it begins; `author` defines what a language model has to offer. The checks that
hold for every text are not here but in `pipeline.texts.checks` and `pipeline.texts.grounding`.
"""
