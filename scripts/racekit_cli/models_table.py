# SPDX-License-Identifier: MIT
"""What racekit bench --models prints: tables, what explains them, and what is required."""
from __future__ import annotations

from collections.abc import Sequence

from .models import Measured, Options, Run, Subject, middle, ratio
from .plot import time_in_words

TITLES = {"cpu": "CPU-bound work: operations", "copy-bound": "I/O-bound, nothing waits",
          "wait-bound": "I/O-bound, the server waits"}
_small = 0.05   # a share of the time below it explains nothing
_as_fast = 1.9  # times sequential, on two cores
_why = {
    "process pool, bodies": "each body goes into a message, through a socket and out of it again; "
                            "in shared memory it stays where it was received",
    **dict.fromkeys(("coroutines", "libuv"), "one thread receives everything, beside the server; "
                    "nothing waits that another request could use"),
}


def _rate(amount: float) -> str:
    return f"{amount / 1000:.2f} k/s" if amount >= 1000 else f"{amount:.0f}/s"


def _in_words(amounts: tuple[float, float, float]) -> str:
    """A ratio with its interval. Where 1 lies inside the interval there is no ranking."""
    amount, low, high = amounts
    if high == float("inf"):
        return f"{amount:.2f} x"
    words = f"{amount:.2f} x [{low:.2f}, {high:.2f}]"
    return f"tie {words}" if low <= 1 <= high else words


def _row(work: str, subject: Subject, runs: Sequence[Run], base: Sequence[Run],
         jobs: int) -> tuple[str, ...]:
    name = subject.model + (f", {subject.jobs} of them" if subject.jobs != jobs else "")
    spread = sorted(one.rate if work == "cpu" else one.wall for one in runs)
    amounts = [_rate(one) if work == "cpu" else time_in_words(1e9 * one)
               for one in (middle(runs, lambda one: one.rate if work == "cpu" else one.wall),
                           spread[0], spread[-1])]
    operations = middle(runs, lambda one: one.operations)
    threads = max(subject.jobs, 1)
    return (subject.language, name, f"{amounts[0]} [{amounts[1]}, {amounts[2]}]",
            _in_words(ratio(base, runs, lambda one: one.rate)) if runs is not base else "-",
            f"{middle(runs, lambda one: one.cpu / one.wall):.2f}",
            f"{middle(runs, lambda one: one.voluntary) / operations:.2f}"
            f" + {middle(runs, lambda one: one.involuntary) / operations:.2f}",
            f"{100 * middle(runs, lambda one: one.lock_wait / one.wall / threads):.0f} %"
            if any(one.lock_wait for one in runs) else "-")


def tables(all_of: Measured, options: Options) -> dict[str, list[tuple[str, ...]]]:
    """For each work, by its title: the rows, the head first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for work, title in TITLES.items():
        rows = [("in", "way", "rate" if work == "cpu" else "time", "times sequential", "cores",
                 "switches each", "in locks")]
        for subject, runs in all_of.runs.items():
            if subject.work == work:
                rows.append(_row(work, subject, runs,
                                 all_of.of(work, "sequential", subject.language),
                                 options.jobs))
        if len(rows) > 1:
            found[title] = rows
    return found


def _switch_seconds(all_of: Measured, model: str) -> float:
    runs = all_of.of("switch", model)
    return middle(runs, lambda one: one.wall / one.operations)


def switches(all_of: Measured) -> str:
    costs = ", ".join(f"{name} {time_in_words(1e9 * _switch_seconds(all_of, name))}"
                      for name in ("threads", "processes", "coroutines"))
    return f"one switch, on one processor: {costs}"


def _by_switches(all_of: Measured, jobs: int) -> str:
    """A thread that is switched costs time."""
    runs = all_of.of("cpu", "threads by function", jobs=jobs)
    share = _switch_seconds(all_of, "threads") * middle(
        runs, lambda one: (one.voluntary + one.involuntary) / one.cpu)
    return (f"'switches make threads slow': {'confirmed' if share >= _small else 'refuted'}, they "
            f"take {100 * share:.1f} % of the threads' CPU time")


def _by_slices(all_of: Measured, jobs: int, cores: int) -> str:
    """More threads than cores share time slices."""
    few = all_of.of("cpu", "threads by function", jobs=cores)
    many = all_of.of("cpu", "threads by function", jobs=jobs)
    if few == many:
        return f"'time slices make threads slow': no word, {jobs} jobs are not more than the cores"
    amount, low, high = ratio(few, many, lambda one: one.rate)
    verdict = "refuted" if low > 1 - _small else "confirmed" if high < 1 - _small else "open"
    return (f"'time slices make threads slow': {verdict}, {jobs} threads do "
            f"{_in_words((amount, low, high))} the work of {cores}")


def _by_stalls(all_of: Measured, work: str) -> str:
    """A download stands still while its thread is not running."""
    runs = all_of.of(work, "thread for each request")
    share = middle(runs, lambda one: one.ready / (one.wall * one.operations))
    verdict = "confirmed" if share >= _small else "refuted"
    faster = _in_words(ratio(all_of.of(work, "sequential"), runs, lambda one: one.rate))
    return (f"'a download stops while its thread does not run', {work}: {verdict}, a thread is "
            f"ready without a core for {100 * share:.0f} % of its time; threads are {faster} "
            "as fast as sequential")


def _by_locks(all_of: Measured, jobs: int) -> str:
    runs = all_of.of("cpu", "threads, one generator")
    share = middle(runs, lambda one: one.lock_wait / one.wall / jobs)
    rate = ratio(all_of.of("cpu", "sequential"), runs, lambda one: one.rate)
    return (f"beside them, a generator that all threads share under a lock: threads wait for it "
            f"{100 * share:.0f} % of their time, and do {_in_words(rate)} the sequential work")


def explanations(all_of: Measured, options: Options, cores: int) -> list[str]:
    """What is said of slow threads, against the figures."""
    lines = [_by_switches(all_of, options.jobs), _by_slices(all_of, options.jobs, cores)]
    lines += [_by_stalls(all_of, work) for work in ("copy-bound", "wait-bound")
              if all_of.of(work, "sequential")]
    return [*lines, _by_locks(all_of, options.jobs)]


def required(all_of: Measured, cores: int) -> list[tuple[str, ...]]:
    """Rows of (what, required, reached, kept or broken), the head first."""
    rows = [("what", "required", "reached", "")]
    if cores == 2:
        for model in ("threads by class", "threads by function", "processes", "process pool"):
            reached = ratio(all_of.of("cpu", "sequential"), all_of.of("cpu", model),
                            lambda one: one.rate)
            rows.append((f"CPU-bound, {model}", f"{_as_fast} x", _in_words(reached),
                         "kept" if reached[0] >= _as_fast else "broken"))
    for work in ("copy-bound", "wait-bound"):
        base = all_of.of(work, "sequential")
        for subject, runs in all_of.runs.items():
            if subject.work != work or subject.language != "C++" or subject.model == "sequential":
                continue
            amount, low, high = reached = ratio(base, runs, lambda one: one.rate)
            kept = high >= 1 if low else amount >= 1
            rows.append((f"{work}, {subject.model}", "as fast as sequential", _in_words(reached),
                         "kept" if kept else "broken"))
    return rows


def best_counts(all_of: Measured) -> list[str]:
    """Of a sweep: with how many threads or processes the rate is highest."""
    lines = []
    for model in ("threads by function", "processes"):
        rates = {subject.jobs: middle(runs, lambda one: one.rate)
                 for subject, runs in all_of.runs.items()
                 if (subject.work, subject.model, subject.language) == ("cpu", model, "C++")}
        if len(rates) > 2:
            best = max(rates, key=lambda jobs: rates[jobs])
            lines.append(f"{model}: fastest with {best}, " + ", ".join(
                f"{jobs}: {_rate(rate)}" for jobs, rate in sorted(rates.items())))
    return lines


def most_foreign(all_of: Measured) -> float:
    """The largest share of the machine that others used; a server's work is wanted."""
    return max(one.others for subject, runs in all_of.runs.items() if subject.work == "cpu"
               for one in runs)


def why_missed(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Where a way is slower than sequential: the reason."""
    missed = [row[0] for row in rows if row[-1] == "broken"]
    return [f"{one}: {reason}" for one in missed for model, reason in _why.items()
            if one.endswith(f", {model}")]


def as_tutorial(all_of: Measured) -> list[str]:
    """The CPU-bound models as the tutorial prints them: each worker's rate, and the total."""
    lines = []
    for subject, runs in all_of.runs.items():
        if subject.work != "cpu":
            continue
        last = runs[-1]
        lines.append(f"{subject.model} ({subject.language}, {subject.jobs} jobs)")
        if len(last.workers) > 1:
            lines += [f"  worker {number}: {one / last.wall:.1f} operations/s"
                      for number, one in enumerate(last.workers, 1)]
        lines.append(f"  total: {last.rate:.1f} operations/s")
    return lines
