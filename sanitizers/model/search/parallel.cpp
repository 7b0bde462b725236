// SPDX-License-Identifier: MIT
#include "parallel.hpp"

#include "board.hpp"
#include "checkpoint.hpp"
#include "worker_message.hpp"
#include "workers.hpp"
#include "model/core/unsupported.hpp"
#include "model/runtime/shared_page.hpp"

namespace racekit::model {
namespace {

using message_kind = worker_message::kind;

/// So many that no worker is left with a large last one.
constexpr std::uint64_t prefixes_wanted = 512;
constexpr std::uint64_t first_executions = 1024;  // in which waiting loops show

class no_partition final : public work_partition {
public:
    bool take(std::uint64_t) override { return false; }
};

/// A worker's part: of this shard, what no other worker has taken and no earlier search has done.
class worker_partition final : public work_partition {
public:
    worker_partition(board& common, checkpoint const& before, unsigned jobs, unsigned self,
                     wire const& out, exhaustive const& searching)
        : common_(common),
          before_(before),
          jobs_(jobs),
          self_(self),
          out_(out),
          searching_(searching) {}

    bool take(std::uint64_t prefix) override {
        if (prefix % before_.shards != before_.shard - 1) return false;
        auto const known = before_.prefixes.find(prefix);
        if (known != before_.prefixes.end() && known->second.stopped_at.empty()) return false;
        if (prefix > common_.lowest()) {
            beaten_ = true;
            return false;
        }
        bool const mine = prefix < board::most_prefixes ? !common_.taken[prefix].exchange(true)
                                                        : prefix % jobs_ == self_;
        if (!mine) return false;
        earlier_ = known != before_.prefixes.end() ? known->second.seen : leaves{};
        under_way_ = true;
        return true;
    }
    std::string stopped_at(std::uint64_t prefix) override {
        auto const known = before_.prefixes.find(prefix);
        return known != before_.prefixes.end() ? known->second.stopped_at : "";
    }
    void done(std::uint64_t prefix, leaves const& seen) override {
        done_ += to_line(about_prefix(message_kind::done, prefix, seen)) + "\n";
        sum_.executions += seen.executions;
        sum_.pruned += seen.pruned;
        under_way_ = false;
        earlier_ = {};
    }

    /// Sends which prefixes were done since the last call. A message for each would wake the
    /// process that receives them, which takes a worker's processor for it.
    void send_done() {
        if (done_.empty()) return;
        done_.pop_back();
        out_.send(done_);
        done_.clear();
    }
    void send_counts() {
        send_done();
        worker_message message;
        message.executions = executions();
        message.pruned = sum_.pruned + (under_way_ ? searching_.seen().pruned : 0);
        out_.send(to_line(message));
    }
    /// Sends where the search of the current prefix is.
    void send_stack() {
        send_done();
        if (!under_way_) return;
        worker_message message =
            about_prefix(message_kind::open, searching_.prefix(), searching_.seen());
        message.text = searching_.stack();
        out_.send(to_line(message));
    }
    void send_finding(execution_record const& last) {
        std::uint64_t const prefix = searching_.prefix();
        common_.found_at(prefix);
        std::uint64_t const below =
            under_way_ ? earlier_.executions + searching_.seen().executions : 0;
        out_.send(to_line(finding_message(last, prefix, below + 1)));
    }

    /// Whether another worker has a finding at a lower prefix.
    [[nodiscard]] bool beaten() const { return beaten_ || searching_.prefix() > common_.lowest(); }
    [[nodiscard]] std::uint64_t executions() const {
        return sum_.executions + (under_way_ ? searching_.seen().executions : 0);
    }

private:
    /// The leaves below the prefix, those of an earlier search included.
    [[nodiscard]] worker_message about_prefix(message_kind what, std::uint64_t prefix,
                                              leaves const& seen) const {
        worker_message message;
        message.what = what;
        message.place = prefix;
        message.executions = earlier_.executions + seen.executions;
        message.pruned = earlier_.pruned + seen.pruned;
        return message;
    }

    board& common_;
    checkpoint const& before_;
    unsigned jobs_;
    unsigned self_;
    wire const& out_;
    exhaustive const& searching_;
    std::string done_;  // lines that were not sent yet
    leaves earlier_;    // of the current prefix, by an earlier search
    leaves sum_;        // of the prefixes that are done
    bool under_way_ = false;
    bool beaten_ = false;
};

class parts {
public:
    explicit parts(search_state& state) : state_(state), reports_(state.options.jobs) {}

    void search() {
        state_.result.strategies = "exhaustive";
        begin();
        shared<board> common;
        workers all;
        for (unsigned job = 0; job < state_.options.jobs; ++job)
            all.start([&](wire const& out) { work(*common.operator->(), job, out); });
        std::string const trouble = all.receive(
            [&](std::size_t worker, std::string_view line) {
                take(worker, parse_worker_message(line));
            },
            [&] { idle(); });
        if (has_checkpoint()) save();
        conclude(trouble);
    }

private:
    [[nodiscard]] bool has_checkpoint() const { return !state_.options.checkpoint.empty(); }

    /// Where the search stands: as the checkpoint has it, else at the beginning.
    void begin() {
        search_options const& options = state_.options;
        learn_loops();
        standing_.of = options.of;
        standing_.program = has_checkpoint() ? hash_of_program() : 0;
        standing_.shard = options.shard;
        standing_.shards = options.shards;
        checkpoint read;
        if (has_checkpoint() && read_checkpoint(options.checkpoint, standing_, read)) {
            standing_ = std::move(read);
            unsupported_outcomes::restore(standing_.unsupported_outcomes);
        } else {
            choose_split();
        }
        for (auto const& [prefix, part] : standing_.prefixes) {
            earlier_.executions += part.seen.executions;
            earlier_.pruned += part.seen.pruned;
        }
    }

    /// A part cannot start over when it finds a waiting loop, so they must be known before: the
    /// same ones in every part, and after a checkpoint.
    void learn_loops() {
        engine explorer(state_.body, state_.config);
        exhaustive first;
        (void)explorer.play(first, [](std::uint64_t count) { return count >= first_executions; });
    }

    /// How many steps a prefix has, so that there are enough of them: the same in every run.
    void choose_split() {
        std::uint64_t const wanted =
            std::max<std::uint64_t>(prefixes_wanted, 16U * state_.options.shards);
        engine explorer(state_.body, state_.config);
        no_partition nothing;
        standing_.split = 1;
        for (unsigned steps = 2;; steps += std::max(1U, steps / 4)) {
            exhaustive counting;
            counting.split(steps, nothing);
            bool too_many = false;
            execution_record const& last = explorer.play(counting, [&](std::uint64_t) {
                return too_many = counting.prefixes() > board::most_prefixes;
            });
            if (too_many) return;
            standing_.split = steps;
            if (last.found || counting.diverged() || counting.prefixes() >= wanted ||
                !counting.splits_further())
                return;
        }
    }

    /// What one worker does.
    void work(board& common, unsigned self, wire const& out) {
        unsigned const jobs = state_.options.jobs;
        engine explorer(state_.body, state_.config);
        exhaustive systematically;
        worker_partition mine(common, standing_, jobs, self, out, systematically);
        systematically.split(standing_.split, mine);
        budget until(state_.after(state_.share()),
                     (state_.systematic_executions() + jobs - 1) / jobs);
        now_and_then report(std::chrono::milliseconds(100));
        now_and_then save(std::chrono::seconds(1));
        bool cut = false;
        execution_record const& last = explorer.play(systematically, [&](std::uint64_t) {
            if (report.due()) mine.send_counts();
            if (has_checkpoint() && save.due()) mine.send_stack();
            return cut = mine.beaten() || until.spent(mine.executions());
        });
        if (has_checkpoint() && !last.found && !systematically.diverged()) mine.send_stack();
        mine.send_counts();
        worker_message end;
        if (systematically.diverged()) {
            end.what = message_kind::diverged;
            out.send(to_line(end));
        } else if (last.found) {
            mine.send_finding(last);
        } else if (!cut) {
            end.what = message_kind::covered;
            out.send(to_line(end));
        }
    }

    void take(std::size_t worker, worker_message message) {
        if (message.what == message_kind::done || message.what == message_kind::open) {
            standing_.prefixes[message.place] = {{message.executions, message.pruned},
                                                 std::move(message.text)};
        } else {
            reports_.add(worker, message);
        }
    }

    void idle() {
        if (clock::now() > estimate_from_) state_.estimate_for(std::chrono::milliseconds(5));
        leaves const whole = sum();
        if (state_.status.due())
            state_.status.show(state_.result.strategies, whole.executions, whole.pruned,
                               state_.covered(whole.executions));
        if (!has_checkpoint() || clock::now() - saved_ < std::chrono::seconds(2)) return;
        saved_ = clock::now();
        save();
    }

    void save() {
        standing_.unsupported_outcomes = unsupported_outcomes::state();
        write_checkpoint(state_.options.checkpoint, standing_);
    }

    [[nodiscard]] leaves sum() const {
        leaves whole = reports_.sum();
        whole.executions += earlier_.executions;
        whole.pruned += earlier_.pruned;
        return whole;
    }

    void conclude(std::string const& trouble) {
        search_result& result = state_.result;
        leaves const whole = sum();
        result.systematic = whole.executions;
        result.executions = state_.before_systematic() + result.systematic;
        result.pruned = whole.pruned;
        result.trouble = trouble;
        if (reports_.diverged()) state_.not_deterministic(whole.executions);
        if (reports_.found()) {
            result.found = finding_of(*reports_.found(), state_.before_systematic());
            for (auto const& [prefix, part] : standing_.prefixes) {
                if (prefix < reports_.found()->place)
                    result.found->number += part.seen.executions;
            }
        } else if (reports_.all_covered() && result.trouble.empty()) {
            result.exhausted = true;
            unsupported_outcomes::forget_samples();
        }
        result.covered = state_.covered_at_last(whole.executions);
    }

    search_state& state_;
    worker_reports reports_;
    checkpoint standing_;
    leaves earlier_;  // of what an earlier search did
    clock::time_point estimate_from_ = clock::now() + before_probes;
    clock::time_point saved_ = clock::now();
};

}  // namespace

void search_in_parts(search_state& state) { parts(state).search(); }

}  // namespace racekit::model
