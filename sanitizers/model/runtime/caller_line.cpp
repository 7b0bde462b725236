// SPDX-License-Identifier: MIT
#include "caller_line.hpp"

#include "heap.hpp"
#include "shared_page.hpp"

#include <array>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

extern "C" char const __executable_start;

namespace racekit::model {
namespace {

constexpr int most_frames = 48;
using call_path = std::array<std::uintptr_t, most_frames>;

/// Return addresses, the innermost first, as offsets into the program; 0 ends them. The kit and all
/// that it compiles keep frame pointers.
call_path path_here() {
    call_path path{};
    auto const base = reinterpret_cast<std::uintptr_t>(&__executable_start);
    auto const* frame = static_cast<std::uintptr_t const*>(__builtin_frame_address(0));
    constexpr std::uintptr_t most_bytes = 1 << 16;  // of one frame
    for (int depth = 0; depth < most_frames; ++depth) {
        std::uintptr_t const up = frame[0];
        auto const here = reinterpret_cast<std::uintptr_t>(frame);
        path[static_cast<std::size_t>(depth)] = frame[1] - base - 1;  // within the call
        if (up <= here || up - here > most_bytes || up % sizeof(void*) != 0) break;
        frame = reinterpret_cast<std::uintptr_t const*>(up);
    }
    return path;
}

bool is_of_the_kit(std::string const& file) {
    if (file.empty() || file[0] == '?') return true;
    for (char const* part : {"/racekit/platform/", "/include/c++/", "/sanitizers/model/",
                             "/sanitizers/racekit/", "/sanitizers/linearizability/"}) {
        if (file.find(part) != std::string::npos) return true;
    }
    return false;
}

bool is_of_primitives(std::string const& file) {
    for (char const* part : {"/racekit/lock/", "/racekit/queue/", "/racekit/pipe/",
                             "/racekit/shared/", "/racekit/process/", "/racekit/server/"}) {
        if (file.find(part) != std::string::npos) return true;
    }
    return false;
}

bool is_of_kit_or_primitives(std::string const& file) {
    return is_of_the_kit(file) || is_of_primitives(file);
}

/// Whether the line is the head of a class: the place of an implicit destructor.
bool is_class_head(std::string const& file, int number) {
    std::ifstream source(file);
    std::string text;
    for (int at = 0; at < number; ++at) std::getline(source, text);
    return text.find("struct ") != std::string::npos || text.find("class ") != std::string::npos;
}

/// The first line of the symbolizer's whose file is not left out.
template <class LeftOut>
site first_outside(std::FILE* lines, LeftOut is_left_out) {
    char line[4096];
    site found;
    while (std::fgets(line, sizeof line, lines) != nullptr) {
        if (found.line > 0) continue;  // read to the end
        std::string text(line);
        int numbers[2] = {0, 0};  // the line and, where the symbolizer has it, the column
        int count = 0;
        for (std::size_t colon; count < 2 && (colon = text.rfind(':')) != std::string::npos;
             ++count) {
            if (!std::isdigit(static_cast<unsigned char>(text[colon + 1]))) break;
            numbers[1] = numbers[0];
            numbers[0] = std::atoi(text.c_str() + colon + 1);
            text.erase(colon);
        }
        if (numbers[0] > 0 && !is_left_out(text) && !is_class_head(text, numbers[0]))
            found = {kept_text(text), numbers[0], "", numbers[1]};
    }
    return found;
}

template <class LeftOut>
site resolved(call_path const& path, LeftOut is_left_out) {
    char program[64];
    std::snprintf(program, sizeof program, "/proc/%d/exe", static_cast<int>(::getpid()));
    std::string addresses;
    for (std::uintptr_t const address : path) {
        if (address == 0) break;
        char number[32];
        std::snprintf(number, sizeof number, " 0x%zx", static_cast<std::size_t>(address));
        addresses += number;
    }
    // LLVM's knows the inlined functions of clang's debug information; binutils' is always there.
    std::string const command =
        std::string("llvm-symbolizer-19 --output-style=LLVM --functions=none -i --obj=") + program +
        addresses + " 2>/dev/null || addr2line -i -e " + program + addresses + " 2>/dev/null";
    std::FILE* const lines = ::popen(command.c_str(), "r");
    if (lines == nullptr) return {};
    site const found = first_outside(lines, is_left_out);
    ::pclose(lines);
    return found;
}

/// The column of the first noted call path; the others count down from it.
constexpr int first_path = site::caller_unknown - 1;

std::vector<call_path>& paths() {
    static std::vector<call_path> all;
    return all;
}

std::map<call_path, std::size_t>& path_numbers() {
    static std::map<call_path, std::size_t> all;
    return all;
}

}  // namespace

site caller_of_the_kit(bool wanted) {
    if (!wanted) return {};
    heap::outside const out;
    static std::map<call_path, site> known;
    call_path const path = path_here();
    auto const [at, fresh] = known.try_emplace(path);
    if (fresh) {
        at->second = resolved(path, is_of_the_kit);
        at->second.column = 0;  // of a brace that ends a scope, say: it names no object
    }
    return at->second;
}

int note_call_path() {
    heap::outside const out;
    call_path const path = path_here();
    auto const [at, fresh] = path_numbers().try_emplace(path, paths().size());
    if (fresh) paths().push_back(path);
    return static_cast<int>(at->second);
}

site with_call_path(site where) {
    if (where.column != site::caller_unknown) return where;
    where.column = first_path - note_call_path();
    return where;
}

site line_of_test_body(int call_path) {
    heap::outside const out;
    return resolved(paths()[static_cast<std::size_t>(call_path)], is_of_kit_or_primitives);
}

bool is_of_primitives(site const& where) { return is_of_primitives(std::string(where.file)); }

site caller_of(site where) {
    if (where.column > first_path) return where;
    heap::outside const out;
    static std::map<int, site> known;
    auto const [at, fresh] = known.try_emplace(where.column);
    if (fresh)
        at->second =
            resolved(paths()[static_cast<std::size_t>(first_path - where.column)], is_of_the_kit);
    if (at->second.line > 0) return at->second;
    where.column = 0;
    return where;
}

site user_place(site where) {
    bool const of_std = std::strstr(where.file, "/include/c++/") != nullptr;
    if (where.column != site::caller_unknown && !of_std) return where;
    where.column = site::caller_unknown;
    return caller_of(with_call_path(where));
}

void share_caller_lines() { share_kept_texts(); }

}  // namespace racekit::model
