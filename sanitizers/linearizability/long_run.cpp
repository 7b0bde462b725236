// SPDX-License-Identifier: MIT
// Long native runs: histories of thousands of calls, each judged as a whole.
#include "verdict_in_child.hpp"
#include "partition.hpp"
#include "call_recorder.hpp"
#include "verdict.hpp"

#include "core/splitmix.hpp"
#include "harness/thread_pool.hpp"
#include "harness/noise.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

namespace racekit::linearity {
namespace {

constexpr auto time_limit = std::chrono::milliseconds(300);
constexpr auto helper_interval = std::chrono::microseconds(200);
constexpr std::size_t most_helper_calls = 100'000;

/// For each thread, the sequences that it may call: only one thread has a given role.
std::vector<std::vector<unsigned>> sequences_by_thread(subject const& what, int threads) {
    auto const count = static_cast<std::size_t>(threads);
    std::map<std::string, std::size_t> owner;
    std::vector<std::vector<unsigned>> all(count);
    for (unsigned sequence = 0; sequence < what.sequences.size(); ++sequence) {
        std::string const& role = what.sequences[sequence].role;
        if (role.empty()) {
            for (auto& each : all) each.push_back(sequence);
        } else {
            std::size_t const next = owner.size() % count;
            all[owner.emplace(role, next).first->second].push_back(sequence);
        }
    }
    return all;
}

/// The test instance of one round: the calling threads, and the helper thread.
class long_round final : public test_instance {
public:
    long_round(subject& what, linear_stress const& how, active_calls& shared)
        : object_(what),
          how_(how),
          shared_(shared),
          sequences_(sequences_by_thread(what, how.threads)) {
        std::size_t longest = 0;
        for (call_sequence const& each : what.sequences)
            longest = std::max(longest, each.operations.size());
        for (int thread = 0; thread < how.threads; ++thread)
            records_.emplace_back(longest * static_cast<std::size_t>(how.sequences));
        if (!what.helpers.empty()) records_.emplace_back(most_helper_calls);
    }

    void begin(std::uint64_t round) {
        round_ = round;
        for (call_recorder& each : records_) each.clear();
        threads_left_.store(how_.threads, std::memory_order_relaxed);  // thread_pool publishes it
        is_helper_running_.store(!object_.what.helpers.empty(), std::memory_order_relaxed);
        object_.make();
    }
    void before() override {}
    void act(int self) override {
        if (self == how_.threads) {
            run_helper(self);
            return;
        }
        struct leaving {
            std::atomic<int>& left;
            ~leaving() { left.fetch_sub(1, std::memory_order_relaxed); }  // only ends a loop
        } const when_over{threads_left_};
        auto const& mine = sequences_[static_cast<std::size_t>(self)];
        random_source choice(how_.seed + golden_gamma * round_ +
                             static_cast<std::uint64_t>(self));
        for (int count = 0; count < how_.sequences && !mine.empty(); ++count) {
            for (unsigned const operation :
                 object_.what.sequences[mine[choice.below(mine.size())]].operations) {
                if (call(self, operation)) break;
            }
        }
    }
    void after() override { object_.destroy(); }
    std::string outcome() override { return ""; }

    /// Calls that have returned, without those of the helper.
    [[nodiscard]] std::size_t returned() const {
        std::size_t all = 0;
        for (int thread = 0; thread < how_.threads; ++thread)
            all += records_[static_cast<std::size_t>(thread)].returned();
        return all;
    }

    /// Stops the helper after all other threads have blocked, so that its record can be read.
    void stop_helper() {
        for (int waits = 0; waits < 5000; ++waits) {
            if (!is_helper_running_.load(std::memory_order_acquire)) return;
            stop_helper_.store(true, std::memory_order_relaxed);
            std::this_thread::sleep_for(helper_interval);
        }
    }

    [[nodiscard]] timed_history gathered() {
        timed_history all;
        for (std::size_t thread = 0; thread < records_.size(); ++thread)
            records_[thread].append_to(all, object_.what, static_cast<int>(thread));
        return all;
    }

private:
    /// Calls the operation; returns whether the call was refused.
    bool call(int self, unsigned operation) {
        shared_.enter(self, operation);
        bool const refused = records_[static_cast<std::size_t>(self)].call(object_, operation);
        shared_.leave(self);
        return refused;
    }

    void run_helper(int self) {
        std::size_t before = returned();
        for (std::size_t times = 0; times < most_helper_calls;) {
            std::this_thread::sleep_for(helper_interval);
            if (threads_left_.load(std::memory_order_relaxed) == 0 ||
                stop_helper_.load(std::memory_order_relaxed))
                break;
            std::size_t const now = returned();
            if (now == before) {
                auto const& helpers = object_.what.helpers;
                (void)call(self, helpers[times++ % helpers.size()]);
            }
            before = now;
        }
        is_helper_running_.store(false, std::memory_order_release);  // -> stop_helper: the record
    }

    object_memory object_;
    linear_stress how_;
    active_calls& shared_;
    std::vector<std::vector<unsigned>> sequences_;
    std::vector<call_recorder> records_;
    std::uint64_t round_ = 0;
    std::atomic<int> threads_left_{0};
    std::atomic<bool> is_helper_running_{false};
    std::atomic<bool> stop_helper_{false};
};

/// Runs rounds until the time is up, something is found, or all threads are blocked: then this
/// process can run no further round.
class long_run {
public:
    long_run(subject& what, linear_stress const& how, active_calls& shared, linear_verdict so_far,
             double seconds)
        : what_(what),
          how_(how),
          shared_(shared),
          verdict_(std::move(so_far)),
          until_(std::chrono::steady_clock::now() +
                 std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                     std::chrono::duration<double>(seconds))) {}

    linear_verdict run() {
        int const threads = how_.threads + (what_.helpers.empty() ? 0 : 1);
        std::optional<noise> disturbance;
        auto const disturb = [&](thread_pool const& targets) {
            disturbance.emplace(how_.seed + verdict_.executions, threads);
            disturbance->aim_at(targets.threads());
        };
        auto pool = std::make_unique<thread_pool>(
            threads,
            [&](int thread, std::uint64_t round) { disturbance->before_act(thread, round); });
        auto round = std::make_unique<long_round>(what_, how_, shared_);
        disturb(*pool);
        do {
            shared_.round.store(++verdict_.executions, std::memory_order_relaxed);
            round->begin(verdict_.executions);
            bool const blocked =
                !pool->run(*round, time_limit) && all_blocked(*pool, *round, *disturbance);
            if (blocked) round->stop_helper();
            timed_history const seen = round->gathered();
            verdict_.calls += seen.size();
            verdict_.ended_waiting += blocked ? 1 : 0;
            if (!blocked && !pool->uncaught().empty())
                fail("uncaught exception", pool->uncaught());
            else
                judge_partitions(seen, *pool);
            if (blocked) {  // the threads never end, so they and the object must stay
                (void)round.release();
                (void)pool.release();
                break;
            }
            if (verdict_.found) break;  // the object may be broken
            round->after();
            if (stopped_noise_) disturb(*pool);
            stopped_noise_ = false;
        } while (verdict_.executions < how_.rounds && std::chrono::steady_clock::now() < until_);
        disturbance->stop();
        verdict_.histories = verdict_.executions - verdict_.undecided;
        return std::move(verdict_);
    }

private:
    /// Whether all unfinished threads are blocked, and not merely slowed down.
    bool all_blocked(thread_pool& pool, long_round const& round, noise& disturbance) {
        for (;;) {
            std::size_t const before = round.returned();
            if (!pool.is_stuck()) return false;
            if (round.returned() != before) continue;  // slow, but not blocked
            if (stopped_noise_) return true;
            disturbance.stop();  // does the object block, or is it only our noise?
            stopped_noise_ = true;
        }
    }

    void judge_partitions(timed_history const& seen, thread_pool const& pool) {
        bool undecided = false;
        for (partition const& each : partitions_of(what_, seen)) {
            history_verdict const verdict = judge(what_, each.calls, how_.steps);
            if (verdict.how == history_verdict::decision::undecided) undecided = true;
            if (verdict.how != history_verdict::decision::rejected) continue;
            bool const waits = each.calls[verdict.culprit].responded == no_return;
            std::string why = "no sequential order of the calls explains what they returned";
            if (waits) {
                why = "a call does not return though the specification does not block it";
                for (std::string const& where : pool.stuck_threads()) why += "; " + where;
            }
            fail(waits ? "hang" : "not linearizable", std::move(why));
            verdict_.found->subject = each.name;
            verdict_.text = to_text(what_, each.calls, verdict);
            return;
        }
        if (undecided) ++verdict_.undecided;
    }

    void fail(char const* kind, std::string consequence) {
        finding& found = verdict_.found.emplace();
        found.kind = kind;
        found.consequence = std::move(consequence);
        found.found_in = verdict_.executions;
        found.threads = how_.threads;
    }

    subject& what_;
    linear_stress how_;
    active_calls& shared_;
    linear_verdict verdict_;
    std::chrono::steady_clock::time_point until_;
    bool stopped_noise_ = false;
};

void require(bool holds, char const* what) {
    if (!holds) throw std::invalid_argument(what);
}

}  // namespace

linear_verdict stress(subject& what, linear_stress const& how) {
    require(!what.sequences.empty(), "a long run of no operations");
    require(how.threads > 0 && how.threads < most_threads, "a long run has 1 to 31 threads");
    require(how.sequences > 0 && how.rounds > 0, "a long run of no sequences or no rounds");
    if (auto const complaint = dependent_partitions(what))
        throw std::invalid_argument(*complaint);

    auto const began = std::chrono::steady_clock::now();
    shared_active_calls shared;
    linear_verdict seen;
    double left = how.seconds;
    do {
        seen = look_in_child(what, *shared, seen,
                              [&] { return long_run(what, how, *shared, seen, left).run(); });
        left = how.seconds -
               std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    } while (!seen.found && left > 0 && seen.executions < how.rounds);
    seen.linearizable = !seen.found && seen.undecided == 0 && seen.executions > 0;
    std::string const history = std::move(seen.text);
    seen.text = words(what, how, seen, history);
    return seen;
}

}  // namespace racekit::linearity
