// SPDX-License-Identifier: MIT
// Asks a program for what the debug information says of an address: llvm-symbolizer, or binutils'
// addr2line. The program is started once for each module, and answers over a pipe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace racekit::unmodified {

struct source_frame {
    std::string function;
    std::string file;
    int line = 0;
    int column = 0;
};

/// The frames of an address of code, an offset in the file: the innermost inlined one first.
[[nodiscard]] std::vector<source_frame> frames_of(std::string const& file, std::uintptr_t offset);

/// The variable of static storage duration at an offset in the file; "": not known.
[[nodiscard]] std::string variable_of(std::string const& file, std::uintptr_t offset);

}  // namespace racekit::unmodified
