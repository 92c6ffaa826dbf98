"""Settings: the shipped file is complete, the environment wins, every mistake is named."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from project_paths import ROOT

from klipfast_server.core import signing
from klipfast_server.core.config import load
from klipfast_server.core.setting_names import ConfigError

SHIPPED = ROOT / "config.toml"


def test_the_shipped_settings_are_valid_and_lie_beside_the_file() -> None:
    config = load(SHIPPED, {})
    assert config.server.data_dir == ROOT / "data"
    assert config.database.sql_dir == ROOT / "sql"
    assert list(config.plans) == ["unlimited", "free", "starter", "pro", "business"]


@pytest.mark.parametrize(
    ("mirror", "read"),
    [("", ""), ("kept/weights", f"{ROOT}/kept/weights"), ("http://a/weights", "http://a/weights")],
)
def test_a_mirror_is_a_url_or_lies_beside_the_file(mirror: str, read: str) -> None:
    assert load(SHIPPED, {"KLIPFAST__MODELS__MIRROR": mirror}).models.mirror == read


def test_the_environment_wins(tmp_path: Path) -> None:
    config = load(
        SHIPPED,
        {
            "KLIPFAST_HOST": "0.0.0.0",
            "KLIPFAST_PORT": "9000",
            "KLIPFAST_DATA_DIR": str(tmp_path),
            "KLIPFAST_DATABASE_URL": "postgresql:///x",
            "KLIPFAST_ALLOW_PRIVATE_SOURCES": "true",
            "KLIPFAST_SECRET": "s",
            "KLIPFAST_LOG_LEVEL": "debug",
            "KLIPFAST__LANES__ENCODE": "3",
            "KLIPFAST__PLANS__PRO__CREDITS": "9",
            "KLIPFAST__WEBHOOKS__RETRIES_S": "5 30.5",
            "KLIPFAST__STORAGE__S3__BUCKET": "clips",
            "KLIPFAST_CONFIG": "not read here: the path was given",
        },
    )
    assert (config.server.host, config.server.port) == ("0.0.0.0", 9000)
    assert (config.server.data_dir, config.database.url) == (tmp_path, "postgresql:///x")
    assert (config.sources.allow_private, config.server.secret) == (True, "s")
    assert (config.server.log_level, config.lanes.encoders) == ("debug", 3)
    assert config.plans["pro"].credits == 9
    assert config.webhooks.retries_s == (5, 30.5)
    assert config.storage.s3 is not None
    assert config.storage.s3.bucket == "clips"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("KLIPFAST__SERVER__PROT", "1", "prot"),
        ("KLIPFAST__SERVERS__PORT", "1", "servers"),
        ("KLIPFAST__LEARNING__ENABLED", "false", "the section learning is gone"),
        ("KLIPFAST_PORT", "http", "server.port"),
        ("KLIPFAST_PORT", "70000", "server.port"),
        ("KLIPFAST_LOG_LEVEL", "loud", "server.log_level"),
        ("KLIPFAST__LANES__LEASE_S", "0", "lanes.lease_s"),
        ("KLIPFAST__SERVER__PORT__DEEP", "1", "port is not a section"),
        ("KLIPFAST__WEBHOOKS__RETRIES_S", "5 soon", "webhooks.retries_s"),
        ("KLIPFAST__WEBHOOKS__RETRIES_S", "5 0", "webhooks.retries_s"),
        ("KLIPFAST__WEBHOOKS__RETRIES_S", "", "webhooks.retries_s"),
    ],
)
def test_a_mistake_is_one_error_that_names_the_key(name: str, value: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told.replace(".", r"\.")):
        load(SHIPPED, {name: value})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[server]\nprot = 9000", "there is no setting server.prot; the nearest is server.port"),
        ("prot = 9000", "there is no setting prot; the nearest is server.port"),
        ("[servers]\nport = 9000", "there is no setting servers; the nearest is server"),
        ("[learning]\nenabled = true", r"the section learning is gone, and can be deleted\.$"),
        ("[database]\nport = 1", "there is no setting database.port; the nearest is server.port"),
        ("[plans.pro]\ncredit = 1", "plans.pro.credit; the nearest is plans.pro.credits"),
        ("[storage.s3]\nbuckets = 'a'", "storage.s3.buckets; the nearest is storage.s3.bucket"),
        ("[storage.s3]\nregion = 'a'", "storage.s3: .* missing required field `bucket`"),
        ("[server.port]\na = 1", "server.port is not a section"),
        ("server = 1", "server: Expected"),
        ("[models]\nmirror = 'ftp://a'", "models: Expected a mirror that begins with http://"),
        ("[server]\nport = 'http'", "server.port: Expected `int`"),
        ("[plans.team]\napi = true", "plans: .* missing required field"),
        ("[[feeds]]\nurl = 'a'", r"feeds\[0\]: .* missing required field `account`"),
        ("[[folders]]\npath = 'a'\naccount = 'a'\nafter = 'x'", r"folders\[0\].after: Invalid"),
        ("[[feeds]]\nurl = 'a'\naccount = 'a'\nurls = 1", r"feeds\[0\]: .* unknown field `urls`"),
        ("[feeds]\nurl = 'a'", "feeds"),
    ],
)
def test_a_mistake_in_a_file_names_the_file_and_the_nearest_right_key(
    tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=f"{file}: .*{told}"):
        load(file, {})


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("KLIPFAST_PROT", "KLIPFAST_PORT"),
        ("KLIPFAST_DATADIR", "KLIPFAST_DATA_DIR"),
        ("KLIPFAST_CONFG", "KLIPFAST_CONFIG"),
        ("KLIPFAST_KEYS", "KLIPFAST_KEY"),
        ("KLIPFAST_POOL_SIZE", "KLIPFAST__DATABASE__POOL_SIZE"),
        ("KLIPFAST_LLM_API_KEY", "KLIPFAST__LLM__API_KEY"),
        ("KLIPFAST__SERVER__PROT", "KLIPFAST__SERVER__PORT"),
        ("KLIPFAST__PORT", "KLIPFAST__SERVER__PORT"),
    ],
)
def test_an_unknown_variable_is_an_error_that_names_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name}: .*\b{nearest}\b"):
        load(SHIPPED, {name: "1"})


def test_a_wrong_value_names_where_it_was_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[server]\nport = 1\nlog_level = 'loud'\n")
    with pytest.raises(ConfigError, match=r"^KLIPFAST_PORT: server\.port: "):
        load(file, {"KLIPFAST_PORT": "http", "KLIPFAST_LOG_LEVEL": "info"})
    with pytest.raises(ConfigError, match=f"^{file}: server.log_level: "):
        load(file, {"KLIPFAST_PORT": "1"})


def test_a_file_holds_only_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "etc" / "mine.toml"
    file.parent.mkdir()
    file.write_text(
        "[server]\nport = 9000\n[plans.pro]\ncredits = 9\n[webhooks]\nretries_s = [7]\n"
    )
    config, shipped = load(file, {}), load(SHIPPED, {})
    assert (config.server.port, config.server.host) == (9000, shipped.server.host)
    assert config.plans["pro"] == msgspec.structs.replace(shipped.plans["pro"], credits=9)
    assert config.plans["free"] == shipped.plans["free"]
    assert list(config.webhooks.retries_s) == [7]
    assert config.server.data_dir == tmp_path / "etc" / "data"
    assert config.database.sql_dir == ROOT / "sql"


def test_feeds_and_folders_are_lists_whose_paths_lie_beside_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        "[sources]\ncookies_file = 'cookies.txt'\n"
        "[[feeds]]\nurl = 'https://example.com/a'\naccount = 'ada'\nnewest = 2\n"
        "[feeds.options]\nclip_count = 3\n"
        "[[feeds]]\nurl = 'https://example.com/b'\naccount = 'ada'\n"
        "[[folders]]\npath = 'inbox'\naccount = 'ada'\n"
    )
    config = load(file, {})
    assert [(feed.newest, feed.options) for feed in config.feeds] == [
        (2, {"clip_count": 3}),
        (0, {}),
    ]
    assert config.folders[0].path == tmp_path / "inbox"
    assert config.sources.cookies_file == str(tmp_path / "cookies.txt")
    with pytest.raises(ConfigError, match="KLIPFAST__FEEDS"):
        load(file, {"KLIPFAST__FEEDS__URL": "https://example.com/c"})


def test_the_file_is_the_one_that_is_named_or_the_one_that_is_here_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(environ={}).server == msgspec.structs.replace(
        load(SHIPPED, {}).server, data_dir=tmp_path / "data"
    )
    (tmp_path / "config.toml").write_text("[server]\nport = 1\n")
    assert load(environ={}).server.port == 1
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "other.toml").write_text("[server]\nhost = '::1'\n")
    config = load(environ={"KLIPFAST_CONFIG": "etc/other.toml"})
    assert (config.server.host, config.server.port) == ("::1", 8080)
    assert config.server.data_dir == tmp_path / "etc" / "data"
    assert load(Path("config.toml"), {"KLIPFAST_CONFIG": "etc/other.toml"}).server.port == 1


def test_what_the_clients_are_told_is_no_setting() -> None:
    load(SHIPPED, {"KLIPFAST_SERVER": "http://127.0.0.1:8080", "KLIPFAST_KEY": "kf_live_sk_x"})


def test_a_file_that_is_missing_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.toml", {})
    broken = tmp_path / "broken.toml"
    broken.write_text("[server\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load(broken, {})


def test_every_setting_has_a_comment_beside_it() -> None:
    plans = False
    for line in SHIPPED.read_text().splitlines():
        plans = plans or line == "[plans.free]"  # the first plan explains them all
        if "=" in line and not line.startswith("#") and not plans:
            assert "#" in line, line


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    made = signing.load_secret("", tmp_path / "data")
    assert len(made) == 64
    assert signing.load_secret("", tmp_path / "data") == made
    assert stat.S_IMODE((tmp_path / "data" / "secret").stat().st_mode) == 0o600
    assert signing.load_secret("given", tmp_path / "data") == b"given"


def test_all_who_start_at_once_have_the_same_secret(tmp_path: Path) -> None:
    for number in range(20):
        folder, together = tmp_path / str(number), threading.Barrier(8)

        def start(folder: Path = folder, together: threading.Barrier = together) -> bytes:
            together.wait(10)
            return signing.load_secret("", folder)

        with ThreadPoolExecutor(8) as starts:
            loaded = [found.result() for found in [starts.submit(start) for _ in range(8)]]
        assert set(loaded) == {(folder / "secret").read_bytes()}
        assert len(loaded[0]) == 64
        assert [path.name for path in folder.iterdir()] == ["secret"]


def test_a_signature_is_good_for_one_purpose_and_one_secret() -> None:
    signature = signing.sign(b"a", "link", "text")
    assert signing.matches(b"a", "link", "text", signature)
    for secret, purpose, text in (
        (b"b", "link", "text"),
        (b"a", "cursor", "text"),
        (b"a", "link", "t"),
    ):
        assert not signing.matches(secret, purpose, text, signature)
