// SPDX-License-Identifier: MIT
// The execution of a test body, from before() to its last error or leak check.
//
// Owns the scheduler, the object table, the store choice, the loop watch and the recorder. The
// operations of the platform (objects/) are made of these.
#pragma once

#include "engine.hpp"
#include "loop_watch.hpp"
#include "object_table.hpp"
#include "recorder.hpp"
#include "scheduler.hpp"
#include "sequential_check.hpp"
#include "store_choice.hpp"
#include "model/memory/machine.hpp"
#include "model/memory/memory_model.hpp"

#include <array>
#include <functional>
#include <set>
#include <span>
#include <string>

namespace racekit::model {

class execution final : public execution_callbacks {
public:
    execution(test_body& body, exploration_config config);

    void play(strategy& how, std::function<bool(std::uint64_t)> enough);
    std::uint64_t executions = 0;
    std::uint64_t abandoned = 0;
    std::set<std::string> kinds;
    std::uint64_t links_held = 0;

    // execution_callbacks
    int begin() override;
    void before() override;
    void act(int thread) override;
    void after() override;
    int next() override { return threads.next(); }
    bool end() override;

    [[nodiscard]] exploration_config const& config() const { return config_; }
    [[nodiscard]] int thread_count() const { return config_.threads + config_.spawned; }
    [[nodiscard]] bool running() const { return threads.running(); }
    [[nodiscard]] bool recording() const { return config_.record; }
    [[nodiscard]] int self() const { return threads.self(); }
    [[nodiscard]] thread_state& me() { return threads.me(); }
    [[nodiscard]] std::uint32_t number(object const& subject) const {
        return objects.number(subject);
    }

    /// Announces an operation and returns when this thread may do it.
    void visible(operation const& next) {
        if (!running()) return;
        if (config_.mortal != 0) maybe_die(next.where);
        threads.announce(next);
        loops.pass(self(), next);
        give_way();
    }
    /// The same of one that looks at an object, called from there: it may be the next iteration of
    /// a waiting loop.
    void visible(operation const& next, call_frame const& from) {
        if (!running()) return;
        if (config_.mortal != 0) maybe_die(next.where);
        threads.announce(next);
        look(next, from);
        give_way();
    }
    /// The same of one that `describe(operation&)` writes down where it is looked for.
    template <class Description>
    void visible(site const& where, Description describe) {
        if (!running()) return;
        if (config_.mortal != 0) maybe_die(where);
        describe(threads.announcement());
        loops.pass(self(), announced());
        give_way();
    }
    template <class Description>
    void visible(site const& where, Description describe, call_frame const& from) {
        if (!running()) return;
        if (config_.mortal != 0) maybe_die(where);
        describe(threads.announcement());
        look(announced(), from);
        give_way();
    }
    /// What this thread announced last.
    [[nodiscard]] operation const& announced() const { return threads.announced(self()); }
    /// A plain access: a step like any other if the search wants it so, else part of the last one.
    void announce_plain(operation const& next, call_frame const& from = {});
    /// The current thread stops here, and the execution is not judged.
    void give_up(site const& where);
    /// spin_hint(): a look at nothing, and no step.
    void hint(site const& where, call_frame const& from);
    [[nodiscard]] unsigned choose(decision about, unsigned count) {
        return threads.choose(about, count);
    }

    /// Ends the execution with an error.
    [[noreturn]] void broken(error what);
    /// The same of a data race, past which an execution may go on.
    void race(error what);

    /// The current thread's vector clock takes over, or joins, what was left in `clock`.
    void acquire(timestamp const* clock);
    void release(timestamp* clock);
    /// The vector clock with which a thread finished or died.
    [[nodiscard]] timestamp const* end_of(int thread) const {
        return spans_[static_cast<std::size_t>(thread)].ended_with;
    }

    /// Thread 0 is about to start another thread, or to wait for one: from here on operations are
    /// steps.
    void no_longer_alone();
    /// The current thread ends here, with the process: nothing of it is unwound.
    [[noreturn]] void leave();
    /// A spare thread comes to life: objects copy what it inherits from its parent.
    void begin_thread(int number, int parent);
    /// A new object. What stood at its address and was not destroyed ends here (placement new).
    [[nodiscard]] handle create(object_kind const& kind, void const* at, site const& where,
                                object*& made);
    /// The destructor of an object: a step after which nothing may touch it.
    void destroy(handle which, void const* at, site const& where);
    /// Storage ends: every object in it that was not destroyed ends with it, in one step. False:
    /// there is none.
    bool end_storage(void const* begin, std::size_t size);

    [[nodiscard]] std::memory_order in_force(std::memory_order order) const {
        return config_.sequential ? std::memory_order_seq_cst : order;
    }
    [[nodiscard]] bool links(site where) const;

    /// A row of the trace, if one is wanted.
    void record_row(object const* subject, site const& where, row_text const& what);
    /// The number that the next row gets; 0: before the threads start.
    [[nodiscard]] std::size_t next_row() const { return running() ? records.next_row() : 0; }

    recorder records;
    object_table objects;
    loop_watch loops;
    scheduler threads;
    store_choice stores;
    sequential_check consistency;  // if config().find_weak

private:
    /// The vector clocks of a spawned thread's parent when it started, and of a thread when it
    /// finished or died.
    struct span {
        timestamp began_with[most_threads] = {};
        timestamp ended_with[most_threads] = {};
    };

    void run_thread(int number);
    void give_way();
    /// A look of the current thread, which is announced: it may be parked.
    loop_watch::answer look(operation const& next, call_frame const& from) {
        loop_watch::answer const what = threads.is_late() ? loops.look_late(self(), from, next)
                                                          : loops.look(self(), from, next);
        if (what != loop_watch::answer::go_on) [[unlikely]] found_in_loop(what, next.where);
        return what;
    }
    [[gnu::cold]] void found_in_loop(loop_watch::answer what, site const& where);
    void maybe_die(site const& where);
    /// The current process ends here: nothing of it is unwound.
    [[noreturn]] void die();
    void check_for_leaks();
    void check_consistency();
    /// One step for the end of these objects; then each is checked and retired. False: another
    /// thread ended the first of them before that step.
    bool end_objects(std::span<std::uint32_t const> which, site const& where);
    void clean_up();

    test_body& body_;
    exploration_config config_;
    strategy* how_ = nullptr;
    std::function<bool(std::uint64_t)> enough_;
    int deaths_left_ = 0;
    std::array<span, most_threads> spans_;
};

/// At the end of an operation: what the engine left on the thread's stack is erased, for the frames
/// of later calls stand there, and loop_watch compares them.
class clean_exit {
public:
    explicit clean_exit(execution const& all) : all_(all) {}
    ~clean_exit() {
        if (all_.loops.compares() && all_.running()) [[unlikely]] all_.loops.erase_stack();
    }
    clean_exit(clean_exit const&) = delete;
    clean_exit& operator=(clean_exit const&) = delete;

private:
    execution const& all_;
};

inline execution* running_execution = nullptr;
/// The execution that runs now.
[[nodiscard]] inline execution& active() { return *running_execution; }
/// The same for an operation that creates an object: a global one, created before anything runs,
/// ends the program with an error message.
[[noreturn, gnu::cold]] void created_outside(site const& where);
[[nodiscard]] inline execution& creating(site const& where) {
    if (running_execution == nullptr) [[unlikely]] created_outside(where);
    return *running_execution;
}

}  // namespace racekit::model
