# SPDX-License-Identifier: MIT
"""Runs each program of one executable in one of its forms, and compares the verdict with the right
one.

A verdict here is a kind of finding, or `exhausted N`: clean, with that many executions of the
model. Real threads, under ThreadSanitizer or with noise, may miss a finding; they must be clean
where the model is."""
from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

VERDICTS: dict[str, dict[str, str]] = {
    "atomics": {
        "lost_update": "failed check",
        "plain_race": "data race on plain",
        "two_writers_and_a_reader": "exhausted",
        "member_of_a_local": "data race",
        "element_of_a_local": "data race",
        "adds": "exhausted 6",
        "store_buffering": "failed check",
        "store_buffering_in_order": "exhausted 3",
        "published": "exhausted 2",
        "published_too_weakly": "data race on plain",
        "counted_polls": "failed check",
        "counted_polls_second": "failed check",
        "waits_for_flag": "exhausted 1",
        "waits_for_ever": "deadlock",
        "growing_backoff": "exhausted",
        "gives_up_late": "failed check",
        "looks_a_hundred_times": "sampled*",
        "counts_while_it_waits": "sampled 41, assumed wait",
        "adds_while_it_waits": "sampled*",
        "adds_too_often_while_it_waits": "failed check",
        "adds_while_nobody_comes": "inconclusive",
        "raced_behind_long_turns": "data race on plain",
        "answers_a_count": "inconclusive",
        "answers_a_count_relaxed": "data race on plain",
        "peterson": "exhausted 4",
        "peterson_relaxed": "data race on plain",
        "spin_lock": "exhausted 2",
        "spin_lock_relaxed": "data race on plain",
        "annotated_lock": "exhausted 2",
        "annotated_too_weakly": "data race on plain",
        "long_beginning": "exhausted 2",
        "raced_vector": "data race on numbers",
        "raced_map": "data race",
        "raced_string": "data race on text",
        "global_containers": "exhausted 1",
        "atomic_and_plain_on_one_word": "data race on x",
        "load_of_a_macro": "data race on head",
        "store_of_a_macro": "data race on tail",
        "pointer_of_a_macro": "data race on slot",
        "type_of_a_macro": "data race on head",
        "one_byte_each": "exhausted 1",
        "same_byte_of_two_sizes": "data race on both_ways",
        "ends_with_a_code": "failed check",
        "fences": "exhausted 2",
        "sixteen_bytes": "exhausted 4",
        "small_integers": "exhausted 4",
        "iriw": "failed check",
    },
    "library_calls": {
        **dict.fromkeys((
            "memcpy mempcpy memmove memcmp bcmp memchr memrchr rawmemchr memmem strlen "
            "strnlen strdup strndup strcmp strncmp strcasecmp strncasecmp strchr strchrnul "
            "strrchr strstr strpbrk strspn strcspn strtol strtoull strtod atoi atof printf "
            "fprintf vprintf snprintf_of puts fputs fwrite memset bzero explicit_bzero bcopy "
            "strcpy stpcpy strncpy strcat strncat sprintf snprintf vsnprintf qsort fread "
            "fgets").split(), "data race on text"),
        "getline_moves_its_block": "exhausted 1",
        "tree_grows_while_searched": "data race",
        "tree_searched_while_it_grows": "data race",
        "tree_grows_while_walked": "data race",
        "tree_shrinks_while_walked_back": "data race",
        "tree_under_a_lock": "exhausted 2",
        "row_grows": "data race",
        "row_shrinks": "data race",
        "row_turned": "data race",
        "row_moved": "data race",
        "row_swapped": "data race",
        "hashed": "data race",
        "streamed": "data race",
        "streams_of_their_own": "exhausted 2",
        "static_pool": "exhausted 2",
        "static_waits_for_a_thread": "exhausted 1",
        "once_starts_a_thread": "exhausted 2",
        "once_waits_for_itself": "deadlock",
        "c_race": "data race on plain",
        "c_mutex": "exhausted 2",
        "c_condition": "exhausted",
        "c_condition_without_signal": "lost wake-up",
        "c_once_and_keys": "exhausted",
        "options_are_read_anew": "exhausted 2",
        "environment_is_restored": "exhausted 2",
        "environment_raced": "data race on the environment",
        "numbers_begin_anew": "exhausted 2",
        "numbers_raced": "data race on the state of drand48() and its kind",
        "split_raced": "data race on the text of strtok()",
        "split_by_both": "exhausted 1",
        "dates_raced": "data race on the result of localtime() and its kind",
        "dates_of_their_own": "exhausted 1",
        "clocks_agree": "exhausted 2",
        "numbers_of_threads": "exhausted",
        "large_stacks": "exhausted 1",
    },
    "library": {
        "guarded": "exhausted 2",
        "half_guarded": "data race on plain",
        "two_orders": "deadlock",
        "both_at_once": "exhausted 6",
        "locked_twice": "deadlock",
        "recursive": "exhausted 2",
        "unlocked_by_another": "lock misuse",
        "polls_a_mutex": "exhausted 2",
        "timed_lock_may_miss": "exhausted 3",
        "timed_lock_misses": "failed check",
        "readers_and_a_writer": "exhausted 14",
        "reader_that_writes": "data race on plain",
        "waits_on_a_condition": "exhausted 4",
        "waits_without_a_loop": "failed check",
        "never_notified": "lost wake-up",
        "waits_until": "exhausted 8",
        "waits_until_a_point": "exhausted 2",
        "waits_on_any": "exhausted 5",
        "sleeps": "exhausted 2",
        "gives_up_in_time": "exhausted 1",
        "atomic_wait": "exhausted 19",
        "atomic_wait_without_notify": "lost wake-up",
        "atomic_wait_of_8_bytes": "exhausted 34",
        # Mistakes of libstdc++ 12: it sleeps on a value that has come back (PR 104928), and the
        # look for waiters is not ordered after the count.
        "semaphores": "lost wake-up",
        "semaphore_of_two": "lost wake-up",
        "latches": "lost wake-up",
        "barriers": "exhausted 186",
        "shared_pointers": "exhausted 5",
        "last_reference": "exhausted 4",
        # The same: load() unlocks with memory_order_relaxed.
        "atomic_shared_pointer": "data race",
        "once": "exhausted 4",
        "once_that_throws": "exhausted",
        "static_of_a_function": "exhausted 4",
        "checked_twice": "data race on it",
        "promises": "exhausted 13",
        "promise_of_an_exception": "exhausted 13",
        "broken_promise": "exhausted 1",
        "asynchronous": "exhausted 1",
        "joining_threads": "exhausted 2",
        "not_joined": "thread leak",
        "detached": "exhausted 3",
        "detached_uses_a_local": "use after free",
        "thread_moved_while_asked": "data race on shared_thread",
        "thread_moved_while_joined": "data race on shared_thread",
        "thread_assigned_while_asked": "data race on shared_thread",
        "thread_constructed_while_asked": "data race on made_later",
        "thread_asked_while_joined": "data race on shared_thread",
        "thread_asked_while_detached": "data race on shared_thread",
        "thread_knows_itself": "exhausted",
        "thread_asks_while_it_is_joined": "exhausted",
        "thread_handed_over": "exhausted",
        "threads_of_a_vector": "exhausted",
        "threads_that_join": "exhausted",
        "thread_locals": "exhausted 1",
        "address_of_a_thread_local": "exhausted 2",
        "pool": "exhausted 702",
        "pool_unguarded": "data race",
        "coroutines": "exhausted 1",
        "throws_and_catches": "exhausted 4",
        "first_use_of_a_library": "exhausted 1",
        "uncaught": "uncaught exception",
        "signal_to_oneself": "exhausted 2",
        "forks_alone": "failed",
        "forks_beside_a_thread": "failed",
        "forks_by_a_system_call": "failed",
        "sets_timers": "exhausted 1, unseen, unseen, unseen, unseen, unseen",
        "runs_another_program": "exhausted 1, unseen",
        "exits_in_a_thread": "exhausted 1",
    },
    "lifetime": {
        "freed_while_used": "use after free",
        "atomic_freed_while_used": "use after free",
        "freed_by_the_last": "exhausted 2",
        "freed_by_the_last_too_weakly": "use after free",
        "freed_twice": "double free",
        "freed_by_c": "use after free",
        "leaked": "leak",
        "leaked_by_c": "leak",
        "kept_by_main": "exhausted",
        "kept_by_a_thread": "leak",
        "kept_in_a_static": "exhausted 8",
        "reached_through_others": "exhausted 1",
        "static_destructors": "exhausted 2",
        "used_after_main": "exhausted 2",
        "detached_uses_a_static": "use after free",
        "published_before_its_memory": "data race",
        "published_with_release": "exhausted 2",
        "published_relaxed": "data race",
        "atomic_published_relaxed": "data race",
        "stack_of_an_ended_thread": "use after free",
        "stack_of_a_thread_that_ends": "use after free",
        "stack_ends_after_a_use": "use after free",
        "thread_local_of_an_ended_thread": "use after free",
        "thread_local_ends_after_a_use": "exhausted 1",
        "thread_local_ends_too_early": "use after free",
        "lock_deleted": "exhausted 1",
        "lock_deleted_relaxed": "use after free",
        "shared_lock_deleted_relaxed": "use after free",
        "lock_published": "exhausted 2",
        "lock_published_relaxed": "data race",
        "destroyed_lock_used": "use after free",
        "locks_after_destruction": "use after free",
        "destroys_a_lock_twice": "use after free",
        "reads_after_destruction": "use after free",
        "notifies_after_destruction": "use after free",
        "spins_after_destruction": "use after free",
        "initialises_again": "exhausted 1",
        "constructs_a_condition_again": "exhausted 1",
        "lock_in_freed_memory": "use after free",
        "freed_while_locked": "lock misuse",
        "constructed_again": "exhausted 1",
        "constructed_again_while_used": "data race",
        "local_static_with_thread_locals": "exhausted 2",
    },
    "consequences": {
        "loses_an_update": "data race on counter",
        "ends_with_two": "data race on counter",
        "reads_halves": "data race on first",
        "frees_what_another_reads": "data race on number",
        "follows_a_null_pointer": "data race on number",
        "starts_another_thread": "data race on counter",
        "throws_away": "data race on counter",
        "hides_a_deadlock": "data race on counter",
        "writes_the_same": "data race on counter",
        "waits_for_a_flag": "data race on first",
        "writes_an_atomic": "data race on mixed",
        "overwrites_an_atomic": "data race on mixed",
        "overwrites_an_atomic_first": "data race on mixed",
        "polls_an_overwritten_atomic": "data race on mixed",
        "adds_often": "data race on counter",
    },
    "c_program": {
        "counted": "exhausted 4",
        "raced": "data race on plain",
        "conditions": "exhausted 4",
        "barriers": "exhausted 2",
        "semaphores": "exhausted 1",
        "semaphores_without_post": "deadlock",
        "spin_locks": "exhausted 2",
        "once": "exhausted 4",
        "keys": "exhausted 2",
        "exits": "exhausted 1",
        "exits_main": "exhausted 1",
        "exits_main_first": "exhausted",
        "never_joined": "exhausted",
        "named_while_asked": "data race on named",
        "named_before_it_asks": "exhausted 1",
        "result_while_read": "data race on result_of_it",
        "c_result_while_read": "data race on c_result",
        "key_made_while_asked": "data race on key",
        "raced_text": "data race",
        "raced_bytes": "data race",
        "reads_again": "exhausted 2",
        "reads_once_more": "data race on plain",
        "cancels": "failed",
        "tells_by_a_pipe": "inconclusive",
        "c_counted": "exhausted 2",
        "c_raced": "data race on plain",
        "c_conditions": "exhausted 4",
        "c_waits_in_time": "exhausted",
        "c_never_signalled": "lost wake-up",
        "c_recursive": "exhausted 2",
        "c_locked_twice": "deadlock",
        "c_tries": "failed check",
        "c_once_and_keys": "exhausted 4",
        "c_sleeps": "exhausted 1",
    },
    "verifier": {
        "a_bit": "exhausted 2",
        "a_bit_is_1_too": "failed check",
        "two_bits": "exhausted 4",
        "no_overflow": "exhausted 4, unseen",
        "overflow_at_the_limit": "failed check",
        "small_types": "exhausted 5, unseen",
        "error_behind_an_assumption": "failed check",
        "assumes_the_impossible": "inconclusive",
        "published": "exhausted 1",
        "published_too_weakly": "data race on plain",
        "assumed_under_a_lock": "failed check",
        "store_buffering": "failed check",
        "sections": "exhausted 2",
        "section_and_plain": "data race on plain",
        "sections_too_small": "failed check",
        "marked_loop": "exhausted",
        "a_third_thread_at_times": "exhausted 2",
        "assumption_before_threads": "exhausted 1",
        "assumption_under_a_lock": "exhausted 2",
    },
    "system": {
        "unmapped_while_used": "use after free",
        "unmapped_in_part": "use after free",
        "moved_while_used": "use after free",
        "protected_while_used": "data race",
        "thrown_away_while_used": "data race",
        "used_after_unmapping": "use after free",
        "unmapped_before_its_atomic": "use after free",
        "mapping_published_relaxed": "data race",
        "mapped_again": "exhausted 1",
        "moved_after_use": "exhausted 1",
        "reserved_and_opened": "exhausted 1",
        "mapping_holds_a_block": "exhausted 1",
        "mapping_counts_looks": "failed check",
        "taken_by_sigwait": "exhausted",
        "written_after_the_signal": "data race on number",
        "taken_of_the_process": "exhausted",
        "never_sent": "deadlock",
        "interrupts_another": "failed: thread 0 sends a signal to another thread",
        "blocked_by_the_sender": "exhausted 1",
        "waits_in_time": "failed check",
        "suspends_until_a_signal": "exhausted",
        "reads_what_comes": "exhausted 2",
        "accesses_without_end":
            "inconclusive: execution 1 was cut off at system.cpp:240: thread 1 ",
        "many_accesses": "exhausted 1",
        "instructions_without_end":
            "inconclusive: execution 1 was cut off at system.cpp:253: thread 1 ",
        "knows_its_stack": "exhausted 1",
        "says_how_to_run": "exhausted 2",
        "asks_for_another_stack": "failed: pthread_getattr_np() of another thread",
    },
    "own_names": {"own_names": "exhausted 4"},
    # Clients of public libraries: a star leaves the warnings open.
    "public_libraries": {
        "concurrent_queue": "exhausted 80*",
        "concurrent_queue_and_consumer": "exhausted 3*",
        "blocking_concurrent_queue": "sampled 42*",
        "reader_writer_queue": "sampled*",
        "reader_writer_buffer": "clean",
        "atomic_queue_of_pointers": "exhausted 2",
        "atomic_queue_2": "exhausted 4",
        "boost_spsc_queue": "exhausted 80",
        "boost_queue": "exhausted 4*",
        "boost_stack": "data race",  # real: github.com/boostorg/lockfree/issues/22
        "cuckoo_map": "exhausted 2",
        "xenium_vyukov_queue": "exhausted 2*",
        "xenium_seqlock": "exhausted 11*",
        "xenium_left_right": "exhausted 6",
        "xenium_deque": "exhausted 12*",
        "xenium_michael_scott_queue": "exhausted 470*",
        "tbb_spin_mutex": "exhausted 12",
        "tbb_spin_rw_mutex": "exhausted 28*",
        "tbb_queuing_mutex": "exhausted 86*",
    },
}


# What ThreadSanitizer reports in every run: races of plain accesses that nothing can order.
FOUND_BY: dict[str, set[tuple[str, str]]] = {
    "tsan": {("atomics", "plain_race"), ("atomics", "raced_vector"), ("atomics", "raced_string"),
             ("atomics", "same_byte_of_two_sizes"), ("library", "reader_that_writes"),
             ("c_program", "raced"), ("c_program", "raced_bytes")},
    "stress": {("atomics", "ends_with_a_code"), ("library", "uncaught"),
               ("library", "locked_twice"), ("library", "never_notified"),
               ("c_program", "semaphores_without_post")},
}

# What a race leads to, in the words of the second search. `nothing` is said of all its executions.
LEADS = {
    "loses_an_update": "failed check, counter == 2",
    "ends_with_two": "failed check, the program ends with exit code 7",
    "reads_halves": "failed check, second >= early",
    "frees_what_another_reads": "use after free, its memory is freed",
    "follows_a_null_pointer": "crash, thread 2 died of Segmentation fault: a null pointer",
    "starts_another_thread": "failed check, first == 1",
    "throws_away": "uncaught exception, thread 2 threw int",
    "writes_the_same": "nothing",
    "raced_map": "nothing",
    "waits_for_a_flag": "nothing",
    "writes_an_atomic": "not known: an atomic operation takes part in the race",
    "overwrites_an_atomic": "not known: an atomic operation takes part in the race",
    "overwrites_an_atomic_first": "failed check, mixed != 6",
    "polls_an_overwritten_atomic": "not known: an atomic operation takes part in the race",
    "adds_often": "not known: not all",
}

# What a mistake may look like where threads are real.
ENDS = ("failed check", "uncaught exception", "crash", "hang")
AS: dict[str, tuple[str, ...]] = {
    "data race": ENDS,
    "use after free": (*ENDS, "data race", "mutex misuse"),
    "double free": ENDS,
    "deadlock": ("hang", "lock-order inversion"),
    "lost wake-up": ("hang",),
    "lock misuse": ("hang", "mutex misuse"),
    "thread leak": ("failed check",),
}

# A second mistake of a program, which real threads may meet first.
ALSO = {"semaphore_of_two": "data race"}

# pthread_once() of ThreadSanitizer's runtime never ends after an exception.
NOT_UNDER_TSAN = {"once_that_throws"}

# A loop that never ends proves nothing: real threads are given up.
ENDLESS = {"waits_for_ever", "adds_while_nobody_comes"}


def said(verdict: dict[str, object]) -> str:
    """What the model has said, in the words of the table."""
    found = verdict["finding"]
    if found:
        on = f" on {found['subject']}" if found["subject"] else ""
        return found["kind"] + on
    if verdict["verdict"] in ("inconclusive", "failed"):
        return f"{verdict['verdict']}: {verdict['trouble']}"
    reach = verdict["reach"]
    text = f"{reach['how']} {reach['count']}"
    return text + "".join(f", {each['kind']}" for each in verdict["warnings"])


def verdict_of(program: str, name: str) -> dict[str, object]:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([program, "--json", file.name, "--quiet", "--", name], timeout=120,
                       capture_output=True, check=False)
        return json.loads(Path(file.name).read_text())


def led_to(program: str, name: str, finding: dict[str, object]) -> str:
    """What the second search has said. Its schedule is played in another process, exactly."""
    seen = finding["leads_to"]
    if "trouble" in seen:
        return f"not known: {seen['trouble']}"
    if not seen["text"]:
        if not seen["exhausted"]:
            return "not known: not all"
        count = verdict_of(program, name)["finding"]["leads_to"]["executions"]
        same = count == seen["executions"]
        return "nothing" if same else f"all of {seen['executions']}, or of {count}"
    again = subprocess.run([program, "--schedule", seen["schedule"], "--exact", "--width", "1000",
                            "--", name], timeout=120, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, check=False).stdout
    effect = seen["text"].removeprefix("failed check, ")
    return seen["text"] if effect in again else f"{seen['text']}, but its replay says: {again}"


def agrees(heard: str, right: str) -> bool:
    """A row may leave out the count of executions, the subject of a finding and, by a star, the
    warnings; `clean` is any verdict without a finding. Where polls are only assumed to wait
    ("sampled*"), the count depends on what earlier calls left in unused parts of the stack."""
    if right == "clean":
        return heard.startswith(("exhausted", "sampled"))
    if right.endswith("*"):
        first = heard.split(",")[0]
        return first == right[:-1] or (right == "sampled*" and first.startswith("sampled "))
    if right == "exhausted":
        return heard.startswith("exhausted ") and "," not in heard
    if right.startswith(("inconclusive", "failed")) and right != "failed check":
        return heard.startswith(right if ":" in right else right + ":")
    return heard == right or (not right.startswith("exhausted")
                              and heard.split(" on ")[0] == right)


def agrees_by_samples(heard: str, right: str, table: str, name: str, form: str) -> bool:
    """The same for real threads."""
    if right.startswith(("exhausted", "clean", "sampled")):
        return heard.startswith("sampled") and "," not in heard
    if right in ("inconclusive", "failed"):  # what the model does not have, real threads may
        return heard.startswith(("sampled", "inconclusive:"))
    if name in ENDLESS:
        return heard.startswith("inconclusive: the program did not end within")
    kind, found = right.split(" on ")[0], heard.split(" on ")[0]
    if (table, name) in FOUND_BY[form]:
        return found == kind or found in AS[kind]
    if heard.startswith(("sampled", "inconclusive: the assumptions held in no round")):
        return True
    return found in (kind, ALSO.get(name), *AS.get(kind, ()))


def agrees_by_relacy(heard: str, right: str) -> bool:
    """The same for the other memory, which has other executions and warnings of its own."""
    if right.startswith(("exhausted", "clean", "sampled")):
        return heard.startswith(("exhausted", "sampled"))
    return heard.startswith(right.split(" on ")[0])


def main(program: str, table: str, form: str = "model") -> int:
    wrong = 0
    few = {"model": [], "tsan": ["--executions", "20"], "stress": ["--executions", "100"],
           "relacy": ["--memory", "relacy", "--threads", "8"]}[form]
    for name, right in VERDICTS[table].items():
        if form == "tsan" and name in NOT_UNDER_TSAN:
            continue
        less = ["--scale", "0.05"] if name in ENDLESS and form in ("tsan", "stress") else []
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "verdict.json"
            ended = subprocess.run(
                [program, "--json", str(file), "--quiet", *few, *less, "--", name], timeout=120,
                input="seven\n", text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            verdict = json.loads(file.read_text()) if file.is_file() else None
            heard = said(verdict) if verdict else ended.stdout[:500]
        led_elsewhere = False
        if form == "model" and name in LEADS and verdict:
            effect = led_to(program, name, verdict["finding"])
            led_elsewhere = not effect.startswith(LEADS[name])
            if led_elsewhere:
                heard += f", leads to {effect}"
                right += f", leads to {LEADS[name]}"
        if (not led_elsewhere and agrees(heard, right) if form == "model"
                else agrees_by_relacy(heard, right) if form == "relacy"
                else agrees_by_samples(heard, right, table, name, form)):
            print(f"{name}: {heard}")
        else:
            wrong += 1
            print(f"{name}: {heard}\n    RIGHT WOULD BE: {right}")
    print(f"{wrong} of {len(VERDICTS[table])} verdicts are wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
