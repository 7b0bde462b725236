// SPDX-License-Identifier: MIT
#include "program_statics.hpp"

#include "heap.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

extern "C" char const __executable_start;

namespace racekit::model {
namespace {

/// A file as memory; empty if it cannot be read.
class mapped_file {
public:
    explicit mapped_file(char const* path) {
        int const number = ::open(path, O_RDONLY | O_CLOEXEC);
        struct stat about{};
        if (number >= 0 && ::fstat(number, &about) == 0) {
            size_ = static_cast<std::size_t>(about.st_size);
            void* const memory = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, number, 0);
            if (memory != MAP_FAILED) begin_ = static_cast<unsigned char const*>(memory);
        }
        if (number >= 0) ::close(number);
    }
    mapped_file(mapped_file const&) = delete;
    mapped_file& operator=(mapped_file const&) = delete;
    ~mapped_file() {
        if (begin_ != nullptr) ::munmap(const_cast<unsigned char*>(begin_), size_);
    }
    /// `count` entries of a table; nothing if they do not lie in the file.
    template <class Entry>
    [[nodiscard]] std::span<Entry const> table(std::uint64_t offset, std::uint64_t count) const {
        if (begin_ == nullptr || offset > size_ || count > (size_ - offset) / sizeof(Entry))
            return {};
        return {reinterpret_cast<Entry const*>(begin_ + offset), count};
    }

private:
    unsigned char const* begin_ = nullptr;
    std::size_t size_ = 0;
};

/// Whether a symbol is a variable of the kit or of a library that it uses, or of their functions.
/// Mangled names by the Itanium ABI: _ZN7racekit..., _ZZN7racekit... for a static of a function,
/// _ZGVZN7racekit... for its guard.
bool is_of_the_kit(std::string_view name) {
    auto const skip = [&name](std::string_view prefix) {
        bool const is_there = name.substr(0, prefix.size()) == prefix;
        if (is_there) name.remove_prefix(prefix.size());
        return is_there;
    };
    if (!skip("_Z")) return false;
    for (char const* const prefix : {"GV", "TV", "TI", "TS", "Z", "N", "K"}) (void)skip(prefix);
    for (char const* const scope : {"7racekit", "2rl", "7testing", "9benchmark", "8nlohmann", "St"})
        if (skip(scope)) return true;
    return false;
}

/// Whether a section holds variables: not constants that are relocated.
bool holds_variables(std::string_view name) {
    bool const is_data = name.substr(0, 5) == ".data" || name.substr(0, 4) == ".bss";
    return is_data && name.substr(0, 12) != ".data.rel.ro";
}

/// Ranges that touch, but for padding, as one.
byte_ranges joined(byte_ranges parts) {
    constexpr std::ptrdiff_t most_padding = 32;
    std::sort(parts.begin(), parts.end(),
              [](auto const& one, auto const& other) { return one.data() < other.data(); });
    byte_ranges all;
    for (auto const& each : parts) {
        unsigned char const* const end = each.data() + each.size();
        if (!all.empty() && each.data() - (all.back().data() + all.back().size()) <= most_padding) {
            auto const* const begin = all.back().data();
            all.back() = {begin, std::max(end, begin + all.back().size())};
        } else {
            all.push_back(each);
        }
    }
    return all;
}

byte_ranges read_statics() {
    mapped_file const file("/proc/self/exe");
    auto const heads = file.table<Elf64_Ehdr>(0, 1);
    byte_ranges found;
    if (heads.empty() || std::memcmp(heads[0].e_ident, ELFMAG, SELFMAG) != 0) return found;
    Elf64_Ehdr const& head = heads[0];
    auto const sections = file.table<Elf64_Shdr>(head.e_shoff, head.e_shnum);
    if (head.e_shstrndx >= sections.size()) return found;
    Elf64_Shdr const& words = sections[head.e_shstrndx];
    auto const section_names = file.table<char>(words.sh_offset, words.sh_size);
    auto const segments = file.table<Elf64_Phdr>(head.e_phoff, head.e_phnum);
    auto const first = std::find_if(segments.begin(), segments.end(),
                                    [](Elf64_Phdr const& each) { return each.p_type == PT_LOAD; });
    if (first == segments.end()) return found;
    auto const loaded_at = reinterpret_cast<std::uintptr_t>(&__executable_start);
    std::uintptr_t const moved = head.e_type == ET_DYN ? loaded_at - first->p_vaddr : 0;
    for (Elf64_Shdr const& section : sections) {
        if (section.sh_type != SHT_SYMTAB || section.sh_link >= sections.size()) continue;
        Elf64_Shdr const& text = sections[section.sh_link];
        auto const names = file.table<char>(text.sh_offset, text.sh_size);
        for (Elf64_Sym const& each :
             file.table<Elf64_Sym>(section.sh_offset, section.sh_size / sizeof(Elf64_Sym))) {
            if (ELF64_ST_TYPE(each.st_info) != STT_OBJECT || each.st_size == 0 ||
                each.st_shndx >= sections.size() || each.st_name >= names.size())
                continue;
            Elf64_Shdr const& in = sections[each.st_shndx];
            if ((in.sh_flags & SHF_WRITE) == 0 || (in.sh_flags & SHF_TLS) != 0 ||
                in.sh_name >= section_names.size() ||
                !holds_variables(section_names.data() + in.sh_name))
                continue;
            if (is_of_the_kit(names.data() + each.st_name)) continue;
            found.push_back(
                {reinterpret_cast<unsigned char const*>(moved + each.st_value), each.st_size});
        }
    }
    return joined(std::move(found));
}

}  // namespace

byte_ranges const& program_statics() {
    static byte_ranges const all = [] {
        heap::outside const out;
        return read_statics();
    }();
    return all;
}

}  // namespace racekit::model
