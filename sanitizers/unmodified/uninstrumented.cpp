// SPDX-License-Identifier: MIT
#include "uninstrumented.hpp"

#include "program.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <link.h>
#include <set>
#include <string_view>

namespace racekit::unmodified {
namespace {

/// Whether an instruction with a lock prefix may begin here. The bytes of a constant may look so.
bool may_be_locked(std::span<unsigned char const> code, std::size_t at) {
    constexpr unsigned char lock = 0xf0, two_bytes = 0x0f;
    if (code[at] != lock) return false;
    std::size_t next = at + 1;
    constexpr unsigned char operand_size = 0x66, first_rex = 0x40;
    if (next < code.size() && code[next] == operand_size) ++next;
    if (next < code.size() && (code[next] & 0xf0) == first_rex) ++next;
    if (next + 1 >= code.size()) return false;
    // cmpxchg, xadd, cmpxchg8b and 16b, bts, btr, btc
    constexpr std::array<unsigned char, 9> after_0f{0xb0, 0xb1, 0xc0, 0xc1, 0xc7,
                                                    0xab, 0xb3, 0xbb, 0xba};
    constexpr std::array<unsigned char, 9> single{0x80, 0x81, 0x83, 0xf6, 0xf7,
                                                  0xfe, 0xff, 0x86, 0x87};
    auto const has = [](auto const& all, unsigned char one) {
        return std::find(all.begin(), all.end(), one) != all.end();
    };
    if (code[next] == two_bytes) return has(after_0f, code[next + 1]);
    bool const is_arithmetic = code[next] < 0x34 && (code[next] & 7) < 2;
    return is_arithmetic || has(single, code[next]);
}

bool may_have_atomic_instructions(module const& what) {
    for (std::size_t at = 0; at + 2 < what.code.size(); ++at) {
        if (may_be_locked(what.code, at)) return true;
    }
    return false;
}

/// What one function has. clang leaves the load of 16 bytes behind its own call of the model, and
/// that load is a cmpxchg16b; it changes nothing.
struct function_scan {
    std::string name;
    bool has_atomic = false;
    bool has_load_of_16 = false;
    bool calls_load_of_16 = false;

    void see(std::string_view line) {
        if (line.find("<__tsan_atomic128_load@plt>") != std::string_view::npos)
            calls_load_of_16 = true;
        if (line.find("\tlock ") == std::string_view::npos) return;
        if (line.find("cmpxchg16b") != std::string_view::npos) has_load_of_16 = true;
        else has_atomic = true;
    }
    [[nodiscard]] bool is_unseen() const {
        return has_atomic || (has_load_of_16 && !calls_load_of_16);
    }
};

/// By a disassembler, which knows where instructions begin.
void add_functions(std::string const& file, std::set<std::string>& into) {
    std::string const command = "objdump -d -C --no-show-raw-insn '" + file + "' 2>/dev/null";
    std::FILE* const lines = ::popen(command.c_str(), "r");
    if (lines == nullptr) return;
    function_scan now;
    char line[8192];
    while (std::fgets(line, sizeof line, lines) != nullptr) {
        std::string_view const text = line;
        if (!text.ends_with(">:\n")) {
            now.see(text);
            continue;
        }
        if (now.is_unseen()) into.insert(now.name);
        std::size_t const begin = text.find('<') + 1;
        now = {std::string(text.substr(begin, text.size() - 3 - begin))};
    }
    if (now.is_unseen()) into.insert(now.name);
    ::pclose(lines);
}

}  // namespace

std::vector<std::string> functions_with_atomic_instructions() {
    std::set<std::string> names;
    for (module const& each : modules()) {
        if (may_have_atomic_instructions(each)) add_functions(each.path, names);
    }
    // A test framework's own do not run while the model explores.
    std::erase_if(names, [](std::string const& name) { return name.starts_with("testing::"); });
    return {names.begin(), names.end()};
}

std::vector<std::string> other_libraries() {
    std::vector<std::string> found;
    ::dl_iterate_phdr(
        [](dl_phdr_info* about, std::size_t, void* into) {
            std::string_view name = about->dlpi_name;
            name.remove_prefix(name.find_last_of('/') + 1);
            constexpr std::string_view of_the_system[] = {
                "libc.so",       "libm.so",  "libstdc++.so", "libgcc_s.so", "libdl.so",
                "libpthread.so", "librt.so", "ld-linux",     "linux-vdso",  "libracekit_unmodified",
                "libz.so"};
            bool const is_known =
                name.empty() || std::any_of(std::begin(of_the_system), std::end(of_the_system),
                                            [&](auto each) { return name.starts_with(each); });
            bool const is_of_program =
                std::any_of(modules().begin(), modules().end(),
                            [&](module const& each) { return each.base == about->dlpi_addr; });
            if (!is_known && !is_of_program)
                static_cast<std::vector<std::string>*>(into)->emplace_back(name);
            return 0;
        },
        &found);
    return found;
}

}  // namespace racekit::unmodified
