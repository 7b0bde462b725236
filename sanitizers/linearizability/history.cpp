// SPDX-License-Identifier: MIT
#include "history.hpp"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

namespace racekit::linearity {
namespace {

class search {
public:
    search(subject const& what, history const& of) : what_(what), of_(of) {
        if (of.calls.size() > most_calls)
            throw std::invalid_argument("a history of more than 32 calls: use stress()");
        for (std::size_t index = 0; index < of.calls.size(); ++index) {
            if (of.calls[index].completed) completed_ |= 1U << index;
        }
    }

    explanation run() {
        auto const start = what_.start();
        best_.allowed = from(0, *start);
        if (best_.allowed) best_.order = path_;
        return std::move(best_);
    }

private:
    bool from(unsigned done, state const& at) {
        if ((done & completed_) == completed_ && ends_well(done, at)) return true;
        if (seen_before(done, at)) return false;
        for (unsigned index = 0; index < of_.calls.size(); ++index) {
            call const& next = of_.calls[index];
            if ((done >> index & 1U) != 0 || (next.after & completed_ & ~done) != 0) continue;
            if (!next.completed && of_.stuck) continue;
            auto after = at.copy();
            unsigned const result = next.completed ? next.result : any_result;
            if (after->step(next.operation, result) != fit::fits) continue;
            path_.push_back(index);
            if (path_.size() > best_.order.size()) best_.order = path_;
            if (from(done | 1U << index, *after)) return true;
            path_.pop_back();
        }
        return false;
    }

    bool ends_well(unsigned done, state const& at) const {
        if (!of_.stuck) return true;
        for (unsigned index = 0; index < of_.calls.size(); ++index) {
            if ((done >> index & 1U) != 0) continue;
            if (at.copy()->step(of_.calls[index].operation, any_result) != fit::waits) return false;
        }
        return true;
    }

    bool seen_before(unsigned done, state const& at) {
        auto& states = seen_[done];
        for (auto const& each : states) {
            if (each->equals(at)) return true;
        }
        states.push_back(at.copy());
        return false;
    }

    subject const& what_;
    history const& of_;
    unsigned completed_ = 0;
    std::vector<unsigned> path_;
    explanation best_;
    std::unordered_map<unsigned, std::vector<std::unique_ptr<state>>> seen_;
};

std::string line_of(subject const& what, call const& one) {
    std::string text =
        "thread " + std::to_string(one.thread) + "  " + what.operations[one.operation];
    return text + (one.completed ? " -> " + what.shown(one.operation, one.result) : " ...");
}

}  // namespace

std::string key_of(history const& what) {
    std::string key(1, what.stuck ? 's' : 'e');
    auto const add = [&](unsigned number) {
        for (int shift = 0; shift < 32; shift += 8)
            key += static_cast<char>(number >> shift & 0xffU);
    };
    for (call const& each : what.calls) {
        add(static_cast<unsigned>(each.thread) << 1 | (each.completed ? 1U : 0U));
        add(each.operation);
        add(each.result);
        add(each.after);
    }
    return key;
}

explanation explain(subject const& what, history const& of) { return search(what, of).run(); }

std::string to_text(subject const& what, history const& of, explanation const& why) {
    std::size_t wide = 0;
    for (call const& each : of.calls) wide = std::max(wide, line_of(what, each).size());
    std::string text;
    for (std::size_t index = 0; index < of.calls.size(); ++index) {
        call const& each = of.calls[index];
        std::string line = line_of(what, each);
        line.append(wide - line.size() + 2, ' ');
        line = "  " + std::string(1, static_cast<char>('a' + index)) + "  " + line;
        std::string before;
        for (std::size_t other = 0; other < of.calls.size(); ++other) {
            if ((each.after >> other & 1U) == 0) continue;
            before +=
                (before.empty() ? "after " : ", ") + std::string(1, static_cast<char>('a' + other));
        }
        if (!each.completed)
            before += of.stuck ? " waits for ever" : " never returns: its thread died";
        line += before;
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    if (why.allowed) return text;
    text += "  no order of these calls explains their results; the longest attempt:";
    auto at = what.start();
    unsigned done = 0;
    for (unsigned const index : why.order) {
        call const& each = of.calls[index];
        (void)at->step(each.operation, each.completed ? each.result : any_result);
        done |= 1U << index;
        text += " " + std::string(1, static_cast<char>('a' + index));
    }
    if (why.order.empty()) text += " none";
    text += "\n";
    unsigned completed = 0;
    for (unsigned index = 0; index < of.calls.size(); ++index)
        completed |= of.calls[index].completed ? 1U << index : 0U;
    for (unsigned index = 0; index < of.calls.size(); ++index) {
        call const& each = of.calls[index];
        if ((done >> index & 1U) != 0 || (each.after & completed & ~done) != 0) continue;
        if (!each.completed && !of.stuck) continue;
        std::string const now = at->gives(each.operation);
        text +=
            "  then " + std::string(1, static_cast<char>('a' + index)) + ": specified " + now +
            ", " +
            (each.completed ? "got " + what.shown(each.operation, each.result) : "waits for ever") +
            "\n";
    }
    return text;
}

}  // namespace racekit::linearity
