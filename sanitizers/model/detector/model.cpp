// SPDX-License-Identifier: MIT
#include "model.hpp"

#include "aba.hpp"
#include "consequence.hpp"
#include "graph_walk.hpp"
#include "model/schedules/deviating.hpp"
#include "model/core/engine.hpp"
#include "model/strategies/exhaustive.hpp"
#include "model/core/unsupported.hpp"
#include "model/schedules/minimise.hpp"
#include "model/objects/libc_interposition.hpp"
#include "model/strategies/random.hpp"
#include "model/schedules/replay.hpp"
#include "model/schedules/schedule.hpp"
#include "model/schedules/scripted.hpp"
#include "model/search/search.hpp"
#include "scenario_body.hpp"
#include "unseen.hpp"
#include "model/runtime/crash_guard.hpp"

#include "core/budget.hpp"
#include "core/source_line.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <set>
#include <utility>

namespace racekit::model {
namespace {

using seconds = std::chrono::duration<double>;

constexpr double default_seconds = 6;
constexpr std::uint64_t default_executions = 2'000'000;
constexpr double unlimited_seconds = 60;  // where only a number of executions was asked for
constexpr char with_an_atomic[] = "an atomic operation takes part in the race";
constexpr std::uint64_t aftermath_executions = 20'000;
constexpr double aftermath_seconds = 2;   // of its second search
constexpr double longest_aftermath = 15;  // with all that follows it
constexpr std::uint64_t passing_executions = 5'000;
constexpr char test_body_error[] =
    "test body error";  // what the model cannot run: no finding, no verdict

class look_at {
public:
    look_at(scenario const& what, variant which, settings const& how)
        : what_(what), which_(which), how_(how), body_(what.maker(which)) {
        config_.threads = what.count;
        config_.spawned = what.spawned;
        config_.mortal = what.mortal;
        config_.alone_at_first = what.starts_alone;
        config_.watch_statics = !what.starts_alone;  // its storage holds them
        config_.torn_io = what.torn_io;
        config_.memory = memory_named(how.memory);
        config_.find_weak = how.robust != settings::robustness::not_asked;
        if (config_.find_weak && config_.memory != memory_kind::exact)
            throw usage_error(
                "--robustness is for the memory exact: Relacy's orders the stores of "
                "an atomic as they are executed");
    }

    observation look() {
        seen_.far.unit = "executions";
        if (!how_.schedule.empty()) {
            replay(parse_schedule(how_.schedule));
        } else if (how_.show && *shown() != '\0') {
            show(parse_schedule(shown()));
        } else if (how_.show && which_ == variant::fixed) {
            show({});  // one thread after the other
        } else if (how_.mode == "graph") {
            list_states();
        } else {
            explore();
        }
        if (config_.find_weak) tell_robustness();
        seen_.seconds = elapsed();
        return std::move(seen_);
    }

private:
    [[nodiscard]] double elapsed() const {
        return seconds(std::chrono::steady_clock::now() - began_).count();
    }
    [[nodiscard]] char const* shown() const {
        return which_ == variant::racy ? what_.about.racy_shown : what_.about.fixed_shown;
    }
    [[nodiscard]] static memory_kind memory_named(std::string const& word) {
        if (word.empty() || word == "exact") return memory_kind::exact;
        if (word == "relacy") return memory_kind::relacy;
        throw usage_error("the model has the memories exact and relacy, not '" + word + "'");
    }
    [[nodiscard]] std::string bounds() const {
        std::string text = "spurious budget " + std::to_string(config_.spurious);
        if (config_.memory == memory_kind::relacy)
            text = "memory relacy, window " + std::to_string(memory::window) + ", " + text;
        if (config_.mortal != 0) text += ", one death";
        if (config_.torn_io) text += ", torn I/O";
        return text;
    }

    [[nodiscard]] search_options order() const {
        search_options result;
        constexpr std::pair<char const*, strategy_kind> words[] = {
            {"", strategy_kind::portfolio},      {"exhaustive", strategy_kind::exhaustive},
            {"bounded", strategy_kind::bounded}, {"pct", strategy_kind::pct},
            {"pos", strategy_kind::pos},         {"random", strategy_kind::random}};
        auto const* const word =
            std::find_if(std::begin(words), std::end(words),
                         [&](auto const& each) { return how_.mode == each.first; });
        if (word == std::end(words)) {
            throw usage_error(
                "the model has the strategies exhaustive, bounded, pct, pos and random, not '" +
                how_.mode + "'");
        }
        result.how = word->second;
        bool const unlimited = how_.seconds <= 0 && how_.executions == 0;
        result.executions = unlimited ? how_.scaled(default_executions) : how_.executions;
        result.seconds = how_.seconds > 0 ? how_.seconds
                         : unlimited      ? default_seconds * how_.scale
                                          : unlimited_seconds * how_.scale;
        result.seed = how_.seed;
        if (how_.depth > 0) result.depth = how_.depth;
        if (how_.jobs > 0) result.jobs = how_.jobs;
        if (how_.shards > 0) {
            result.shard = how_.shard;
            result.shards = how_.shards;
        }
        result.checkpoint = how_.checkpoint;
        result.of = what_.id() + " " + name(which_);
        if (*what_.words != '\0') result.of += std::string(" ") + what_.words;
        result.status = how_.progress;
        return result;
    }

    void explore() {
        search_options const wanted = order();
        libc_interposition::forget();
        if (!plays_alike()) return;
        if (what_.starts_alone && seen_threads_ > 1) config_.spawned = seen_threads_ - 1;
        unsupported_outcomes::forget();
        search_result const seen = model::search(body_, config_, wanted);
        seen_.mode = seen.strategies;
        seen_.far.count = seen.exhausted ? seen.by_exhaustion() : seen.executions;
        seen_.far.deepening = seen.exhausted ? seen.deepening : 0;
        seen_.far.pruned = seen.pruned;
        seen_.far.distinct = seen.distinct;
        seen_.far.covered = seen.covered;
        seen_.far.how = seen.executions == 0 && !seen.exhausted ? reach::kind::none
                        : seen.exhausted                        ? reach::kind::exhausted
                                                                : reach::kind::sampled;
        seen_.far.bounds = reached(seen, wanted);
        if (!seen.trouble.empty()) {
            fail(seen.trouble);
        } else if (seen.found) {
            if (seen.found->kind == test_body_error && config_.spawned < what_.spawned) {
                // Another execution started more threads than the first one.
                seen_threads_ = 1 + what_.spawned;
                config_.spawned = what_.spawned;
                return explore();
            }
            if (seen.found->kind == test_body_error) {
                (void)record_again(seen.found->script, seen.found->number, test_body_error);
                fail(seen_.found ? seen_.found->consequence : seen_.trouble);
                return;
            }
            auto const what = wanted.shards == 1 ? or_another(*seen.found) : *seen.found;
            if (what.kind == "livelock" || may_be_long(what.kind)) return cut_off(what);
            found(what);
            warn_of_what_is_unseen();
            if (which_ == variant::fixed) doubt_beside_what_is_unseen();
            if (which_ == variant::racy) look_for_passing();
        } else if (seen.executions == 0 && !seen.exhausted) {
            seen_.trouble = "the budget ended before a single execution did: give it more time";
        } else if (wanted.how == strategy_kind::exhaustive && !seen.exhausted) {
            seen_.trouble =
                seen_.far.bounds + ": give it more time" + (wanted.jobs > 1 ? "" : " or jobs") +
                (wanted.checkpoint.empty() ? ", or a checkpoint to continue from"
                                           : ", it continues from " + wanted.checkpoint);
        } else if (seen.executions == 0 &&
                   (wanted.shards == 1 || unsupported_outcomes::has_failed_assumption())) {
            seen_.how = observation::state::inconclusive;
            seen_.trouble = "no execution fulfils the assumptions: each one ended in assume(false)";
        } else if (nothing_visible_ && !unsupported_outcomes::has_started_thread()) {
            seen_.how = observation::state::inconclusive;
            seen_.trouble = what_.starts_alone ? "the program starts no thread"
                                                : nothing_visible_text();
        } else {
            found_nothing();
        }
    }

    /// Every execution that was played is clean.
    void found_nothing() {
        seen_.how = observation::state::clean;
        seen_.warnings = unsupported_outcomes::met();
        for (warning& each : libc_interposition::warnings())
            seen_.warnings.push_back(std::move(each));
        warn_of_unseen_names();
        // What a loop that is assumed to wait would do in further iterations was not explored.
        bool const assumed =
            std::any_of(seen_.warnings.begin(), seen_.warnings.end(),
                        [](warning const& each) { return each.kind == "assumed wait"; });
        if (assumed && seen_.far.how == reach::kind::exhausted)
            seen_.far.how = reach::kind::sampled;
    }

    /// Whether every execution is sequentially consistent. One that is not is no mistake: it is
    /// shown, and what comes after it was not explored.
    void tell_robustness() {
        using answer = robustness::answer;
        robustness& told = seen_.robust.emplace();
        if (seen_.found && seen_.found->kind == weak_execution) {
            told = {answer::not_robust, "the execution below is not sequentially consistent: the " +
                                            grouped(seen_.found->places.size()) +
                                            " operations named at its end form a cycle"};
            seen_.found->kind.clear();
            seen_.how = observation::state::clean;
            return;
        }
        std::string left_out;
        for (warning const& each : seen_.warnings) {
            if (left_out.find(each.kind) == std::string::npos)
                left_out += (left_out.empty() ? "" : ", ") + each.kind;
        }
        bool const all = seen_.far.how == reach::kind::exhausted && how_.shards <= 1;
        if (seen_.how != observation::state::clean)
            told.why = "the run has another result, which comes first";
        else if (!all)
            told.why = "in " + grouped(seen_.far.count) + " executions, which are not all";
        else if (!left_out.empty())
            told.why = "but C++ allows more than the model shows here: " + left_out;
        else
            told = {answer::robust,
                    "every execution that the model shows is sequentially consistent; it shows no "
                    "load buffering, and no failed turns of waiting loops"};
    }

    /// An execution with more steps than are allowed shows nothing: it may be a loop that waits, or
    /// just long.
    void cut_off(search_result::found_schedule const& what) {
        (void)record_again(what.script, what.number, what.kind);
        if (seen_.found)
            return cut_off(what.number, seen_.found->consequence, seen_.found->places,
                           seen_.found->schedule);
        cut_off(what.number, "too many steps", {}, "");
    }
    void cut_off(std::uint64_t number, std::string const& why, std::vector<place> const& where,
                 std::string const& by) {
        seen_.trouble = "execution " + grouped(number) + " was cut off";
        if (!where.empty())
            seen_.trouble += " at " + where[0].file.substr(where[0].file.find_last_of('/') + 1) +
                             ":" + std::to_string(where[0].line);
        seen_.trouble += ": " + why;
        if (!by.empty() && what_.starts_alone) seen_.trouble += " (schedule " + by + ")";
        seen_.found.reset();
        seen_.how = observation::state::inconclusive;
    }

    /// A thread of a program as it is may calculate for so long: no alarm, unless it is expected.
    [[nodiscard]] bool may_be_long(std::string const& kind) const {
        return kind == "hang" && what_.starts_alone && which_ == variant::fixed;
    }

    /// Of std: in the source. Where the test body is compiled as it is, all of that is seen.
    [[nodiscard]] std::vector<unseen_name> names_unseen() const {
        return what_.unmodified ? std::vector<unseen_name>() : unseen_names(what_.file);
    }

    /// An exhausted search over operations that the model does not see proves nothing.
    [[nodiscard]] std::string nothing_visible_text() const {
        std::vector<unseen_name> const names = names_unseen();
        return "no thread makes an operation that the model sees: " +
               (names.empty() ? std::string("write the variables that threads share as "
                                            "racekit::atomic or racekit::plain")
                              : in_words(names) + " does not go through the platform; use the "
                                                  "class of that name in racekit::");
    }

    void warn_of_unseen_names() {
        std::vector<unseen_name> const names = names_unseen();
        if (names.empty()) return;
        seen_.warnings.push_back(
            {"unseen synchronisation",
             "the model does not see " + in_words(names) +
                 ": neither what it changes nor the order it gives; use the class of that name in "
                 "racekit::, or guard the access by one"});
    }

    /// Beside a finding.
    void warn_of_what_is_unseen() {
        warn_of_unseen_names();
        for (warning& each : libc_interposition::warnings()) {
            if (each.kind.starts_with("unseen")) seen_.warnings.push_back(std::move(each));
        }
    }

    /// What the model does not see may order what it calls unordered: no alarm on a fixed variant.
    void doubt_beside_what_is_unseen() {
        std::vector<unseen_name> const names = names_unseen();
        std::string const calls = libc_interposition::unseen_order();
        if ((names.empty() && calls.empty()) || seen_.how != observation::state::found ||
            !seen_.found)
            return;
        finding const& doubtful = *seen_.found;
        static std::set<std::string> const of_order{"data race", "use after free", "failed check",
                                                    "deadlock", "lost wake-up"};
        if (!of_order.contains(doubtful.kind)) return;
        std::string text = "a " + doubtful.kind;
        if (!doubtful.subject.empty()) text += " on " + doubtful.subject;
        if (!doubtful.places.empty()) {
            place const& first = doubtful.places[0];
            text += " (" + first.file.substr(first.file.find_last_of('/') + 1) + ":" +
                    std::to_string(first.line) + ", schedule " + doubtful.schedule + ")";
        }
        seen_.trouble = text + " may be no error: the model does not see ";
        if (names.empty()) seen_.trouble += "the order that " + calls + " give";
        else seen_.trouble += in_words(names) + "; use the class of that name in racekit::";
        seen_.how = observation::state::inconclusive;
        seen_.found.reset();
    }

    void fail(std::string const& trouble) {
        seen_.how = observation::state::failed;
        seen_.trouble = trouble;
        std::string const calls = libc_interposition::changeable();
        if (trouble.find("not deterministic") != std::string::npos && !calls.empty())
            seen_.trouble += "; it calls " + calls;
    }

    /// Runs the first execution twice. A difference comes from outside the test body: a static, an
    /// address, the clock or a random number; a search of such a test body means nothing.
    bool plays_alike() {
        exploration_config recorded = config_;
        recorded.past_races = recorded.record = true;
        schedule const first;
        execution_record plays[2];
        std::uint64_t judged = 0;
        for (execution_record& each : plays) {
            engine once(body_, recorded);
            scripted follow(first);
            each = once.play(follow, [](std::uint64_t) { return true; });
            judged = once.executions();
            if (!each.found) continue;
            if (may_be_long(each.found->kind)) {
                cut_off(1, each.found->consequence, each.found->places, "");
                return false;
            }
            if (each.found->kind == "hang") return true;  // takes long; the search will report it
            if (each.found->kind != test_body_error) continue;
            fail(with_names(each.found->consequence, names_of(each.rows, each.objects)));
            return false;
        }
        if (seen_threads_ < 0) seen_threads_ = threads_in(plays[0].rows);
        bool const came_to_its_end = judged > 0;
        nothing_visible_ =
            came_to_its_end &&
            std::none_of(plays[0].rows.begin(), plays[0].rows.end(), [](row const& each) {
                return each.object >= first_object || each.operation == "fence";
            });
        if (what_.starts_alone) nothing_visible_ = seen_threads_ < 2 && !what_.unmodified;
        for (std::size_t at = 0; at < plays[0].rows.size() || at < plays[1].rows.size(); ++at) {
            row const nothing{};
            row const& before = at < plays[0].rows.size() ? plays[0].rows[at] : nothing;
            row const& again = at < plays[1].rows.size() ? plays[1].rows[at] : nothing;
            if (before.action == again.action && before.where.line == again.where.line) continue;
            auto const in_words = [&](row const& one, execution_record const& of) {
                if (one.action.empty()) return std::string("has ended");
                std::string const file = one.where.file;
                return "has '" + with_names(one.action, names_of(of.rows, of.objects)) + "' (" +
                       file.substr(file.find_last_of('/') + 1) + ":" +
                       std::to_string(one.where.line) + ")";
            };
            fail("the scenario is not deterministic: its first execution " +
                 in_words(before, plays[0]) + " in step " + std::to_string(at + 1) +
                 ", the same one played again " + in_words(again, plays[1]) +
                 cause_of_difference());
            return false;
        }
        return true;
    }

    /// A mistake that shows in every execution is no race: one execution must pass. A data race is
    /// in all of them, so then its consequence counts.
    void look_for_passing() {
        exploration_config further = config_;
        further.past_races = further.only_consequences = true;
        further.plain_visible = true;  // else each thread's plain accesses come in one piece
        engine explorer(body_, further);
        random_walk at_random(how_.seed);
        auto const one = [](std::uint64_t) { return true; };
        for (std::uint64_t number = 1; number <= passing_executions; ++number) {
            auto const& what = explorer.play(at_random, one).found;
            if (what && what->kind == "hang") return;  // each costs seconds: nothing is known
            if (what) continue;
            seen_.passing = number;
            return;
        }
        seen_.passing = 0;
    }

    /// A search ends where an execution is cut off, and it lets one thread go on for as long as
    /// that. At random the others come to their turn, and most executions to an end: what one of
    /// those shows, in the place of that execution.
    [[nodiscard]] search_result::found_schedule or_another(
        search_result::found_schedule const& first) {
        if (first.kind != "livelock") return first;
        engine explorer(body_, config_);
        random_walk at_random(how_.seed);
        auto const one = [](std::uint64_t) { return true; };
        processor_budget limit = aftermath();
        for (std::uint64_t number = 1; !limit.spent(number - 1); ++number) {
            execution_record const& played = explorer.play(at_random, one);
            if (!played.found || played.found->kind == "livelock") continue;
            if (played.found->kind == "hang" || played.found->kind == test_body_error) break;
            seen_.mode += ", then random";
            return {{played.threads, played.decisions, "", ""}, played.found->kind, number};
        }
        return first;
    }

    /// Of the processor's time, for executions may be long.
    [[nodiscard]] processor_budget aftermath() const {
        return {processor_clock::now() + std::chrono::duration_cast<processor_clock::duration>(
                                             seconds(aftermath_seconds * how_.scale)),
                aftermath_executions};
    }

    /// What was left out.
    [[nodiscard]] std::string reached(search_result const& seen,
                                      search_options const& wanted) const {
        std::string text;
        if (!seen.exhausted && !seen.found && seen.systematic > 0) {
            text += ", not exhausted after " + grouped(seen.systematic);
            if (seen.pruned > 0) text += " (+" + grouped(seen.pruned) + " pruned)";
            if (seen.covered > 0) {
                char part[32];
                std::snprintf(part, sizeof part, ", about %.2g %%", 100 * seen.covered);
                text += part;
            }
        }
        if (seen.preemptions >= 0 && !seen.exhausted)
            text += ", all of " + std::to_string(seen.preemptions) +
                    (seen.preemptions == 1 ? " preemption" : " preemptions");
        if (seen.distinct > 0)
            text += std::string(", ") + (seen.distinct_is_least ? "more than " : "") +
                    grouped(seen.distinct) + " distinct";
        if (wanted.shards > 1)
            text += ", shard " + std::to_string(wanted.shard) + "/" + std::to_string(wanted.shards);
        text += ", " + bounds();
        if (seen.exhausted && seen.deepening > 0)
            text += "; " + grouped(seen.deepening) + " with few preemptions first";
        return text.substr(2);
    }

    /// Plays the execution of a finding again with its trace, and fills in the finding.
    void found(search_result::found_schedule const& what) {
        schedule script = what.script;
        if (what.kind == "data race") {
            exploration_config further = config_;
            further.plain_visible = further.past_races = further.only_consequences = true;
            engine explorer(body_, further);
            exhaustive systematically;
            processor_budget limit = aftermath();
            execution_record const& worse = explorer.play(
                systematically, [&](std::uint64_t count) { return limit.spent(count); });
            if (worse.found && worse.found->kind == "data race")
                script = {worse.threads, worse.decisions, "", ""};
        }
        exploration_config shown = config_;
        shown.plain_visible = shown.past_races = true;
        least const fewer = minimised(body_, shown, script, what.kind);
        if (!record_again(fewer.script, what.number, what.kind)) return;
        seen_.found->fewest = fewer.fewest;
        if (what.kind == "data race" && what_.starts_alone && seen_.found->consequence.empty())
            look_behind(fewer.script.deviations);
    }

    /// What a race of plain accesses leads to, where those are no steps of a search: a second one
    /// makes steps of those that race.
    void look_behind(std::vector<deviation> const& race) {
        race_consequence& result = seen_.found->leads_to.emplace();
        if (raced_.empty()) {
            result.trouble = with_an_atomic;
            return;
        }
        if (std::string const calls = libc_interposition::unseen_order(); !calls.empty()) {
            result.trouble = "the model does not see the order that " + calls + " give";
            return;
        }
        result = searched_apart(
            [&] {
                make_steps(race);
                return consequence();
            },
            longest_aftermath * how_.scale);
    }

    /// From now on accesses to what races in this execution are steps.
    void make_steps(std::vector<deviation> const& race) {
        exploration_config played = config_;
        played.past_races = true;
        engine again(body_, played);
        deviating follow(race);
        config_.steps_at = again.play(follow, [](std::uint64_t) { return true; }).raced;
        std::ranges::sort(config_.steps_at);
        auto const same = std::ranges::unique(config_.steps_at);
        config_.steps_at.erase(same.begin(), same.end());
        race_ = race;
    }

    /// The second search.
    [[nodiscard]] race_consequence consequence() {
        exploration_config further = config_;
        further.plain_visible = further.past_races = further.only_consequences = true;
        search_options options;
        options.executions = aftermath_executions;
        options.seconds = std::min(order().seconds, aftermath_seconds * how_.scale);
        options.seed = how_.seed;
        (void)libc_interposition::take_race_with_atomic();
        search_result const seen = model::search(body_, further, options);
        race_consequence result;
        if (libc_interposition::take_race_with_atomic() && !seen.found) {
            result.trouble = with_an_atomic;
            return result;
        }
        // Of the exhaustive search alone: how many samples there is time for differs.
        result.executions = seen.exhausted ? seen.by_exhaustion() : seen.executions;
        result.exhausted = seen.exhausted;
        result.trouble = seen.trouble;
        if (!seen.found) return result;
        std::uint64_t const number = seen.found->number;
        if (!record_again(seen.found->script, number, "")) return result;
        if (consequence_kind_ == test_body_error && config_.spawned < what_.spawned) {
            config_.spawned = what_.spawned;  // it starts more threads than the first execution
            return consequence();
        }
        if (consequence_kind_ == "livelock" || consequence_kind_ == test_body_error) {
            result.trouble =
                "execution " + grouped(number) + " was cut off: " + seen_.found->consequence;
            return result;
        }
        if (consequence_kind_ != "hang") {  // each takes seconds
            further.only_consequences = false;
            least const fewer = minimised(body_, further, seen.found->script, seen.found->kind, 0);
            if (!record_again(fewer.script, number, "")) return result;
        }
        result.is_of_the_race = seen_.found->kind != consequence_kind_;
        result.schedule = seen_.found->schedule;
        result.text = seen_.found->consequence;
        if (!result.text.starts_with(consequence_kind_))
            result.text = consequence_kind_ + (result.text.empty() ? "" : ", ") + result.text;
        return result;
    }

    [[nodiscard]] static schedule by(std::vector<deviation> deviations) {
        schedule result;
        result.deviates = true;
        result.deviations = std::move(deviations);
        return result;
    }

    /// Plays one schedule with everything recorded; false when it ended without a finding.
    bool record_again(schedule const& script, std::uint64_t number, std::string const& expected) {
        exploration_config recorded = config_;
        recorded.plain_visible = recorded.past_races = recorded.record = true;
        engine again(body_, recorded);
        scripted by_steps(script);
        deviating by_deviations(script.deviations);
        noting notes(script.deviates ? static_cast<strategy&>(by_deviations) : by_steps);
        execution_record played = again.play(notes, [](std::uint64_t) { return true; });
        raced_ = played.raced;
        std::optional<error> found = played.found;
        bool const is_weak = found && found->kind == weak_execution;
        auto const blamed =
            is_weak ? std::nullopt : behind(body_, config_, by(notes.deviations()), played);
        if (blamed) found = as_aba(std::move(*found), played, *blamed);
        auto const names = names_of(played.rows, played.objects);
        finding result;
        result.threads = what_.starts_alone ? threads_in(played.rows) : what_.count + what_.spawned;
        result.steps = steps_of(played.rows, names);
        result.found_in = number;
        if (config_.memory == memory_kind::relacy) result.replay_options = "--memory relacy";
        if (is_weak) result.replay_options = "--robustness";
        schedule whole = sealed(notes.deviations(), played, found, what_.id(), which_);
        whole.race = race_;
        result.schedule = to_text(whole);
        result.switches = switches(played.threads);
        if (found) {
            error const& what = *found;
            result.kind = what.kind;
            consequence_kind_ = what.consequence_kind.empty() ? what.kind : what.consequence_kind;
            result.subject =
                what.object < names.size() && what.object >= first_object ? names[what.object] : "";
            result.consequence = with_names(what.consequence, names);
            for (place where : what.places) {
                where.role = with_names(where.role, names);
                where.marked = is_marked(where.file, where.line);
                result.places.push_back(std::move(where));
            }
        }
        if (!expected.empty() && (!played.found || played.found->kind != expected)) {
            seen_.how = observation::state::failed;
            if (result.kind == test_body_error) {
                // A call that the search of the finding did not meet; a lock of std, say.
                auto const unseen = names_unseen();
                seen_.trouble = result.consequence;
                if (!unseen.empty())
                    seen_.trouble += "; the model does not see " + in_words(unseen);
                return false;
            }
            seen_.trouble = "the scenario is not deterministic: execution " + grouped(number) +
                            " found a " + expected + ", its replay " +
                            (result.kind.empty() ? std::string("nothing") : "a " + result.kind) +
                            cause_of_difference();
            return false;
        }
        bool const worth = !result.kind.empty();
        seen_.how = worth ? observation::state::found : observation::state::clean;
        seen_.found = std::move(result);
        return worth;
    }

    [[nodiscard]] std::string cause_of_difference() const {
        std::vector<unseen_name> const names = names_unseen();
        return (names.empty() ? "; look"
                              : "; the model does not see " + in_words(names) +
                                    ": use the class of that name in racekit::, or look") +
               std::string(" for static state, addresses used as values, time or rand()");
    }

    /// How many threads the program had in an execution that starts with one.
    [[nodiscard]] static int threads_in(trace const& rows) {
        return 1 + static_cast<int>(std::count_if(
                       rows.begin(), rows.end(),
                       [](row const& each) { return each.operation == "spawn"; }));
    }

    void check_owner(schedule const& script) const {
        if (!script.owner.empty() && script.owner != owner_of(what_.id(), which_)) {
            variant const other = which_ == variant::racy ? variant::fixed : variant::racy;
            throw usage_error(
                "the schedule belongs to " +
                (script.owner == owner_of(what_.id(), other)
                     ? std::string("the ") + name(other) + " variant: add --variant " + name(other)
                     : "another scenario than " + what_.id()));
        }
        if (highest_thread(script) >= what_.count + what_.spawned) {
            throw usage_error("the schedule names thread " +
                              std::to_string(highest_thread(script)) + ", but " + what_.id() +
                              " has threads 0 to " +
                              std::to_string(what_.count + what_.spawned - 1));
        }
    }

    /// The race whose places are steps in the schedule: as it is written, or near it.
    void find_race(std::vector<deviation> const& race) {
        exploration_config played = config_;
        played.past_races = true;
        schedule written = by(race);
        written.owner = written.kind = "data race";
        make_steps(model::replay(body_, played, written, !how_.exact).deviations);
        if (config_.steps_at.empty())
            throw usage_error(
                "no race of plain accesses is found by what stands before '+' in the "
                "schedule: run the program again for a new one");
    }

    void replay(schedule const& script) {
        check_owner(script);
        if (how_.exact && script.owner.empty())
            throw usage_error("only a schedule with its seal, from '~' on, can be exact");
        if (script.race) find_race(*script.race);
        exploration_config played = config_;
        played.plain_visible = played.past_races = true;
        replayed seen = model::replay(body_, played, script, !how_.exact);
        if (how_.exact && !seen.same) {
            throw usage_error(
                "the schedule gives another execution than the recorded one; the source has "
                "changed since, or it was recorded elsewhere: run the scenario again for a new "
                "one, or follow it as far as it goes without --exact");
        }
        seen_.mode = "replay";
        seen_.far = {reach::kind::sampled, seen.executions, "executions", ""};
        bool const worth = record_again(by(seen.deviations), seen.executions, "");
        if (seen.same) return;
        if (script.kind == aba && !(worth && seen_.found->kind == aba)) seen.again = false;
        if (worth) {
            seen_.warnings.push_back({"replay", of_another_program(seen, script)});
        } else {
            seen_.how = observation::state::inconclusive;
            seen_.trouble = of_another_program(seen, script) + ": run the scenario again";
        }
    }

    /// Every state. It judges nothing: only the search reports a finding.
    void list_states() {
        constexpr std::size_t default_states = 2000;
        walked seen = walk(body_, config_, how_.executions > 0 ? how_.executions : default_states);
        seen_.mode = "graph";
        seen_.far = {reach::kind::sampled, seen.executions, "executions", bounds()};
        if (seen.diverged) return fail("the scenario is not deterministic: look for static state, "
                                       "addresses used as values, time or rand()");
        seen_.how = observation::state::inconclusive;
        seen_.trouble = seen.graph.complete
                            ? "all " + grouped(seen.graph.states.size()) +
                                  " states are listed; the mode graph judges nothing"
                            : "there are more than " + grouped(seen.graph.states.size() - 1) +
                                  " states: allow more with --executions";
        seen_.graph = std::make_shared<state_graph const>(std::move(seen.graph));
    }

    void show(schedule const& script) {
        seen_.mode = "shown";
        seen_.far = {reach::kind::sampled, 1, "executions", ""};
        (void)record_again(script, 1, "");
    }

    scenario const& what_;
    variant which_;
    settings const& how_;
    scenario_body body_;
    exploration_config config_;
    observation seen_;
    std::vector<void const*> raced_;  // in the recorded execution
    std::string consequence_kind_;    // of that execution's end; without one, its finding
    std::optional<std::vector<deviation>> race_;  // whose places are steps
    int seen_threads_ = -1;         // in the first execution, or as many as there may be
    bool nothing_visible_ = false;  // in the first execution
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

observation look(scenario const& what, variant which, settings const& how) {
    crash_guard const watching;
    return look_at(what, which, how).look();
}

}  // namespace racekit::model
