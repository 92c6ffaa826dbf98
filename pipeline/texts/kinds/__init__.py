"""The kinds of texts, each arranged from the talk's passages and sentences."""
