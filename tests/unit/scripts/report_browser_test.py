# SPDX-License-Identifier: MIT
"""The page in a browser. Skipped, exit code 77, where Chromium, Node or playwright-core is missing.

chromium and nodejs are Debian's; playwright-core is found in $NODE_PATH, or in the folder that
`npm root --global` names: npm install --global playwright-core. $RACEKIT_SHOTS is a folder for
screenshots.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import report_fixture
from fake_build import FakeBuild

SKIPPED = 77


def missing() -> str:
    for program in ("chromium", "node"):
        if not shutil.which(program):
            return f"no {program}: apt-get install {'nodejs' if program == 'node' else program}"
    found = subprocess.run(["node", "-e", "require('playwright-core')"], capture_output=True,
                           check=False, env=environment())
    return "" if found.returncode == 0 else ("no playwright-core: npm install --global "
                                             "playwright-core, or set NODE_PATH")


def environment() -> dict[str, str]:
    if os.environ.get("NODE_PATH") or not shutil.which("npm"):
        return dict(os.environ)
    named = subprocess.run(["npm", "root", "--global"], capture_output=True, text=True,
                           check=False).stdout.strip()
    return os.environ | {"NODE_PATH": named}


def main() -> int:
    why = missing()
    if why:
        print(f"SKIPPED: {why}")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        build = FakeBuild(Path(folder) / "build")
        report_fixture.enrol(build)
        build.racekit("run", "--all", "--reproduce", "0")
        page = Path(folder) / "report.html"
        made = build.racekit("report", "--html", str(page))
        if made.returncode != 0:
            print(made.stdout + made.stderr)
            return 1
        shots = [os.environ["RACEKIT_SHOTS"]] if os.environ.get("RACEKIT_SHOTS") else []
        script = Path(__file__).with_name("report_browser.js")
        return subprocess.run(["node", script, page, shutil.which("chromium") or "", *shots],
                              env=environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
