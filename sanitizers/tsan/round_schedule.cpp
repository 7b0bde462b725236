// SPDX-License-Identifier: MIT
#include "round_schedule.hpp"

#include <racekit/detector.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace racekit::tsan {
namespace {

constexpr std::size_t seed_length = 16;
constexpr std::size_t owner_length = 4;
constexpr std::size_t fingerprint_length = 8;
constexpr char hex_digits[] = "0123456789abcdef";

std::string hexadecimal(std::uint64_t number, std::size_t length) {
    char text[seed_length + 1];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
    return std::string(text + seed_length - length, length);
}

bool is_hexadecimal(std::string const& text) {
    return text.find_first_not_of(hex_digits) == std::string::npos;
}

class hash {
public:
    void add(std::string const& text) {
        for (char const each : text) add(static_cast<unsigned char>(each));
        add(0xffU);  // "a", "b" is not "ab"
    }
    void add(unsigned value) {
        value_ ^= value;
        value_ *= 0x100000001b3U;  // FNV-1a
    }
    [[nodiscard]] std::uint64_t value() const { return value_ ^ (value_ >> 32); }

private:
    std::uint64_t value_ = 0xcbf29ce484222325U;
};

[[noreturn]] void refuse(std::string const& text) {
    throw usage_error("schedule '" + text + "' is not one of the tsan detector's, which have 16 "
                      "hexadecimal digits and a seal after '~': copy it from a finding of that "
                      "detector");
}

}  // namespace

std::string to_text(round_schedule const& what) {
    std::string text = hexadecimal(what.seed, seed_length);
    if (what.owner.empty()) return text;
    text += "~" + what.owner + what.fingerprint;
    if (what.kind.empty()) return text;
    std::string kind = what.kind;
    std::replace(kind.begin(), kind.end(), ' ', '_');
    return text + "." + kind;
}

round_schedule parse_round_schedule(std::string const& text) {
    std::string const seed = text.substr(0, text.find('~'));
    if (seed.size() != seed_length || !is_hexadecimal(seed)) refuse(text);
    round_schedule result;
    result.seed = std::strtoull(seed.c_str(), nullptr, 16);
    if (seed.size() == text.size()) return result;
    std::string const seal = text.substr(seed_length + 1);
    std::string const digits = seal.substr(0, seal.find('.'));
    bool const whole = digits.size() == owner_length ||
                       digits.size() == owner_length + fingerprint_length;
    if (!whole || !is_hexadecimal(digits)) refuse(text);
    result.owner = digits.substr(0, owner_length);
    result.fingerprint = digits.substr(owner_length);
    if (digits.size() < seal.size()) {
        result.kind = seal.substr(digits.size() + 1);
        if (result.kind.empty()) refuse(text);
        std::replace(result.kind.begin(), result.kind.end(), '_', ' ');
    }
    return result;
}

std::string owner_of(scenario const& what, variant which) {
    hash of;
    of.add(what.id());
    of.add(name(which));
    return hexadecimal(of.value() & 0xffffU, owner_length);
}

std::string fingerprint_of(std::vector<step> const& steps) {
    hash of;
    for (step const& one : steps) {
        of.add(static_cast<unsigned>(one.thread));
        of.add(one.operation);
        of.add(one.blocked ? 1U : 0U);
    }
    return hexadecimal(of.value() & 0xffffffffU, fingerprint_length);
}

}  // namespace racekit::tsan
