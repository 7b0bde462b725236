// SPDX-License-Identifier: MIT
#include "uninstrumented.hpp"

#include "debug_types.hpp"
#include "places.hpp"
#include "program.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <link.h>
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
    auto const is_in = [](auto const& all, unsigned char one) {
        return std::find(all.begin(), all.end(), one) != all.end();
    };
    if (code[next] == two_bytes) return is_in(after_0f, code[next + 1]);
    bool const is_arithmetic = code[next] < 0x34 && (code[next] & 7) < 2;
    return is_arithmetic || is_in(single, code[next]);
}

/// Whether an exchange with memory may begin here, which needs no lock prefix, or a fence.
bool may_be_exchange_or_fence(std::span<unsigned char const> code, std::size_t at) {
    constexpr unsigned char two_bytes = 0x0f, in_registers = 0xc0;
    if (code[at] == two_bytes) return code[at + 1] == 0xae && code[at + 2] >= 0xe8;
    return (code[at] == 0x86 || code[at] == 0x87) && code[at + 1] < in_registers &&
           (at == 0 || code[at - 1] != two_bytes);
}

/// Whether a move of 32 bytes, or of a long double, may begin here.
bool may_be_of_odd_size(std::span<unsigned char const> code, std::size_t at) {
    constexpr unsigned char vex_2 = 0xc5, vex_3 = 0xc4, evex = 0x62, x87 = 0xdb, wide = 0x04;
    unsigned const next = code[at + 1];
    switch (code[at]) {
        case vex_2: return (next & wide) != 0;
        case vex_3: return (next & 0x1f) >= 1 && (next & 0x1f) <= 3 && (code[at + 2] & wide) != 0;
        case evex: return (next & 0x0c) == 0 && (code[at + 2] & wide) != 0;
        case x87: return next < 0xc0 && ((next >> 3 & 7) == 5 || (next >> 3 & 7) == 7);
        default: return false;
    }
}

bool may_have_unseen_instructions(module const& what) {
    for (std::size_t at = 0; at + 2 < what.code.size(); ++at) {
        if (may_be_locked(what.code, at) || may_be_exchange_or_fence(what.code, at) ||
            may_be_of_odd_size(what.code, at))
            return true;
    }
    return false;
}

bool has(std::string_view line, std::string_view part) {
    return line.find(part) != std::string_view::npos;
}

/// Whether an operand lies in memory that is not the function's own frame, nor a constant's.
bool is_of_shared_memory(std::string_view line, std::uintptr_t base) {
    std::size_t const open = line.find('(');
    if (open == std::string_view::npos) return false;
    std::string_view const address = line.substr(open);
    if (!has(address, "(%rip)"))
        return !address.starts_with("(%rsp") && !address.starts_with("(%rbp");
    std::size_t const comment = line.find("# ");
    if (comment == std::string_view::npos) return false;
    return is_variable(reinterpret_cast<void const*>(
        base + std::strtoull(line.data() + comment + 2, nullptr, 16)));
}

/// What one function has; a test framework's own do not run while the model explores. clang leaves
/// the load of 16 bytes behind its own call of the model, and that load is a cmpxchg16b; it changes
/// nothing.
class function_scan {
public:
    explicit function_scan(module const& of, std::string name = "")
        : of_(&of), name_(std::move(name)) {}

    void see(std::string_view line) {
        if (has(line, "<__tsan_atomic128_load@plt>")) calls_load_of_16_ = true;
        bool const is_exchange = has(line, "\txchg ") && has(line, "(");
        bool const is_fence =
            has(line, "\tmfence") || has(line, "\tlfence") || has(line, "\tsfence");
        if (has(line, "\tlock ") || is_exchange || is_fence)
            note(has(line, "cmpxchg16b") ? exchange_of_16_ : atomic_, line);
        bool const is_wide = has(line, "%ymm") || has(line, "%zmm");
        bool const is_long_double = has(line, "\tfldt ") || has(line, "\tfstpt ");
        if ((is_wide || is_long_double) && is_of_shared_memory(line, of_->base))
            note(odd_size_, line);
    }
    void end(unseen_functions& into) const {
        if (atomic_ == 0 && !calls_load_of_16_) add(exchange_of_16_, into.atomic);
        add(atomic_, into.atomic);
        add(odd_size_, into.of_odd_size);
    }

private:
    static void note(std::uintptr_t& first, std::string_view line) {
        if (first == 0) first = std::strtoull(line.data(), nullptr, 16);
    }
    void add(std::uintptr_t address, std::set<std::string>& into) const {
        if (address == 0 || name_.starts_with("testing::")) return;
        std::string const place = place_in_program(address + of_->base);
        into.insert(place.empty() ? name_ : place);
    }

    module const* of_;
    std::string name_;
    // Where the first one is.
    std::uintptr_t atomic_ = 0;
    std::uintptr_t exchange_of_16_ = 0;
    std::uintptr_t odd_size_ = 0;
    bool calls_load_of_16_ = false;
};

/// By a disassembler, which knows where instructions begin.
void add_functions(module const& of, unseen_functions& into) {
    std::string const command = "objdump -d -C --no-show-raw-insn '" + of.path + "' 2>/dev/null";
    std::FILE* const lines = ::popen(command.c_str(), "r");
    if (lines == nullptr) return;
    function_scan now(of);
    char line[8192];
    while (std::fgets(line, sizeof line, lines) != nullptr) {
        std::string_view const text = line;
        if (!text.ends_with(">:\n")) {
            now.see(text);
            continue;
        }
        now.end(into);
        std::size_t const begin = text.find('<') + 1;
        now = function_scan(of, std::string(text.substr(begin, text.size() - 3 - begin)));
    }
    now.end(into);
    ::pclose(lines);
}

/// The symbols of a file of ELF, with the names of the sources that it was made of.
class symbol_table {
public:
    explicit symbol_table(std::string const& path) : file_(path, std::ios::binary) {
        ElfW(Ehdr) head{};
        read(0, &head, sizeof head);
        if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0) return;
        std::vector<ElfW(Shdr)> sections(head.e_shnum);
        read(head.e_shoff, sections.data(), sections.size() * sizeof sections[0]);
        for (ElfW(Shdr) const& each : sections) {
            if (each.sh_type != SHT_SYMTAB || each.sh_link >= sections.size()) continue;
            symbols.resize(each.sh_size / sizeof symbols[0]);
            read(each.sh_offset, symbols.data(), each.sh_size);
            ElfW(Shdr) const& text = sections[each.sh_link];
            strings_.resize(text.sh_size + 1);
            read(text.sh_offset, strings_.data(), text.sh_size);
        }
    }
    [[nodiscard]] std::string_view name_of(ElfW(Sym) const& symbol) const {
        return symbol.st_name < strings_.size() ? strings_.data() + symbol.st_name : "";
    }

    std::vector<ElfW(Sym)> symbols;

private:
    void read(std::size_t at, void* into, std::size_t size) {
        file_.seekg(static_cast<std::streamoff>(at));
        file_.read(static_cast<char*>(into), static_cast<std::streamsize>(size));
    }

    std::ifstream file_;
    std::vector<char> strings_;
};

/// Each source that is compiled this way has one; by g++, of another name.
constexpr std::string_view constructor_of_clang = "tsan.module_ctor";

/// What the compiler's own objects and the C library's are made of, parts that a linker made, and a
/// test framework, which does not run while the model explores.
bool is_known_source(std::string_view name) {
    constexpr std::string_view known[] = {
        "",           "crtstuff.c",      "Scrt1.o",
        "crt1.o",     "crti.o",          "crtn.o",
        "atexit.c",   "at_quick_exit.c", "pthread_atfork.c",
        "elf-init.c", "ld-temp.o",       "stack_chk_fail_local.c"};
    return std::find(std::begin(known), std::end(known), name) != std::end(known) ||
           name.starts_with("gtest") || name.starts_with("gmock") || name.starts_with("<");
}

}  // namespace

std::vector<std::string> uninstrumented_sources() {
    std::set<std::string> names;
    for (module const& each : modules()) {
        symbol_table const table(each.path);
        std::string_view source;
        bool is_instrumented = true;
        auto const end = [&] {
            if (!is_instrumented && !is_known_source(source)) names.emplace(source);
        };
        // Local symbols follow the name of their source. Each source that is compiled this way has
        // a constructor: of clang and of g++.
        for (ElfW(Sym) const& symbol : table.symbols) {
            std::string_view const name = table.name_of(symbol);
            if (ELF64_ST_TYPE(symbol.st_info) == STT_FILE) {
                end();
                source = name;
                is_instrumented = false;
            }
            if (name == constructor_of_clang || has(name, "sub_I_00099_0")) is_instrumented = true;
        }
        end();
    }
    return {names.begin(), names.end()};
}

namespace {

/// g++ has calls for any size.
bool is_of_clang(module const& what) {
    symbol_table const table(what.path);
    return std::any_of(table.symbols.begin(), table.symbols.end(), [&](ElfW(Sym) const& symbol) {
        return table.name_of(symbol) == constructor_of_clang;
    });
}

}  // namespace

unseen_functions functions_with_unseen_instructions() {
    unseen_functions all;
    for (module const& each : modules()) {
        if (!may_have_unseen_instructions(each)) continue;
        unseen_functions own;
        add_functions(each, own);
        all.atomic.merge(own.atomic);
        if (is_of_clang(each)) all.of_odd_size.merge(own.of_odd_size);
    }
    return all;
}

std::set<std::string> types_of_odd_size() {
    std::set<std::string> all;
    for (module const& each : modules()) {
        if (is_of_clang(each)) add_odd_types(each.path, all);
    }
    return all;
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
