// SPDX-License-Identifier: MIT
#include "places.hpp"

#include "program.hpp"

#include "core/source_line.hpp"
#include "model/core/execution.hpp"
#include "model/runtime/caller_line.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/shared_page.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <map>
#include <string_view>
#include <unwind.h>

namespace racekit::unmodified {
namespace {

constexpr std::size_t most_frames = 24;
/// Addresses within the calls, the innermost first, of the program's frames alone; 0 ends them.
using call_path = std::array<std::uintptr_t, most_frames>;

struct walk {
    call_path path{};
    std::size_t count = 0;
};

_Unwind_Reason_Code visit(_Unwind_Context* frame, void* into) {
    walk& so_far = *static_cast<walk*>(into);
    int is_interrupted = 0;  // there, and not in a call
    std::uintptr_t const at = _Unwind_GetIPInfo(frame, &is_interrupted);
    std::uintptr_t const address = is_interrupted != 0 ? at : at - 1;
    if (module_with_code(address) != nullptr) so_far.path[so_far.count++] = address;
    return so_far.count == most_frames ? _URC_END_OF_STACK : _URC_NO_REASON;
}

call_path path_here() {
    walk made;
    (void)_Unwind_Backtrace(visit, &made);
    return made.path;
}

}  // namespace

bool is_of_the_library(std::string const& file) {
    for (char const* part :
         {"/include/c++/", "/lib/gcc/", "/racekit/explore.hpp", "/unmodified/library/", "/bits/"}) {
        if (file.find(part) != std::string::npos) return true;
    }
    return false;
}

std::vector<source_frame> const& frames_at(std::uintptr_t address) {
    static std::map<std::uintptr_t, std::vector<source_frame>> known;
    auto const [at, fresh] = known.try_emplace(address);
    if (!fresh) return at->second;
    module const* const where = module_with_code(address);
    if (where != nullptr) at->second = frames_of(where->path, address - where->base);
    return at->second;
}

namespace {

bool is_word(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

bool has_word(std::string const& text, std::string const& word) {
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; ++at) {
        std::size_t const end = at + word.size();
        if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end])))
            return true;
    }
    return false;
}

/// The last part of a function's name; "" if that is no plain word.
std::string plain_name(std::string name) {
    constexpr std::string_view unnamed = "(anonymous namespace)::";
    if (std::size_t const at = name.find(unnamed); at != std::string::npos)
        name.erase(at, unnamed.size());
    name.erase(std::min(name.find_first_of("(<"), name.size()));
    name.erase(0, name.rfind(':') + 1);
    return std::all_of(name.begin(), name.end(), is_word) ? name : "";
}

/// Whether the line is the use of a macro that defines the whole function, as in
/// `LOAD_OF(uint, unsigned)`: no line up to this one has the function's name. What is written there
/// are types and parts of names, and no objects.
bool is_defined_by_macro(source_frame const& each) {
    std::string const line = source_line(each.file, each.line);
    std::size_t const begin = line.find_first_not_of(" \t");
    std::size_t end = begin;
    while (end < line.size() && is_word(line[end])) ++end;
    bool const is_use = end > begin && end < line.size() && line[end] == '(' &&
                        (each.column == 0 || static_cast<std::size_t>(each.column) == begin + 1);
    std::string const name = plain_name(each.function);
    if (!is_use || name.empty()) return false;
    for (int number = each.line; number > 0; --number) {
        if (has_word(source_line(each.file, number), name)) return false;
    }
    return true;
}

/// The innermost line that is the program's own.
site own_line(call_path const& path, bool may_be_macro) {
    for (std::uintptr_t const address : path) {
        if (address == 0) break;
        for (source_frame const& each : frames_at(address)) {
            if (is_of_the_library(each.file) || (!may_be_macro && is_defined_by_macro(each)))
                continue;
            return {model::kept_text(each.file), each.line, model::kept_text(each.function),
                    each.column};
        }
    }
    return {};
}

site resolved(call_path const& path) {
    site const found = own_line(path, false);
    return found.line > 0 ? found : own_line(path, true);
}

site place_of(call_path const& path) {
    static std::map<call_path, site> known;
    auto const [at, fresh] = known.try_emplace(path);
    if (fresh) at->second = resolved(path);
    return at->second;
}

/// The column of the first noted call path; the others count down from it.
constexpr int first_path = site::caller_unknown - 1;

std::vector<call_path>& noted_paths() {
    static std::vector<call_path> all;
    return all;
}

int noted(call_path const& path) {
    static std::map<call_path, std::size_t> numbers;
    std::vector<call_path>& paths = noted_paths();
    auto const [at, fresh] = numbers.try_emplace(path, paths.size());
    if (fresh) paths.push_back(path);
    return first_path - static_cast<int>(at->second);
}

/// The innermost two addresses of the program, by frame pointers: enough to know a call path again
/// without a walk by the unwinding tables. Both 0: not found.
struct quick_path {
    std::uintptr_t inner = 0;
    std::uintptr_t outer = 0;

    quick_path() {
        auto const* frame = static_cast<std::uintptr_t const*>(__builtin_frame_address(0));
        constexpr std::uintptr_t most_bytes = 1 << 14;  // of one frame
        for (int depth = 0; depth < 8 && outer == 0; ++depth) {
            std::uintptr_t const up = frame[0];
            auto const here = reinterpret_cast<std::uintptr_t>(frame);
            if (inner != 0) outer = frame[1];
            else if (module_with_code(frame[1]) != nullptr) inner = frame[1];
            if (up <= here || up - here > most_bytes || up % sizeof(void*) != 0) break;
            frame = reinterpret_cast<std::uintptr_t const*>(up);
        }
    }
};

/// The place of a call, to be looked up when a warning wants it.
site noted_place() {
    struct entry {
        std::uintptr_t inner, outer;
        int column;
    };
    static std::array<entry, 1024> known{};
    quick_path const path;
    entry& each = known[(path.inner ^ (path.outer << 3)) % known.size()];
    if (path.inner == 0 || each.inner != path.inner || each.outer != path.outer) {
        model::heap::outside const out;
        each = {path.inner, path.outer, noted(path_here())};
    }
    return {"", 0, "", each.column};
}

}  // namespace

site program_place() {
    if (model::running_execution == nullptr || !model::active().recording()) return {};
    model::heap::outside const out;
    return place_of(path_here());
}

site access_place() {
    if (model::running_execution == nullptr || !model::active().recording()) return {};
    struct entry {
        std::uintptr_t inner;
        site where;
    };
    static std::array<entry, 1024> known{};  // where one address tells the place
    std::uintptr_t const inner = quick_path().inner;
    entry& each = known[(inner ^ inner >> 10) % known.size()];
    if (each.inner == inner && each.where.line > 0) return each.where;
    site const where = program_place();
    model::heap::outside const out;
    if (inner != 0 && own_line({inner - 1}, false).line > 0) each = {inner, where};
    return where;
}

site operation_place() {
    if (model::active().recording()) return program_place();
    return model::active().stores.unsupported.awake() ? noted_place() : site{};
}

namespace {

/// Without what no source says: "(anonymous namespace)::", "[abi:cxx11]".
std::string as_written(std::string name) {
    for (char const* part : {"(anonymous namespace)::", "[abi:cxx11]"}) {
        std::size_t const at = name.find(part);
        if (at != std::string::npos) name.erase(at, std::strlen(part));
    }
    std::size_t const within = name.rfind(")::");  // a variable of a function
    return within == std::string::npos ? name : name.substr(within + 3);
}

}  // namespace

std::string variable_at(std::uintptr_t address) {
    for (module const& each : modules()) {
        auto const begin = reinterpret_cast<std::uintptr_t>(each.variables.data());
        if (address >= begin && address < begin + each.variables.size())
            return as_written(variable_of(each.path, address - each.base));
    }
    return "";
}

std::string place_in_program(std::uintptr_t address) {
    for (source_frame const& each : frames_at(address)) {
        if (is_of_the_library(each.file) || each.line == 0) continue;
        return each.file.substr(each.file.find_last_of('/') + 1) + ":" + std::to_string(each.line);
    }
    return "";
}

site place_of_weak_exchange(std::uintptr_t address) {
    bool is_weak = false;
    for (source_frame const& each : frames_at(address)) {
        // A member of std::atomic; of C11 the source itself, for it is no function there.
        is_weak =
            is_weak || each.function.find("compare_exchange_weak") != std::string::npos ||
            source_line(each.file, each.line).find("compare_exchange_weak") != std::string::npos;
        if (is_weak && !is_of_the_library(each.file))
            return {model::kept_text(each.file), each.line, "", 0};
    }
    return {};
}

bool is_called_by(std::string const& function) {
    model::heap::outside const out;
    for (std::uintptr_t const address : path_here()) {
        if (address == 0) break;
        for (source_frame const& each : frames_at(address)) {
            if (each.function.starts_with(function)) return true;
        }
    }
    return false;
}

std::vector<std::string> functions_at(std::uintptr_t address) {
    std::vector<std::string> names;
    for (source_frame const& each : frames_at(address)) names.push_back(each.function);
    return names;
}

}  // namespace racekit::unmodified

namespace racekit::model {

using unmodified::call_path;

site caller_of_the_kit(bool wanted) {
    if (!wanted) return {};
    heap::outside const out;
    site where = unmodified::place_of(unmodified::path_here());
    where.column = 0;
    return where;
}

site with_call_path(site where) {
    if (where.column != site::caller_unknown) return where;
    heap::outside const out;
    where.column = unmodified::noted(unmodified::path_here());
    return where;
}

site caller_of(site where) {
    if (where.column > unmodified::first_path) return where;
    heap::outside const out;
    auto const number = static_cast<std::size_t>(unmodified::first_path - where.column);
    site const found = unmodified::place_of(unmodified::noted_paths()[number]);
    if (found.line > 0) return found;
    where.column = 0;
    return where;
}

site user_place(site where) { return where; }

// The program's own line is what is shown of a thread that waits.
int note_call_path() { return -1; }
site line_of_test_body(int) { return {}; }
bool is_of_primitives(site const&) { return false; }

void share_caller_lines() { share_kept_texts(); }

}  // namespace racekit::model
