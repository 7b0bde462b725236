#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Explores small clients of libraries of which the sources come from Debian.

usage: run.py BUILD WORK CXX C     racekit's build folder, a folder to work in, and the compilers of
                                   the build

Fetches the source packages, installs racekit, builds the clients as an outside project does, and
compares each verdict. A package that cannot be fetched is named and left out; with none, the exit
code is 77. The machine's list of packages is not changed.
"""
from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

SECONDS = "20"
# By package: its clients, and what the model must say of each.
CLIENTS = {
    "abseil": {"absl_mutex": "clean", "absl_condition": "clean"},
    "onetbb": {"tbb_queue": "exhausted"},
    "ck": {"ck_ring": "data race on ring"},  # it loads and stores by volatile accesses
    "nsync": {"nsync_mutex": "clean"},
}


def carry_out(*command: object) -> str:
    words = [str(each) for each in command]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise SystemExit(f"failed: {' '.join(words)}\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def apt_options(folder: Path) -> list[str]:
    """Lists of source packages of the archives that this machine has, in a folder of their own."""
    archives = carry_out("apt-get", "indextargets", "--format",
                         "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages")
    (folder / "lists/partial").mkdir(parents=True, exist_ok=True)
    (folder / "archives.list").write_text(
        "".join(f"deb-src {each}\n" for each in sorted(set(archives.splitlines()))))
    options = {"Dir::Etc::sourcelist": folder / "archives.list",
               "Dir::Etc::sourceparts": "/dev/null", "Dir::State::lists": folder / "lists"}
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]


def fetch(package: str, options: list[str], folder: Path) -> str:
    """Unpacks it below the folder. Returns why it could not, or nothing."""
    if (folder / package).is_dir():
        return ""
    try:
        subprocess.run(["apt-get", *options, "source", "--download-only", package], cwd=folder,
                       check=True, capture_output=True, text=True)
        description = sorted(folder.glob(f"{package}_*.dsc"))[-1]
        subprocess.run(["dpkg-source", "--no-check", "-x", description.name, package], cwd=folder,
                       check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as failed:
        return failed.stderr.strip().splitlines()[-1]
    return ""


def verdict_of(program: Path) -> str:
    file = program.with_suffix(".json")
    subprocess.run([program, "--seconds", SECONDS, "--quiet", "--json", file], check=False,
                   capture_output=True, text=True)
    verdict = json.loads(file.read_text())
    if verdict["finding"]:
        return f"{verdict['finding']['kind']} on {verdict['finding']['subject']}"
    if verdict["saw"] != "clean":
        return f"{verdict['saw']}: {verdict.get('trouble', '')}"
    return f"{verdict['reach']['how']} {verdict['reach']['count']}"


def agrees(seen: str, right: str) -> bool:
    return seen.startswith(("exhausted", "sampled") if right == "clean" else right)


def main(build: Path, work: Path, cxx: str, c: str) -> int:
    for tool in ("apt-get", "dpkg-source"):
        if shutil.which(tool) is None:
            print(f"SKIPPED: there is no {tool}; install apt and dpkg-dev")
            return 77
    sources = work / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    options = apt_options(sources)
    carry_out("apt-get", *options, "update")
    left_out = {each: reason for each in CLIENTS if (reason := fetch(each, options, sources))}
    for package, reason in left_out.items():
        print(f"SKIPPED {package}: {reason}")
    clients = {name: right for package, of in CLIENTS.items() if package not in left_out
               for name, right in of.items()}
    if not clients:
        return 77
    carry_out("cmake", "--install", build, "--prefix", work / "prefix")
    carry_out("cmake", "-S", Path(__file__).parent, "-B", work / "build", "-G", "Ninja",
              f"-DCMAKE_PREFIX_PATH={work / 'prefix'}", f"-DSOURCES={sources}",
              f"-DCMAKE_CXX_COMPILER={cxx}", f"-DCMAKE_C_COMPILER={c}")
    programs = [f"{each}.model" for each in clients]
    carry_out("cmake", "--build", work / "build", "--target", *programs)
    wrong = 0
    for name, right in clients.items():
        seen = verdict_of(work / "build" / f"{name}.model")
        wrong += not agrees(seen, right)
        print(f"{name}: {seen}" + ("" if agrees(seen, right) else f"\n    RIGHT WOULD BE: {right}"))
    print(f"{wrong} of {len(clients)} verdicts are wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), *sys.argv[3:]))
