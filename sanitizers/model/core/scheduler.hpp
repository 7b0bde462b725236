// SPDX-License-Identifier: MIT
// Which thread goes next.
//
// Every blocking operation is a step with a guard: a thread announces it, and is not chosen until
// the guard holds. Nothing ever waits inside the memory model, so a deadlock is a state in which no
// thread can be chosen.
#pragma once

#include "engine.hpp"
#include "loop_watch.hpp"
#include "object_table.hpp"
#include "recorder.hpp"
#include "model/memory/raw_array.hpp"

#include <array>
#include <string>

namespace racekit::model {

struct thread_state {
    bool exists = false;      // of the test body, or spawned
    bool finished = false;
    bool waiting_recorded = false;
    bool dead = false;
    bool to_be_killed = false;
    void (*body)(void*) = nullptr;  // of a spawned thread
    void* argument = nullptr;

    bool awake = false;       // a sleeper that was woken
    instant limit = never;    // of the wait it announced
    instant clock{};          // what this thread's clock shows
    int spurious_left = 0;
    int joining = -1;
    int call_path = -1;  // of its last operation, if that is to be recorded

    // What the guard of the operation that it announced asks.
    std::size_t channel_need = 0;    // bytes of room without which the write must wait
    std::size_t channel_amount = 0;  // bytes that the read or write asks for
    bool channel_or_loss = false;    // the read ends as well when a writing end is lost
    monitor_operation const* monitored = nullptr;

    /// A wait with a deadline ends by it: the thread's clock shows it at least. False: it has none.
    bool time_out() {
        if (limit == never) return false;
        if (limit > clock) clock = limit;
        return true;
    }
};

class scheduler {
public:
    enum class phase { outside, before, running, after };

    scheduler(exploration_config const& config, object_table& objects, loop_watch& loops,
              recorder& records)
        : config_(config), objects_(objects), loops_(loops), records_(records) {}

    /// A new execution under `how` of `fibers` threads, spares included.
    void begin(strategy& how, int fibers);
    void enter(phase next) { phase_ = next; }
    [[nodiscard]] phase now() const { return phase_; }
    /// Between before() and after(): operations are steps.
    [[nodiscard]] bool running() const { return phase_ == phase::running; }

    [[nodiscard]] int self() const { return self_; }
    [[nodiscard]] thread_state& me() { return threads_[static_cast<std::size_t>(self_)]; }
    [[nodiscard]] thread_state& operator[](int number) {
        return threads_[static_cast<std::size_t>(number)];
    }
    [[nodiscard]] thread_state const& operator[](int number) const {
        return threads_[static_cast<std::size_t>(number)];
    }
    [[nodiscard]] int fibers() const { return fibers_; }
    [[nodiscard]] thread_set unfinished() const { return unfinished_; }

    /// What this thread does next.
    void announce(operation const& next) { next_[static_cast<std::size_t>(self_)] = next; }
    [[nodiscard]] operation& announcement() { return next_[static_cast<std::size_t>(self_)]; }
    [[nodiscard]] operation const& announced(int thread) const {
        return next_[static_cast<std::size_t>(thread)];
    }
    [[nodiscard]] operation const* announced() const { return next_.data(); }

    /// Chooses the thread that goes next, and counts its step. May end the execution.
    int next();
    /// Another choice of the strategy: one of 0 .. count-1.
    [[nodiscard]] unsigned choose(decision about, unsigned count);
    /// Whether reads are to return the newest store: nobody can go on but threads that wait in
    /// loops.
    [[nodiscard]] bool reads_newest() const { return loops_.is_last_look(); }
    /// The same of any number of possibilities.
    [[nodiscard]] std::size_t choose_among(decision about, std::size_t count);
    /// Which of several stores of these ages a step reads. Ends the execution if what it could read
    /// was covered already.
    [[nodiscard]] std::size_t choose_store(memory::raw_array<std::uint32_t> const& ages);
    /// A step can read one store alone, of this age.
    void reads_only(std::uint32_t age) {
        if (how_->choose_store(1, &age, self_) == strategy::nothing_new) [[unlikely]] cut_off();
    }
    /// Whether the strategy wants to be asked that.
    [[nodiscard]] bool asks_of_one() const { return how_->asks_of_one() && !forced_; }
    /// Reports to the strategy what the step turned out to be.
    void executed(operation const& done) {
        if (running() && !forced_) how_->executed(self_, done);
    }
    /// Leaves the execution, of which all that could follow was covered.
    [[noreturn]] void cut_off();
    /// The execution ends with an error.
    void broke_off() { how_->broke_off(); }
    /// A step that is not announced: an access to a plain variable.
    void count_step(operation const& done) {
        records_.note_step(self_, done);
        if (records_.steps() > config_.steps) [[unlikely]] livelocked();
    }

    /// Whether the execution is in the second half of the steps that it may make, and another
    /// thread can go on.
    [[nodiscard]] bool is_late() const {
        return records_.steps() > config_.steps / 2 && another_can_go_on();
    }

    void start(int thread);
    void finished();

    /// "waits for gate, held by thread 0".
    [[nodiscard]] std::string waiting(int thread) const;

    /// Whether the strategy cut the execution short.
    [[nodiscard]] bool cut_short() const { return cut_short_; }

private:
    /// The actions that may have to wait.
    static constexpr std::uint32_t guarded =
        among(action::lock, action::sleep, action::await_change, action::channel_read,
              action::channel_write, action::join, action::monitor);

    [[nodiscard, gnu::always_inline]] bool enabled(int thread) const {
        if ((loops_.held_back() >> thread & 1U) != 0 && !is_let_go(thread)) [[unlikely]]
            return false;
        return is_able(thread);
    }
    /// Whether it can make its next step, parked or not.
    [[nodiscard]] bool is_able(int thread) const {
        return (among(announced(thread).what) & guarded) == 0 || guard_holds(thread);
    }
    /// Of a thread that waits in a loop, or takes no further part.
    [[nodiscard, gnu::noinline]] bool is_let_go(int thread) const {
        return (loops_.given_up() >> thread & 1U) == 0 && loops_.may_go_on(thread);
    }
    [[nodiscard]] bool guard_holds(int thread) const;
    [[nodiscard]] bool may_wake_spuriously(int thread) const {
        return announced(thread).what == action::sleep && (*this)[thread].spurious_left > 0;
    }
    [[nodiscard]] bool may_go(int thread) const {
        return enabled(thread) || may_wake_spuriously(thread);
    }
    [[nodiscard, gnu::cold]] bool another_can_go_on() const;
    [[nodiscard]] bool is_settled(int thread) const;
    situation look();
    [[nodiscard]] situation survey();
    void when_all_wait(situation& now);
    [[nodiscard]] int next_of_last_look();
    [[noreturn]] void wait_for_ever();
    int look_and_choose();
    void watch_lone_steps(int chosen);
    void record_waiting_threads();
    [[gnu::cold]] void livelocked();
    [[noreturn, gnu::cold]] void not_obstruction_free(int thread, std::string const& what);
    [[noreturn, gnu::cold]] void deadlocked(thread_set stuck);

    exploration_config const& config_;
    object_table& objects_;
    loop_watch& loops_;
    recorder& records_;
    strategy* how_ = nullptr;
    phase phase_ = phase::outside;
    bool cut_short_ = false;
    bool forced_ = false;    // the last look in a search: its steps are no choice of the strategy
    unsigned forced_steps_ = 0;
    int current_ = -1;       // the thread that went last
    unsigned in_a_row_ = 0;  // steps that it made, when a thread must finish alone
    int self_ = -1;          // the thread whose fiber runs
    int fibers_ = 0;
    std::array<operation, most_threads> next_;  // by thread: announced, not yet done
    std::array<thread_state, most_threads> threads_;
    thread_set unstarted_ = 0;   // alive, and has not run yet
    thread_set unfinished_ = 0;  // alive
};

}  // namespace racekit::model
