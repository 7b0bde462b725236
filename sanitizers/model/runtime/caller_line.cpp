// SPDX-License-Identifier: MIT
#include "caller_line.hpp"

#include "heap.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <unistd.h>

extern "C" char const __executable_start;

namespace racekit::model {
namespace {

constexpr int most_frames = 16;
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

/// Lives as long as the program: a site points at its text without owning it.
char const* kept(std::string const& text) { return ::strdup(text.c_str()); }

/// Whether the line is the head of a class: the place of an implicit destructor.
bool is_class_head(std::string const& file, int number) {
    std::ifstream source(file);
    std::string text;
    for (int at = 0; at < number; ++at) std::getline(source, text);
    return text.find("struct ") != std::string::npos || text.find("class ") != std::string::npos;
}

/// The first line of the symbolizer's that is not the kit's.
site first_outside(std::FILE* lines) {
    char line[4096];
    site found;
    while (std::fgets(line, sizeof line, lines) != nullptr) {
        std::string const text(line);
        std::size_t const colon = text.rfind(':');
        if (found.line > 0 || colon == std::string::npos) continue;  // read to the end
        std::string const file = text.substr(0, colon);
        int const number = std::atoi(text.c_str() + colon + 1);
        if (number > 0 && !is_of_the_kit(file) && !is_class_head(file, number))
            found = {kept(file), number, ""};
    }
    return found;
}

site resolved(call_path const& path) {
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
        std::string("llvm-symbolizer-19 --output-style=GNU --functions=none -i --obj=") + program +
        addresses + " 2>/dev/null || addr2line -i -e " + program + addresses + " 2>/dev/null";
    std::FILE* const lines = ::popen(command.c_str(), "r");
    if (lines == nullptr) return {};
    site const found = first_outside(lines);
    ::pclose(lines);
    return found;
}

}  // namespace

site caller_of_the_kit(bool wanted) {
    if (!wanted) return {};
    heap::outside const out;
    static std::map<call_path, site> known;
    call_path const path = path_here();
    auto const [at, fresh] = known.try_emplace(path);
    if (fresh) at->second = resolved(path);
    return at->second;
}

}  // namespace racekit::model
