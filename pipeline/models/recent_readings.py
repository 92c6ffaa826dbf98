"""Keeps what was read in the last talks: picks, texts, spans and reels of a talk read it once."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from pipeline.analysis.reading import Read, Reading
from pipeline.core.data import Sentence

KEPT_TALKS = 4  # a talk of two hours is some 5 MB


class RecentReadings:
    """The readings of the last talks, for any number of threads."""

    def __init__(self, kept: int = KEPT_TALKS) -> None:
        self._kept = kept
        self._lock = threading.Lock()  # never held while a talk is read
        self._readings: OrderedDict[tuple[Sentence, ...], Reading] = OrderedDict()

    def get(self, sentences: Sequence[Sentence], read: Read) -> Reading:
        """Return the kept reading of exactly these sentences, else that of `read`."""
        talk = tuple(sentences)
        with self._lock:
            found = self._readings.get(talk)
        found = found or read(talk)
        with self._lock:
            self._readings[talk] = found
            self._readings.move_to_end(talk)
            while len(self._readings) > self._kept:
                self._readings.popitem(last=False)
        return found
