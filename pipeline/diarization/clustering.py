"""How many voices there are among voiceprints, and what each is like.

Agglomerative clustering by average linkage, where the linkage is the cosine between two clusters
in units of the cosine inside them: prints of a lively speaker in a hall are less alike than those
of a calm one in a studio.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32

Doubles = npt.NDArray[np.float64]

MAX_VOICES = 6  # voices
# The parts of one voice are linked by 0.69 and more in 28 recordings of one person each, also with
# noise, music or echo over the middle third; by 0.40 and more where that is heard as by telephone.
# Different voices are linked by up to 0.38, by 0.59 on one telephone line, 0.68 in one noisy film.
SAME_VOICE_LINKAGE = 0.62  # two clusters are one voice from this linkage on …
APART = 0.38  # … and two below this one; in between they are two if they take turns and are …
TURNS = 3  # changes from one to the other and back; a telephone in the middle of a talk makes two
OFTEN, OFTEN_SHARE = 3, 0.05  # … both heard so often: prints, and their share
PRIOR, PRIOR_PAIRS = 0.5, 6.0  # cosine in a cluster before it is known, counted as so many pairs
LEAST_PRINTS = 2  # of a voice …
LEAST_S, LEAST_SHARE = 2.5, 0.01  # … its seconds, and its share of all that is heard


def voices(prints: F32, seconds: F32) -> F32:
    """Unit vectors (k, d) of the 1..MOST voices in prints (n, d), the one heard longest first.

    The prints are unit vectors, n ≥ 1, in the order in which they are heard, for seconds (n,).
    Takes n³ time, a fifth of a second for 512, and n² memory.
    """
    found = _Clusters(prints)
    while (pair := found.closest()) is not None or (pair := found.twins()) is not None:
        found.merge(*pair)
    lengths = np.array([seconds[members].sum() for members in found.members])
    least_s = max(LEAST_S, LEAST_SHARE * float(seconds.sum()))
    by_length = np.argsort(-lengths, kind="stable")
    kept = [i for i in by_length if lengths[i] >= least_s]
    kept = [i for i in kept if len(found.members[i]) >= LEAST_PRINTS]
    sums = found.sums[kept[:MAX_VOICES] or by_length[:1]]
    return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), np.float32)


class _Clusters:
    """Work in progress: at first each print is its own."""

    def __init__(self, prints: F32) -> None:
        self.sums: Doubles = prints.astype(np.float64)  # (k, d): of the prints in each
        self.members = [[i] for i in range(len(prints))]  # ascending
        self._products = self.sums @ self.sums.T  # (k, k): sums of the cosines of all pairs

    def merge(self, a: int, b: int) -> None:
        """Put b into a; a < b."""
        self.sums[a] += self.sums[b]
        self._products[a] += self._products[b]
        self._products[:, a] += self._products[:, b]
        self.members[a] = sorted(self.members[a] + self.members.pop(b))
        self.sums = np.delete(self.sums, b, axis=0)
        self._products = np.delete(np.delete(self._products, b, axis=0), b, axis=1)

    def closest(self) -> tuple[int, int] | None:
        """The two that are most surely one voice, if any are."""
        link = self._linkage()
        a, b = sorted(divmod(int(link.argmax()), len(link)))
        return (a, b) if link[a, b] >= SAME_VOICE_LINKAGE else None

    def twins(self) -> tuple[int, int] | None:
        """The two that are likeliest one voice which sounded different for a while, if any are."""
        link = self._linkage()
        maybe = [(int(a), int(b)) for a, b in np.argwhere(np.triu(link) >= APART)]
        return max(
            (pair for pair in maybe if not self._take_turns(*pair)),
            key=lambda pair: link[pair],
            default=None,
        )

    def _linkage(self) -> Doubles:
        """Mean cosine between clusters over the mean inside them, (k, k), −1 on the diagonal."""
        counts = np.array([len(m) for m in self.members], np.float64)
        inside = self._products.diagonal() - counts + PRIOR * PRIOR_PAIRS
        inside /= counts * (counts - 1) + PRIOR_PAIRS
        scale = counts * np.sqrt(np.maximum(inside, 0.05))
        link = self._products / scale / scale[:, None]
        np.fill_diagonal(link, -1.0)
        return np.asarray(link)

    def _take_turns(self, a: int, b: int) -> bool:
        """Whether both are heard often, and change as two who talk with each other do."""
        one, other = self.members[a], self.members[b]
        heard = sorted([(i, a) for i in one] + [(i, b) for i in other])
        changes = sum(before[1] != after[1] for before, after in pairwise(heard))
        often = max(OFTEN, OFTEN_SHARE * sum(map(len, self.members)))
        return changes >= TURNS and min(len(one), len(other)) >= often
