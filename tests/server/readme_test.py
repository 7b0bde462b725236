# SPDX-License-Identifier: MIT
"""Does what primitives/racekit/server/README.md says, and compares what it prints."""
from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

program, compiler = Path(sys.argv[1]).resolve(), sys.argv[2]
root = Path(__file__).resolve().parents[2]
page = (root / "primitives/racekit/server/README.md").read_text()
sources = re.findall(r"`(\w+\.cpp)`[^\n]*:\n```cpp\n(.*?)```", page, re.S)
(commands,) = re.findall(r"```sh\n(.*?)```", page, re.S)
(expected,) = re.findall(r"```text\n(.*?)```", page, re.S)
assert [name for name, _ in sources] == ["hold.cpp", "add.cpp"]

with tempfile.TemporaryDirectory(prefix="racekit.") as folder:
    for name, text in sources:
        Path(folder, name).write_text(text)
    os.symlink(program, Path(folder, "racekit-server"))
    os.symlink(compiler, Path(folder, "c++"))
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}",
                                "RACEKIT_FLAGS": f"-I{root}/primitives"}
    shell = subprocess.run(["bash", "-eu", "-c", commands], cwd=folder, env=environment, text=True,
                           capture_output=True, timeout=280, check=False)
if (shell.returncode, shell.stdout) != (0, expected):
    sys.exit(f"exit code {shell.returncode}, printed:\n{shell.stdout}\nerrors:\n{shell.stderr}\n"
             f"the page says:\n{expected}")
print("as the page says")
