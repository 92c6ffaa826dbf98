"""Cluster voiceprints into voices.

Agglomerative clustering with average linkage. The linkage is the cosine between two clusters
relative to the cosine inside them, because voiceprints of a lively speaker in a hall are less alike
than those of a calm one in a studio.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32

Doubles = npt.NDArray[np.float64]

MAX_VOICES = 6
# Parts of one voice have a linkage of at least 0.69 in 28 recordings of one person each, also with
# noise, music or echo over the middle third; at least 0.40 if that third sounds like a telephone.
# Different voices have at most 0.38; 0.59 on one telephone line, 0.68 in one noisy film.
SAME_VOICE_LINKAGE = 0.62  # from this linkage on, two clusters are one voice
DIFFERENT_VOICE_LINKAGE = 0.38  # below this linkage, two clusters are two voices
# Between the two linkages, clusters are two voices only if they take turns: they alternate at least
# MIN_CHANGES times, and each has at least MIN_TURN_PRINTS prints and MIN_TURN_SHARE of all prints.
MIN_CHANGES = 3  # a telephone passage in the middle of a talk causes two
MIN_TURN_PRINTS = 3
MIN_TURN_SHARE = 0.05
# Prior of the cosine inside a cluster, counted as this many pairs.
PRIOR_COSINE = 0.5
PRIOR_PAIRS = 6.0
# A voice has at least this many prints, seconds, and share of all seconds.
MIN_VOICE_PRINTS = 2
MIN_VOICE_S = 2.5
MIN_VOICE_SHARE = 0.01


def voices(prints: F32, seconds: F32) -> F32:
    """Return unit vectors (k, d) of the 1..MAX_VOICES voices in prints (n, d), longest voice first.

    The prints are unit vectors, n ≥ 1, in temporal order, with durations `seconds` (n,). Takes n³
    time, a fifth of a second for 512, and n² memory.
    """
    found = _Clusters(prints)
    while (pair := found.closest()) is not None or (pair := found.twins()) is not None:
        found.merge(*pair)
    lengths = np.array([seconds[members].sum() for members in found.members])
    min_s = max(MIN_VOICE_S, MIN_VOICE_SHARE * float(seconds.sum()))
    by_length = np.argsort(-lengths, kind="stable")
    kept = [i for i in by_length if lengths[i] >= min_s]
    kept = [i for i in kept if len(found.members[i]) >= MIN_VOICE_PRINTS]
    sums = found.sums[kept[:MAX_VOICES] or by_length[:1]]
    return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), np.float32)


class _Clusters:
    """Clusters in progress; initially each print is its own."""

    def __init__(self, prints: F32) -> None:
        self.sums: Doubles = prints.astype(np.float64)  # (k, d): sum of the prints in each cluster
        self.members = [[i] for i in range(len(prints))]  # ascending
        self._products = self.sums @ self.sums.T  # (k, k): sums of the cosines of all pairs

    def merge(self, a: int, b: int) -> None:
        """Merge cluster b into a; a < b."""
        self.sums[a] += self.sums[b]
        self._products[a] += self._products[b]
        self._products[:, a] += self._products[:, b]
        self.members[a] = sorted(self.members[a] + self.members.pop(b))
        self.sums = np.delete(self.sums, b, axis=0)
        self._products = np.delete(np.delete(self._products, b, axis=0), b, axis=1)

    def closest(self) -> tuple[int, int] | None:
        """Return the two clusters most certainly of one voice, or None."""
        link = self._linkage()
        a, b = sorted(divmod(int(link.argmax()), len(link)))
        return (a, b) if link[a, b] >= SAME_VOICE_LINKAGE else None

    def twins(self) -> tuple[int, int] | None:
        """Return the two clusters likeliest to be one voice that sounded different for a while.

        Returns None if there are none.
        """
        link = self._linkage()
        maybe = [(int(a), int(b)) for a, b in np.argwhere(np.triu(link) >= DIFFERENT_VOICE_LINKAGE)]
        return max(
            (pair for pair in maybe if not self._take_turns(*pair)),
            key=lambda pair: link[pair],
            default=None,
        )

    def _linkage(self) -> Doubles:
        """Return the linkage of all clusters, (k, k), −1 on the diagonal.

        It is the mean cosine between two clusters divided by the mean inside them.
        """
        counts = np.array([len(m) for m in self.members], np.float64)
        inside = self._products.diagonal() - counts + PRIOR_COSINE * PRIOR_PAIRS
        inside /= counts * (counts - 1) + PRIOR_PAIRS
        scale = counts * np.sqrt(np.maximum(inside, 0.05))
        link = self._products / scale / scale[:, None]
        np.fill_diagonal(link, -1.0)
        return np.asarray(link)

    def _take_turns(self, a: int, b: int) -> bool:
        """Return whether both clusters occur often and alternate as in a conversation."""
        one, other = self.members[a], self.members[b]
        sequence = sorted([(i, a) for i in one] + [(i, b) for i in other])
        changes = sum(before[1] != after[1] for before, after in pairwise(sequence))
        often = max(MIN_TURN_PRINTS, MIN_TURN_SHARE * sum(map(len, self.members)))
        return changes >= MIN_CHANGES and min(len(one), len(other)) >= often
