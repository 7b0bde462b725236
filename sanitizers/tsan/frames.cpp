// SPDX-License-Identifier: MIT
#include "frames.hpp"

#include "core/source_line.hpp"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <filesystem>
#include <sanitizer/common_interface_defs.h>
#include <unordered_map>

namespace racekit::tsan {
namespace {

bool same_file(std::string const& one, std::string const& other) {
    std::filesystem::path const left(one);
    std::filesystem::path const right(other);
    if (left.is_absolute() && right.is_absolute())
        return left.lexically_normal() == right.lexically_normal();
    return left.filename() == right.filename();
}

/// `fetch_add` of "racekit::atomic_interface<...>::fetch_add<int>(int, std::memory_order, site)".
std::string bare_name(std::string const& function) {
    std::string name;
    int depth = 0;
    for (std::size_t at = 0; at < function.size(); ++at) {
        char const letter = function[at];
        if (letter == '<') ++depth;
        if (letter == '>') --depth;
        if (depth > 0 || letter == '>') continue;
        if (letter == '(') break;
        if (letter == ':' || letter == ' ') {
            name.clear();
        } else {
            name += letter;
        }
    }
    return name;
}

}  // namespace

namespace {

/// The symbolizer takes a fraction of a millisecond per address, and rounds repeat the addresses.
std::vector<frame> const& symbolised_once(void* pc) {
    static std::unordered_map<void*, std::vector<frame>> known;
    auto const [at, fresh] = known.try_emplace(pc);
    if (!fresh) return at->second;
    static char text[16384];
    std::memset(text, 0, sizeof text);
    __sanitizer_symbolize_pc(pc, "%f\t%s\t%l\t%c", text, sizeof text - 2);
    for (char const* row = text; *row != '\0'; row += std::strlen(row) + 1) {
        std::string const all(row);
        auto const first = all.find('\t');
        auto const second = all.find('\t', first + 1);
        auto const third = all.find('\t', second + 1);
        if (first == std::string::npos || second == std::string::npos ||
            third == std::string::npos)
            continue;
        at->second.push_back({all.substr(0, first), all.substr(first + 1, second - first - 1),
                              std::atoi(all.c_str() + second + 1),
                              std::atoi(all.c_str() + third + 1)});
    }
    return at->second;
}

}  // namespace

std::vector<frame> symbolised(void* const* pcs, int count) {
    std::vector<frame> all;
    void* previous = nullptr;
    for (int depth = 0; depth < count && pcs[depth] != nullptr; ++depth) {
        // A report repeats an address for every function inlined there.
        if (pcs[depth] == previous) continue;
        previous = pcs[depth];
        auto const& here = symbolised_once(previous);
        all.insert(all.end(), here.begin(), here.end());
    }
    return all;
}

bool is_in_vtable(void* address) {
    char text[64] = "";
    ::Dl_info module{};  // the symbolizer complains of an address outside all of them
    if (address == nullptr || ::dladdr(address, &module) == 0) return false;
    __sanitizer_symbolize_global(address, "%g", text, sizeof text);
    return std::strncmp(text, "vtable for ", 11) == 0 || std::strncmp(text, "_ZTV", 4) == 0;
}

bool is_primitive(frame const& one) {
    for (char const* part : {"/racekit/platform/", "/racekit/lock/", "/racekit/queue/",
                             "/racekit/pipe/", "/racekit/shared/", "/racekit/server/"}) {
        if (one.file.find(part) != std::string::npos) return true;
    }
    return false;
}

bool is_platform(frame const& one) {
    // A relative path is that of a library which was built elsewhere.
    if (one.line == 0 || one.file.empty() || one.file[0] != '/') return true;
    for (char const* part :
         {"/racekit/platform/", "/include/c++/", "/compiler-rt/", "/sanitizers/tsan/",
          "/sanitizers/racekit/", "/sanitizers/harness/", "/sanitizers/program/"}) {
        if (one.file.find(part) != std::string::npos) return true;
    }
    return one.file.rfind("/usr/", 0) == 0 && one.file.find("/racekit/") == std::string::npos;
}

frame const* frame_to_show(std::vector<frame> const& stack) {
    for (frame const& one : stack) {
        if (!is_platform(one)) return &one;
    }
    return nullptr;
}

frame const* frame_to_show(std::vector<frame> const& stack, std::string const& scenario_file) {
    for (frame const& one : stack) {
        if (one.line != 0 && same_file(one.file, scenario_file)) return &one;
    }
    return frame_to_show(stack);
}

frame const* marked(std::vector<frame> const& stack, std::string const& scenario_file) {
    for (frame const& one : stack) {
        if (same_file(one.file, scenario_file) && is_marked(scenario_file, one.line)) return &one;
    }
    return nullptr;
}

object_expression object_at(std::vector<frame> const& stack, frame const* at) {
    if (at == nullptr) return {};
    std::string const called = at == stack.data() ? "" : bare_name((at - 1)->function);
    auto found = object_of(at->file, at->line, at->column, called);
    for (char const* operation : {"lock", "read", "write", "load", "store"}) {
        if (found.empty() && at->column == 0)
            found = object_of(at->file, at->line, 0, operation);
    }
    return found;
}

}  // namespace racekit::tsan
