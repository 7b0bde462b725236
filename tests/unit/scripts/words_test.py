# SPDX-License-Identifier: MIT
"""Words that the glossary of CONTRIBUTING.md replaces do not occur in sources and documents."""
from __future__ import annotations

import re
import unittest
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
FOLDERS = ("primitives", "sanitizers", "scenarios", "scripts", "tests", "README.md",
           "CONTRIBUTING.md", "CHANGELOG.md")
SUFFIXES = {".cpp", ".hpp", ".py", ".md", ".cmake", ".txt", ".in"}

# A word, as a regular expression, and the word to use instead.
WORDS = {
    r"story|stories|told_story|storyteller": "test body, test instance",
    r"whoever|whomever|whosoever": "the thread that ..., any thread",
    r"for no reason": "spurious",
    r"who sleeps|who waits|who comes|who gives|who has|who takes|who holds":
        "a thread that sleeps, waits, ...",
    r"troupe|company|companies": "threads, thread_pool",
    r"(a|the|its|whole|same) cast|cast of|of the cast|process_cast|controlled_cast":
        "threads, processes",
    r"told by": "run by, reported by",
    r"foretold": "predicted",
    r"tactics?": "strategy",
    r"astray": "diverges",
    r"strayed": "diverged",
    r"told (as|of|that|to|twice|when|apart)": "reported, shown, distinguished",
    r"pre-empt\w*": "preempt, without a hyphen",
    r"patience": "time limit, backoff",
    r"passages?": "call sequence",
    r"sojourn": "unfinished thread",
    r"came to a stand|comes? to a stand|stand still": "all threads are blocked",
    r"gets? on|got on|nobody gets": "makes progress, continues",
    r"machinery": "execution",
    r"mends?|mended|mending": "correct, fix",
    r"worth telling|nothing to tell": "to be reported, without a finding",
    r"come?s? to the same|came to the same": "are equivalent, commute",
    r"come?s? to nothing|came to nothing": "has no effect, fails",
    r"worth while": "needed",
    r"for good": "for ever, permanently",
    r"says? nothing of|said nothing of": "does not state",
    r"tells? apart|told apart|taken? apart": "distinguish",
    r"rubbish": "garbage",
    r"in vain": "without effect, needless",
    r"goes well|went well|go well": "passes",
    r"on trial": "tested",
}
# This file names the words; the others are being rewritten.
ALLOWED = {"tests/unit/scripts/words_test.py"}

_words = {word: re.compile(rf"(?<!\w)(?:{word})(?!\w)", re.IGNORECASE) for word in WORDS}


def files() -> Iterator[Path]:
    for name in FOLDERS:
        place = TOP / name
        yield from [place] if place.is_file() else sorted(place.rglob("*"))


def complaints(text: str) -> list[str]:
    """One line for each word found: the line number, the word, and the word to use instead."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for word, pattern in _words.items():
            match = pattern.search(line) or pattern.search(line.replace("_", " "))
            if match:
                found.append(f"{number}: '{match[0]}': write {WORDS[word]}")
    return found


class Words(unittest.TestCase):
    def test_replaced_words_do_not_occur(self) -> None:
        for file in files():
            path = str(file.relative_to(TOP))
            if file.suffix in SUFFIXES and path not in ALLOWED:
                with self.subTest(path):
                    self.assertEqual(complaints(file.read_text()), [])

    def test_a_replaced_word_is_found(self) -> None:
        self.assertEqual(complaints("a\nthe cast of a story\n"),
                         ["2: 'story': write test body, test instance",
                          "2: 'the cast': write threads, processes"])
        self.assertEqual(complaints("static_cast<int>(history)"), [])
        self.assertEqual(complaints("TEST(search, a_foretold_step)"),
                         ["1: 'foretold': write predicted"])


if __name__ == "__main__":
    unittest.main()
