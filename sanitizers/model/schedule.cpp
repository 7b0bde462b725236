#include "schedule.hpp"

#include <cctype>
#include <cstdio>

namespace racekit::model {
namespace {

constexpr char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t owner_length = 4;
constexpr std::size_t fingerprint_length = 8;

std::string hexadecimal(std::uint64_t value, std::size_t length) {
    std::string text(length, '0');
    for (std::size_t at = length; at-- > 0; value >>= 4) text[at] = digits[value & 15];
    return text;
}

[[noreturn]] void malformed(std::string const& text, std::size_t at, char const* expected) {
    throw usage_error("malformed schedule '" + text + "': expected " + expected + " at character " +
                      std::to_string(at + 1) +
                      "; copy it whole from the finding, as in 0.1.1.0/01~5c1e90ab12cd");
}

}  // namespace

std::string to_text(schedule const& what) {
    std::string text;
    for (std::size_t at = 0; at < what.threads.size();) {
        std::size_t run = 1;
        while (at + run < what.threads.size() && what.threads[at + run] == what.threads[at]) ++run;
        std::string const thread(1, digits[what.threads[at]]);
        if (!text.empty()) text += '.';
        if (run >= 4) {
            text += std::to_string(run) + "*" + thread;
        } else {
            text += thread;
            for (std::size_t again = 1; again < run; ++again) text += "." + thread;
        }
        at += run;
    }
    std::size_t decided = what.decisions.size();
    while (decided > 0 && what.decisions[decided - 1] == 0) --decided;
    if (decided > 0) {
        text += '/';
        for (std::size_t at = 0; at < decided; ++at) text += digits[what.decisions[at] % 36];
    }
    if (!what.owner.empty()) text += "~" + what.owner + what.fingerprint;
    return text;
}

schedule parse_schedule(std::string const& text) {
    schedule result;
    std::size_t at = 0;
    auto const number = [&](char const* expected) {
        std::size_t const begin = at;
        std::size_t value = 0;
        while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) &&
               at - begin < 6)
            value = value * 10 + static_cast<std::size_t>(text[at++] - '0');
        if (at == begin) malformed(text, at, expected);
        return value;
    };
    for (;;) {
        std::size_t run = 1;
        std::size_t thread = number("a thread number");
        if (at < text.size() && text[at] == '*') {
            ++at;
            run = thread;
            thread = number("a thread number after '*'");
        }
        if (thread >= most_threads) malformed(text, at - 1, "a thread number from 0 to 7");
        if (run == 0 || result.threads.size() + run > (1U << 14))
            malformed(text, at, "a run of 1 to 16384 steps");
        result.threads.insert(result.threads.end(), run, static_cast<std::uint8_t>(thread));
        if (at == text.size() || text[at] != '.') break;
        ++at;
    }
    if (at < text.size() && text[at] == '/') {
        ++at;
        while (at < text.size() && text[at] != '~') {
            char const* const digit = std::char_traits<char>::find(digits, 36, text[at]);
            if (digit == nullptr) malformed(text, at, "a decision digit, '~' or the end");
            result.decisions.push_back(static_cast<std::uint8_t>(digit - digits));
            ++at;
        }
    }
    if (at < text.size() && text[at] == '~') {
        ++at;
        if (text.size() - at != owner_length + fingerprint_length)
            malformed(text, text.size(), "a seal of twelve hexadecimal digits");
        for (std::size_t digit = at; digit < text.size(); ++digit) {
            if (!std::isxdigit(static_cast<unsigned char>(text[digit])))
                malformed(text, digit, "a hexadecimal digit");
        }
        result.owner = text.substr(at, owner_length);
        result.fingerprint = text.substr(at + owner_length);
        at = text.size();
    }
    if (at != text.size()) malformed(text, at, "'.', '/', '~' or the end");
    return result;
}

std::string owner_of(std::string const& scenario_id, variant which) {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    for (char const each : scenario_id + "." + name(which)) {
        hash ^= static_cast<unsigned char>(each);
        hash *= 0x100000001b3U;
    }
    return hexadecimal(hash ^ (hash >> 32), owner_length);
}

std::string fingerprint_of(execution const& what) {
    return hexadecimal(what.fingerprint, fingerprint_length);
}

schedule sealed(execution const& what, std::string const& scenario_id, variant which) {
    return {what.threads, what.decisions, owner_of(scenario_id, which), fingerprint_of(what)};
}

}  // namespace racekit::model
