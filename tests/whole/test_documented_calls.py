"""What the documentation types works: calls of the API, and what users and operators do.

Each line is typed into a shell as it stands, with one's own key, ids and files in the place of
those that it shows. What is left out has a reason in NOT_RUN.
"""

import asyncio
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import documented_commands as documented
import operator_command
import pytest
from caller import Caller, Client, Serve, make_caller
from documented_commands import Typed
from fake_engine import FakeEngine
from pictures import png
from project_paths import ROOT, SAMPLE
from server_settings import changed

from klipfast_server.core.config import Config
from pipeline.captions.styles.style import style_names

NOT_RUN = {
    "klipfast clips": "a minute; whole/test_end_to_end.py makes clips of the sample",
    "klipfast login": "asks for a key; server/cli/test_login_commands.py answers it",
    "klipfast mcp": "does not end; server/mcp/test_tools.py talks to it",
    "klipfast-server serve": "does not end; server/cli/test_supervisor.py starts and stops it",
}
ON_SERVER = {
    *("klipfast submit", "klipfast watch", "klipfast get", "klipfast texts"),
    *("klipfast corrections", "klipfast render"),
}
ON_THIS_MACHINE = {"klipfast transcribe", "klipfast rank", "klipfast write", "klipfast reframe"}
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")
LENGTHS = itertools.count(120)  # seconds; two jobs of one video at a time are a conflict
COMMAND = 'exec {python} -c "import sys; from klipfast_server.cli.commands import main; '
COMMAND += 'sys.exit(main())" "$@"\n'


def named(line: Typed) -> set[str]:
    """Our commands in a line, such as `klipfast-server accounts show`."""
    found = set()
    for words in line.parts:
        if words[0] in documented.OWN:
            below = itertools.takewhile(lambda word: re.fullmatch(r"[a-z]+(-[a-z]+)*", word), words)
            depth = 3 if words[1] in ("accounts", "keys") else 2
            found.add(" ".join(list(below)[:depth]))
    return found


def lines_of(wanted: Callable[[Typed], bool]) -> list[Typed]:
    """The lines that are wanted, those of README and of another page that are the same once."""
    found = {line.text: line for line in documented.typed() if wanted(line)}
    return list(found.values())


@pytest.fixture
async def client(serve: Serve, config: Config, engine: FakeEngine) -> Client:
    """A server that has all caption styles."""
    engine.caption_styles = style_names()  # type: ignore[assignment]  # three of them otherwise
    engine.spoken = {0: "I read Anna Carena."}  # as in the example that corrects it
    return await serve(config)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the examples name, and the command klipfast in bin/."""
    (tmp_path / "talk.mp4").write_text("seconds 100")
    (tmp_path / "article.md").write_text("# The table\n\nI read Anna Carena.\n")
    (tmp_path / "logo.png").write_bytes(png(40, 40))
    shutil.copy(FONT, tmp_path / "Serif-Bold.ttf")
    program = tmp_path / "bin" / "klipfast"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n" + COMMAND.format(python=sys.executable))
    program.chmod(0o755)
    return tmp_path


async def own(text: str, ada: Caller) -> str:
    """The line with things of Ada's in the place of those that it shows."""
    for url in re.findall(r"https://example\.com/\w+\.mp4", text):
        talk = await ada.upload(f"seconds {next(LENGTHS)}".encode())
        text = text.replace(url, talk["video_url"])
    if re.search(r"(?:job|clip)_…", text):
        job = await ada.done(next(LENGTHS), text_outputs=["blog_post", "quote_cards"])
        clip = next(clip for clip in job["clips"] if clip["start_seconds"] >= 10)
        text = text.replace("job_…", job["job_id"]).replace("clip_…", clip["clip_id"])
        if "If-Match" in text:
            answer = await ada.call("GET", f"/api/v1/jobs/{job['job_id']}/texts/blog_post")
            text = re.sub(r'"[0-9a-f]{32}"', answer.headers["ETag"], text)
    if "brand_…" in text:
        brand = await ada.post("/api/v1/brands", {"name": "Swell"}, 201)
        text = text.replace("brand_…", brand["brand_id"])
    if "upload_…" in text:
        upload = await ada.upload(f"seconds {next(LENGTHS)}".encode())
        text = text.replace("upload_…", upload["upload_id"])
    return text.replace("http://127.0.0.1:8080", str(ada.client.make_url("")).rstrip("/"))


async def shell(text: str, folder: Path, ada: Caller) -> tuple[int | None, str]:
    """(exit code, what it says) of a line in a shell that knows the server and Ada's key."""
    server = str(ada.client.make_url("")).rstrip("/")
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", text),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            **{"BASE": server, "KEY": ada.key},
            **{"KLIPFAST_SERVER": server, "KLIPFAST_KEY": ada.key},
        },
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(errors="replace")


def test_every_command_of_ours_is_run_or_has_a_reason_why_not() -> None:
    shown = set().union(*map(named, documented.typed()))
    of_operators = {name for name in shown if name.startswith("klipfast-server ")}
    assert shown == ON_SERVER | ON_THIS_MACHINE | NOT_RUN.keys() | of_operators


async def test_the_calls_of_the_api_work(client: Client, folder: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    lines = lines_of(Typed.calls_server)
    assert len(lines) > 10
    for number, line in enumerate(lines):
        caller = await make_caller(client, account=f"account{number}", plan="business")
        text = await own(line.text, caller)
        careful = "curl --silent --show-error --fail-with-body --max-time 20 "
        code, said = await shell(text.replace("curl ", careful, 1), folder, caller)
        assert code == 0, (line.place, text, said)


@pytest.mark.slow
async def test_the_commands_of_users_work(client: Client, folder: Path) -> None:
    for number, line in enumerate(lines_of(lambda line: bool(named(line) & ON_SERVER))):
        caller = await make_caller(client, account=f"account{number}", plan="business")
        text = await own(line.text, caller)
        code, said = await shell(text, folder, caller)
        assert code == 0, (line.place, text, said)


@pytest.mark.slow
def test_the_commands_of_this_machine_work(folder: Path) -> None:
    shutil.copy(SAMPLE, folder / "talk.mp4")
    said = json.loads(SAMPLE.with_suffix(".truth.json").read_text(encoding="utf-8"))["sentences"]
    keys = ("text", "start_s", "end_s", "speaker")
    sentences = [{key: sentence[key] for key in keys} for sentence in said]
    (folder / "transcript.json").write_text(json.dumps({"language": "en", "sentences": sentences}))
    for line in lines_of(lambda line: bool(named(line) & ON_THIS_MACHINE)):
        text = line.text
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=folder,
            env=os.environ
            | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (text, done.stderr)
        assert bool(done.stdout) is (" -o " not in text), text
    assert (folder / "texts" / "thread.txt").is_file()


def of_operators() -> Iterator[tuple[str, list[str]]]:
    """Yield (place, words) of each command of an operator, each once, in the order of the pages."""
    seen = set()
    for line in documented.typed():
        for words in line.parts:
            rest = words[words.index("klipfast-server") + 1 :] if "klipfast-server" in words else ()
            if rest and rest not in seen and f"klipfast-server {rest[0]}" not in NOT_RUN:
                seen.add(rest)
                if words[0] in ("klipfast-server", "docker"):
                    yield line.place, list(rest)


@pytest.mark.slow  # twenty commands
def test_the_commands_of_operators_work(config: Config, tmp_path: Path) -> None:
    """On a server's machine with an account and a backup; what is restored goes to another one."""
    fresh = changed(config, "server", data_dir=tmp_path / "fresh")
    backups = tmp_path / "backups"  # what the guides call /backups and, in a container, /data
    backups.mkdir()

    def typed(words: list[str]) -> subprocess.CompletedProcess[str]:
        own = {"/backups": str(backups), "/data": str(backups), "NAME": "owner"}
        where = changed(fresh, "database", url="") if words[0] == "restore" else config
        newest = [str(max(backups.iterdir())) if w.startswith("/backups/") else w for w in words]
        return operator_command.command(where, *(own.get(word, word) for word in newest))

    for begin in ("keys create --account owner", "backup --to /backups"):
        assert typed(begin.split()).returncode == 0
    commands = list(of_operators())
    assert len(commands) >= 9
    for place, words in commands:
        done = typed(words)
        assert done.returncode == 0, (place, words, done.stdout, done.stderr)
