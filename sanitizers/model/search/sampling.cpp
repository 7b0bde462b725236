// SPDX-License-Identifier: MIT
#include "sampling.hpp"

#include "board.hpp"
#include "worker_message.hpp"
#include "workers.hpp"
#include "model/runtime/shared_page.hpp"
#include "model/strategies/bounded.hpp"
#include "model/strategies/distinct.hpp"
#include "model/strategies/in_turn.hpp"
#include "model/strategies/pct.hpp"
#include "model/strategies/pos.hpp"
#include "model/strategies/random.hpp"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace racekit::model {
namespace {

constexpr std::uint64_t executions_of_a_turn = 1024;

/// A strategy, and the part of it that ends when it has covered everything, if it has one.
struct sampler {
    std::unique_ptr<strategy> how;
    bounded* deepening = nullptr;
};

/// How far one process is.
struct progress {
    std::uint64_t executions = 0;
    int bound = -1;          // all executions with so many preemptions were seen
    bool everything = false;
    execution_record const* last = nullptr;

    [[nodiscard]] bool found() const { return last != nullptr && last->found; }
    [[nodiscard]] std::string count_line() const {
        worker_message message;
        message.executions = executions;
        message.bound = bound;
        return to_line(message);
    }
};

class sampling {
public:
    explicit sampling(search_state& state)
        : state_(state), before_(state.before_systematic() + state.result.systematic) {}

    void run() {
        constexpr char const* names[] = {
            "deeper, pct, pos and random in turn", "", "bounded", "pct", "pos", "random"};
        search_result& result = state_.result;
        result.strategies += (result.strategies.empty() ? "" : ", then ") +
                             std::string(names[int(state_.options.how)]);
        std::uint64_t executions = 0;
        if (state_.options.executions != 0) {
            if (result.executions >= state_.options.executions) return;
            executions = state_.options.executions - result.executions;
        }
        if (state_.options.jobs > 1) with_workers(executions);
        else alone(executions);
        result.distinct = seen_.count();
        result.distinct_is_least = seen_.full();
    }

private:
    using stop_test = std::function<bool(progress const&)>;

    [[nodiscard]] bool only_bounded() const { return state_.options.how == strategy_kind::bounded; }

    [[nodiscard]] static sampler deepening_from(unsigned first,
                                                unsigned last = bounded::without_end) {
        auto how = std::make_unique<bounded>(first, last);
        bounded* const deepening = how.get();
        return {std::move(how), deepening};
    }

    /// The strategy of one worker.
    [[nodiscard]] sampler sampler_of(unsigned self) const {
        std::uint64_t const seed = state_.options.seed + self;
        unsigned const depth = state_.options.depth;
        switch (state_.options.how) {
            case strategy_kind::bounded: return deepening_from(0);
            case strategy_kind::pct: return {std::make_unique<pct>(seed, depth)};
            case strategy_kind::pos: return {std::make_unique<partial_order_sampling>(seed)};
            case strategy_kind::random: return {std::make_unique<random_walk>(seed)};
            default: break;
        }
        std::vector<std::unique_ptr<strategy>> all;
        sampler one;
        if (self == 0) {
            // It begins where the few preemptions at the beginning ended.
            one = deepening_from(static_cast<unsigned>(state_.result.preemptions + 1));
            all.push_back(std::move(one.how));
        }
        all.push_back(std::make_unique<pct>(seed, depth));
        all.push_back(std::make_unique<partial_order_sampling>(seed));
        all.push_back(std::make_unique<random_walk>(seed));
        one.how = std::make_unique<in_turn>(std::move(all), executions_of_a_turn, self);
        return one;
    }

    /// Plays one strategy; `stop` is called before each execution.
    void play(engine& explorer, sampler const& one, std::uint64_t executions,
              stop_test const& stop, progress& so_far) {
        budget until(state_.after(1), executions);
        counted counting(*one.how, seen_);
        auto const note = [&] {
            so_far.executions = explorer.executions();
            if (one.deepening != nullptr)
                so_far.bound = std::max(so_far.bound, one.deepening->completed());
        };
        so_far.last = &explorer.play(counting, [&](std::uint64_t) {
            note();
            return stop(so_far) || until.spent(so_far.executions);
        });
        note();
        so_far.everything = one.deepening != nullptr && one.deepening->everything();
    }

    void alone(std::uint64_t executions) {
        engine explorer(state_.body, state_.config);
        progress so_far;
        play(
            explorer, sampler_of(0), executions,
            [&](progress const& now) {
                show(before_ + now.executions);
                return false;
            },
            so_far);
        search_result& result = state_.result;
        result.executions = before_ + so_far.executions;
        result.preemptions = std::max(result.preemptions, so_far.bound);
        result.exhausted = so_far.everything && !so_far.found();
        if (so_far.found()) state_.found(*so_far.last, result.executions);
    }

    void show(std::uint64_t executions) {
        if (!state_.status.due()) return;
        state_.status.show(state_.result.strategies + ", " + (seen_.full() ? "more than " : "") +
                               std::to_string(seen_.count()) + " distinct",
                           executions, 0, 0);
    }

    void with_workers(std::uint64_t executions) {
        unsigned const jobs = state_.options.jobs;
        shared<board> common;
        workers all;
        for (unsigned job = 0; job < jobs; ++job) {
            all.start([&](wire const& out) {
                work(*common.operator->(), job, (executions + jobs - 1) / jobs, out);
            });
        }
        worker_reports reports(jobs);
        auto const sum = [&] { return before_ + reports.sum().executions; };
        search_result& result = state_.result;
        result.trouble = all.receive(
            [&](std::size_t worker, std::string_view line) {
                reports.add(worker, parse_worker_message(line));
            },
            [&] { show(sum()); });
        result.executions = sum();
        result.preemptions = std::max(result.preemptions, reports.bound());
        if (reports.found()) result.found = finding_of(*reports.found(), before_);
        result.exhausted =
            reports.any_covered() && !result.found && result.trouble.empty();
    }

    /// What one worker does.
    void work(board& common, unsigned self, std::uint64_t executions, wire const& out) {
        engine explorer(state_.body, state_.config);
        progress so_far;
        now_and_then report(std::chrono::milliseconds(100));
        std::uint64_t place = self;
        auto const is_beaten = [&](progress const& now) {
            if (report.due()) out.send(now.count_line());
            return common.lowest() < place ||
                   (!only_bounded() && common.lowest() != board::no_place);
        };
        if (only_bounded()) {
            // One bound at a time: what is found with the fewest preemptions wins.
            do {
                place = common.next_bound.fetch_add(1);
                if (common.lowest() < place) break;
                auto const bound = static_cast<unsigned>(place);
                play(explorer, deepening_from(bound, bound), executions, is_beaten, so_far);
            } while (!so_far.found() && !so_far.everything && so_far.bound == int(place));
        } else {
            play(explorer, sampler_of(self), executions, is_beaten, so_far);
        }
        out.send(so_far.count_line());
        if (so_far.found()) {
            common.found_at(place);
            out.send(to_line(finding_message(*so_far.last, place, so_far.executions)));
        } else if (so_far.everything) {
            // The others need not continue; those at lower bounds may still find something.
            common.found_at(only_bounded() ? place + 1 : place);
            worker_message end;
            end.what = worker_message::kind::covered;
            out.send(to_line(end));
        }
    }

    search_state& state_;
    std::uint64_t before_;  // executions of the parts before this one
    distinct_set seen_;
};

}  // namespace

void sample(search_state& state) { sampling(state).run(); }

}  // namespace racekit::model
