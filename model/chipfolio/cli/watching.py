"""Verbs that keep an eye on a folder of workbooks: watch, desk."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from .base import cli

FOLDER = click.argument(
    "folder", type=click.Path(path_type=Path, exists=True, file_okay=False, dir_okay=True)
)
RESULTS = click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for plans and runs; the workbooks' own if not given.",
)
HOME = ("127.0.0.1", "localhost")
"""Names of this machine for itself."""
POLLING = click.option(
    "--polling", is_flag=True, help="Look at the folder again and again, as on a network share."
)


@cli.command()
@FOLDER
@RESULTS
@click.option("--once", is_flag=True, help="Solve what has changed since the last time, and end.")
@POLLING
def watch(folder: Path, out: Path | None, once: bool, polling: bool) -> None:
    """Solve each workbook of a folder whenever what it says has changed."""
    from ..desk.waiting import keep_watching
    from ..desk.watch import Watch

    out = out or folder
    with alone(out):
        watching = Watch(folder, out, say=say)
        try:
            keep_watching(watching, threading.Event(), polling, once)
        except KeyboardInterrupt:
            watching.stop()
            if watching.job is not None:
                watching.job.process.wait()
                watching.finish()
            raise
    sys.exit(watching.worst if once else 0)


@cli.command()
@FOLDER
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True)
@RESULTS
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Another address lets other machines in, with the token that is printed.",
)
@POLLING
def desk(folder: Path, port: int, out: Path | None, host: str, polling: bool) -> None:
    """Watch a folder and show a page on how its workbooks stand, on this machine alone."""
    import secrets

    from waitress import create_server

    from ..desk.server import page_of
    from ..desk.waiting import keep_watching
    from ..desk.watch import Watch

    out = out or folder
    with alone(out):
        watching, stop = Watch(folder, out, say=say), threading.Event()
        token = "" if host in HOME else secrets.token_urlsafe(18)
        try:
            server = create_server(lambda *_: [], host=host, port=port, threads=4)
        except OSError as error:
            raise click.ClickException(
                f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port"
            ) from error
        port = server.effective_port
        names = tuple(f"{name}:{port}" for name in HOME)
        server.application = page_of(watching, names, token)
        looking = threading.Thread(
            target=keep_watching, args=(watching, stop, polling, False), daemon=True
        )
        looking.start()
        say(f"open http://{host}:{port}/" + (f"?token={token}" if token else ""))
        try:
            server.run()
        finally:
            stop.set()
            looking.join(timeout=5)
            if watching.job is not None:
                say("a solve is under way: it goes on by itself and publishes its plan")


def say(text: str) -> None:
    """One line with the time, at once."""
    click.echo(f"{datetime.now().isoformat(' ', 'seconds')}  {text}")
    sys.stdout.flush()


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """One watcher for a folder of results at a time; LockedError where another is at work."""
    from filelock import FileLock, Timeout

    from ..errors import LockedError

    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out / ".chipfolio-watch.lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise LockedError(f"another chipfolio watches and writes into {out}") from error
    except OSError as error:
        raise LockedError(f"cannot write into {out}: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()
