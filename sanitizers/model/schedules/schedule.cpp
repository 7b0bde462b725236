// SPDX-License-Identifier: MIT
#include "schedule.hpp"

#include <algorithm>
#include <cctype>

namespace racekit::model {
namespace {

constexpr char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t owner_length = 4;
constexpr std::size_t fingerprint_length = 8;
constexpr unsigned most_steps = 1U << 14;
constexpr char none[] = "default";
constexpr char small_aba[] = "aba";

std::string hexadecimal(std::uint64_t value, std::size_t length) {
    std::string text(length, '0');
    for (std::size_t at = length; at-- > 0; value >>= 4) text[at] = digits[value & 15];
    return text;
}

std::string in_full(schedule const& what) {
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
    return text;
}

std::string by_deviations(std::vector<deviation> const& all) {
    if (all.empty()) return none;
    std::string text;
    for (std::size_t at = 0; at < all.size();) {
        deviation const& one = all[at];
        if (!text.empty()) text += '.';
        if (one.thread != deviation::nobody)
            text += std::to_string(one.thread) + "@" + std::to_string(one.step);
        if (one.decision == deviation::next_thread) {
            text += ':';
            text += digits[one.choice % 36];
            ++at;
            continue;
        }
        text += '=';
        // Those of one step follow each other.
        for (int decision = 0; at < all.size() && all[at].thread == one.thread &&
                               all[at].step == one.step && all[at].decision >= decision;
             ++at) {
            text.append(static_cast<std::size_t>(all[at].decision - decision), '0');
            text += digits[all[at].choice % 36];
            decision = all[at].decision + 1;
        }
    }
    return text;
}

class reader {
public:
    explicit reader(std::string const& text) : text_(text) {}

    schedule read() {
        std::string_view choices = std::string_view(text_).substr(0, text_.find('~'));
        if (std::size_t const end = choices.find('+'); end != choices.npos) {
            read_race(std::string(choices.substr(0, end)));
            at_ = end + 1;
            choices.remove_prefix(at_);
        }
        result_.deviates = choices == none || choices.find_first_of(":=@") != choices.npos;
        if (choices == none) at_ += choices.size();
        else if (result_.deviates) read_deviations();
        else read_lists();
        if (skip('~')) read_seal();
        if (at_ != text_.size())
            malformed(result_.deviates ? "'.', '~' or the end" : "'.', '/', '~' or the end");
        return std::move(result_);
    }

private:
    [[noreturn]] void malformed(char const* expected) const { malformed(expected, at_); }
    [[noreturn]] void malformed(char const* expected, std::size_t at) const {
        throw usage_error("malformed schedule '" + text_ + "': expected " + expected +
                          " at character " + std::to_string(at + 1) +
                          "; copy it whole from the finding, as in 0@3:1.1@2:0~5c1e90ab12cd");
    }

    [[nodiscard]] bool skip(char what) {
        bool const here = at_ < text_.size() && text_[at_] == what;
        if (here) ++at_;
        return here;
    }
    unsigned number(char const* expected) {
        std::size_t const begin = at_;
        unsigned value = 0;
        while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) &&
               at_ - begin < 6)
            value = value * 10 + static_cast<unsigned>(text_[at_++] - '0');
        if (at_ == begin) malformed(expected);
        return value;
    }
    std::uint8_t thread(char const* expected) {
        unsigned const named = number(expected);
        if (named >= most_threads) malformed("a thread number from 0 to 63", at_ - 1);
        return static_cast<std::uint8_t>(named);
    }

    void read_race(std::string const& text) {
        schedule before = reader(text).read();
        if (!before.deviates) malformed("deviations before '+'", 0);
        result_.race = std::move(before.deviations);
    }

    void read_lists() {
        do {
            unsigned run = 1;
            unsigned named = number("a thread number");
            if (skip('*')) {
                run = named;
                named = number("a thread number after '*'");
            }
            if (named >= most_threads) malformed("a thread number from 0 to 63", at_ - 1);
            if (run == 0 || result_.threads.size() + run > most_steps)
                malformed("a run of 1 to 16384 steps");
            result_.threads.insert(result_.threads.end(), run, static_cast<std::uint8_t>(named));
        } while (skip('.'));
        if (!skip('/')) return;
        for (; at_ < text_.size() && text_[at_] != '~'; ++at_) {
            char const* const digit = std::char_traits<char>::find(digits, 36, text_[at_]);
            if (digit == nullptr) malformed("a decision digit, '~' or the end");
            result_.decisions.push_back(static_cast<std::uint8_t>(digit - digits));
        }
    }

    void read_deviations() {
        do {
            deviation one;
            bool const begins = at_ < text_.size() && text_[at_] == ':';
            if (!begins) {
                one.thread = thread("a thread number, as in 0@3:1");
                if (!skip('@')) malformed("'@' after the thread");
                one.step = number("a number of steps after '@'");
                if (one.step > most_steps) malformed("up to 16384 steps", at_ - 1);
            }
            if (skip(':')) {
                one.choice = thread("the thread that goes after ':'");
                result_.deviations.push_back(one);
            } else if (skip('=')) {
                read_decisions(one);
            } else {
                malformed("':' and a thread, or '=' and decisions");
            }
        } while (skip('.'));
    }
    void read_decisions(deviation one) {
        std::size_t const begin = at_;
        for (one.decision = 0; at_ < text_.size(); ++at_, ++one.decision) {
            char const* const digit = std::char_traits<char>::find(digits, 36, text_[at_]);
            if (digit == nullptr) break;
            one.choice = static_cast<std::uint8_t>(digit - digits);
            if (one.choice != 0) result_.deviations.push_back(one);
        }
        if (at_ == begin) malformed("a decision digit after '='");
    }

    void read_seal() {
        std::size_t const end = std::min(text_.find('.', at_), text_.size());
        if (end - at_ != owner_length + fingerprint_length)
            malformed("a seal of twelve hexadecimal digits", text_.size());
        for (std::size_t digit = at_; digit < end; ++digit) {
            if (!std::isxdigit(static_cast<unsigned char>(text_[digit])))
                malformed("a hexadecimal digit", digit);
        }
        result_.owner = text_.substr(at_, owner_length);
        result_.fingerprint = text_.substr(at_ + owner_length, fingerprint_length);
        at_ = end;
        if (!skip('.')) return;
        result_.kind = read_kind();
        if (result_.kind != small_aba) return;
        result_.kind = aba;
        if (skip('.')) result_.outcome = read_kind();
    }
    std::string read_kind() {
        std::string kind;
        for (; at_ < text_.size() && text_[at_] != '.'; ++at_) {
            char const each = text_[at_];
            if (each != '_' && each != '-' && (each < 'a' || each > 'z'))
                malformed("the kind of the finding in small letters");
            kind += each == '_' ? ' ' : each;
        }
        if (kind.empty()) malformed("the kind of the finding after '.'");
        return kind;
    }

    std::string const& text_;
    std::size_t at_ = 0;
    schedule result_;
};

}  // namespace

std::string to_text(schedule const& what) {
    std::string text = what.race ? by_deviations(*what.race) + "+" : "";
    text += what.deviates ? by_deviations(what.deviations) : in_full(what);
    if (what.owner.empty()) return text;
    text += "~" + what.owner + what.fingerprint;
    for (std::string kind : {what.kind == aba ? small_aba : what.kind, what.outcome}) {
        if (kind.empty()) break;
        std::replace(kind.begin(), kind.end(), ' ', '_');
        text += "." + kind;
    }
    return text;
}

schedule parse_schedule(std::string const& text) { return reader(text).read(); }

std::string owner_of(std::string const& scenario_id, variant which) {
    return owner_of(scenario_id + "." + name(which));
}

std::string owner_of(std::string const& whose) {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    for (char const each : whose) {
        hash ^= static_cast<unsigned char>(each);
        hash *= 0x100000001b3U;
    }
    return hexadecimal(hash ^ (hash >> 32), owner_length);
}

std::string fingerprint_of(execution_record const& what) {
    return hexadecimal(what.fingerprint, fingerprint_length);
}

schedule sealed(std::vector<deviation> deviations, execution_record const& what,
                std::optional<error> const& found, std::string const& scenario_id,
                variant which) {
    return sealed(std::move(deviations), what, found, scenario_id + "." + name(which));
}

schedule sealed(std::vector<deviation> deviations, execution_record const& what,
                std::optional<error> const& found, std::string const& whose) {
    schedule result;
    result.owner = owner_of(whose);
    result.fingerprint = fingerprint_of(what);
    if (found) result.kind = found->kind;
    if (result.kind == aba) result.outcome = found->consequence_kind;
    result.deviates = true;
    result.deviations = std::move(deviations);
    return result;
}

int highest_thread(schedule const& what) {
    int highest = -1;
    for (std::uint8_t const thread : what.threads) highest = std::max<int>(highest, thread);
    std::vector<deviation> all = what.deviations;
    if (what.race) all.insert(all.end(), what.race->begin(), what.race->end());
    for (deviation const& each : all) {
        highest = std::max(highest, each.thread);
        if (each.decision == deviation::next_thread) highest = std::max<int>(highest, each.choice);
    }
    return highest;
}

std::size_t switches(std::vector<std::uint8_t> const& threads) {
    std::size_t count = 0;
    for (std::size_t at = 1; at < threads.size(); ++at) count += threads[at] != threads[at - 1];
    return count;
}

}  // namespace racekit::model
