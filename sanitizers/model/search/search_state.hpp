// SPDX-License-Identifier: MIT
// What the parts of one search share: the program, the options, the time and the result.
#pragma once

#include "search.hpp"
#include "status_line.hpp"

#include "core/budget.hpp"
#include "model/strategies/exhaustive.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace racekit::model {

using clock = std::chrono::steady_clock;

/// Estimates by random probes how many executions a program has.
class tree_size {
public:
    tree_size(test_body& body, exploration_config const& config, std::uint64_t seed)
        : explorer_(body, config) {
        probing_.probe(seed);
    }
    /// Improves the estimate for so long, until it is good enough.
    void improve(clock::duration span) {
        if (enough_) return;
        budget until(clock::now() + span, enough_probes);
        auto const count = [this] { return explorer_.executions() + explorer_.abandoned(); };
        bool spent = false;
        // An execution with a finding ends the probing: the search itself will meet it.
        (void)explorer_.play(probing_, [&](std::uint64_t) { return spent = until.spent(count()); });
        enough_ = !spent || count() >= enough_probes;
    }
    [[nodiscard]] double leaves() const { return probing_.estimated_leaves(); }

private:
    static constexpr std::uint64_t enough_probes = 4096;

    engine explorer_;
    exhaustive probing_;
    bool enough_ = false;
};

struct search_state {
    test_body& body;
    exploration_config config;
    search_options const& options;
    status_line status{options.status};
    search_result result = {};
    std::optional<tree_size> size = {};
    double leaves = 0;  ///< of the whole tree, estimated; 0: unknown
    clock::time_point began = clock::now();

    [[nodiscard]] clock::time_point after(double share) const {
        return began + std::chrono::duration_cast<clock::duration>(
                           std::chrono::duration<double>(options.seconds * share));
    }
    /// The exhaustive search's part of the time and of the executions.
    [[nodiscard]] double share() const {
        return options.how == strategy_kind::portfolio ? 0.5 : 1;
    }
    [[nodiscard]] std::uint64_t systematic_executions() const {
        return options.how == strategy_kind::portfolio
                   ? (options.executions - result.deepening + 1) / 2
                   : options.executions;
    }

    void found(execution_record const& last, std::uint64_t number) {
        result.found = {{last.threads, last.decisions, "", ""}, last.found->kind, number};
    }
    /// The executions that were made before the exhaustive search, or in between.
    [[nodiscard]] std::uint64_t before_systematic() const {
        return result.deepening + result.samples;
    }

    void not_deterministic(std::uint64_t number) {
        result.trouble = "the scenario is not deterministic: in execution " +
                         std::to_string(number) +
                         " the same choices led to another place than before; look for static "
                         "state, addresses used as values, time or rand()";
    }

    void estimate_for(clock::duration span) {
        if (!size) size.emplace(body, config, options.seed);
        size->improve(span);
        leaves = size->leaves() / options.shards;
    }
    /// Whether the exhaustive search, which has made so many executions since then, would come to
    /// less than a thousandth of the whole with the time or the executions that it has.
    [[nodiscard]] bool is_hopeless(std::uint64_t executions, clock::time_point since) const {
        if (options.how != strategy_kind::portfolio || leaves <= 0) return false;
        using seconds = std::chrono::duration<double>;
        double const spent = seconds(clock::now() - since).count();
        double const left = std::max(0.0, seconds(after(share()) - clock::now()).count());
        double const possible =
            options.executions != 0
                ? static_cast<double>(systematic_executions())
                : static_cast<double>(executions) * (1 + options.jobs * left / spent);
        return possible < leaves / 1000;
    }
    [[nodiscard]] clock::duration time_for_probes() const {
        return std::clamp<clock::duration>(after(share()) - clock::now(),
                                           std::chrono::milliseconds(20),
                                           std::chrono::milliseconds(500));
    }
    /// The estimated part of the whole that so many executions are; 0: unknown.
    [[nodiscard]] double covered(std::uint64_t executions) const {
        return leaves > 0 ? std::min(static_cast<double>(executions) / leaves, 0.99) : 0;
    }
    /// The same when the search is over.
    [[nodiscard]] double covered_at_last(std::uint64_t executions) {
        if (result.exhausted) return 1;
        if (result.found || !result.trouble.empty()) return 0;
        estimate_for(time_for_probes());  // few probes may have been made so far, or none
        return covered(executions);
    }
};

/// True once in so much time; it reads the clock at every 64th question.
class now_and_then {
public:
    explicit now_and_then(std::chrono::milliseconds every) : every_(every) {}
    [[nodiscard]] bool due() {
        if (++calls_ % 64 != 0 || clock::now() < next_) return false;
        next_ = clock::now() + every_;
        return true;
    }

private:
    std::chrono::milliseconds every_;
    clock::time_point next_ = clock::now();
    unsigned calls_ = 0;
};

/// A search that ends sooner needs no estimate of its size.
inline constexpr std::chrono::milliseconds before_probes{500};

}  // namespace racekit::model
