// SPDX-License-Identifier: MIT
#include "debug_types.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <iterator>
#include <link.h>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace racekit::unmodified {
namespace {

// Numbers of DWARF 5.
enum : unsigned { tag_class = 0x02, tag_member = 0x0d, tag_structure = 0x13, tag_base = 0x24 };
enum : unsigned {
    at_name = 0x03,
    at_byte_size = 0x0b,
    at_bit_size = 0x0d,
    at_member_location = 0x38,
    at_data_bit_offset = 0x6b,
    at_string_offsets = 0x72
};

/// Reads numbers one after the other; past the end they are 0.
class reader {
public:
    reader(std::string_view bytes, std::size_t at) : bytes_(bytes), at_(at) {}

    std::uint64_t number(std::size_t size) {
        std::uint64_t value = 0;
        if (at_ + size <= bytes_.size() && size <= sizeof value)
            std::memcpy(&value, bytes_.data() + at_, size);
        at_ += size;
        return value;
    }
    std::uint64_t leb() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; at_ < bytes_.size(); shift += 7) {
            auto const byte = static_cast<unsigned char>(bytes_[at_++]);
            if (shift < 64) value |= std::uint64_t(byte & 0x7f) << shift;
            if ((byte & 0x80) == 0) break;
        }
        return value;
    }
    std::string_view text() {
        std::size_t const end =
            std::min(bytes_.find('\0', std::min(at_, bytes_.size())), bytes_.size());
        std::string_view const found = bytes_.substr(std::min(at_, end), end - std::min(at_, end));
        at_ = end + 1;
        return found;
    }
    void skip(std::uint64_t size) { at_ += size; }
    [[nodiscard]] std::size_t at() const { return at_; }
    [[nodiscard]] bool is_at_end() const { return at_ >= bytes_.size(); }

private:
    std::string_view bytes_;
    std::size_t at_;
};

/// The sections of debug information of a file.
struct debug_sections {
    std::string file;
    std::string_view info, abbreviations, strings, line_strings, offsets;

    explicit debug_sections(std::string const& path) {
        std::ifstream in(path, std::ios::binary);
        file.assign(std::istreambuf_iterator<char>(in), {});
        ElfW(Ehdr) head{};
        if (file.size() < sizeof head) return;
        std::memcpy(&head, file.data(), sizeof head);
        std::vector<ElfW(Shdr)> all(head.e_shnum);
        if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_shstrndx >= all.size() ||
            head.e_shoff + all.size() * sizeof all[0] > file.size())
            return;
        std::memcpy(all.data(), file.data() + head.e_shoff, all.size() * sizeof all[0]);
        std::string_view const names = part(all[head.e_shstrndx]);
        for (ElfW(Shdr) const& each : all) {
            if ((each.sh_flags & SHF_COMPRESSED) != 0) continue;
            std::string_view const name = reader(names, each.sh_name).text();
            if (name == ".debug_info") info = part(each);
            if (name == ".debug_abbrev") abbreviations = part(each);
            if (name == ".debug_str") strings = part(each);
            if (name == ".debug_line_str") line_strings = part(each);
            if (name == ".debug_str_offsets") offsets = part(each);
        }
    }

private:
    [[nodiscard]] std::string_view part(ElfW(Shdr) const& of) const {
        if (of.sh_offset > file.size()) return {};
        return std::string_view(file).substr(of.sh_offset, of.sh_size);
    }
};

struct abbreviation {
    unsigned tag = 0;
    bool has_children = false;
    struct attribute {
        unsigned name, form;
        std::uint64_t value;  ///< of an implicit constant
    };
    std::vector<attribute> attributes;
};
using abbreviations = std::map<std::uint64_t, abbreviation>;

abbreviations read_abbreviations(std::string_view section, std::size_t at) {
    abbreviations all;
    reader in(section, at);
    constexpr unsigned implicit_constant = 0x21;
    while (std::uint64_t const code = in.leb()) {
        abbreviation& each = all[code];
        each.tag = static_cast<unsigned>(in.leb());
        each.has_children = in.number(1) != 0;
        for (;;) {
            auto const name = static_cast<unsigned>(in.leb());
            auto const form = static_cast<unsigned>(in.leb());
            if (name == 0 && form == 0) break;
            each.attributes.push_back({name, form, form == implicit_constant ? in.leb() : 0});
        }
    }
    return all;
}

/// One compilation unit of 32-bit DWARF 5: its entries one after the other.
class unit {
public:
    unit(debug_sections const& of, std::set<std::string>& into) : of_(of), into_(into) {}

    void read(std::size_t begin, std::size_t end, abbreviations const& known) {
        reader in(of_.info.substr(0, end), begin);
        while (!in.is_at_end()) {
            std::uint64_t const code = in.leb();
            auto const found = known.find(code);
            if (code == 0 || found == known.end()) {
                end_children();
                if (code != 0) return;  // it cannot be read further
                continue;
            }
            entry made;
            for (abbreviation::attribute const& each : found->second.attributes)
                take(in, each.name, each.form, each.value, made);
            see(found->second, made);
        }
    }

private:
    struct entry {
        std::string_view name;
        std::uint64_t bytes = 0, bits = 0, bit_offset = 0, location = 0;
    };
    struct field {
        std::uint64_t begin, end;  ///< in bits
        bool is_bit_field;
    };
    struct structure {
        bool is_one = false;
        bool has_own_tail = false;  ///< nothing else may lie behind its last member
        entry about;
        std::vector<field> fields;
    };

    void take(reader& in, unsigned name, unsigned form, std::uint64_t constant, entry& into) {
        std::string_view text;
        std::uint64_t value = constant;
        switch (form) {
            case 0x08: text = in.text(); break;
            case 0x0e: text = reader(of_.strings, in.number(4)).text(); break;
            case 0x1f: text = reader(of_.line_strings, in.number(4)).text(); break;
            case 0x1a: text = indexed(in.leb()); break;
            case 0x25: text = indexed(in.number(1)); break;
            case 0x26: text = indexed(in.number(2)); break;
            case 0x27: text = indexed(in.number(3)); break;
            case 0x28: text = indexed(in.number(4)); break;
            case 0x01:
            case 0x07:
            case 0x20:
            case 0x24:
            case 0x14: value = in.number(8); break;
            case 0x05:
            case 0x12:
            case 0x2a: value = in.number(2); break;
            case 0x06:
            case 0x13:
            case 0x10:
            case 0x17:
            case 0x2c:
            case 0x1c:
            case 0x1d: value = in.number(4); break;
            case 0x0b:
            case 0x0c:
            case 0x11:
            case 0x29: value = in.number(1); break;
            case 0x2b: value = in.number(3); break;
            case 0x0d:
            case 0x0f:
            case 0x15:
            case 0x1b:
            case 0x22:
            case 0x23: value = in.leb(); break;
            case 0x1e: in.skip(16); break;
            case 0x03: in.skip(in.number(2)); break;
            case 0x04: in.skip(in.number(4)); break;
            case 0x0a: in.skip(in.number(1)); break;
            case 0x09:
            case 0x18: in.skip(in.leb()); break;
            default: break;  // a flag or a constant without bytes
        }
        switch (name) {
            case at_name: into.name = text; break;
            case at_byte_size: into.bytes = value; break;
            case at_bit_size: into.bits = value; break;
            case at_data_bit_offset: into.bit_offset = value; break;
            case at_member_location: into.location = value; break;
            case at_string_offsets: offsets_ = value; break;
            default: break;
        }
    }

    [[nodiscard]] std::string_view indexed(std::uint64_t index) const {
        std::uint64_t const at = reader(of_.offsets, offsets_ + index * 4).number(4);
        return reader(of_.strings, at).text();
    }

    void see(abbreviation const& as, entry const& what) {
        constexpr std::uint64_t widest = 16;
        if (as.tag == tag_base && what.bytes > widest) into_.emplace(what.name);
        bool const is_member = as.tag == tag_member && !open_.empty() && open_.back().is_one;
        if (is_member && what.bits > 0)
            open_.back().fields.push_back({what.bit_offset, what.bit_offset + what.bits, true});
        else if (is_member)
            open_.back().fields.push_back({what.location * 8, what.location * 8 + 8, false});
        if (!as.has_children) return;
        open_.push_back(
            {as.tag == tag_class || as.tag == tag_structure, as.tag == tag_structure, what, {}});
    }

    void end_children() {
        if (open_.empty()) return;
        structure const done = std::move(open_.back());
        open_.pop_back();
        for (std::size_t at = 0; at < done.fields.size(); ++at) {
            if (!done.fields[at].is_bit_field) continue;
            std::uint64_t const begin = done.fields[at].begin / 8;
            std::size_t last = at;
            while (last + 1 < done.fields.size() && done.fields[last + 1].is_bit_field &&
                   done.fields[last + 1].begin / 8 <= (done.fields[last].end + 7) / 8)
                ++last;
            std::uint64_t const end = (done.fields[last].end + 7) / 8;
            std::uint64_t next = done.has_own_tail ? done.about.bytes : end;
            if (last + 1 < done.fields.size()) next = done.fields[last + 1].begin / 8;
            if (is_odd(end - begin, next - begin)) {
                std::string const name(done.about.name);
                into_.insert("bit-fields of " + (name.empty() ? "a structure" : name));
            }
            at = last;
        }
    }

    /// Whether they need such an access: an even one may reach into what is not used behind them.
    static bool is_odd(std::uint64_t bytes, std::uint64_t room) {
        constexpr std::uint64_t widest = 8;
        std::uint64_t const rest = bytes % widest;
        std::uint64_t even = 1;
        while (even < rest) even *= 2;
        return rest != 0 && even != rest && bytes - rest + even > room;
    }

    debug_sections const& of_;
    std::set<std::string>& into_;
    std::uint64_t offsets_ = 8;  // behind the head of their section
    std::vector<structure> open_;
};

}  // namespace

void add_odd_types(std::string const& path, std::set<std::string>& into) {
    debug_sections const sections(path);
    std::map<std::uint64_t, abbreviations> tables;
    for (std::size_t at = 0; at + 12 < sections.info.size();) {
        reader head(sections.info, at);
        std::uint64_t const size = head.number(4);
        std::uint64_t const version = head.number(2), kind = head.number(1);
        (void)head.number(1);  // the size of an address
        std::uint64_t const table = head.number(4);
        constexpr std::uint64_t of_64_bits = 0xffff'ffff, whole = 1;
        if (size == 0 || size >= of_64_bits) return;
        auto const [known, fresh] = tables.try_emplace(table);
        if (fresh) known->second = read_abbreviations(sections.abbreviations, table);
        if (version == 5 && kind == whole)
            unit(sections, into).read(head.at(), at + 4 + size, known->second);
        at += 4 + size;
    }
}

}  // namespace racekit::unmodified
