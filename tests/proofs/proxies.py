"""nginx and Caddy by the files in deploy/, as they are but for names, ports and the certificate."""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from serving import ROOT, Process, free_port

START_S = 15.0
# Writes the settings into a folder, with the proxy's port and the server's; returns the command.
Settings = Callable[[Path, int, int], list[str]]


def nginx(folder: Path, port: int, behind: int) -> list[str]:
    """Use deploy/nginx.conf, included by a main file."""
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    site = _replaced(
        text,
        {
            "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
            "listen [::]:443 ssl;": "",
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen [::]:80;": "",
            "127.0.0.1:8080": f"127.0.0.1:{behind}",
            "/etc/letsencrypt/live/clips.example.com/fullchain.pem": f"{folder}/certificate.pem",
            "/etc/letsencrypt/live/clips.example.com/privkey.pem": f"{folder}/key.pem",
        },
    )
    (folder / "site.conf").write_text(site, encoding="utf-8")
    kept = " ".join(
        f"{kind}_temp_path {folder}/kept/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # One process, so that its memory can be watched; as the user who owns the folder.
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {kept} include {folder}/site.conf; }}\n",
        encoding="utf-8",
    )
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, port: int, behind: int) -> list[str]:
    """Use deploy/Caddyfile, with a certificate."""
    text = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    site = _replaced(
        text,
        {
            "clips.example.com {\n": f"https://127.0.0.1:{port} {{\n"
            f"\ttls {folder}/certificate.pem {folder}/key.pem\n",
            "127.0.0.1:8080": f"127.0.0.1:{behind}",
        },
    )
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + site, encoding="utf-8")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def _replaced(text: str, changes: dict[str, str]) -> str:
    for before, after in changes.items():
        assert before in text, f"{before!r} is no longer in the file"
        text = text.replace(before, after)
    return text


@asynccontextmanager
async def running(
    name: str, settings: Settings, behind: int
) -> AsyncIterator[tuple[str, Path, Process]]:
    """(address, folder of what it keeps, process) of a proxy before the server on this port."""
    with tempfile.TemporaryDirectory(prefix=f"klipfast-{name}-") as top:
        folder, port = Path(top), free_port()
        (folder / "kept").mkdir()
        _certify(folder)
        process = _started(folder, settings(folder, port, behind))
        try:
            await _until_open(process, port, folder / "log")
            yield f"https://127.0.0.1:{port}", folder / "kept", process
        finally:
            process.terminate()
            process.wait(10)


def _started(folder: Path, command: list[str]) -> Process:
    environ = {"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command,
            env=environ | {"XDG_DATA_HOME": str(folder)},
            cwd=folder,
            stdout=log,
            stderr=log,
        )


def _certify(folder: Path) -> None:
    names = "subjectAltName=IP:127.0.0.1"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-subj", "/CN=proof", "-addext", names]
    command += ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"]
    subprocess.run(command, check=True, capture_output=True)


async def _until_open(process: Process, port: int, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise SystemExit(f"the proxy did not start:\n{log.read_text(errors='replace')}")
