// SPDX-License-Identifier: MIT
#include "replay.hpp"

#include "deviating.hpp"
#include "scripted.hpp"
#include "core/budget.hpp"

#include <racekit/verdict.hpp>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace racekit::model {
namespace {

using offsets = std::vector<int>;  // by deviation

constexpr int farthest = 3;
constexpr std::uint64_t most_executions = 3000;
constexpr std::chrono::seconds longest{5};

std::size_t distance(offsets const& by) {
    std::size_t sum = 0;
    for (int const each : by) sum += static_cast<std::size_t>(std::abs(each));
    return sum;
}

/// The choice of the first thread has no step to move, and no step precedes a thread's first one.
bool can_move(deviation const& what, int by) {
    return what.thread != deviation::nobody &&
           static_cast<int>(what.step) + by >= (what.decision == deviation::next_thread ? 1 : 0);
}

std::vector<deviation> moved(std::vector<deviation> all, offsets const& by) {
    for (std::size_t at = 0; at < all.size(); ++at) {
        if (by[at] != 0 && can_move(all[at], by[at]))
            all[at].step = static_cast<unsigned>(static_cast<int>(all[at].step) + by[at]);
    }
    return all;
}

/// An operation more or less in the source moves what comes later in the threads that pass there.
std::vector<offsets> as_by_an_edit(std::vector<deviation> const& all) {
    std::vector<offsets> result;
    for (int const by : {1, -1, 2, -2, 3, -3}) {
        for (deviation const& from : all) {
            offsets everywhere(all.size());
            offsets in_its_thread(all.size());
            for (std::size_t at = 0; at < all.size(); ++at) {
                if (all[at].step < from.step) continue;
                everywhere[at] = by;
                if (all[at].thread == from.thread) in_its_thread[at] = by;
            }
            result.push_back(std::move(in_its_thread));
            result.push_back(std::move(everywhere));
        }
    }
    return result;
}

class replayer {
public:
    replayer(test_body& body, exploration_config const& config, schedule const& script)
        : script_(script), again_(body, recorded(config)) {}

    replayed run(bool near_it) {
        execution_record const& played = play_as_written();
        bool const is_sealed = !script_.owner.empty();
        result_.same = !is_sealed || script_.fingerprint == fingerprint_of(played);
        result_.again = result_.same || is_it(played);
        if (!result_.again && near_it && !(played.found && played.found->kind == "hang")) search();
        return std::move(result_);
    }

private:
    [[nodiscard]] static exploration_config recorded(exploration_config config) {
        config.record = true;  // for the fingerprint
        return config;
    }
    [[nodiscard]] bool is_it(execution_record const& played) const {
        std::string const& wanted = script_.kind == aba ? script_.outcome : script_.kind;
        return played.found && (wanted.empty() || played.found->kind == wanted) &&
               !(script_.kind == aba && played.value_reuses.empty());
    }
    execution_record const& play(strategy& follow) {
        noting notes(follow);
        execution_record const& played = again_.play(notes, [](std::uint64_t) { return true; });
        last_ = notes.deviations();
        return played;
    }
    execution_record const& play_as_written() {
        execution_record const* played = nullptr;
        if (script_.deviates) {
            deviating follow(script_.deviations);
            played = &play(follow);
            result_.wanted = script_.deviations.size();
            result_.followed = follow.followed();
        } else {
            scripted follow(script_);
            played = &play(follow);
            result_.wanted = script_.threads.size();
            result_.followed = follow.followed();
        }
        result_.deviations = last_;
        return *played;
    }

    void search() {
        budget_ = {processor_clock::now() + longest, most_executions};
        base_ = script_.deviates ? script_.deviations : last_;
        tried_.insert(offsets(base_.size()));
        for (offsets const& by : as_by_an_edit(base_)) {
            if (try_with(by) || out_of_budget()) return;
        }
        std::size_t const all = base_.size() * farthest;
        for (std::size_t sum = 1; sum <= all; ++sum) {
            offsets by(base_.size());
            if (try_all(by, 0, sum) || out_of_budget()) return;
        }
    }
    [[nodiscard]] bool out_of_budget() { return hung_ || budget_.spent(result_.executions); }
    /// All with so many steps between the deviations from `at` on.
    bool try_all(offsets& by, std::size_t at, std::size_t sum) {
        if (at == by.size()) return sum == 0 && try_with(by);
        if ((by.size() - at) * farthest < sum || out_of_budget()) return false;
        for (int const each : {0, 1, -1, 2, -2, 3, -3}) {
            auto const steps = static_cast<std::size_t>(std::abs(each));
            by[at] = each;
            if (steps <= sum && try_all(by, at + 1, sum - steps)) return true;
        }
        by[at] = 0;
        return false;
    }
    bool try_with(offsets const& by) {
        if (out_of_budget() || !tried_.insert(by).second) return false;
        ++result_.executions;
        deviating follow(moved(base_, by));
        execution_record const& played = play(follow);
        if (played.found && played.found->kind == "hang") hung_ = true;  // each takes seconds
        if (!is_it(played)) return false;
        result_.again = true;
        result_.deviations = last_;
        result_.moved = distance(by);
        return true;
    }

    schedule const& script_;
    engine again_;
    replayed result_;
    std::vector<deviation> base_;
    std::vector<deviation> last_;
    std::set<offsets> tried_;
    processor_budget budget_{{}, most_executions};
    bool hung_ = false;  // an execution of the search did not end
};

}  // namespace

std::string of_another_program(replayed const& seen, schedule const& script) {
    auto const count = [](std::size_t number, std::string const& what) {
        return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
    };
    std::string text = "the program is not the one that the schedule was made for: ";
    if (seen.moved > 0) {
        text += "with deviations moved by " + count(seen.moved, "step");
    } else {
        text += "followed " + std::to_string(seen.followed) + " of " +
                count(seen.wanted, script.deviates ? "deviation" : "step");
    }
    std::string const kind = script.kind.empty() ? "finding" : script.kind;
    if (seen.again) return text + ", the " + kind + " came up again";
    text += ", and the " + kind + " did not come up again";
    if (seen.executions > 1)
        text += ", nor near it in " + grouped(seen.executions - 1) + " executions";
    return text;
}

replayed replay(test_body& body, exploration_config config, schedule const& script, bool near_it) {
    return replayer(body, config, script).run(near_it);
}

}  // namespace racekit::model
