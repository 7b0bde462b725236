// SPDX-License-Identifier: MIT
#include "programs.hpp"

#include <map>
#include <stdexcept>

namespace racekit::linearity {
namespace {

std::size_t calls_in(subject const& what, std::vector<unsigned> const& thread) {
    std::size_t calls = 0;
    for (unsigned const each : thread) calls += what.sequences[each].operations.size();
    return calls;
}

/// Whether each role is in one thread only.
bool roles_fit(subject const& what, program const& of) {
    std::map<std::string, std::size_t> player;
    for (std::size_t thread = 0; thread < of.size(); ++thread) {
        for (unsigned const each : of[thread]) {
            std::string const& role = what.sequences[each].role;
            if (role.empty()) continue;
            if (player.emplace(role, thread).first->second != thread) return false;
        }
    }
    return true;
}

/// All sequences of 1 .. `longest` sequences, shorter ones first.
std::vector<std::vector<unsigned>> thread_programs(subject const& what, std::size_t longest) {
    std::vector<std::vector<unsigned>> all;
    std::size_t begin = 0;
    for (unsigned first = 0; first < what.sequences.size(); ++first) all.push_back({first});
    for (std::size_t length = 2; length <= longest; ++length) {
        std::size_t const end = all.size();
        for (std::size_t shorter = begin; shorter < end; ++shorter) {
            for (unsigned next = 0; next < what.sequences.size(); ++next) {
                auto longer = all[shorter];
                longer.push_back(next);
                all.push_back(std::move(longer));
            }
        }
        begin = end;
    }
    return all;
}

class wait_search {
public:
    wait_search(subject const& what, program const& of) {
        for (auto const& thread : of) {
            auto& steps = threads_.emplace_back();
            for (unsigned const each : thread) {
                auto const& operations = what.sequences[each].operations;
                steps.insert(steps.end(), operations.begin(), operations.end());
            }
        }
        at_.resize(threads_.size());
    }

    // Refusals are not followed here: a sequence is taken as done to its end, which for locks is
    // the case that can wait.
    bool run(state const& now) {
        auto& known = seen_[at_];
        for (auto const& each : known) {
            if (each->equals(now)) return false;
        }
        known.push_back(now.copy());
        bool waits = false;
        bool moves = false;
        for (std::size_t thread = 0; thread < threads_.size(); ++thread) {
            if (at_[thread] == threads_[thread].size()) continue;
            auto next = now.copy();
            if (next->step(threads_[thread][at_[thread]], any_result) == fit::waits) {
                waits = true;
                continue;
            }
            moves = true;
            ++at_[thread];
            bool const found = run(*next);
            --at_[thread];
            if (found) return true;
        }
        return waits && !moves;
    }

private:
    std::vector<std::vector<unsigned>> threads_;
    std::vector<std::size_t> at_;
    std::map<std::vector<std::size_t>, std::vector<std::unique_ptr<state>>> seen_;
};

}  // namespace

std::size_t calls_of(subject const& what, program const& of) {
    std::size_t calls = 0;
    for (auto const& thread : of) calls += calls_in(what, thread);
    return calls;
}

std::vector<std::string> lines_of(subject const& what, program const& of) {
    std::vector<std::string> lines;
    for (auto const& thread : of) {
        std::string& line = lines.emplace_back();
        for (unsigned const each : thread)
            line += (line.empty() ? "" : "; ") + what.sequences[each].name;
    }
    return lines;
}

std::vector<program> programs(subject const& what, linear_client const& client) {
    auto const require = [&](bool holds, char const* what_is_missing) {
        if (!holds) throw std::invalid_argument(what.name + ": a check of no " + what_is_missing);
    };
    require(!what.sequences.empty(), "operations");
    require(client.threads > 0, "threads");
    require(client.sequences > 0, "sequences");
    require(client.calls > 0, "calls");
    auto const all = thread_programs(what, static_cast<std::size_t>(client.sequences));
    std::vector<std::vector<program>> found(static_cast<std::size_t>(client.calls) + 1);  // by size
    // Threads in the order of `all`: each multiset of sequences once.
    program current;
    auto const grow = [&](auto const& again, std::size_t first, std::size_t calls) -> void {
        if (!current.empty()) found[calls].push_back(current);
        if (static_cast<int>(current.size()) == client.threads) return;
        for (std::size_t next = first; next < all.size(); ++next) {
            std::size_t const more = calls_in(what, all[next]);
            if (calls + more > static_cast<std::size_t>(client.calls)) continue;
            current.push_back(all[next]);
            if (roles_fit(what, current)) again(again, next, calls + more);
            current.pop_back();
        }
    };
    grow(grow, 0, 0);
    std::vector<program> all_programs;
    for (auto& each : found) all_programs.insert(all_programs.end(), each.begin(), each.end());
    require(!all_programs.empty(), "programs: every sequence has more calls than `calls` allows");
    return all_programs;
}

bool can_wait_for_ever(subject const& what, program const& of) {
    return wait_search(what, of).run(*what.start());
}

}  // namespace racekit::linearity
