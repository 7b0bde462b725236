// SPDX-License-Identifier: MIT
#include "partition.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>

namespace racekit::linearity {
namespace {

std::string const no_value = shown(std::optional<bool>());  // the result of a refused call

bool is_partitioned(subject const& what) {
    return !what.sequences.empty() &&
           std::none_of(what.partitions.begin(), what.partitions.end(),
                        [](std::string const& each) { return each.empty(); });
}

}  // namespace

std::vector<partition> partitions_of(subject const& what, timed_history const& seen) {
    if (!is_partitioned(what)) return {{"", seen}};
    std::map<std::string, timed_history> calls;
    for (timed_call const& each : seen) calls[what.partitions[each.operation]].push_back(each);
    std::vector<partition> all;
    for (auto& [name, its] : calls) all.push_back({name, std::move(its)});
    return all;
}

std::optional<std::string> dependent_partitions(subject const& what) {
    if (!is_partitioned(what)) return std::nullopt;
    constexpr int walks = 64;
    constexpr int sequences = 64;
    std::mt19937_64 choice(1);
    for (int walk = 0; walk < walks; ++walk) {
        auto const whole = what.start();
        std::map<std::string, std::unique_ptr<state>> alone;
        for (int count = 0; count < sequences; ++count) {
            auto const& sequence = what.sequences[choice() % what.sequences.size()];
            for (unsigned const next : sequence.operations) {
                auto& own = alone[what.partitions[next]];
                if (!own) own = what.start();
                std::string const among_others = whole->gives(next);
                std::string const by_itself = own->gives(next);
                if (among_others != by_itself)
                    return "the partition '" + what.partitions[next] +
                           "' is not independent of the others: " + what.operations[next] +
                           " gives " + among_others + " with them and " + by_itself + " alone";
                if (whole->copy()->step(next, any_result) != fit::fits) break;  // it would wait
                (void)whole->step(next, any_result);
                (void)own->step(next, any_result);
                if (among_others == shown(false) || among_others == no_value) break;
            }
        }
    }
    return std::nullopt;
}

}  // namespace racekit::linearity
