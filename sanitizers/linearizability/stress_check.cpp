// Natively: every program played many times, real-time order taken from stamps around each call.
#include "history.hpp"
#include "programs.hpp"
#include "verdict.hpp"

#include "../native/company.hpp"
#include "../native/noise.hpp"

#include <racekit/fifo_monitor.hpp>

#include <chrono>
#include <new>
#include <unordered_set>

namespace racekit::linearity {
namespace {

constexpr std::uint64_t rounds_in_a_row = 50;  // of one program, before another has its turn
constexpr auto patience = std::chrono::seconds(2);

/// One program as threads play it.
class played final : public stage {
public:
    played(subject& what, program const& of)
        : what_(what),
          program_(of),
          place_(::operator new(what.size(), std::align_val_t(what.alignment()))),
          threads_(of.size()) {}
    ~played() override { ::operator delete(place_, std::align_val_t(what_.alignment())); }
    played(played const&) = delete;
    played& operator=(played const&) = delete;

    void before() override {
        for (auto& each : threads_) each.count = 0;
        what_.make(place_);
    }

    void act(int self) override {
        if (static_cast<std::size_t>(self) >= program_.size()) return;
        notes& mine = threads_[static_cast<std::size_t>(self)];
        for (unsigned const each : program_[static_cast<std::size_t>(self)]) {
            for (unsigned const operation : what_.passages[each].operations) {
                noted& one = mine.calls[mine.count];
                one.operation = operation;
                one.result = nullptr;
                one.completed = false;
                ++mine.count;
                keeper taking_over{what_, mine, one};
                one.invoked = stamp();
                what_.call(place_, operation, taking_over);
                one.responded = stamp();
                one.completed = true;
                if (mine.refused) break;
            }
        }
    }

    void after() override { what_.destroy(place_); }
    std::string outcome() override { return ""; }

    [[nodiscard]] history gathered(bool stuck) const {
        history all;
        all.stuck = stuck;
        std::vector<noted const*> order;
        for (std::size_t thread = 0; thread < threads_.size(); ++thread) {
            for (std::size_t at = 0; at < threads_[thread].count; ++at) {
                noted const& one = threads_[thread].calls[at];
                unsigned const result =
                    one.completed ? what_.numbered(one.operation, one.result.get()) : any_result;
                all.calls.push_back(
                    {static_cast<int>(thread), one.operation, result, one.completed, 0});
                order.push_back(&one);
            }
        }
        for (std::size_t later = 0; later < order.size(); ++later) {
            for (std::size_t earlier = 0; earlier < order.size(); ++earlier) {
                if (order[earlier]->completed && order[earlier]->responded < order[later]->invoked)
                    all.calls[later].after |= 1U << earlier;
            }
        }
        return all;
    }

private:
    struct noted {
        unsigned operation = 0;
        std::shared_ptr<void const> result;
        bool completed = false;
        std::uint64_t invoked = 0;
        std::uint64_t responded = 0;
    };
    struct alignas(64) notes {
        noted calls[most_calls];
        std::size_t count = 0;
        bool refused = false;
    };
    /// Copies only: numbering would make the threads wait for each other.
    struct keeper final : result_keeper {
        keeper(subject const& whole, notes& thread, noted& call)
            : what(whole), mine(thread), one(call) {}
        void keep(void const* result, bool refused) override {
            one.result = what.copied(one.operation, result);
            mine.refused = refused;
        }
        subject const& what;
        notes& mine;
        noted& one;
    };

    subject& what_;
    program const& program_;
    void* place_;
    std::vector<notes> threads_;
};

class stressing {
public:
    stressing(subject& what, linear_client const& client) : what_(what), client_(client) {}

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
            if (!holds(of, known[static_cast<std::size_t>(&of - all.data())], actors, disturbance))
                break;
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
        auto story = std::make_unique<played>(what_, of);
        for (std::uint64_t round = 1; round <= rounds_in_a_row; ++round) {
            ++verdict_.executions;
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
            history const seen = story->gathered(false);
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
        history const seen = story.gathered(false);
        history_text_ = told(what_, seen, explain(what_, seen));
    }

    subject& what_;
    linear_client client_;
    linear_verdict verdict_;
    std::string history_text_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

linear_verdict check(subject& what, linear_client const& client) {
    return stressing(what, client).run();
}

}  // namespace racekit::linearity
