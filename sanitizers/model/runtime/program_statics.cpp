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

/// Whether a symbol is a variable of the kit, or of its functions. Mangled names by the Itanium
/// ABI: _ZN7racekit..., _ZZN7racekit... for a static of a function, _ZGVN7racekit... for its guard.
bool is_of_the_kit(std::string_view name) {
    if (name.substr(0, 2) != "_Z") return false;
    name.remove_prefix(2);
    for (std::string_view const prefix : {"GV", "TV", "TI", "TS", "Z", "N", "K"}) {
        if (name.substr(0, prefix.size()) == prefix) name.remove_prefix(prefix.size());
    }
    return name.substr(0, 8) == "7racekit";
}

byte_ranges read_statics() {
    mapped_file const file("/proc/self/exe");
    auto const heads = file.table<Elf64_Ehdr>(0, 1);
    byte_ranges found;
    if (heads.empty() || std::memcmp(heads[0].e_ident, ELFMAG, SELFMAG) != 0) return found;
    Elf64_Ehdr const& head = heads[0];
    auto const sections = file.table<Elf64_Shdr>(head.e_shoff, head.e_shnum);
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
            auto const flags = sections[each.st_shndx].sh_flags;
            if ((flags & SHF_WRITE) == 0 || (flags & SHF_TLS) != 0) continue;
            if (is_of_the_kit(names.data() + each.st_name)) continue;
            found.push_back(
                {reinterpret_cast<unsigned char const*>(moved + each.st_value), each.st_size});
        }
    }
    return found;
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
