"""A value that is made once: who waits for it, and what a failure costs those who ask next."""

import threading

import pytest

from pipeline.core.errors import Canceled, ModelMisconfigured, ModelUnavailable
from pipeline.models.lazy_value import RETRY_S, LazyValue


class Hub:
    """Hands out a value, or fails; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_down = False

    def load(self) -> str:
        self.asked += 1
        if self.is_down:
            raise OSError("no route to the hub\nand a second line")
        return "weights"


def test_a_value_is_made_once_for_all_threads() -> None:
    hub = Hub()
    lazy = LazyValue(hub.load)
    threads = [threading.Thread(target=lazy.get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lazy.get() == "weights"
    assert hub.asked == 1


def test_a_failure_is_raised_again_at_once_until_its_time_is_over() -> None:
    hub, now = Hub(), [1000.0]
    hub.is_down = True
    lazy = LazyValue(hub.load, clock=lambda: now[0])
    with pytest.raises(OSError, match="no route to the hub"):
        lazy.get()
    hub.is_down = False
    now[0] += RETRY_S - 1
    with pytest.raises(ModelUnavailable, match=r"^OSError: no route to the hub$"):
        lazy.get()
    assert hub.asked == 1
    now[0] += 2
    assert lazy.get() == "weights"
    assert hub.asked == 2


def test_a_failure_can_be_forgotten() -> None:
    hub = Hub()
    hub.is_down = True
    lazy = LazyValue(hub.load)
    with pytest.raises(OSError, match="no route"):
        lazy.get()
    hub.is_down = False
    lazy.forget_failure()
    assert lazy.get() == "weights"


def test_one_who_gives_up_waiting_leaves_the_value_to_the_others() -> None:
    go_on = threading.Event()

    def load() -> str:
        assert go_on.wait(20)
        return "slow"

    def give_up() -> None:
        raise Canceled("The job was canceled.")

    lazy = LazyValue(load)
    with pytest.raises(Canceled):
        lazy.get(give_up)
    go_on.set()
    assert lazy.get() == "slow"


def test_a_setting_at_fault_stays_one_when_it_is_told_again() -> None:
    def load() -> str:
        raise ModelMisconfigured("models.whisper: no weights")

    lazy = LazyValue(load)
    for _ in range(2):
        with pytest.raises(ModelMisconfigured, match=r"^models\.whisper: no weights$"):
            lazy.get()


def test_a_value_that_exists_is_read_while_another_is_made() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def load() -> str:
        begun.set()
        assert go_on.wait(20)
        return "slow"

    quick, slow = LazyValue(Hub().load), LazyValue(load)
    assert quick.get() == "weights"
    thread = threading.Thread(target=slow.get)
    thread.start()
    assert begun.wait(20)
    assert quick.get() == "weights"  # a lock in common would wait here for ever
    go_on.set()
    thread.join()
    assert slow.get() == "slow"
