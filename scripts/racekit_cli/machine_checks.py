# SPDX-License-Identifier: MIT
"""What `racekit doctor` checks, each as one finding: what is there, which flavours need it, and
what to do if it is missing."""
from __future__ import annotations

import ctypes
import os
import re
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .build_tree import Build

FLAVOURS = ("native", "tsan", "model", "unmodified")
_most_random_bits = 30  # beyond these clang-19's runtime must start again without randomisation
_least_shared_memory = 16 << 20
_no_randomisation = 0x0040000  # ADDR_NO_RANDOMIZE of <sys/personality.h>
_ask_only = 0xFFFFFFFF
_hwcap2 = 26  # AT_HWCAP2 of <elf.h>
_fsgsbase = 1 << 1  # HWCAP2_FSGSBASE of <asm/hwcap2.h>


@dataclass(frozen=True)
class Finding:
    what: str
    seen: str
    problem: str = ""  # what to do; empty when all is well
    flavours: Sequence[str] = ()  # those that do not work without it


def _first_line(*command: str | Path) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return (ran.stdout.splitlines() or ["?"])[0]


def _compiler(build: Build | None) -> Finding:
    name = build.compiler if build else "clang++-19"
    path = shutil.which(name)
    if path is None:
        return Finding("compiler", f"{name} not found",
                       "run scripts/setup; or build with g++-12: ./scripts/race --compiler gcc",
                       FLAVOURS)
    return Finding("compiler", f"{path}: {_first_line(path, '--version')}", "", FLAVOURS)


def _other_compiler(build: Build | None) -> Finding:
    ours = Path(build.compiler if build else "clang++-19").name
    name = "clang++-19" if ours.startswith("g++") else "g++-12"
    path = shutil.which(name)
    if path is None:
        return Finding("other compiler", f"{name} not found, and not needed for this build")
    return Finding("other compiler", f"{path}: {_first_line(path, '--version')}")


def _standard_library(build: Build | None) -> Finding:
    what = "standard library"
    name = build.compiler if build else "clang++-19"
    if shutil.which(name) is None:
        return Finding(what, "no compiler to ask", "run scripts/setup", FLAVOURS)
    words = [word for word in (build.flags if build else "").split()
             if word.startswith("-stdlib=")]
    asked = subprocess.run(
        [name, *words, "-std=c++20", "-x", "c++", "-E", "-P", "-"], capture_output=True, text=True,
        check=False, input="#include <atomic>\n#include <version>\n"
                           "gnu=_GLIBCXX_RELEASE llvm=_LIBCPP_VERSION\n")
    if asked.returncode != 0:
        return Finding(what, f"{name} finds no <atomic> of C++20",
                       "install g++-12: run scripts/setup", FLAVOURS)
    gnu = re.search(r"gnu=\s*(\d+)", asked.stdout)
    if gnu:
        return Finding(what, f"libstdc++ {gnu[1]}", "", FLAVOURS)
    return Finding(what, "libc++, whose compiled parts are not seen in programs as they are",
                   "build them with libstdc++: leave out -stdlib=", ("unmodified",))


def _tsan_runtime(build: Build | None) -> Finding:
    what = "ThreadSanitizer"
    needed = ("tsan",)
    if build and build.tsan_missing:
        return Finding(what, "not in this build, its runs are skipped", build.tsan_missing, needed)
    name = build.compiler if build else "clang++-19"
    if shutil.which(name) is None:
        return Finding(what, "no compiler to try it with", "run scripts/setup", needed)
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "start.cpp"), Path(folder, "start")
        source.write_text("int main() { return 0; }\n")
        built = subprocess.run([name, "-fsanitize=thread", source, "-o", program],
                               capture_output=True, text=True, check=False)
        if built.returncode != 0:
            return Finding(what, "an empty program does not link",
                           "install libclang-rt-19-dev: run scripts/setup", needed)
        try:
            ran = subprocess.run([program], capture_output=True, text=True, timeout=30,
                                 check=False)
        except subprocess.TimeoutExpired:
            return Finding(what, "an empty program hangs",
                           "see the lines on address bits, personality and ulimit", needed)
    if ran.returncode != 0:
        said = (ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"])[-1]
        return Finding(what, f"an empty program does not start: {said}",
                       "see the lines on address bits, personality and ulimit", needed)
    return Finding(what, "links and starts", "", needed)


def _own_tsan_program(build: Build | None) -> Finding:
    what = "TSan programs"
    programs = [path for (_, flavour), path in build.programs.items() if flavour == "tsan"
                and path.is_file()] if build else []
    if not programs:
        return Finding(what, "none built yet")
    told = subprocess.run([programs[0], "--list"], capture_output=True, text=True, check=False)
    if told.returncode == 0:
        return Finding(what, f"{programs[0].name} starts", "", ("tsan",))
    said = (told.stderr.strip().splitlines() or [f"exit code {told.returncode}"])[-1]
    return Finding(what, f"{programs[0].name} does not start: {said}", "build again", ("tsan",))


def _symbolizer(build: Build | None) -> Finding:
    del build
    needed = ("tsan", "model", "unmodified")
    for name in ("/usr/bin/llvm-symbolizer-19", "llvm-symbolizer-19", "llvm-symbolizer"):
        path = shutil.which(name)
        if path:
            return Finding("symbolizer", path, "", needed)
    return Finding("symbolizer", "llvm-symbolizer-19 not found: findings lack source lines",
                   "install llvm-19: run scripts/setup", needed)


def _linker(build: Build | None) -> Finding:
    name = "ld.lld-19"
    path = shutil.which(name)
    ours = Path(build.compiler if build else "clang++-19").name
    if path:
        return Finding("linker", path)
    if ours.startswith("g++"):
        return Finding("linker", "binutils' ld, as always with g++")
    return Finding("linker", f"{name} not found, binutils' ld takes three times as long: "
                             "install lld-19 if that matters")


def _disassembler(build: Build | None) -> Finding:
    del build
    path = shutil.which("objdump")
    if path:
        return Finding("objdump", path, "", ("unmodified",))
    return Finding("objdump", "not found: atomic instructions in inline assembly go unnoticed",
                   "install binutils", ("unmodified",))


def thread_pointer(build: Build | None) -> Finding:
    """Whether a program may set FS: that gives each thread of the model storage of its own."""
    del build
    needed = ("unmodified",)
    if os.uname().machine not in ("x86_64", "amd64"):
        return Finding("FSGSBASE", f"this is {os.uname().machine}, and programs as they are need "
                                   "x86-64", "explore scenarios instead, in racekit::atomic",
                       needed)
    getauxval = ctypes.CDLL(None).getauxval
    getauxval.restype = ctypes.c_ulong
    if getauxval(ctypes.c_ulong(_hwcap2)) & _fsgsbase:
        return Finding("FSGSBASE", "the processor has it and the kernel allows it", "", needed)
    return Finding("FSGSBASE", "the processor lacks it, or the kernel does not allow it: each "
                               "change of thread in a program as it is costs a system call", "",
                   needed)


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
                   "as root: sysctl vm.mmap_rnd_bits=28", ("tsan",))


def _personality_allowed() -> bool:
    """Tried in a child, so that this process stays as it is."""
    child = os.fork()
    if child == 0:
        libc = ctypes.CDLL(None)
        now = libc.personality(ctypes.c_ulong(_ask_only))
        os._exit(0 if libc.personality(ctypes.c_ulong(now | _no_randomisation)) != -1 else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _personality(build: Build | None) -> Finding:
    if _personality_allowed():
        return Finding("personality", "ADDR_NO_RANDOMIZE allowed")
    if not _randomisation(build).problem:
        return Finding("personality", "ADDR_NO_RANDOMIZE denied, and not needed here")
    return Finding("personality", "ADDR_NO_RANDOMIZE denied (containers do that)",
                   "docker run --security-opt seccomp=unconfined, or sysctl vm.mmap_rnd_bits=28 "
                   "on the host", ("tsan",))


def _address_limit(build: Build | None) -> Finding:
    del build
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        return Finding("ulimit -v", "unlimited", "", ("tsan",))
    return Finding("ulimit -v", f"{soft >> 10} KiB: TSan reserves terabytes and cannot start",
                   "ulimit -v unlimited", ("tsan",))


def _shared_memory(build: Build | None) -> Finding:
    del build
    try:
        free = shutil.disk_usage("/dev/shm").free
    except OSError as failed:
        return Finding("/dev/shm", f"missing: {failed.strerror}", "mount a tmpfs there",
                       ("native",))
    problem = "" if free >= _least_shared_memory else "docker run --shm-size=64m"
    return Finding("/dev/shm", f"{free >> 20} MiB free", problem, ("native",))


def _relacy(build: Build | None) -> Finding:
    needed = ("model", "unmodified")
    folder = Path(build.relacy if build else "/usr/include")
    header = folder / "relacy" / "relacy.hpp"
    if header.is_file():
        return Finding("Relacy", str(header), "", needed)
    return Finding("Relacy", f"{header} not found",
                   "install relacy-dev: run scripts/setup; or configure with "
                   "-DRACEKIT_RELACY_DIR=FOLDER", needed)


def _cores(build: Build | None) -> Finding:
    del build
    count = len(os.sched_getaffinity(0))
    problem = "" if count > 1 else "stress finds little on one core: give it two"
    return Finding("cores", f"{count} usable", problem, ("native",))


def _build(build: Build | None) -> Finding:
    if build is None:
        return Finding("build", "none yet", "run ./scripts/race")
    flags = re.sub(r"\s+", " ", build.flags).strip()
    return Finding("build", f"{build.folder}: {build.compiler_version}, {build.build_type} "
                            f"({flags})")


def _flavour(name: str, findings: Sequence[Finding]) -> Finding:
    missing = [one.what for one in findings if one.problem and name in one.flavours]
    if missing:
        return Finding(name, "lacks something", "see above: " + ", ".join(missing))
    return Finding(name, "ready")


CHECKS: tuple[Callable[[Build | None], Finding], ...] = (
    _compiler, _other_compiler, _standard_library, _linker, _symbolizer, _disassembler,
    _tsan_runtime, _own_tsan_program, _randomisation, _personality, _address_limit,
    thread_pointer, _relacy, _shared_memory, _cores, _build)


def examine(build: Build | None) -> tuple[list[Finding], list[Finding]]:
    """What this machine has, and then what that means for each flavour."""
    findings = [check(build) for check in CHECKS]
    return findings, [_flavour(name, findings) for name in FLAVOURS]
