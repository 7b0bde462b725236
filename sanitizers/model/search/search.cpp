// SPDX-License-Identifier: MIT
// The portfolio: which part of a search comes when, and for how long.
#include "search.hpp"

#include "parallel.hpp"
#include "sampling.hpp"
#include "search_state.hpp"
#include "model/strategies/bounded.hpp"

#include <utility>

namespace racekit::model {
namespace {

constexpr std::uint64_t first_alone = 1024;  // executions before other workers help
constexpr unsigned small_bound = 2;          // preemptions that come before all else
constexpr std::uint64_t most_of_few = 4096;  // executions of so few

class portfolio {
public:
    portfolio(test_body& body, exploration_config const& config, search_options const& options)
        : state_{body, config, options} {}

    search_result search() {
        search_options const& options = state_.options;
        search_result& result = state_.result;
        bool const parts = options.shards > 1 || !options.checkpoint.empty();
        if (options.how == strategy_kind::portfolio) few_first();
        if (result.found) {
            result.strategies = "bounded";
        } else if (options.how == strategy_kind::portfolio ||
                   options.how == strategy_kind::exhaustive) {
            bool ended = false;
            if (!parts) ended = alone();
            if (!ended && (parts || options.jobs > 1)) search_in_parts(state_);
        }
        if (options.how != strategy_kind::exhaustive && !result.exhausted && !result.found &&
            result.trouble.empty())
            sample(state_);
        state_.status.clear();
        return std::move(result);
    }

private:
    /// The executions of the fewest preemptions, a few thousand at most: what is found there is
    /// the easiest to read, and whether or not there is something, little time is lost.
    void few_first() {
        std::uint64_t const allowed = state_.options.executions;
        std::uint64_t const most = allowed == 0 ? most_of_few : std::min(most_of_few, allowed / 4);
        if (most == 0) return;
        engine explorer(state_.body, state_.config);
        bounded few(0, small_bound);
        budget until(state_.after(0.05), most);
        execution_record const& last = explorer.play(
            few, [&](std::uint64_t) { return until.spent(explorer.executions()); });
        search_result& result = state_.result;
        result.executions = result.deepening = explorer.executions();
        result.preemptions = few.completed();
        if (last.found) state_.found(last, result.executions);
        else few_were_all_ = few.everything();
    }

    /// Exhaustive, in this process. True if nothing more of it is wanted: several workers are only
    /// started when it turns out to be large.
    bool alone() {
        search_result& result = state_.result;
        bool const has_help = state_.options.jobs > 1;
        result.strategies = "exhaustive";
        engine explorer(state_.body, state_.config);
        exhaustive systematically;
        budget until(state_.after(state_.share()), state_.systematic_executions());
        budget before_help(clock::time_point::max(), first_alone);
        budget before_estimate(clock::now() + before_probes, budget::unlimited);
        budget& pause = has_help ? before_help : before_estimate;
        bool cut = false;
        bool unfinished = false;
        auto const enough = [&](std::uint64_t count) {
            if (state_.status.due())
                state_.status.show(result.strategies, explorer.executions(), explorer.abandoned(),
                                   state_.covered(explorer.executions()));
            cut = until.spent(explorer.executions());
            unfinished = !state_.size && pause.spent(count);
            return cut || unfinished;
        };
        execution_record const* last = &explorer.play(systematically, enough);
        if (unfinished && !last->found && !cut) {
            if (has_help) return false;  // the workers begin again
            unfinished = false;
            state_.estimate_for(state_.time_for_probes());
            last = &explorer.play(systematically, enough);  // continues where it was
        }
        result.systematic = explorer.executions();
        result.executions = result.deepening + result.systematic;
        result.pruned = explorer.abandoned();
        if (systematically.diverged()) state_.not_deterministic(result.systematic);
        else if (last->found) state_.found(*last, result.executions);
        else if (!cut) result.exhausted = true;
        if (cut && few_were_all_ && !last->found) {
            result.exhausted = true;
            result.systematic = std::exchange(result.deepening, 0);
            result.pruned = 0;
        }
        result.covered = state_.covered_at_last(result.executions);
        return true;
    }

    search_state state_;
    bool few_were_all_ = false;  // no more preemptions would have shown more
};

}  // namespace

search_result search(test_body& body, exploration_config const& config,
                     search_options const& options) {
    bool const by_parts = options.shards > 1 || !options.checkpoint.empty();
    if (by_parts && options.how != strategy_kind::exhaustive) {
        throw usage_error(std::string(options.shards > 1 ? "--shard" : "--checkpoint") +
                          " is for the exhaustive search: add --strategy exhaustive");
    }
    return portfolio(body, config, options).search();
}

}  // namespace racekit::model
