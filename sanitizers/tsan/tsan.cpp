// SPDX-License-Identifier: MIT
#include "tsan.hpp"

#include "controlled_threads.hpp"
#include "crash_record.hpp"
#include "frames.hpp"
#include "known_race.hpp"
#include "lock_cycles.hpp"
#include "report_board.hpp"
#include "report_reading.hpp"
#include "reports.hpp"
#include "round_schedule.hpp"
#include "start_up.hpp"
#include "steps.hpp"

#include "harness/failed_checks.hpp"
#include "harness/thread_pool.hpp"
#include "harness/noise.hpp"
#include "harness/program_rounds.hpp"
#include "harness/test_processes.hpp"
#include "harness/instance_memory.hpp"
#include "harness/tally.hpp"
#include "core/run_record.hpp"
#include "core/source_line.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <iterator>
#include <optional>
#include <pthread.h>

namespace racekit::tsan {
namespace {

using seconds = std::chrono::duration<double>;

constexpr double default_seconds = 2;
constexpr std::uint64_t controlled_rounds = 500;
constexpr std::uint64_t free_rounds = 2'000;
constexpr std::uint64_t process_rounds = 20;
constexpr double process_seconds = 1;
constexpr std::uint64_t program_rounds = 100;
/// After the first finding this many more rounds search for a more specific one: the race behind a
/// failed check, the deadlock behind a lock order.
constexpr std::uint64_t rounds_for_more = 40;
/// And this many search for the consequence of a race; in them TSan ignores accesses.
constexpr std::uint64_t rounds_for_consequence = 300;
constexpr auto longest_round = std::chrono::seconds(2);

/// The rounds of a mode and the seconds for them; the first round always runs.
struct round_limit {
    std::uint64_t rounds;
    double seconds;
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();

    [[nodiscard]] double elapsed() const {
        return racekit::tsan::seconds(std::chrono::steady_clock::now() - began).count();
    }
    [[nodiscard]] bool allows(std::uint64_t round) const {
        return round <= rounds && (round == 1 || elapsed() < seconds);
    }
};

round_limit allowed(scenario const& what, variant which, settings const& how,
                    std::uint64_t default_rounds, double standard = default_seconds) {
    double const unasked = standard * how.scale * extra_time(which, what.about.tsan);
    return {how.executions > 0 ? how.executions : how.scaled(default_rounds),
            how.seconds > 0 ? how.seconds : unasked};
}

/// How specific a finding is: a race is more specific than the check that it violates, a deadlock
/// more than the lock order that may cause it, and each more if its consequence is known.
int weight(finding const& what) {
    static char const* const rising[] = {"unmarked",     "uncaught exception",
                                         "failed check", "lock-order inversion",
                                         "hang",         "deadlock"};
    int rank = static_cast<int>(std::size(rising));
    for (int at = 0; at < static_cast<int>(std::size(rising)); ++at) {
        if (what.kind.rfind(rising[at], 0) == 0) rank = at;
    }
    return 2 * rank + (what.consequence.empty() ? 0 : 1);
}

constexpr int heaviest_below_race = 2 * 5 + 1;  // a deadlock, whose consequence is always known

bool is_complete(finding const& what) {
    return !what.consequence.empty() && weight(what) >= heaviest_below_race;
}

std::string text_of(failed_checks::failure const& broken) {
    return broken.detail.empty() ? broken.condition : broken.condition + ": " + broken.detail;
}

round_names names_in(controller const& schedule, scenario const& what) {
    return {schedule.events(), schedule.unfinished(), schedule.lock_orders(), what.file};
}

/// The finding of one round: from TSan's reports, then its ending, then its failed checks.
class round_findings {
public:
    round_findings(scenario const& what, variant which) : what_(what), which_(which) {}

    void add_reports() {
        auto const reports = kept_reports();
        if (!reports.empty()) offer(read_reports(reports, what_, which_, {}));
        clear_reports();
    }
    /// As above, and the lock orders of a round under the controlled schedule, with its names.
    void add_reports(controller const& schedule) {
        auto reports = kept_reports();
        if (auto const cycle = cycle_of(schedule.lock_orders()); !cycle.empty())
            reports.push_back(report_of(cycle));
        if (!reports.empty())
            offer(read_reports(reports, what_, which_, names_in(schedule, what_)));
        clear_reports();
        forget_printed_reports();
    }
    void offer(finding one) {
        std::string const kind = one.kind;
        std::string const led_to = one.consequence;
        if (!found_ || weight(one) > weight(*found_) + 1) {
            std::swap(one, found_ ? *found_ : found_.emplace());
            if (one.kind.empty() || one.kind == "lock-order inversion") return;
            // The weaker finding becomes part of the consequence of the more specific one.
            add_consequence(one.kind, one.consequence);
            return;
        }
        add_consequence(kind, led_to);
    }
    void add_failed_checks(std::uint64_t failures_before) {
        if (failed_checks::failures() == failures_before) return;
        failed_checks::failure const first = failed_checks::first();
        finding broken;
        broken.kind = "failed check";
        broken.consequence = text_of(first);
        broken.places.push_back({"check " + first.condition, first.file, first.line, false});
        offer(std::move(broken));
    }
    [[nodiscard]] std::optional<finding> const& found() const { return found_; }

private:
    void add_consequence(std::string const& kind, std::string const& text) {
        if (kind == found_->kind || text.empty()) return;
        std::string const more = kind == "failed check" ? text : kind + ": " + text;
        found_->consequence += (found_->consequence.empty() ? "" : "; ") + more;
    }

    scenario const& what_;
    variant which_;
    std::optional<finding> found_;
};

/// Keeps the most specific finding of all rounds, and decides when to stop.
class best_finding {
public:
    [[nodiscard]] bool wants(finding const& one, std::uint64_t round) {
        if (first_ == 0) first_ = round;
        return !kept_ || weight(one) > weight(*kept_);
    }
    void offer(finding one, std::uint64_t round) {
        if (!wants(one, round)) return;
        one.found_in = round;
        kept_ = std::move(one);
    }
    /// A race was found, but its consequence is not known yet.
    [[nodiscard]] bool lacks_consequence() const {
        return kept_ && kept_->consequence.empty() && weight(*kept_) > heaviest_below_race;
    }
    /// Takes the finding of a round that TSan did not check as the consequence of the known race.
    void add_consequence(finding const& what, std::uint64_t round) {
        kept_->consequence =
            what.kind == "failed check" ? what.consequence : what.kind + ": " + what.consequence;
        // That round had its own seal, of what it came to; replayed, it shows the race as well.
        round_schedule again = parse_round_schedule(what.schedule);
        again.kind = kept_->kind;
        kept_->schedule = to_text(again);
        kept_->steps = what.steps;
        kept_->threads = what.threads;
        kept_->found_in = round;
    }
    [[nodiscard]] bool enough(std::uint64_t round) const {
        if (!kept_) return false;
        auto const more = lacks_consequence() ? rounds_for_consequence : rounds_for_more;
        return is_complete(*kept_) || round >= first_ + more;
    }
    [[nodiscard]] std::optional<finding> const& kept() const { return kept_; }

private:
    std::optional<finding> kept_;
    std::uint64_t first_ = 0;
};

void conclude(observation& seen, std::optional<finding> const& found, scenario const& what,
              round_limit const& limits) {
    seen.found = found;
    seen.how = found ? observation::state::found : observation::state::clean;
    seen.seconds = limits.elapsed();
    if (!found || found->kind.rfind("unmarked", 0) != 0 || what.about.tsan.words[0] != '\0') return;
    // A promise without a kind would accept it as the mistake.
    seen.how = observation::state::failed;
    seen.trouble = "TSan reported a " + found->kind.substr(std::strlen("unmarked ")) +
                   " that touches no line marked `// <- race` in " + what.file +
                   ": mark the racing line, or fix the race that is not part of the lesson";
}

/// What a replay may say: refuses a schedule that is another scenario's or variant's.
void check_owner(round_schedule const& asked, scenario const& what, variant which) {
    if (asked.owner.empty() || asked.owner == owner_of(what, which)) return;
    variant const other = which == variant::racy ? variant::fixed : variant::racy;
    throw usage_error(
        "the schedule belongs to " +
        (asked.owner == owner_of(what, other)
             ? std::string("the ") + name(other) + " variant: add --variant " + name(other)
             : "another scenario than " + what.id()));
}

/// After a replay: whether its round was the recorded one, and what that means for the verdict.
void compare_with_seal(round_schedule const& asked, std::string const& fingerprint, bool exact,
                       observation& seen) {
    bool const same = asked.fingerprint.empty() || asked.fingerprint == fingerprint;
    std::string const found = seen.found ? seen.found->kind : "";
    std::string why;
    if (!same) {
        why =
            "the schedule gives another execution than the recorded one: the source has changed "
            "since, or it was recorded elsewhere";
        if (exact) throw usage_error(why);
    } else if (asked.kind.empty() || asked.kind == found) {
        return;
    } else {
        why = "the schedule gave a " + asked.kind + " when it was recorded";
    }
    if (seen.found) {
        seen.warnings.push_back({"replay", why});
    } else if (seen.how == observation::state::clean) {
        seen.how = observation::state::inconclusive;
        seen.trouble = why + ", and now nothing is found: run the scenario anew";
    }
}

finding ended_badly(controller::ending how, controller const& schedule, scenario const& what) {
    finding found;
    found.kind = how == controller::ending::deadlock ? "deadlock" : "hang";
    add_unfinished_threads(schedule.unfinished(), what.file, names_in(schedule, what), found);
    if (how == controller::ending::livelock)
        found.consequence += " (a spin loop for a change that no thread makes)";
    return found;
}

void offer_exception(round_findings& round, std::string const& uncaught) {
    if (uncaught.empty()) return;
    finding found;
    found.kind = "uncaught exception";
    found.consequence = uncaught;
    round.offer(std::move(found));
}

void offer_leak(round_findings& round, controller const& schedule, scenario const& what) {
    auto const pcs = schedule.leak();
    if (pcs.empty()) return;
    finding found;
    auto const stack = symbolised(pcs.data(), static_cast<int>(pcs.size()));
    if (frame const* const where = frame_to_show(stack, what.file); where != nullptr) {
        found.places.push_back(
            {"destroyed unjoined", where->file, where->line, is_marked(where->file, where->line)});
    }
    found.kind = "thread leak";
    found.consequence = "a thread object was destroyed that was neither joined nor detached";
    round.offer(std::move(found));
}

std::vector<step> interleaving_of(controller const& schedule, scenario const& what) {
    return steps_of(schedule.events(), what.file, names_in(schedule, what));
}

finding with_interleaving(finding found, controller const& schedule, scenario const& what) {
    found.steps = interleaving_of(schedule, what);
    found.threads = what.count;
    for (step const& row : found.steps) found.threads = std::max(found.threads, row.thread + 1);
    return found;
}

observation run_controlled(scenario const& what, variant which, settings const& how,
                           std::vector<int> const& symbolizer) {
    round_limit const limits = allowed(what, which, how, controlled_rounds);
    random_source seeds(how.seed);
    std::optional<round_schedule> replayed;
    if (!how.schedule.empty()) replayed = parse_round_schedule(how.schedule);
    if (replayed) check_owner(*replayed, what, which);
    std::string const owner = owner_of(what, which);
    std::string fingerprint;

    observation seen;
    seen.mode = "controlled";
    tally results(seen);
    best_finding best;
    bool stopped_and_hung = false;
    instance_memory memory(what.maker(which), instance_memory::sharing::private_heap);
    auto pool = std::make_unique<controlled_threads>(what.count, symbolizer);
    for (std::uint64_t round = 1; limits.allows(round); ++round) {
        std::uint64_t const seed = replayed ? replayed->seed : seeds.next();
        this_run().set_schedule(to_text({seed, owner, "", "crash"}));
        std::uint64_t const failures_before = failed_checks::failures();
        test_instance* const instance = results.begin(memory, seed);
        if (instance == nullptr) continue;
        bool const ignore_accesses = best.lacks_consequence();
        auto const ending = pool->run(*instance, seed, longest_round, ignore_accesses);
        seen.far = {reach::kind::sampled, round, "rounds", "switching at schedule points only"};
        bool const finished = ending == controller::ending::finished;
        bool const judged = results.finish(*instance, finished);

        round_findings this_round(what, which);
        this_round.add_reports(pool->schedule());
        if (!finished && judged) this_round.offer(ended_badly(ending, pool->schedule(), what));
        offer_leak(this_round, pool->schedule(), what);
        this_round.add_failed_checks(failures_before);
        if (finished) offer_exception(this_round, pool->uncaught());
        if (this_round.found() && (ignore_accesses || best.wants(*this_round.found(), round))) {
            finding found = with_interleaving(*this_round.found(), pool->schedule(), what);
            found.schedule = to_text({seed, owner, fingerprint_of(found.steps), found.kind});
            if (!ignore_accesses) best.offer(std::move(found), round);
            else if (!found.consequence.empty()) best.add_consequence(found, round);
        }
        if (replayed) fingerprint = fingerprint_of(interleaving_of(pool->schedule(), what));
        if (!finished) {
            (void)pool.release();  // its threads never end, so they and the instance must stay
            memory.abandon();
            stopped_and_hung = !judged;
            break;
        }
        results.end(*instance, round);
        memory.tear_down();
        this_round.add_reports();
        if (best.enough(round) || replayed) break;
    }
    conclude(seen, best.kept(), what, limits);
    results.conclude_from_assumptions(stopped_and_hung);
    if (replayed) compare_with_seal(*replayed, fingerprint, how.exact, seen);
    return seen;
}

observation run_free(scenario const& what, variant which, settings const& how) {
    round_limit const limits = allowed(what, which, how, free_rounds);
    observation seen;
    seen.mode = begin_noise != nullptr ? "free, with noise at atomic operations and calls" : "free";
    if (begin_noise != nullptr) begin_noise(how.seed);
    tally results(seen);
    best_finding best;
    bool stopped_and_hung = false;
    instance_memory memory(what.maker(which), instance_memory::sharing::private_heap);
    noise disturbance(how.seed, what.count);
    auto pool = std::make_unique<thread_pool>(what.count, [&](int thread, std::uint64_t round) {
        if (round == 1) {
            ::pthread_setname_np(::pthread_self(), ("thread " + std::to_string(thread)).c_str());
            give_signal_stack();
        }
        disturbance.before_act(thread, round);
    });
    for (std::uint64_t round = 1; limits.allows(round); ++round) {
        std::uint64_t const failures_before = failed_checks::failures();
        test_instance* const instance = results.begin(memory, how.seed + round);
        if (instance == nullptr) continue;
        bool const finished = pool->run(*instance, longest_round) || !pool->is_stuck();
        seen.far = {reach::kind::sampled, round, "rounds", ""};
        bool const judged = results.finish(*instance, finished);
        round_findings this_round(what, which);
        this_round.add_reports();
        if (!finished && judged) {
            finding hang;
            hang.kind = "hang";
            for (std::string const& where : pool->stuck_threads())
                hang.consequence += (hang.consequence.empty() ? "" : "; ") + where;
            this_round.offer(std::move(hang));
        }
        this_round.add_failed_checks(failures_before);
        if (finished) offer_exception(this_round, pool->uncaught());
        if (this_round.found()) best.offer(*this_round.found(), round);
        if (!finished) {
            (void)pool.release();
            memory.abandon();
            stopped_and_hung = !judged;
            break;
        }
        results.end(*instance, round);
        memory.tear_down();
        if (best.enough(round) || !pool->uncaught().empty()) break;
    }
    conclude(seen, best.kept(), what, limits);
    results.conclude_from_assumptions(stopped_and_hung);
    return seen;
}

std::vector<int> opened_since(std::vector<int> const& before) {
    std::vector<int> opened;
    auto const now = open_descriptors();
    std::set_difference(now.begin(), now.end(), before.begin(), before.end(),
                        std::back_inserter(opened));
    return opened;
}

void offer_process_ends(round_findings& round, std::vector<process_end> const& ends) {
    for (std::size_t self = 0; self < ends.size(); ++self) {
        process_end const& one = ends[self];
        std::string const name = "process " + std::to_string(self) + " ";
        finding found;
        if (one.how == process_end::kind::hung) {
            found.kind = "hang";
            found.consequence = name + one.where;
        } else if (one.how == process_end::kind::threw) {
            found.kind = "uncaught exception";
            found.consequence = name + "threw " + one.where;
        } else if (one.how == process_end::kind::crashed) {
            found.kind = "crash";
            found.consequence =
                name + (one.signal != 0 ? std::string("died of ") + ::strsignal(one.signal)
                                        : "exited with code " + std::to_string(one.code));
        } else {
            continue;
        }
        round.offer(std::move(found));
    }
}

observation run_processes(scenario const& what, variant which, settings const& how) {
    round_limit const limits = allowed(what, which, how, process_rounds, process_seconds);
    observation seen;
    seen.mode = "real processes";
    tally results(seen);
    best_finding best;
    bool stopped_and_hung = false;
    instance_memory memory(what.maker(which), instance_memory::sharing::shared_mapping);
    test_processes pool(what.count, how.seed);
    for (std::uint64_t round = 1; limits.allows(round); ++round) {
        std::uint64_t const failures_before = failed_checks::failures();
        auto const before = open_descriptors();
        test_instance* const instance = results.begin(memory, how.seed + round);
        if (instance == nullptr) continue;
        auto const opened = opened_since(before);
        auto const ends = pool.run(memory, opened, std::nullopt);
        seen.far = {reach::kind::sampled, round, "rounds", ""};
        bool const hung = std::any_of(ends.begin(), ends.end(), [](process_end const& one) {
            return one.how == process_end::kind::hung;
        });
        bool const judged = results.finish(*instance, !hung);
        round_findings this_round(what, which);
        this_round.add_reports();
        stopped_and_hung = hung && !judged;
        if (!stopped_and_hung) offer_process_ends(this_round, ends);
        // The process detector judges the failed checks of the racy variant. Here the question is
        // whether TSan reports, so they are only counted.
        if (which == variant::fixed) this_round.add_failed_checks(failures_before);
        if (this_round.found()) best.offer(*this_round.found(), round);
        if (hung) break;
        results.end(*instance, round);
        memory.tear_down();
        if (best.kept()) break;
    }
    conclude(seen, best.kept(), what, limits);
    results.conclude_from_assumptions(stopped_and_hung);
    return seen;
}

/// A program as it is: a round is a process, whose reports lie in shared memory.
observation run_program(scenario const& what, variant which, settings const& how) {
    round_limit const limits = allowed(what, which, how, program_rounds);
    auto const reported = [&]() -> std::optional<finding> {
        auto reports = kept_reports();
        clear_reports();
        forget_printed_reports();
        // A process may end before its threads.
        std::erase_if(reports, [](report_copy const& one) {
            return std::strcmp(one.kind, "thread-leak") == 0;
        });
        if (reports.empty()) return std::nullopt;
        return read_reports(reports, what, which, {});
    };
    observation seen = look_at_program(what, which, how, {limits.seconds, limits.rounds}, reported);
    seen.mode = "free";
    return seen;
}

}  // namespace

observation look(scenario const& what, variant which, settings const& how) {
    bool const is_program = what.program[0] != '\0';
    bool const processes = what.run_by == run_by::processes || is_program;
    if (!how.mode.empty() && how.mode != "controlled" && how.mode != "free")
        throw usage_error("the tsan detector has no mode '" + how.mode +
                          "': it has controlled and free");
    if (what.unmodified && (how.mode == "controlled" || !how.schedule.empty()))
        throw usage_error(
            "the schedule of the tsan detector sees the operations of racekit/platform.hpp alone, "
            "and this scenario is UNMODIFIED: it runs free; repeat it with --seed");
    bool const free = how.mode == "free" || what.unmodified;
    if (!how.schedule.empty() && (processes || free))
        throw usage_error(
            "only the tsan detector's controlled mode, with threads, can replay a schedule");

    observation seen;
    seen.trouble = reason_to_distrust(std::getenv("TSAN_OPTIONS"));
    if (!seen.trouble.empty()) return seen;
    failed_checks::open_board();
    open_report_board();
    expect_all_reports();
    // The first report starts the symbolizer; TSan keeps its pipes open.
    static std::vector<int> symbolizer;
    auto const before = open_descriptors();
    bool const reported = processes ? reports_known_race_in_child() : reports_known_race();
    auto const opened = opened_since(before);
    if (!opened.empty()) symbolizer = opened;
    if (!reported) {
        seen.how = observation::state::failed;
        seen.trouble =
            "the TSan detector did not run: a deliberate race caused no report, so the "
            "hook is not linked in or reports are suppressed: link racekit_tsan_kit as "
            "an object library, and unset TSAN_OPTIONS";
        return seen;
    }
    forget_printed_reports();  // of the deliberate race
    record_crashes();
    if (is_program) return run_program(what, which, how);
    if (processes) return run_processes(what, which, how);
    if (free) return run_free(what, which, how);
    return run_controlled(what, which, how, symbolizer);
}

namespace {
entered_detector const entered{{"tsan", look, true, true}};
}  // namespace

}  // namespace racekit::tsan
