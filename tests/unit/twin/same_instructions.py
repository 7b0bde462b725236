# SPDX-License-Identifier: MIT
"""Says whether two object files compile the functions that both define to the same instructions.

Addresses, labels and the names of called functions do not count; opcodes, registers and order do.
Exit code 0 if they agree (with --differs NAME: if NAME, and nothing else, differs), 1 otherwise.
"""
import argparse
import difflib
import re
import subprocess
import sys

FUNCTION = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t(.*)$")
RELOCATION = re.compile(r"^\t+[0-9a-f]+: R_\S+\t")
TARGET = re.compile(r"\b([0-9a-f]+) <[^>]*>")
PADDING = re.compile(r"^(data16 |cs |nop|xchg +%ax,%ax)")


def functions(objdump, path):
    """{name: normalised instructions} of the C functions in an object file."""
    text = subprocess.run([objdump, "-dr", "--no-show-raw-insn", path],
                          check=True, capture_output=True, text=True).stdout
    found, body = {}, None
    for line in text.splitlines():
        if match := FUNCTION.match(line):
            name = match.group(1)
            body = found.setdefault(name, []) if re.fullmatch(r"[a-z]\w*", name) else None
        elif body is not None and RELOCATION.match(line) and body:
            address, words = body[-1]
            body[-1] = (address, TARGET.sub("<elsewhere>", words))
        elif body is not None and (match := INSTRUCTION.match(line)):
            body.append((match.group(1), re.sub(r"\s*(#|//).*", "", match.group(2)).strip()))
    return {name: normalised(body) for name, body in found.items()}


def normalised(body):
    """Instructions with jump targets as positions, and without the padding at the end."""
    while body and PADDING.match(body[-1][1]):
        body.pop()
    position = {address: number for number, (address, _) in enumerate(body)}
    return [TARGET.sub(lambda match: f"@{position.get(match.group(1), '?')}", words)
            for _, words in body]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objdump", required=True)
    parser.add_argument("--kit", required=True)
    parser.add_argument("--hand", required=True)
    parser.add_argument("--differs", help="the one function that must differ")
    options = parser.parse_args()

    kit = functions(options.objdump, options.kit)
    hand = functions(options.objdump, options.hand)
    shared = sorted(set(kit) & set(hand))
    if not shared or set(kit) != set(hand):
        print(f"the two sides define different functions: {sorted(set(kit) ^ set(hand))}")
        return 1
    different = [name for name in shared if kit[name] != hand[name]]
    for name in shared:
        same = name not in different
        print(f"{name}: {len(kit[name])} instructions, {'the same' if same else 'NOT the same'}")
        if not same:
            print("\n".join(difflib.unified_diff(hand[name], kit[name], "by hand", "racekit",
                                                 lineterm="")))
    expected = [options.differs] if options.differs else []
    return 0 if different == expected else 1


if __name__ == "__main__":
    sys.exit(main())
