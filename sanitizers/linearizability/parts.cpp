// SPDX-License-Identifier: MIT
#include "parts.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>

namespace racekit::linearity {
namespace {

std::string const nothing_got = shown(std::optional<bool>());  // of a refused call

bool is_in_parts(subject const& what) {
    return !what.passages.empty() &&
           std::none_of(what.parts.begin(), what.parts.end(),
                        [](std::string const& each) { return each.empty(); });
}

}  // namespace

std::vector<part> parts_of(subject const& what, timed_history const& seen) {
    if (!is_in_parts(what)) return {{"", seen}};
    std::map<std::string, timed_history> calls;
    for (timed_call const& each : seen) calls[what.parts[each.operation]].push_back(each);
    std::vector<part> all;
    for (auto& [name, its] : calls) all.push_back({name, std::move(its)});
    return all;
}

std::optional<std::string> parts_know_of_each_other(subject const& what) {
    if (!is_in_parts(what)) return std::nullopt;
    constexpr int walks = 64;
    constexpr int passages = 64;
    std::mt19937_64 choice(1);
    for (int walk = 0; walk < walks; ++walk) {
        auto const whole = what.start();
        std::map<std::string, std::unique_ptr<state>> alone;
        for (int turn = 0; turn < passages; ++turn) {
            for (unsigned const next : what.passages[choice() % what.passages.size()].operations) {
                auto& own = alone[what.parts[next]];
                if (!own) own = what.start();
                std::string const among_others = whole->gives(next);
                std::string const by_itself = own->gives(next);
                if (among_others != by_itself)
                    return "the part '" + what.parts[next] +
                           "' is not independent of the others: " + what.operations[next] +
                           " gives " + among_others + " among them and " + by_itself + " alone";
                if (whole->copy()->step(next, any_result) != fit::fits) break;  // it would wait
                (void)whole->step(next, any_result);
                (void)own->step(next, any_result);
                if (among_others == shown(false) || among_others == nothing_got) break;
            }
        }
    }
    return std::nullopt;
}

}  // namespace racekit::linearity
