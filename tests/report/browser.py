"""A real browser for tests: headless Chromium with a fresh profile, and a page that measures."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
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
ERRANDS = re.compile(
    r"https?://((clients\d?|update|accounts|content-autofill|optimizationguide\S*)\.google"
    r"|www\.google\.com/async/)"
)
"""What the browser asks for on its own account, whatever page it shows."""
MEASURE = """
const found = [];
for (const frame of document.querySelectorAll('iframe')) {
  const page = frame.contentDocument;
  const intruder = page.createElement('script');
  intruder.textContent = "document.documentElement.dataset.hacked = 'yes'";
  page.body.append(intruder);
  const hacked = page.documentElement.dataset.hacked || 'no';
  intruder.remove();
  const visible = () =>
    [...page.querySelectorAll('svg')].filter((svg) => svg.checkVisibility()).length;
  const shown = visible();
  const paper = page.createElement('style');
  paper.textContent = [...page.styleSheets].flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule.media && rule.media.mediaText === 'print')
    .flatMap((rule) => [...rule.cssRules]).map((rule) => rule.cssText).join('');
  page.head.append(paper);
  const printed = visible();
  paper.remove();
  page.querySelectorAll('details').forEach((fold) => { fold.open = true; });
  const box = (shape) => shape.getBoundingClientRect();
  found.push({
    width: frame.clientWidth,
    scroll: page.documentElement.scrollWidth,
    hacked: hacked,
    shown: shown,
    printed: printed,
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
    """Pages at given widths [px]: pictures shown at first and printed; then, with all folds open,
    how wide they scroll, what is active, where text lies."""
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


def addresses(page: Path, folder: Path) -> set[str]:
    """Every address that showing a page makes the browser ask for, its own errands aside."""
    log = folder / "net.json"
    options = (f"--log-net-log={log}", "--host-resolver-rules=MAP * ~NOTFOUND")
    dumped(page.as_uri(), *options, "--virtual-time-budget=3000")
    found = set(re.findall(r'"url":"((?:https?|wss?|ftp)://[^"]*)"', log.read_text("utf-8")))
    return {address for address in found if not ERRANDS.match(address)}
