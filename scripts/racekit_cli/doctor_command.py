# SPDX-License-Identifier: MIT
"""racekit doctor: what this machine must have and allow, a line each, with what to do."""
from __future__ import annotations

import argparse
import ctypes
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .build_tree import Build, open_build
from .outcome import BROKEN, KEPT, Problem
from .terminal import terminal_of

_most_random_bits = 30  # beyond these clang-19's runtime must start again without randomisation
_least_shared_memory = 16 << 20
_no_randomisation = 0x0040000  # ADDR_NO_RANDOMIZE of <sys/personality.h>
_ask_only = 0xFFFFFFFF


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


@dataclass(frozen=True)
class Finding:
    what: str
    seen: str
    problem: str = ""  # what to do; empty when all is well


def _compiler(build: Build | None) -> Finding:
    name = build.compiler if build else "clang++-19"
    path = shutil.which(name)
    if path is None:
        return Finding("compiler", f"{name} not found",
                       "run scripts/setup; or build with g++-12: ./scripts/race --compiler gcc")
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    return Finding("compiler", f"{path}: {(told.stdout.splitlines() or ['?'])[0]}")


def _tsan_runtime(build: Build | None) -> Finding:
    what = "ThreadSanitizer"
    if build and build.tsan_missing:
        return Finding(what, "not in this build, its runs are skipped", build.tsan_missing)
    name = build.compiler if build else "clang++-19"
    if shutil.which(name) is None:
        return Finding(what, "no compiler to try it with", "run scripts/setup")
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "start.cpp"), Path(folder, "start")
        source.write_text("int main() { return 0; }\n")
        built = subprocess.run([name, "-fsanitize=thread", source, "-o", program],
                               capture_output=True, text=True, check=False)
        if built.returncode != 0:
            return Finding(what, "an empty program does not link",
                           "install libclang-rt-19-dev: run scripts/setup")
        try:
            ran = subprocess.run([program], capture_output=True, text=True, timeout=30,
                                 check=False)
        except subprocess.TimeoutExpired:
            return Finding(what, "an empty program hangs", "see the three lines below")
    if ran.returncode != 0:
        said = (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1]
        return Finding(what, f"an empty program does not start: {said}",
                       "see the lines on randomisation, personality and ulimit")
    return Finding(what, "links and starts")


def _symbolizer(build: Build | None) -> Finding:
    del build
    for name in ("/usr/bin/llvm-symbolizer-19", "llvm-symbolizer-19", "llvm-symbolizer"):
        path = shutil.which(name)
        if path:
            return Finding("symbolizer", path)
    return Finding("symbolizer", "llvm-symbolizer-19 not found: reports have no source lines",
                   "install llvm-19: run scripts/setup")


def _randomisation(build: Build | None) -> Finding:
    del build
    what = "address bits"
    try:
        bits = int(Path("/proc/sys/vm/mmap_rnd_bits").read_text())
    except (OSError, ValueError):
        return Finding(what, "vm.mmap_rnd_bits cannot be read (needs root); the next line decides")
    if bits <= _most_random_bits:
        return Finding(what, f"vm.mmap_rnd_bits = {bits}, TSan takes up to {_most_random_bits}")
    if _personality_allowed():
        return Finding(what, f"vm.mmap_rnd_bits = {bits}: TSan starts itself again without")
    return Finding(what, f"vm.mmap_rnd_bits = {bits}, more than TSan's {_most_random_bits}",
                   "as root: sysctl vm.mmap_rnd_bits=28")


def _personality_allowed() -> bool:
    """Tried in a child, so that this process stays as it is."""
    child = os.fork()
    if child == 0:
        libc = ctypes.CDLL(None)
        now = libc.personality(ctypes.c_ulong(_ask_only))
        os._exit(0 if libc.personality(ctypes.c_ulong(now | _no_randomisation)) != -1 else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _personality(build: Build | None) -> Finding:
    del build
    if _personality_allowed():
        return Finding("personality", "ADDR_NO_RANDOMIZE allowed")
    return Finding("personality", "ADDR_NO_RANDOMIZE denied (containers do that)",
                   "docker run --security-opt seccomp=unconfined, or sysctl vm.mmap_rnd_bits=28 "
                   "on the host")


def _address_limit(build: Build | None) -> Finding:
    del build
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        return Finding("ulimit -v", "unlimited")
    return Finding("ulimit -v", f"{soft >> 10} KiB: TSan reserves terabytes and cannot start",
                   "ulimit -v unlimited")


def _shared_memory(build: Build | None) -> Finding:
    del build
    try:
        free = shutil.disk_usage("/dev/shm").free
    except OSError as failed:
        return Finding("/dev/shm", f"missing: {failed.strerror}", "mount a tmpfs there")
    problem = "" if free >= _least_shared_memory else "docker run --shm-size=64m"
    return Finding("/dev/shm", f"{free >> 20} MiB free", problem)


def _relacy(build: Build | None) -> Finding:
    folder = Path(build.relacy if build else "/usr/include")
    header = folder / "relacy" / "relacy.hpp"
    if header.is_file():
        return Finding("Relacy", str(header))
    return Finding("Relacy", f"{header} not found",
                   "install relacy-dev: run scripts/setup; or configure with "
                   "-DRACEKIT_RELACY_DIR=FOLDER")


def _cores(build: Build | None) -> Finding:
    del build
    count = len(os.sched_getaffinity(0))
    problem = "" if count > 1 else "stress finds little on one core: give it two"
    return Finding("cores", f"{count} usable", problem)


def _own_tsan_program(build: Build | None) -> Finding:
    what = "TSan programs"
    programs = [path for (_, flavour), path in build.programs.items() if flavour == "tsan"
                and path.is_file()] if build else []
    if not programs:
        return Finding(what, "none built yet")
    told = subprocess.run([programs[0], "--list"], capture_output=True, text=True, check=False)
    if told.returncode == 0:
        return Finding(what, f"{programs[0].name} starts")
    said = (told.stderr.strip().splitlines() or [f"exit code {told.returncode}"])[-1]
    return Finding(what, f"{programs[0].name} does not start: {said}", "build again")


def _build(build: Build | None) -> Finding:
    if build is None:
        return Finding("build", "none yet", "run ./scripts/race")
    flags = re.sub(r"\s+", " ", build.flags).strip()
    return Finding("build", f"{build.folder}: {build.compiler_version}, {build.build_type} "
                            f"({flags})")


_checks: tuple[Callable[[Build | None], Finding], ...] = (
    _compiler, _tsan_runtime, _own_tsan_program, _symbolizer, _randomisation, _personality,
    _address_limit, _shared_memory, _relacy, _cores, _build)


def command(asked: argparse.Namespace) -> int:
    try:
        build = open_build(asked.build)
    except Problem:
        build = None
    terminal = terminal_of(sys.stdout)
    findings = [check(build) for check in _checks]
    # Randomisation within TSan's reach needs no personality(); its denial is then no problem.
    if not any(one.what == "address bits" and one.problem for one in findings):
        findings = [Finding(one.what, one.seen + ", and not needed here")
                    if one.what == "personality" and one.problem else one for one in findings]
    for one in findings:
        state = terminal.paint("problem", "red") if one.problem else terminal.paint(
            "ok     ", "green")
        print(f"{state}  {one.what:<16} {one.seen}")
        if one.problem:
            print(f"{'':<25} do: {one.problem}")
    return BROKEN if any(one.problem for one in findings) else KEPT
