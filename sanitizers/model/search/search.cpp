// SPDX-License-Identifier: MIT
// The portfolio: which part of a search comes when, and for how long.
#include "search.hpp"

#include "parallel.hpp"
#include "sampling.hpp"
#include "search_state.hpp"
#include "model/core/unsupported.hpp"
#include "model/strategies/bounded.hpp"
#include "model/strategies/forwarding.hpp"
#include "model/strategies/pos.hpp"

#include <utility>

namespace racekit::model {
namespace {

constexpr std::uint64_t first_alone = 1024;          // executions before other workers help
constexpr unsigned small_bound = 2;                  // preemptions that come before all else
constexpr std::uint64_t most_of_few = 4096;          // executions of so few
constexpr std::uint64_t first_of_a_large = 1 << 14;  // executions before a search counts as large
constexpr std::uint64_t first_samples = 512;

/// Samples while a search is under way, which relies on the calls that are known to look again:
/// this one compares all looks and adds none.
class sampled_in_between final : public forwarding {
public:
    using forwarding::forwarding;
    [[nodiscard]] loop_rule loops() const override { return loop_rule::follow; }
};

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
        execution_record const& last =
            explorer.play(few, [&](std::uint64_t) { return until.spent(explorer.executions()); });
        unsupported_outcomes::assumed_in_samples();
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
        // With a number of executions to make, no time decides which ones they are.
        bool const is_counted = state_.options.executions != 0;
        budget before_estimate(is_counted ? clock::time_point::max() : clock::now() + before_probes,
                               first_of_a_large);
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
        clock::time_point const began = clock::now();
        execution_record const* last = &explorer.play(systematically, enough);
        if (unfinished && !last->found && !cut) {
            if (sampled_finding(explorer.executions())) return true;
            if (!has_help || state_.options.how == strategy_kind::portfolio)
                state_.estimate_for(state_.time_for_probes());
            cut = state_.is_hopeless(explorer.executions(), began);
            if (has_help && !cut) return false;  // the workers begin again
        }
        if (unfinished && !last->found && !cut) {
            unfinished = false;
            last = &explorer.play(systematically, enough);  // continues where it was
        }
        result.systematic = explorer.executions();
        result.executions = state_.before_systematic() + result.systematic;
        result.pruned = explorer.abandoned();
        if (systematically.diverged()) state_.not_deterministic(result.systematic);
        else if (last->found) state_.found(*last, result.executions);
        else if (!cut) all_searched();
        if (cut && few_were_all_ && !last->found) {
            result.exhausted = true;
            result.systematic = std::exchange(result.deepening, 0);
            result.pruned = 0;
        }
        result.covered = state_.covered_at_last(result.executions);
        return true;
    }

    /// A large search first looks at some random executions: what shows in many of them need not
    /// wait for it. True if something was found.
    bool sampled_finding(std::uint64_t systematic) {
        search_result& result = state_.result;
        if (state_.options.how != strategy_kind::portfolio) return false;
        std::uint64_t most = first_samples;
        if (std::uint64_t const all = state_.options.executions; all != 0)
            most = std::min(most, (all - result.deepening) / 8);
        if (most == 0) return false;
        engine explorer(state_.body, state_.config);
        partial_order_sampling at_random(state_.options.seed);
        sampled_in_between sampled(at_random);
        budget until(state_.after(state_.share()), most);
        bool const search_assumed = unsupported_outcomes::has_assumed();
        execution_record const& last = explorer.play(
            sampled, [&](std::uint64_t) { return until.spent(explorer.executions()); });
        if (!search_assumed) unsupported_outcomes::assumed_in_samples();
        result.samples = explorer.executions();
        result.executions = state_.before_systematic() + systematic;
        if (!last.found) return false;
        result.systematic = systematic;
        result.strategies += ", then pos";
        state_.found(last, result.executions);
        return true;
    }

    void all_searched() {
        state_.result.exhausted = true;
        unsupported_outcomes::forget_samples();
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
    engine::forget_waiting_loops();
    return portfolio(body, config, options).search();
}

}  // namespace racekit::model
