"""A real browser for tests: headless Chromium, a fresh profile each time, and a page that measures."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
)
SECONDS = 90
MEASURE = """
const found = [];
for (const frame of document.querySelectorAll('iframe')) {
  const page = frame.contentDocument;
  const intruder = page.createElement('script');
  intruder.textContent = "document.documentElement.dataset.hacked = 'yes'";
  page.body.append(intruder);
  const hacked = page.documentElement.dataset.hacked || 'no';
  intruder.remove();
  const box = (shape) => shape.getBoundingClientRect();
  found.push({
    width: frame.clientWidth,
    scroll: page.documentElement.scrollWidth,
    hacked: hacked,
    active: page.querySelectorAll('script, img, iframe, object, embed, form, input').length,
    drawn: [...page.querySelectorAll('svg')].map((svg) => [box(svg).width, box(svg).height]),
    outside: [...page.querySelectorAll('svg text')].filter((text) =>
      box(text).left < box(text.ownerSVGElement).left - 1 ||
      box(text).right > box(text.ownerSVGElement).right + 1).map((text) => text.textContent),
    text: page.body.textContent,
  });
}
document.body.textContent = JSON.stringify(found);
"""


def chromium() -> str:
    """Where the browser is; without it the test fails under CI and is skipped elsewhere."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on this machine, and CI must not go without")
        pytest.skip("no Chromium on this machine: pages are not looked at in a real browser")
    return path


def dumped(address: str, *options: str) -> str:
    """What the browser makes of a page, as HTML."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [chromium(), *QUIET, f"--user-data-dir={profile}", *options, "--dump-dom"]
        done = subprocess.run(
            [*command, address], capture_output=True, text=True, timeout=SECONDS, check=True
        )
    return done.stdout


def measured(pages: Sequence[tuple[str, int]], folder: Path) -> list[dict]:
    """Pages shown at given widths [px]: how wide they scroll, what is active, where text lies."""
    frames = "".join(
        f'<iframe style="border:0;width:{width}px;height:900px" srcdoc="{html.escape(page)}">'
        "</iframe>"
        for page, width in pages
    )
    script = f"<script>window.onload = () => {{{MEASURE}}}</script>"
    wrapper = folder / "wrapper.html"
    wrapper.write_text(
        f"<!DOCTYPE html><meta charset=utf-8><body>{frames}{script}", encoding="utf-8"
    )
    text = dumped(wrapper.as_uri(), "--virtual-time-budget=5000")
    found = re.search(r"<body[^>]*>(.*)</body>", text, re.DOTALL)
    assert found, text[:500]
    return json.loads(html.unescape(found[1]))


@contextmanager
def served(page: bytes) -> Iterator[tuple[int, list[str]]]:
    """A server on this machine that notes every request: (its port, what was asked for)."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the library's name
            asked.append(f"{self.headers.get('Host')}{self.path}")
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            asked.append("what is no plain request")

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], asked
        server.shutdown()
