// SPDX-License-Identifier: MIT
// Long runs of real threads, natively: histories of thousands of calls, each judged as a whole.
#include "contained_verdict.hpp"
#include "parts.hpp"
#include "recording.hpp"
#include "verdict.hpp"

#include "harness/company.hpp"
#include "harness/noise.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

namespace racekit::linearity {
namespace {

constexpr auto patience = std::chrono::milliseconds(300);
constexpr auto standstill = std::chrono::microseconds(200);
constexpr std::size_t most_reliefs = 100'000;

/// By thread, the passages that it may play: a role is one thread's.
std::vector<std::vector<unsigned>> parts_to_play(subject const& what, int threads) {
    auto const count = static_cast<std::size_t>(threads);
    std::map<std::string, std::size_t> player;
    std::vector<std::vector<unsigned>> all(count);
    for (unsigned passage = 0; passage < what.passages.size(); ++passage) {
        std::string const& role = what.passages[passage].role;
        if (role.empty()) {
            for (auto& each : all) each.push_back(passage);
        } else {
            std::size_t const next = player.size() % count;
            all[player.emplace(role, next).first->second].push_back(passage);
        }
    }
    return all;
}

/// One round: the players, and whoever relieves them.
class long_round final : public stage {
public:
    long_round(subject& what, linear_stress const& how, whereabouts& shared)
        : object_(what), how_(how), shared_(shared), to_play_(parts_to_play(what, how.threads)) {
        std::size_t longest = 0;
        for (passage const& each : what.passages)
            longest = std::max(longest, each.operations.size());
        for (int thread = 0; thread < how.threads; ++thread)
            records_.emplace_back(longest * static_cast<std::size_t>(how.passages));
        if (!what.relief.empty()) records_.emplace_back(most_reliefs);
    }

    void begin(std::uint64_t round) {
        round_ = round;
        for (recording& each : records_) each.clear();
        players_left_.store(how_.threads, std::memory_order_relaxed);  // company publishes them
        relieving_.store(!object_.what.relief.empty(), std::memory_order_relaxed);
        object_.make();
    }
    void before() override {}
    void act(int self) override {
        if (self == how_.threads) {
            relieve(self);
            return;
        }
        struct leaving {
            std::atomic<int>& left;
            ~leaving() { left.fetch_sub(1, std::memory_order_relaxed); }  // ends a loop, no more
        } const when_over{players_left_};
        auto const& mine = to_play_[static_cast<std::size_t>(self)];
        random_source choice(how_.seed + 0x9e3779b97f4a7c15U * round_ +
                             static_cast<std::uint64_t>(self));
        for (int turn = 0; turn < how_.passages && !mine.empty(); ++turn) {
            for (unsigned const operation :
                 object_.what.passages[mine[choice.below(mine.size())]].operations) {
                if (call(self, operation)) break;
            }
        }
    }
    void after() override { object_.destroy(); }
    std::string outcome() override { return ""; }

    /// Calls of the players that have returned.
    [[nodiscard]] std::size_t returned() const {
        std::size_t all = 0;
        for (int thread = 0; thread < how_.threads; ++thread)
            all += records_[static_cast<std::size_t>(thread)].returned();
        return all;
    }

    /// Of players who have come to a stand: what relieves them must stand still too to be read.
    void no_more_relief() {
        for (int wait = 0; wait < 5000 && relieving_.load(std::memory_order_acquire); ++wait) {
            relief_is_over_.store(true, std::memory_order_relaxed);
            std::this_thread::sleep_for(standstill);
        }
    }

    [[nodiscard]] timed_history gathered() {
        timed_history all;
        for (std::size_t thread = 0; thread < records_.size(); ++thread)
            records_[thread].tell(object_.what, static_cast<int>(thread), all);
        return all;
    }

private:
    /// Whether it was refused.
    bool call(int self, unsigned operation) {
        shared_.enter(self, operation);
        bool const refused = records_[static_cast<std::size_t>(self)].call(object_, operation);
        shared_.leave(self);
        return refused;
    }

    void relieve(int self) {
        std::size_t before = returned();
        for (std::size_t times = 0; times < most_reliefs;) {
            std::this_thread::sleep_for(standstill);
            if (players_left_.load(std::memory_order_relaxed) == 0 ||
                relief_is_over_.load(std::memory_order_relaxed))
                break;
            std::size_t const now = returned();
            if (now == before) {
                auto const& relief = object_.what.relief;
                (void)call(self, relief[times++ % relief.size()]);
            }
            before = now;
        }
        relieving_.store(false, std::memory_order_release);  // -> no_more_relief: all is told
    }

    placed_object object_;
    linear_stress how_;
    whereabouts& shared_;
    std::vector<std::vector<unsigned>> to_play_;
    std::vector<recording> records_;
    std::uint64_t round_ = 0;
    std::atomic<int> players_left_{0};
    std::atomic<bool> relieving_{false};
    std::atomic<bool> relief_is_over_{false};
};

/// Rounds, until time is up, something is found, or threads have come to a stand and a process is
/// to be thrown away with them.
class long_run {
public:
    long_run(subject& what, linear_stress const& how, whereabouts& shared, linear_verdict so_far,
             double seconds)
        : what_(what),
          how_(how),
          shared_(shared),
          verdict_(std::move(so_far)),
          until_(std::chrono::steady_clock::now() +
                 std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                     std::chrono::duration<double>(seconds))) {}

    linear_verdict run() {
        int const members = how_.threads + (what_.relief.empty() ? 0 : 1);
        std::optional<noise> disturbance;
        auto const disturb = [&](company const& whom) {
            disturbance.emplace(how_.seed + verdict_.executions, members);
            disturbance->aim_at(whom.threads());
        };
        auto actors = std::make_unique<company>(
            members,
            [&](int member, std::uint64_t round) { disturbance->before_act(member, round); });
        auto round = std::make_unique<long_round>(what_, how_, shared_);
        disturb(*actors);
        do {
            shared_.round.store(++verdict_.executions, std::memory_order_relaxed);
            round->begin(verdict_.executions);
            bool const stands = !actors->play(*round, patience) && stand(*actors, *round,
                                                                         *disturbance);
            if (stands) round->no_more_relief();
            timed_history const seen = round->gathered();
            verdict_.calls += seen.size();
            verdict_.stands += stands ? 1 : 0;
            if (!stands && !actors->escaped().empty())
                fail("uncaught exception", actors->escaped());
            else
                judge_parts(seen, *actors);
            if (stands) {  // its threads will never end, and neither may their object
                (void)round.release();
                (void)actors.release();
                break;
            }
            if (verdict_.found) break;  // the object may be of no use
            round->after();
            if (stopped_noise_) disturb(*actors);
            stopped_noise_ = false;
        } while (verdict_.executions < how_.rounds && std::chrono::steady_clock::now() < until_);
        disturbance->stop();
        verdict_.histories = verdict_.executions - verdict_.undecided;
        return std::move(verdict_);
    }

private:
    /// Whether nobody gets on any more, though the machine lets them.
    bool stand(company& actors, long_round const& round, noise& disturbance) {
        for (;;) {
            std::size_t const before = round.returned();
            if (!actors.is_stuck()) return false;
            if (round.returned() != before) continue;  // long, but not at a stand
            if (stopped_noise_) return true;
            disturbance.stop();  // is it the object, or only our noise?
            stopped_noise_ = true;
        }
    }

    void judge_parts(timed_history const& seen, company const& actors) {
        bool undecided = false;
        for (part const& each : parts_of(what_, seen)) {
            ruling const said = judge(what_, each.calls, how_.steps);
            if (said.said == ruling::word::undecided) undecided = true;
            if (said.said != ruling::word::rejected) continue;
            bool const waits = each.calls[said.culprit].responded == no_return;
            std::string why = "no sequential order of the calls explains what they returned";
            if (waits) {
                why = "a call does not return though the specification lets it";
                for (std::string const& where : actors.whereabouts()) why += "; " + where;
            }
            fail(waits ? "hang" : "not linearizable", std::move(why));
            verdict_.found->subject = each.name;
            verdict_.text = told(what_, each.calls, said);
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
    whereabouts& shared_;
    linear_verdict verdict_;
    std::chrono::steady_clock::time_point until_;
    bool stopped_noise_ = false;
};

void require(bool holds, char const* what) {
    if (!holds) throw std::invalid_argument(what);
}

}  // namespace

linear_verdict stress(subject& what, linear_stress const& how) {
    require(!what.passages.empty(), "a long run of no operations");
    require(how.threads > 0 && how.threads < most_threads, "a long run has 1 to 31 threads");
    require(how.passages > 0 && how.rounds > 0, "a long run of no passages or no rounds");
    if (auto const complaint = parts_know_of_each_other(what))
        throw std::invalid_argument(*complaint);

    auto const began = std::chrono::steady_clock::now();
    shared_whereabouts shared;
    linear_verdict seen;
    double left = how.seconds;
    do {
        seen = contained_look(what, *shared, seen,
                              [&] { return long_run(what, how, *shared, seen, left).run(); });
        left = how.seconds -
               std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    } while (!seen.found && left > 0 && seen.executions < how.rounds);
    seen.linearizable = !seen.found && seen.undecided == 0;
    std::string const history = std::move(seen.text);
    seen.text = words(what, how, seen, history);
    return seen;
}

}  // namespace racekit::linearity
