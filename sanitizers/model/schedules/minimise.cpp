// SPDX-License-Identifier: MIT
#include "minimise.hpp"

#include "model/strategies/bounded.hpp"
#include "deviating.hpp"
#include "scripted.hpp"
#include "core/budget.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace racekit::model {
namespace {

constexpr int most_replays = 3000;
// Of the processor's time: a bound on the executions alone would take minutes where they are long.
constexpr std::chrono::seconds longest_proof{5};

struct attempt {
    std::vector<std::uint8_t> threads;
    std::vector<std::uint8_t> decisions;
    std::vector<deviation> deviations;
};

/// Fewer changes of thread first, then fewer other deviations, then fewer steps.
bool better(attempt const& left, attempt const& right) {
    auto const cost = [](attempt const& one) {
        return std::make_tuple(switches(one.threads), one.deviations.size(), one.threads.size());
    };
    return cost(left) < cost(right);
}

/// Steps that one thread makes in a row.
struct block {
    std::uint8_t thread = 0;
    std::size_t steps = 0;
};

std::vector<block> blocks_of(std::vector<std::uint8_t> const& threads) {
    std::vector<block> all;
    for (std::uint8_t const thread : threads) {
        if (all.empty() || all.back().thread != thread) all.push_back({thread, 0});
        ++all.back().steps;
    }
    return all;
}

std::vector<std::uint8_t> threads_of(std::vector<block> const& blocks) {
    std::vector<std::uint8_t> all;
    for (block const& each : blocks) all.insert(all.end(), each.steps, each.thread);
    return all;
}

/// The schedules in which one block has joined its thread's block before it, or that one has joined
/// it.
std::vector<schedule> with_a_block_moved(attempt const& from) {
    std::vector<schedule> all;
    auto const blocks = blocks_of(from.threads);
    for (std::size_t later = 2; later < blocks.size(); ++later) {
        for (std::size_t earlier = later - 1; earlier-- > 0;) {
            if (blocks[earlier].thread != blocks[later].thread) continue;
            for (bool const forwards : {false, true}) {
                auto moved = blocks;
                moved[forwards ? later : earlier].steps += moved[forwards ? earlier : later].steps;
                moved.erase(moved.begin() +
                            static_cast<std::ptrdiff_t>(forwards ? earlier : later));
                all.push_back({threads_of(moved), from.decisions, "", ""});
            }
            break;
        }
    }
    return all;
}

class minimiser {
public:
    minimiser(test_body& body, exploration_config const& config, std::string const& kind)
        : again_(body, config), kind_(kind) {}

    least run(schedule const& from, std::uint64_t executions) {
        best_ = from.deviates ? play(from.deviations) : play(from);
        if (!best_) return {from, 0, false};
        if (kind_ == "data race") {
            // A race that was seen to lead to something must go on doing so.
            needs_consequence_ = true;
            if (!play(best_->deviations)) needs_consequence_ = false;
        }
        shrink();
        // A hang takes seconds each time, a livelock all the steps there are.
        bool const provable = kind_ != "hang" && kind_ != "livelock";
        if (provable) prove(executions);
        least result;
        result.script.deviates = true;
        result.script.deviations = best_->deviations;
        result.switches = switches(best_->threads);
        result.fewest = fewest_;
        return result;
    }

private:
    [[nodiscard]] bool is_it(execution_record const& played) const {
        return played.found && played.found->kind == kind_ &&
               !(needs_consequence_ && played.found->consequence.empty());
    }
    std::optional<attempt> play(strategy& follow) {
        ++replays_;
        noting notes(follow);
        execution_record const& played = again_.play(notes, [](std::uint64_t) { return true; });
        if (!is_it(played)) return std::nullopt;
        return attempt{played.threads, played.decisions, notes.deviations()};
    }
    std::optional<attempt> play(std::vector<deviation> wanted) {
        deviating follow(std::move(wanted));
        return play(follow);
    }
    std::optional<attempt> play(schedule const& steps) {
        scripted follow(steps);
        return play(follow);
    }

    void shrink() {
        (void)leave_out();
        while (join_blocks() && leave_out()) {
        }
    }

    bool leave_out() {
        bool any = false;
        std::size_t chunk = std::max<std::size_t>(1, best_->deviations.size() / 2);
        while (!best_->deviations.empty() && replays_ < most_replays) {
            bool shrank = false;
            for (std::size_t begin = 0;
                 begin < best_->deviations.size() && replays_ < most_replays;) {
                std::vector<deviation> fewer = best_->deviations;
                auto const first = fewer.begin() + static_cast<std::ptrdiff_t>(begin);
                auto const left =
                    static_cast<std::ptrdiff_t>(std::min(chunk, fewer.size() - begin));
                fewer.erase(first, first + left);
                std::optional<attempt> const tried = play(std::move(fewer));
                if (tried && better(*tried, *best_)) {
                    best_ = tried;
                    shrank = any = true;
                } else {
                    begin += chunk;
                }
            }
            if (!shrank && chunk == 1) break;
            if (!shrank) chunk = std::max<std::size_t>(1, chunk / 2);
        }
        return any;
    }

    bool join_blocks() {
        bool any = false;
        for (bool from_the_start = true; from_the_start && replays_ < most_replays;) {
            from_the_start = false;
            for (schedule const& candidate : with_a_block_moved(*best_)) {
                std::optional<attempt> const tried = play(candidate);
                if (!tried || !better(*tried, *best_)) continue;
                best_ = tried;
                any = from_the_start = true;
                break;
            }
        }
        return any;
    }

    /// Plays what has fewer changes of thread, those with the fewest first: the first that ends so
    /// has the fewest there are.
    void prove(std::uint64_t executions) {
        std::size_t const now = switches(best_->threads);
        fewest_ = now == 0;
        if (fewest_ || executions == 0) return;
        bounded fewer(0, static_cast<unsigned>(now - 1), bounded::cost::switches);
        noting notes(fewer);
        processor_budget limit(processor_clock::now() + longest_proof, executions);
        std::uint64_t const before = again_.executions() + again_.abandoned();
        bool cut = false;
        auto const enough = [&](std::uint64_t count) {
            return cut = limit.spent(count - before);
        };
        for (;;) {
            execution_record const& last = again_.play(notes, enough);
            if (cut) return;
            if (is_it(last)) {
                best_ = attempt{last.threads, last.decisions, notes.deviations()};
                shrink();
                break;
            }
            if (last.found && last.found->kind == "hang") return;  // each takes seconds
            // It ended in something else, or these were all.
            if (!last.found || !notes.end(false)) break;
            if (enough(again_.executions() + again_.abandoned())) return;
        }
        fewest_ = true;
    }

    engine again_;
    std::string const& kind_;
    bool needs_consequence_ = false;
    int replays_ = 0;
    std::optional<attempt> best_;
    bool fewest_ = false;
};

}  // namespace

least minimised(test_body& body, exploration_config config, schedule const& from,
                std::string const& kind, std::uint64_t executions) {
    return minimiser(body, config, kind).run(from, executions);
}

}  // namespace racekit::model
