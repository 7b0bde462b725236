// SPDX-License-Identifier: MIT
#include "search.hpp"

#include "model/strategies/bounded.hpp"
#include "checkpoint.hpp"
#include "model/strategies/distinct.hpp"
#include "model/strategies/exhaustive.hpp"
#include "model/core/unsupported.hpp"
#include "model/strategies/in_turn.hpp"
#include "model/strategies/pos.hpp"
#include "model/strategies/pct.hpp"
#include "status_line.hpp"
#include "model/strategies/random.hpp"
#include "workers.hpp"
#include "model/runtime/shared_page.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <sstream>
#include <utility>

namespace racekit::model {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::uint64_t most_prefixes = 1 << 15;
constexpr std::uint64_t prefixes_wanted =
    512;  // enough that no worker is left with a large last one
constexpr std::uint64_t first_alone = 1024;     // executions before others are called in to help
constexpr std::uint64_t enough_probes = 4096;
constexpr std::chrono::milliseconds before_probes{500};  // what ends sooner needs no estimate
constexpr std::chrono::milliseconds least_for_probes{20};
constexpr std::chrono::milliseconds most_for_probes{500};
constexpr std::uint64_t nobody = ~std::uint64_t(0);
constexpr unsigned small_bound = 2;             // preemptions that come before all else
constexpr std::uint64_t most_of_few = 4096;     // executions of so few

/// What workers must agree upon; all else they say over their wires.
struct board {
    std::atomic<std::uint64_t>
        best;  // one more than the lowest prefix or bound with a finding; 0: none
    std::atomic<unsigned> next_bound;
    std::atomic<bool> taken[most_prefixes];

    void found_at(std::uint64_t place) {
        std::uint64_t before = best.load();
        while ((before == 0 || before > place + 1) &&
               !best.compare_exchange_weak(before, place + 1)) {
        }
    }
    [[nodiscard]] std::uint64_t lowest() const {
        std::uint64_t const now = best.load(std::memory_order_relaxed);
        return now == 0 ? nobody : now - 1;
    }
};

/// An amount of time and of executions that one strategy may use up.
class budget {
public:
    budget(clock::time_point until, std::uint64_t executions) : until_(until), left_(executions) {}

    [[nodiscard]] bool spent(std::uint64_t executions) {
        if (left_ != 0 && executions >= left_) return true;
        return calls_++ % 16 == 15 && clock::now() > until_;
    }

private:
    clock::time_point until_;
    std::uint64_t left_;  // 0: no limit
    std::uint64_t calls_ = 0;
};

/// True once in so much time, looking at the clock only now and then.
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

class no_partition final : public work_partition {
public:
    bool take(std::uint64_t) override { return false; }
};

/// A worker's portion: of this shard, what nobody else has taken and no earlier search has done.
class worker_partition final : public work_partition {
public:
    worker_partition(board& shared, checkpoint const& before, unsigned jobs, unsigned self,
                     wire const& out, exhaustive const& searching)
        : shared_(shared),
          before_(before),
          jobs_(jobs),
          self_(self),
          out_(out),
          searching_(searching) {}

    bool take(std::uint64_t prefix) override {
        if (prefix % before_.shards != before_.shard - 1) return false;
        auto const known = before_.prefixes.find(prefix);
        if (known != before_.prefixes.end() && known->second.stopped_at.empty()) return false;
        if (prefix > shared_.lowest()) {
            beaten_ = true;
            return false;
        }
        bool const mine = prefix < most_prefixes ? !shared_.taken[prefix].exchange(true)
                                                 : prefix % jobs_ == self_;
        if (!mine) return false;
        now_ = known != before_.prefixes.end() ? known->second.seen : leaves{};
        under_way_ = true;
        return true;
    }
    std::string stopped_at(std::uint64_t prefix) override {
        auto const known = before_.prefixes.find(prefix);
        return known != before_.prefixes.end() ? known->second.stopped_at : "";
    }
    void done(std::uint64_t prefix, leaves const& seen) override {
        done_ += "done " + counted(prefix, seen) + "\n";
        sum_.executions += seen.executions;
        sum_.pruned += seen.pruned;
        under_way_ = false;
        now_ = {};
    }

    /// Says which were done since it was called last: each by itself would wake the listener, who
    /// takes a worker's processor for it.
    void send_done() {
        if (done_.empty()) return;
        done_.pop_back();
        out_.send(done_);
        done_.clear();
    }
    /// "4 100 3": a prefix and its leaves, those of an earlier search included.
    [[nodiscard]] std::string counted(std::uint64_t prefix, leaves const& seen) const {
        return std::to_string(prefix) + " " + std::to_string(now_.executions + seen.executions) +
               " " + std::to_string(now_.pruned + seen.pruned);
    }
    [[nodiscard]] bool beaten() const { return beaten_ || searching_.prefix() > shared_.lowest(); }
    [[nodiscard]] bool under_way() const { return under_way_; }
    [[nodiscard]] std::uint64_t executions() const {
        return sum_.executions + (under_way() ? searching_.seen().executions : 0);
    }
    [[nodiscard]] std::uint64_t pruned() const {
        return sum_.pruned + (under_way() ? searching_.seen().pruned : 0);
    }
    /// Executions of earlier searches below the current prefix.
    [[nodiscard]] std::uint64_t earlier() const { return now_.executions; }

private:
    board& shared_;
    checkpoint const& before_;
    unsigned jobs_;
    unsigned self_;
    wire const& out_;
    exhaustive const& searching_;
    std::string done_;  // lines that were not said yet
    leaves now_;  // of the current prefix, by an earlier search
    leaves sum_;  // of those that are done
    bool under_way_ = false;
    bool beaten_ = false;
};

/// How large the whole is, by probes.
class estimate {
public:
    estimate(test_body& body, exploration_config const& config, std::uint64_t seed)
        : explorer_(body, config) {
        probing_.probe(seed);
    }
    /// Makes it better for so long, until it is good enough.
    void go_on(clock::duration span) {
        if (enough_) return;
        budget until(clock::now() + span, enough_probes);
        auto const count = [this] { return explorer_.executions() + explorer_.abandoned(); };
        bool spent = false;
        // An execution with a finding ends the probing: the search itself will come to it.
        (void)explorer_.play(probing_, [&](std::uint64_t) { return spent = until.spent(count()); });
        enough_ = !spent || count() >= enough_probes;
    }
    [[nodiscard]] double leaves() const { return probing_.estimated_leaves(); }

private:
    engine explorer_;
    exhaustive probing_;
    bool enough_ = false;
};

class searcher {
public:
    searcher(test_body& body, exploration_config const& config, search_options const& order)
        : body_(body), config_(config), order_(order), status_(order.status) {}

    search_result search() {
        bool const parts = order_.shards > 1 || !order_.checkpoint.empty();
        if (order_.how == strategy_kind::portfolio) few_first();
        if (result_.found) {
            result_.strategies = "bounded";
        } else if (order_.how == strategy_kind::portfolio ||
                   order_.how == strategy_kind::exhaustive) {
            bool ended = false;
            if (!parts) ended = alone();
            if (!ended && (parts || order_.jobs > 1)) together();
        }
        if (order_.how != strategy_kind::exhaustive && !result_.exhausted && !result_.found &&
            result_.trouble.empty())
            sample();
        status_.clear();
        return std::move(result_);
    }

private:
    [[nodiscard]] clock::time_point after(double share) const {
        return began_ + std::chrono::duration_cast<clock::duration>(
                            std::chrono::duration<double>(order_.seconds * share));
    }
    /// The exhaustive search's part of time and executions.
    [[nodiscard]] double share() const { return order_.how == strategy_kind::portfolio ? 0.5 : 1; }
    [[nodiscard]] std::uint64_t systematic_executions() const {
        return order_.how == strategy_kind::portfolio
                   ? (order_.executions - result_.deepening + 1) / 2
                   : order_.executions;
    }

    void found(execution_record const& last, std::uint64_t number) {
        result_.found = {{last.threads, last.decisions, "", ""}, last.found->kind, number};
    }
    void not_deterministic(std::uint64_t number) {
        result_.trouble = "the scenario is not deterministic: in execution " +
                          std::to_string(number) +
                          " the same choices led to another place than before; look for static "
                          "state, addresses used "
                          "as values, time or rand()";
    }

    /// The executions of the fewest preemptions, a few thousand at most: what is found there is
    /// the easiest to read, and whether or not there is something, little time is lost.
    void few_first() {
        std::uint64_t const most =
            order_.executions == 0 ? most_of_few : std::min(most_of_few, order_.executions / 4);
        if (most == 0) return;
        engine explorer(body_, config_);
        bounded few(0, small_bound);
        budget until(after(0.05), most);
        execution_record const& last = explorer.play(
            few, [&](std::uint64_t) { return until.spent(explorer.executions()); });
        result_.executions = result_.deepening = explorer.executions();
        result_.preemptions = few.completed();
        if (last.found) found(last, result_.executions);
        else few_were_all_ = few.everything();
    }

    void estimate_for(clock::duration span) {
        if (!size_) size_.emplace(body_, config_, order_.seed);
        size_->go_on(span);
        leaves_ = size_->leaves() / order_.shards;
    }
    [[nodiscard]] clock::duration time_for_probes() const {
        return std::clamp<clock::duration>(after(share()) - clock::now(), least_for_probes,
                                           most_for_probes);
    }
    /// What part of the whole was covered, when the search is over.
    [[nodiscard]] double covered_at_last(std::uint64_t executions) {
        if (result_.exhausted) return 1;
        if (result_.found || !result_.trouble.empty()) return 0;
        estimate_for(time_for_probes());  // few probes may have been made so far, or none
        return covered(executions);
    }
    [[nodiscard]] double covered(std::uint64_t executions) const {
        return leaves_ > 0 ? std::min(static_cast<double>(executions) / leaves_, 0.99) : 0;
    }

    /// Exhaustive, in this process. True if nothing more of it is wanted: several workers are only
    /// called in when it turns out to be large.
    bool alone() {
        result_.strategies = "exhaustive";
        engine explorer(body_, config_);
        exhaustive systematically;
        budget until(after(share()), systematic_executions());
        budget others_sleep(clock::time_point::max(), first_alone);
        budget nobody_asks(clock::now() + before_probes, 0);
        budget& pause = order_.jobs > 1 ? others_sleep : nobody_asks;
        bool cut = false;
        bool unfinished = false;
        auto const enough = [&](std::uint64_t count) {
            if (status_.due()) {
                status_.show(result_.strategies, explorer.executions(), explorer.abandoned(),
                               covered(explorer.executions()));
            }
            cut = until.spent(explorer.executions());
            unfinished = !size_ && pause.spent(count);
            return cut || unfinished;
        };
        execution_record const* now = &explorer.play(systematically, enough);
        if (unfinished && !now->found && !cut) {
            if (order_.jobs > 1) return false;  // others will help, from the beginning
            unfinished = false;
            estimate_for(time_for_probes());
            now = &explorer.play(systematically, enough);  // goes on where it was
        }
        execution_record const& last = *now;
        result_.systematic = explorer.executions();
        result_.executions = result_.deepening + result_.systematic;
        result_.pruned = explorer.abandoned();
        if (systematically.diverged()) not_deterministic(result_.systematic);
        else if (last.found) found(last, result_.executions);
        else if (!cut) result_.exhausted = true;
        if (cut && few_were_all_ && !last.found) {
            result_.exhausted = true;
            result_.systematic = std::exchange(result_.deepening, 0);
            result_.pruned = 0;
        }
        result_.covered = covered_at_last(result_.executions);
        return true;
    }

    /// How many steps a prefix has, so that there are enough of them: the same in every run.
    void choose_split(checkpoint& standing) {
        std::uint64_t const wanted = std::max<std::uint64_t>(prefixes_wanted, 16U * order_.shards);
        engine explorer(body_, config_);
        no_partition nothing;
        standing.split = 1;
        for (unsigned steps = 2;; steps += std::max(1U, steps / 4)) {
            exhaustive counting;
            counting.split(steps, nothing);
            bool too_many = false;
            execution_record const& last = explorer.play(counting, [&](std::uint64_t) {
                return too_many = counting.prefixes() > most_prefixes;
            });
            if (too_many) return;
            standing.split = steps;
            if (last.found || counting.diverged() || counting.prefixes() >= wanted ||
                !counting.splits_further())
                return;
        }
    }

    /// Exhaustive, by workers that take one prefix after the other.
    void together() {
        result_.strategies = "exhaustive";
        checkpoint standing;
        standing.of = order_.of;
        standing.program = order_.checkpoint.empty() ? 0 : hash_of_program();
        standing.shard = order_.shard;
        standing.shards = order_.shards;
        checkpoint read;
        if (!order_.checkpoint.empty() && read_checkpoint(order_.checkpoint, standing, read)) {
            standing = std::move(read);
            unsupported_outcomes::restore(standing.unsupported_outcomes);
        } else {
            choose_split(standing);
        }
        shared<board> common;
        workers all;
        for (unsigned job = 0; job < order_.jobs; ++job) {
            all.start([&](wire const& out) { work(*common.operator->(), standing, job, out); });
        }
        auto const estimate_from = clock::now() + before_probes;
        struct report {
            std::uint64_t executions = 0, pruned = 0;
            bool ended = false;
        };
        std::vector<report> reports(order_.jobs);
        leaves earlier;
        for (auto const& [prefix, part] : standing.prefixes) {
            earlier.executions += part.seen.executions;
            earlier.pruned += part.seen.pruned;
        }
        std::uint64_t at_prefix = nobody;
        bool diverged = false;
        auto const sum = [&] {
            report whole;
            whole.executions = earlier.executions;
            whole.pruned = earlier.pruned;
            whole.ended = true;
            for (report const& each : reports) {
                whole.executions += each.executions;
                whole.pruned += each.pruned;
                whole.ended = whole.ended && each.ended;
            }
            return whole;
        };
        auto last_written = clock::now();
        std::string const trouble = all.receive(
            [&](std::size_t who, std::string_view line) {
                std::istringstream words{std::string(line)};
                std::string word;
                words >> word;
                if (word == "done" || word == "open") {
                    std::uint64_t prefix = 0;
                    checkpoint::part part;
                    words >> prefix >> part.seen.executions >> part.seen.pruned;
                    if (word == "open") std::getline(words >> std::ws, part.stopped_at);
                    standing.prefixes[prefix] = std::move(part);
                } else if (word == "count") {
                    words >> reports[who].executions >> reports[who].pruned;
                } else if (word == "ended") {
                    reports[who].ended = true;
                } else if (word == "diverged") {
                    diverged = true;
                } else if (word == "found") {
                    std::uint64_t prefix = 0;
                    std::uint64_t number = 0;
                    words >> prefix >> number;
                    if (prefix < at_prefix) {
                        at_prefix = prefix;
                        receive_finding(words, number);
                    }
                }
            },
            [&] {
                if (clock::now() > estimate_from) estimate_for(std::chrono::milliseconds(5));
                report const whole = sum();
                if (status_.due())
                    status_.show(result_.strategies, whole.executions, whole.pruned,
                                   covered(whole.executions));
                if (order_.checkpoint.empty() ||
                    clock::now() - last_written < std::chrono::seconds(2))
                    return;
                last_written = clock::now();
                save(standing);
            });
        if (!order_.checkpoint.empty()) save(standing);
        report const whole = sum();
        result_.systematic = whole.executions;
        result_.executions = result_.deepening + result_.systematic;
        result_.pruned = whole.pruned;
        result_.trouble = trouble;
        if (diverged) not_deterministic(whole.executions);
        if (result_.found) {
            result_.found->number += result_.deepening;
            for (auto const& [prefix, part] : standing.prefixes) {
                if (prefix < at_prefix) result_.found->number += part.seen.executions;
            }
        } else if (whole.ended && result_.trouble.empty()) {
            result_.exhausted = true;
        }
        result_.covered = covered_at_last(whole.executions);
    }

    void save(checkpoint& standing) const {
        standing.unsupported_outcomes = unsupported_outcomes::state();
        write_checkpoint(order_.checkpoint, standing);
    }

    /// One worker of an exhaustive search.
    void work(board& common, checkpoint const& before, unsigned self, wire const& out) {
        engine explorer(body_, config_);
        exhaustive systematically;
        worker_partition mine(common, before, order_.jobs, self, out, systematically);
        systematically.split(before.split, mine);
        budget until(after(share()), (systematic_executions() + order_.jobs - 1) / order_.jobs);
        now_and_then report(std::chrono::milliseconds(100));
        now_and_then save(std::chrono::seconds(1));
        bool cut = false;
        auto const send_counts = [&] {
            mine.send_done();
            out.send("count " + std::to_string(mine.executions()) + " " +
                    std::to_string(mine.pruned()));
        };
        auto const send_stack = [&] {
            mine.send_done();
            if (mine.under_way())
                out.send("open " + mine.counted(systematically.prefix(), systematically.seen()) +
                        " " + systematically.stack());
        };
        execution_record const& last = explorer.play(systematically, [&](std::uint64_t) {
            if (report.due()) send_counts();
            if (!order_.checkpoint.empty() && save.due()) send_stack();
            return cut = mine.beaten() || until.spent(mine.executions());
        });
        if (!order_.checkpoint.empty() && !last.found && !systematically.diverged()) send_stack();
        send_counts();
        if (systematically.diverged()) {
            out.send("diverged");
        } else if (last.found) {
            std::uint64_t const prefix = systematically.prefix();
            common.found_at(prefix);
            std::uint64_t const below =
                mine.under_way() ? mine.earlier() + systematically.seen().executions : 0;
            send_finding(out, last, prefix, below + 1);
        } else if (!cut) {
            out.send("ended");
        }
    }

    static void send_finding(wire const& out, execution_record const& last, std::uint64_t place,
                             std::uint64_t number) {
        std::string const script = last.threads.empty()
                                       ? "-"
                                       : to_text({last.threads, last.decisions, "", ""});
        out.send("found " + std::to_string(place) + " " + std::to_string(number) + " " + script +
                " " + last.found->kind);
    }
    void receive_finding(std::istringstream& words, std::uint64_t number) {
        std::string script;
        search_result::found_schedule what;
        words >> script;
        std::getline(words >> std::ws, what.kind);
        if (script != "-") what.script = parse_schedule(script);
        what.number = number;
        result_.found = std::move(what);
    }

    // Sampling ------------------------------------------------------------------------------------

    /// One worker's strategy; `deepening` is the part of it that is to end one day, if one is.
    [[nodiscard]] std::unique_ptr<strategy> sampler(unsigned self, bounded*& deepening) const {
        std::uint64_t const seed = order_.seed + self;
        switch (order_.how) {
            case strategy_kind::pct: return std::make_unique<pct>(seed, order_.depth);
            case strategy_kind::pos: return std::make_unique<partial_order_sampling>(seed);
            case strategy_kind::random: return std::make_unique<random_walk>(seed);
            default: break;
        }
        std::vector<std::unique_ptr<strategy>> all;
        if (self == 0) {
            // From where the few preemptions at the beginning ended.
            auto deeper =
                std::make_unique<bounded>(static_cast<unsigned>(result_.preemptions + 1));
            deepening = deeper.get();
            all.push_back(std::move(deeper));
        }
        all.push_back(std::make_unique<pct>(seed, order_.depth));
        all.push_back(std::make_unique<partial_order_sampling>(seed));
        all.push_back(std::make_unique<random_walk>(seed));
        return std::make_unique<in_turn>(std::move(all), 1024, self);
    }

    struct sampled {
        std::uint64_t executions = 0;
        int bound = -1;          // all executions with so many preemptions were seen
        bool everything = false;
        execution_record const* last = nullptr;
    };
    using row_text = std::function<bool(sampled const&)>;  // true: stop

    /// Plays one worker's strategy; `tell` is called now and then.
    void play(engine& explorer, distinct_set& seen, unsigned self, std::uint64_t executions,
              row_text const& record_row, sampled& so_far) {
        budget until(after(1), executions);
        bounded* deepening = nullptr;
        auto const how = sampler(self, deepening);
        counted counting(*how, seen);
        auto const note = [&] {
            so_far.executions = explorer.executions();
            if (deepening != nullptr)
                so_far.bound = std::max(so_far.bound, deepening->completed());
        };
        so_far.last = &explorer.play(counting, [&](std::uint64_t) {
            note();
            return record_row(so_far) || until.spent(so_far.executions);
        });
        note();
        so_far.everything = deepening != nullptr && deepening->everything();
    }

    void deepen(engine& explorer, distinct_set& seen, bounded& how, budget until,
                row_text const& record_row, sampled& so_far) {
        counted counting(how, seen);
        so_far.last = &explorer.play(counting, [&](std::uint64_t) {
            so_far.executions = explorer.executions();
            so_far.bound = std::max(so_far.bound, how.completed());
            return record_row(so_far) || until.spent(so_far.executions);
        });
        so_far.executions = explorer.executions();
        so_far.bound = std::max(so_far.bound, how.completed());
        so_far.everything = how.everything();
    }

    void sample() {
        constexpr char const* names[] = {
            "deeper, pct, pos and random in turn", "", "bounded", "pct", "pos", "random"};
        result_.strategies +=
            (result_.strategies.empty() ? "" : ", then ") + std::string(names[int(order_.how)]);
        std::uint64_t executions = 0;
        if (order_.executions != 0) {
            if (result_.executions >= order_.executions) return;
            executions = order_.executions - result_.executions;
        }
        distinct_set seen;
        if (order_.jobs > 1) sample_together(seen, executions);
        else sample_alone(seen, executions);
        result_.distinct = seen.count();
        result_.distinct_is_least = seen.full();
    }

    void sample_alone(distinct_set& seen, std::uint64_t executions) {
        engine explorer(body_, config_);
        sampled so_far;
        auto const record_row = [&](sampled const& now) {
            if (status_.due())
                status_.show(doing(seen), before_sampling() + now.executions, 0, 0);
            return false;
        };
        if (order_.how == strategy_kind::bounded) {
            bounded deepening;
            deepen(explorer, seen, deepening, budget(after(1), executions), record_row, so_far);
        } else {
            play(explorer, seen, 0, executions, record_row, so_far);
        }
        result_.executions = before_sampling() + so_far.executions;
        result_.preemptions = std::max(result_.preemptions, so_far.bound);
        result_.exhausted = so_far.everything && !so_far.last->found;
        if (so_far.last->found) found(*so_far.last, result_.executions);
    }

    [[nodiscard]] std::uint64_t before_sampling() const {
        return result_.deepening + result_.systematic;
    }
    [[nodiscard]] std::string doing(distinct_set const& seen) const {
        return result_.strategies + ", " + (seen.full() ? "more than " : "") +
               std::to_string(seen.count()) + " distinct";
    }

    void sample_together(distinct_set& seen, std::uint64_t executions) {
        shared<board> common;
        workers all;
        for (unsigned job = 0; job < order_.jobs; ++job) {
            all.start([&](wire const& out) {
                sample_as_worker(*common.operator->(), seen, job,
                                 executions == 0 ? 0 : (executions + order_.jobs - 1) / order_.jobs,
                                 out);
            });
        }
        std::vector<std::uint64_t> counts(order_.jobs);
        std::uint64_t at_place = nobody;
        auto const sum = [&] {
            std::uint64_t whole = before_sampling();
            for (std::uint64_t const each : counts) whole += each;
            return whole;
        };
        result_.trouble = all.receive(
            [&](std::size_t who, std::string_view line) {
                std::istringstream words{std::string(line)};
                std::string word;
                words >> word;
                if (word == "count") {
                    int bound = -1;
                    words >> counts[who] >> bound;
                    result_.preemptions = std::max(result_.preemptions, bound);
                } else if (word == "everything") {
                    result_.exhausted = true;
                } else if (word == "found") {
                    std::uint64_t place = 0;
                    std::uint64_t number = 0;
                    words >> place >> number;
                    if (place < at_place) {
                        at_place = place;
                        receive_finding(words, before_sampling() + number);
                    }
                }
            },
            [&] {
                if (status_.due()) status_.show(doing(seen), sum(), 0, 0);
            });
        result_.executions = sum();
        if (result_.found || !result_.trouble.empty()) result_.exhausted = false;
    }

    void sample_as_worker(board& common, distinct_set& seen, unsigned self,
                          std::uint64_t executions, wire const& out) {
        engine explorer(body_, config_);
        sampled so_far;
        now_and_then report(std::chrono::milliseconds(100));
        std::uint64_t place = self;
        auto const record_row = [&](sampled const& now) {
            if (report.due())
                out.send("count " + std::to_string(now.executions) + " " +
                        std::to_string(now.bound));
            return common.lowest() < place;
        };
        if (order_.how == strategy_kind::bounded) {
            // One bound each: what is found with the fewest preemptions wins.
            do {
                place = common.next_bound.fetch_add(1);
                if (common.lowest() < place) break;
                bounded level(static_cast<unsigned>(place), static_cast<unsigned>(place));
                std::uint64_t const left = executions == 0 ? 0 : executions;
                deepen(explorer, seen, level, budget(after(1), left), record_row, so_far);
            } while (!so_far.last->found && !so_far.everything && so_far.bound == int(place));
            if (so_far.everything)
                common.found_at(place + 1);  // deeper ones have nothing more to see
        } else {
            play(explorer, seen, self, executions, [&](sampled const& now) {
                return record_row(now) || common.lowest() != nobody;
            }, so_far);
        }
        out.send("count " + std::to_string(so_far.executions) + " " + std::to_string(so_far.bound));
        if (so_far.last != nullptr && so_far.last->found) {
            common.found_at(place);
            send_finding(out, *so_far.last, place, so_far.executions);
        } else if (so_far.everything) {
            out.send("everything");
            if (order_.how != strategy_kind::bounded)
                common.found_at(place);  // the others need not go on
        }
    }

    test_body& body_;
    exploration_config config_;
    search_options const& order_;
    status_line status_;
    search_result result_;
    bool few_were_all_ = false;  // no more preemptions would have shown more
    std::optional<estimate> size_;
    double leaves_ = 0;  // of the whole tree, estimated; 0: unknown
    clock::time_point began_ = clock::now();
};

}  // namespace

search_result search(test_body& body, exploration_config const& config,
                     search_options const& order) {
    bool const by_parts = order.shards > 1 || !order.checkpoint.empty();
    if (by_parts && order.how != strategy_kind::exhaustive) {
        throw usage_error(std::string(order.shards > 1 ? "--shard" : "--checkpoint") +
                          " is for the exhaustive search: add --strategy exhaustive");
    }
    return searcher(body, config, order).search();
}

}  // namespace racekit::model
