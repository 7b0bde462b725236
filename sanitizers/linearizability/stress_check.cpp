// SPDX-License-Identifier: MIT
// Natively: every program is run many times, real-time order taken from stamps around each call.
#include "verdict_in_child.hpp"
#include "history.hpp"
#include "programs.hpp"
#include "call_recorder.hpp"
#include "verdict.hpp"

#include "harness/thread_pool.hpp"
#include "harness/noise.hpp"

#include <chrono>
#include <stdexcept>
#include <unordered_set>

namespace racekit::linearity {
namespace {

constexpr std::uint64_t rounds_in_a_row = 50;  // rounds of one program before the next program
constexpr auto time_limit = std::chrono::seconds(2);

/// A test instance that runs one program.
class program_instance final : public test_instance {
public:
    program_instance(subject& what, program const& of, active_calls& shared)
        : object_(what), program_(of), shared_(shared) {
        for (std::size_t thread = 0; thread < of.size(); ++thread)
            records_.emplace_back(most_calls);
    }

    void before() override {
        for (call_recorder& each : records_) each.clear();
        object_.make();
    }

    void act(int self) override {
        if (static_cast<std::size_t>(self) >= program_.size()) return;
        call_recorder& mine = records_[static_cast<std::size_t>(self)];
        for (unsigned const each : program_[static_cast<std::size_t>(self)]) {
            for (unsigned const operation : object_.what.sequences[each].operations) {
                shared_.enter(self, operation);
                bool const refused = mine.call(object_, operation);
                shared_.leave(self);
                if (refused) break;
            }
        }
    }

    void after() override { object_.destroy(); }
    std::string outcome() override { return ""; }

    /// The history, after all threads have finished.
    [[nodiscard]] history gathered() const {
        timed_history timed;
        for (std::size_t thread = 0; thread < records_.size(); ++thread)
            records_[thread].append_to(timed, object_.what, static_cast<int>(thread));
        return in_real_time_order(timed);
    }

private:
    object_memory object_;
    program const& program_;
    active_calls& shared_;
    std::vector<call_recorder> records_;
};

class native_check {
public:
    native_check(subject& what, linear_client const& client, active_calls& shared)
        : what_(what), client_(client), shared_(shared) {}

    linear_verdict run() {
        auto const all = programs(what_, client_);
        std::vector<program const*> chosen;
        for (program const& each : all) {
            if (each.size() > 1 && !can_wait_for_ever(what_, each)) chosen.push_back(&each);
        }
        verdict_.linearizable = true;
        std::vector<std::unordered_set<std::string>> known(all.size());
        noise disturbance(client_.seed, client_.threads);
        auto pool = std::make_unique<thread_pool>(
            client_.threads,
            [&](int thread, std::uint64_t round) { disturbance.before_act(thread, round); });
        disturbance.aim_at(pool->threads());
        random_source choice(client_.seed);
        std::unordered_set<program const*> met;
        while (!chosen.empty() && verdict_.linearizable &&
               verdict_.executions < client_.executions && elapsed() < client_.seconds) {
            program const& of = *chosen[choice.below(chosen.size())];
            met.insert(&of);
            auto const number = static_cast<std::size_t>(&of - all.data());
            shared_.program.store(number, std::memory_order_relaxed);
            if (!holds(of, known[number], pool, disturbance)) break;
        }
        disturbance.stop();
        verdict_.linearizable = verdict_.linearizable && verdict_.executions > 0;
        verdict_.programs = met.size();
        for (auto const& each : known) verdict_.histories += each.size();
        std::size_t const waiting = all.size() - chosen.size();
        bounds const within{
            all.size(), "rounds",
            waiting == 0 ? ""
                         : std::to_string(waiting) +
                               " left out: a single thread, or may block for ever as specified"};
        verdict_.text = words(what_, client_, verdict_, within, history_text_);
        return std::move(verdict_);
    }

private:
    [[nodiscard]] double elapsed() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    }

    bool holds(program const& of, std::unordered_set<std::string>& known,
               std::unique_ptr<thread_pool>& pool, noise& disturbance) {
        auto instance = std::make_unique<program_instance>(what_, of, shared_);
        for (std::uint64_t round = 1; round <= rounds_in_a_row; ++round) {
            shared_.round.store(++verdict_.executions, std::memory_order_relaxed);
            instance->before();
            bool finished = pool->run(*instance, time_limit);
            if (!finished) {
                disturbance.stop();  // does the object hang, or is it only our noise?
                finished = !pool->is_stuck();
            }
            if (!finished) {
                fail(of, *instance, "hang",
                     "a call does not return though the specification does not block it");
                for (std::string const& where : pool->stuck_threads())
                    verdict_.found->consequence += "; " + where;
                (void)pool.release();  // its threads never end, so they and the object must stay
                (void)instance.release();
                return false;
            }
            if (!pool->uncaught().empty()) {
                fail(of, *instance, "uncaught exception", pool->uncaught());
                return false;
            }
            history const seen = instance->gathered();
            bool const allowed = !known.insert(key_of(seen)).second || explain(what_, seen).allowed;
            if (!allowed) {
                fail(of, *instance, "not linearizable",
                     "no sequential order of the calls explains what they returned");
                return false;
            }
            instance->after();
        }
        return true;
    }

    void fail(program const& of, program_instance const& instance, char const* kind,
              std::string consequence) {
        verdict_.linearizable = false;
        verdict_.program = lines_of(what_, of);
        finding found;
        found.kind = kind;
        found.consequence = std::move(consequence);
        found.found_in = verdict_.executions;
        found.threads = static_cast<int>(of.size());
        verdict_.found = std::move(found);
        if (std::string(kind) != "not linearizable") return;
        history const seen = instance.gathered();
        history_text_ = to_text(what_, seen, explain(what_, seen));
    }

    subject& what_;
    linear_client client_;
    active_calls& shared_;
    linear_verdict verdict_;
    std::string history_text_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

linear_verdict check(subject& what, linear_client const& client) {
    if (client.calls > static_cast<int>(most_calls))
        throw std::invalid_argument("a program of more than 32 calls: use stress()");
    auto const all = programs(what, client);  // throws here, not in the child
    shared_active_calls shared;
    linear_verdict seen = look_in_child(
        what, *shared, {}, [&] { return native_check(what, client, *shared).run(); });
    if (!seen.found || seen.found->kind != "crash") return seen;
    program const& of = all[(*shared).program.load(std::memory_order_relaxed)];
    seen.program = lines_of(what, of);
    seen.found->threads = static_cast<int>(of.size());
    seen.text = words(what, client, seen, {all.size(), "rounds", ""}, "");
    return seen;
}

}  // namespace racekit::linearity
