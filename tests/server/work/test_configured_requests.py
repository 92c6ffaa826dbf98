"""What the settings ask for again and again is checked before the server starts."""

from typing import Any

import msgspec
import pytest

from klipfast_server.core.config import Config, Feed
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.work import configured_requests


@pytest.mark.parametrize(
    ("feed", "told"),
    [
        ({"options": {"qualty": "fast"}}, r"feeds\[0\].options: .*qualty"),
        ({"options": {"quality": "slow"}}, r"feeds\[0\].options: .*slow"),
        ({"options": {"caption_style": "none_such"}}, r"feeds\[0\].options: .*none_such"),
        ({"options": {"video_url": "https://example.com"}}, r"feeds\[0\].options: video_url"),
        ({"options": {"webhook_url": "http://10.0.0.1/"}}, r"feeds\[0\].options: .*10\.0\.0\.1"),
        ({"options": {"min_duration": 60, "max_duration": 20}}, "min_duration"),
        ({"options": {"metadata": dict.fromkeys(map(str, range(14)), "x")}}, r"16"),
        ({"url": "file:///etc/passwd"}, r"feeds\[0\].url: .*https"),
        ({"url": "http://127.0.0.1/"}, r"feeds\[0\].url: .*not a public address"),
    ],
)
def test_a_feed_that_cannot_work_is_told_at_the_start(
    config: Config, feed: dict[str, Any], told: str
) -> None:
    given: dict[str, Any] = {"url": "https://example.com/feed.xml", "account": "ada"} | feed
    wrong = msgspec.structs.replace(config, feeds=(Feed(**given),))
    with pytest.raises(ConfigError, match=told):
        configured_requests.check(wrong, ("white_bold",))


def test_the_same_feed_twice_is_told_at_the_start(config: Config) -> None:
    feed = Feed(url="https://example.com/feed.xml", account="ada")
    with pytest.raises(ConfigError, match=r"feeds\[1\]: is the same as feeds\[0\]"):
        configured_requests.check(
            msgspec.structs.replace(config, feeds=(feed, feed)), ("white_bold",)
        )
