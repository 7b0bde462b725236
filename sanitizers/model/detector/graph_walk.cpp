// SPDX-License-Identifier: MIT
#include "graph_walk.hpp"

#include "model/core/strategy.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace racekit::model {
namespace {

constexpr std::size_t no_state = ~std::size_t{0};

/// A choice: a thread, or one of `count` possibilities.
using script = std::vector<std::uint8_t>;

/// What of an execution so far tells one state from another.
class history {
public:
    void begin() {
        steps_.clear();
        threads_.clear();
        objects_.clear();
        whole_ = false;
        last_ = 0;
    }
    void step(int thread, operation const& next) {
        std::string text = std::to_string(static_cast<int>(next.what)) + "." +
                           std::to_string(next.object) + "." + std::to_string(next.second) + "." +
                           std::to_string(next.where.line);
        threads_[thread] += " " + text;
        steps_ += " " + std::to_string(thread);
        constexpr std::uint32_t about_all = among(action::die, action::kill, action::fence,
                                                  action::spawn, action::join, action::has_ended);
        whole_ = whole_ || (among(next.what) & about_all) != 0 || next.second == every_object;
        bool const reads_only = !next.changes;
        for (std::uint32_t const object : {next.object, next.second}) {
            if (object != no_object) meet(object, thread, reads_only);
        }
        last_ = thread;
    }
    void chose(unsigned one) {
        threads_[last_] += "=" + std::to_string(one);
        steps_ += "=" + std::to_string(one);
    }
    [[nodiscard]] std::string key() const {
        if (whole_) return steps_;
        std::string text;
        for (auto const& [thread, made] : threads_) text += std::to_string(thread) + ":" + made;
        for (auto const& [object, order] : objects_)
            text += "|" + std::to_string(object) + ":" + order.text + sorted(order.readers);
        return text;
    }

private:
    struct meeting {
        std::string text;           // changes, and the reads between them
        std::vector<int> readers;   // since the last change
    };
    static std::string sorted(std::vector<int> readers) {
        std::sort(readers.begin(), readers.end());
        std::string text;
        for (int const each : readers) text += " r" + std::to_string(each);
        return text;
    }
    void meet(std::uint32_t object, int thread, bool reads_only) {
        meeting& order = objects_[object];
        if (reads_only) {
            order.readers.push_back(thread);
            return;
        }
        order.text += sorted(std::exchange(order.readers, {})) + " w" + std::to_string(thread);
    }

    std::string steps_;
    std::map<int, std::string> threads_;
    std::map<std::uint32_t, meeting> objects_;
    bool whole_ = false;  // a step that may concern everything: no two orders are the same
    int last_ = 0;
};

/// A step that was played, its rows not put into words yet.
struct raw_edge {
    std::size_t from = 0;
    int thread = 0;
    std::size_t to = 0;
    trace rows;
};

/// Follows a script, then takes the first choice of what it meets, and notes the others as scripts.
class walker final : public simple_strategy {
public:
    explicit walker(std::size_t most_states) : most_states_(most_states) {
        asks_of_one_ = false;
        waiting_.push_back({});
    }

    void play_all(engine& plays) {
        plays_ = &plays;
        while (!waiting_.empty() && !full_ && !diverged_) {
            script_ = std::move(waiting_.front());
            waiting_.pop_front();
            (void)plays.play(*this, [](std::uint64_t) { return true; });
            close();
        }
    }
    [[nodiscard]] bool is_full() const { return full_; }
    [[nodiscard]] bool diverged() const { return diverged_; }

    void begin() override {
        so_far_.begin();
        made_.clear();
        state_ = no_state;
        rows_ = 0;
        stopped_ = false;
    }
    int choose_thread(situation const& now) override {
        std::size_t const here = arrive(now);
        if (stopped_ || full_) return abandon;
        int const thread = made_.size() < script_.size() ? script_[made_.size()]
                                                         : first_of(now.enabled);
        if ((now.enabled >> thread & 1U) == 0) {
            diverged_ = true;
            return abandon;
        }
        state_ = here;
        thread_ = thread;
        made_.push_back(static_cast<std::uint8_t>(thread));
        so_far_.step(thread, now.next[thread]);
        return thread;
    }
    unsigned choose(decision, unsigned count, int thread) override {
        if (state_ == no_state) {  // before the first thread is chosen: a beginning of its own
            if (numbers_.try_emplace("beginning", states.size()).second) states.emplace_back();
            state_ = numbers_["beginning"];
            thread_ = thread;
        }
        unsigned chosen = 0;
        if (made_.size() < script_.size()) {
            chosen = script_[made_.size()];
            if (chosen >= count) {
                diverged_ = true;
                chosen = 0;
            }
        } else {
            for (unsigned other = 1; other < count; ++other) postpone(other);
        }
        made_.push_back(static_cast<std::uint8_t>(chosen));
        so_far_.chose(chosen);
        return chosen;
    }
    bool end(bool) override { return false; }

    std::vector<graph_state> states;
    std::vector<raw_edge> edges;
    std::vector<object_name> objects;
    std::set<std::string> kinds;

private:
    void postpone(unsigned other) {
        script next = made_;
        next.push_back(static_cast<std::uint8_t>(other));
        waiting_.push_back(std::move(next));
    }
    /// The state before a choice of thread: closes the step that led here. A state that was met
    /// before has had its choices noted.
    std::size_t arrive(situation const& now) {
        auto const [known, is_new] = numbers_.try_emplace(so_far_.key(), states.size());
        if (is_new) states.emplace_back();
        std::size_t const here = known->second;
        finish_step(here);
        bool const beyond = made_.size() >= script_.size();
        if (!is_new) {
            stopped_ = beyond && !made_.empty();
            return here;
        }
        full_ = full_ || states.size() > most_states_;
        states[here].waiting = now.waiting;
        if (plays_->record().found) states[here].kind = plays_->record().found->kind;
        if (!beyond) {
            diverged_ = true;  // the way of a script is known
            return here;
        }
        for (thread_set left = now.enabled & (now.enabled - 1); left != 0; left &= left - 1)
            postpone(static_cast<unsigned>(first_of(left)));
        return here;
    }
    /// Only the last step of the script, and those beyond it, are new.
    void finish_step(std::size_t to) {
        trace const& rows = plays_->record().rows;
        bool const is_new = made_.size() >= script_.size();
        if (state_ != no_state && is_new) {
            edges.push_back({state_, thread_, to,
                             trace(rows.begin() + static_cast<std::ptrdiff_t>(rows_), rows.end())});
        }
        rows_ = rows.size();
    }
    /// The execution is over: where it ended by itself, that is a state too.
    void close() {
        execution_record const& played = plays_->record();
        if (played.objects.size() > objects.size()) objects = played.objects;
        if (stopped_ || full_ || diverged_) return;
        std::string const kind = played.found ? played.found->kind : "";
        if (played.found) kinds.insert(kind);
        if (played.found && !played.found->consequence_kind.empty())
            kinds.insert(played.found->consequence_kind);
        std::string const text = played.found ? played.found->consequence : "";
        auto const [known, is_new] =
            numbers_.try_emplace(so_far_.key() + "|end " + kind + "|" + text, states.size());
        if (is_new) {
            states.emplace_back();
            states.back().ended = true;
            states.back().kind = kind;
            states.back().consequence = text;
        }
        finish_step(known->second);
    }

    std::size_t most_states_;
    engine* plays_ = nullptr;
    std::deque<script> waiting_;
    script script_;  // that is followed
    script made_;    // the choices of this execution so far
    history so_far_;
    std::map<std::string, std::size_t> numbers_;
    std::size_t state_ = no_state;  // before the step that is being made
    int thread_ = 0;
    std::size_t rows_ = 0;  // before that step
    bool stopped_ = false;  // at a state that was met before
    bool full_ = false;
    bool diverged_ = false;
};

}  // namespace

walked walk(test_body& body, exploration_config config, std::size_t most_states) {
    config.record = config.plain_visible = config.past_races = true;
    engine plays(body, config);
    walker all(most_states);
    all.play_all(plays);
    walked result;
    result.executions = plays.executions() + plays.abandoned();
    result.diverged = all.diverged();
    result.kinds = all.kinds;
    result.kinds.insert(plays.kinds().begin(), plays.kinds().end());
    result.graph.complete = !all.is_full() && !all.diverged();
    result.graph.threads = config.threads + config.spawned;
    // An object that only few executions name has that name in all of them.
    trace rows;
    for (raw_edge const& each : all.edges)
        rows.insert(rows.end(), each.rows.begin(), each.rows.end());
    std::vector<std::string> const names = names_of(rows, all.objects);
    for (graph_state& each : all.states) each.consequence = with_names(each.consequence, names);
    result.graph.states = std::move(all.states);
    for (raw_edge& each : all.edges) {
        result.graph.states[each.from].edges.push_back(
            {each.thread, each.to, steps_of(each.rows, names)});
    }
    return result;
}

}  // namespace racekit::model
