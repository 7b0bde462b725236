// SPDX-License-Identifier: MIT
// Natively: every program played many times, real-time order taken from stamps around each call.
#include "contained_verdict.hpp"
#include "history.hpp"
#include "programs.hpp"
#include "recording.hpp"
#include "verdict.hpp"

#include "harness/company.hpp"
#include "harness/noise.hpp"

#include <chrono>
#include <stdexcept>
#include <unordered_set>

namespace racekit::linearity {
namespace {

constexpr std::uint64_t rounds_in_a_row = 50;  // of one program, before another has its turn
constexpr auto patience = std::chrono::seconds(2);

/// One program as threads play it.
class played final : public stage {
public:
    played(subject& what, program const& of, whereabouts& shared)
        : object_(what), program_(of), shared_(shared) {
        for (std::size_t thread = 0; thread < of.size(); ++thread)
            records_.emplace_back(most_calls);
    }

    void before() override {
        for (recording& each : records_) each.clear();
        object_.make();
    }

    void act(int self) override {
        if (static_cast<std::size_t>(self) >= program_.size()) return;
        recording& mine = records_[static_cast<std::size_t>(self)];
        for (unsigned const each : program_[static_cast<std::size_t>(self)]) {
            for (unsigned const operation : object_.what.passages[each].operations) {
                shared_.enter(self, operation);
                bool const refused = mine.call(object_, operation);
                shared_.leave(self);
                if (refused) break;
            }
        }
    }

    void after() override { object_.destroy(); }
    std::string outcome() override { return ""; }

    /// When all have come to their end.
    [[nodiscard]] history gathered() const {
        timed_history timed;
        for (std::size_t thread = 0; thread < records_.size(); ++thread)
            records_[thread].tell(object_.what, static_cast<int>(thread), timed);
        return in_real_time_order(timed);
    }

private:
    placed_object object_;
    program const& program_;
    whereabouts& shared_;
    std::vector<recording> records_;
};

class stressing {
public:
    stressing(subject& what, linear_client const& client, whereabouts& shared)
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
        auto actors = std::make_unique<company>(
            client_.threads,
            [&](int member, std::uint64_t round) { disturbance.before_act(member, round); });
        disturbance.aim_at(actors->threads());
        random_source choice(client_.seed);
        std::unordered_set<program const*> met;
        while (!chosen.empty() && verdict_.linearizable &&
               verdict_.executions < client_.executions && elapsed() < client_.seconds) {
            program const& of = *chosen[choice.below(chosen.size())];
            met.insert(&of);
            auto const number = static_cast<std::size_t>(&of - all.data());
            shared_.program.store(number, std::memory_order_relaxed);
            if (!holds(of, known[number], actors, disturbance)) break;
        }
        disturbance.stop();
        verdict_.programs = met.size();
        for (auto const& each : known) verdict_.histories += each.size();
        std::size_t const waiting = all.size() - chosen.size();
        bounds const within{
            all.size(), "rounds",
            waiting == 0 ? ""
                         : std::to_string(waiting) +
                               " left out: of one thread, or may wait for ever by specification"};
        verdict_.text = words(what_, client_, verdict_, within, history_text_);
        return std::move(verdict_);
    }

private:
    [[nodiscard]] double elapsed() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    }

    bool holds(program const& of, std::unordered_set<std::string>& known,
               std::unique_ptr<company>& actors, noise& disturbance) {
        auto story = std::make_unique<played>(what_, of, shared_);
        for (std::uint64_t round = 1; round <= rounds_in_a_row; ++round) {
            shared_.round.store(++verdict_.executions, std::memory_order_relaxed);
            story->before();
            bool finished = actors->play(*story, patience);
            if (!finished) {
                disturbance.stop();  // is it the object, or only our noise?
                finished = !actors->is_stuck();
            }
            if (!finished) {
                fail(of, *story, "hang", "a call does not return though the specification lets it");
                for (std::string const& where : actors->whereabouts())
                    verdict_.found->consequence += "; " + where;
                (void)actors.release();  // its threads will never end, and neither may their object
                (void)story.release();
                return false;
            }
            if (!actors->escaped().empty()) {
                fail(of, *story, "uncaught exception", actors->escaped());
                return false;
            }
            history const seen = story->gathered();
            bool const allowed = !known.insert(key_of(seen)).second || explain(what_, seen).allowed;
            if (!allowed) {
                fail(of, *story, "not linearizable",
                     "no sequential order of the calls explains what they returned");
                return false;
            }
            story->after();
        }
        return true;
    }

    void fail(program const& of, played const& story, char const* kind, std::string consequence) {
        verdict_.linearizable = false;
        verdict_.program = lines_of(what_, of);
        finding found;
        found.kind = kind;
        found.consequence = std::move(consequence);
        found.found_in = verdict_.executions;
        found.threads = static_cast<int>(of.size());
        verdict_.found = std::move(found);
        if (std::string(kind) != "not linearizable") return;
        history const seen = story.gathered();
        history_text_ = told(what_, seen, explain(what_, seen));
    }

    subject& what_;
    linear_client client_;
    whereabouts& shared_;
    linear_verdict verdict_;
    std::string history_text_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

linear_verdict check(subject& what, linear_client const& client) {
    if (client.calls > static_cast<int>(most_calls))
        throw std::invalid_argument("a program of more than 32 calls: use stress()");
    shared_whereabouts shared;
    linear_verdict seen = contained_look(
        what, *shared, {}, [&] { return stressing(what, client, *shared).run(); });
    if (!seen.found || seen.found->kind != "crash") return seen;
    auto const all = programs(what, client);
    program const& of = all[(*shared).program.load(std::memory_order_relaxed)];
    seen.program = lines_of(what, of);
    seen.found->threads = static_cast<int>(of.size());
    seen.text = words(what, client, seen, {all.size(), "rounds", ""}, "");
    return seen;
}

}  // namespace racekit::linearity
