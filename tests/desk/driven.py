"""A real browser that a test drives: headless Chromium, spoken to over a pipe."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[2]
sys.path.append(str(TOP / "tests" / "report"))

from browser import QUIET, chromium  # noqa: E402 - the helper of the folder beside this one

SECONDS = 60.0
"""How long something may take until the page shows it, on a busy machine."""


class Browser:
    """One page of one browser; as a context it ends with it."""

    def __init__(self) -> None:
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, self.write = os.pipe()
        self.read, theirs_out = os.pipe()
        shell = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        command = [chromium(), *QUIET, "--remote-debugging-pipe"]
        command += [f"--user-data-dir={self.profile.name}", "about:blank"]
        self.process = subprocess.Popen(
            ["bash", "-c", shell, "bash", *command],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.number, self.left, self.session = 0, b"", ""
        pages = self.call("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in pages if one["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self.session = attached["sessionId"]

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()
        os.close(self.read)
        os.close(self.write)
        self.profile.cleanup()

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Have the browser do something; what it answers."""
        self.number += 1
        body: dict[str, Any] = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            body["sessionId"] = self.session
        os.write(self.write, json.dumps(body).encode() + b"\0")
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            ready, _, _ = select.select([self.read], [], [], 1.0)
            if ready:
                self.left += os.read(self.read, 2**20)
            while b"\0" in self.left:
                text, _, self.left = self.left.partition(b"\0")
                answer = json.loads(text)
                if answer.get("id") == self.number:
                    assert "error" not in answer, answer
                    return answer["result"]
        raise TimeoutError(method)

    def does(self, script: str) -> Any:
        """The value of an expression on the page."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def open(self, address: str) -> None:
        """Go to an address and wait until the page is there."""
        self.call("Page.navigate", url=address)
        self.wait_for(
            f"location.href === {json.dumps(address)} && document.readyState === 'complete'"
        )

    def wait_for(self, script: str) -> None:
        """Wait until an expression is true on the page."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            try:
                if self.does(script):
                    return
            except AssertionError:
                pass  # the page is on its way to another one
            time.sleep(0.2)
        raise TimeoutError(f"{script} never came true on: {self.text()}")

    def sees(self, text: str) -> None:
        """Wait until the page shows a text."""
        self.wait_for(f"document.body.innerText.includes({json.dumps(text)})")

    def text(self) -> str:
        """All that the page shows."""
        return str(self.does("document.body.innerText"))

    def click(self, label: str) -> None:
        """Click the first link or button of that label."""
        find = "[...document.querySelectorAll('a, button')]"
        find += f".find((one) => one.innerText === {json.dumps(label)})"
        self.wait_for(f"{find} !== undefined")
        self.does(f"{find}.click()")

    def fill(self, name: str, value: str) -> None:
        """Write into the field of that name."""
        self.does(f"document.querySelector('[name={name}]').value = {json.dumps(value)}")
