// SPDX-License-Identifier: MIT
// The inside of the engine: threads, objects, and what may happen next.
//
// Every blocking operation is a step with a guard: a thread announces it, and is not chosen until
// the guard holds. Nothing ever waits inside the memory model, so a deadlock is a moment without
// choices.
#pragma once

#include "engine.hpp"
#include "unsupported.hpp"
#include "model/memory/memory_model.hpp"

#include <racekit/platform/model/engine.hpp>

#include <array>
#include <csetjmp>
#include <string>
#include <vector>

namespace racekit::model {

enum class object_kind : std::uint8_t { atomic, plain, lock, condition, channel, monitor };

/// One access to a plain variable, for telling a race.
struct access {
    timestamp at = 0;  // 0: none
    site where;
};

/// What one write put into a channel, and what its writer knew.
struct segment {
    std::size_t bytes = 0;
    timestamp clock[most_threads] = {};
};

/// Everything the engine keeps of an object. One shape for all kinds: they live in a table that is
/// overwritten in every execution, so that making one costs nothing.
struct object {
    object_kind kind{};
    bool alive = false;
    std::uint32_t check = 0;
    void const* at = nullptr;
    value_type const* type = nullptr;
    char const* given_name = nullptr;

    // atomic: store n lies at values[n % window]
    void* history = nullptr;
    word values[memory::window];
    std::uint32_t stores = 0;
    std::size_t stored_in = 0;  // the recorded step of the newest store; 0: before the threads
    std::uint32_t changed_at = 0;              // the last store that altered the value
    std::uint32_t created_at = 0;                 // the maker's instant
    int creator = 0;
    std::uint32_t used_at[most_threads];       // the instant of each thread's last operation on it
    std::uint32_t read_at[most_threads];       // the store each thread read last
    std::uint32_t must_pass[most_threads];     // no thread reads an older store than this
    std::uint32_t failed_at[most_threads];     // the store each thread's last failed exchange read
    std::uint32_t sequential = 0;              // no later seq_cst load reads an older store

    // What waiting loops go by (turns.cpp). A lock counts in changed_at how often it was taken and
    // given up, a monitor its effects; read_at is then the count that a thread saw last.
    std::uint32_t read_in[most_threads];    // the turn in which each thread looked last
    std::uint32_t settled[most_threads];    // changes up to this one came to nothing for a thread
    int changed_by = -1;                    // the last one, and those before it in the same turn,
    std::uint32_t changed_in = 0;
    std::uint32_t unchanged_at = 0;         // which began after this one

    // plain
    word shown;
    int writer = -1;
    access written;
    access read[most_threads];

    // lock
    lock_kind lock{};
    int owner = -1;
    bool owner_died = false;
    bool unrecoverable = false;
    thread_set readers = 0;

    // lock: what taking it brings along
    timestamp handed_on[most_threads];

    // atomic (as futex), condition: who sleeps, in order
    int sleepers[most_threads];
    int sleeping = 0;

    // channel
    std::vector<unsigned char>* bytes = nullptr;
    std::vector<segment>* segments = nullptr;  // whose bytes they are, in order
    std::size_t capacity = 0;
    std::size_t atomic_write = 0;
    thread_set reading_ends = 0;
    thread_set writing_ends = 0;

    // monitor
    char const* kind_name = nullptr;
    void const* owned_by = nullptr;
    std::string (*shown_by)(void const*) = nullptr;
};

struct thread_state {
    bool exists = false;      // of the cast, or spawned
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
    std::size_t channel_need = 0;    // bytes of room without which the write it announced must wait
    std::size_t channel_amount = 0;  // bytes that the read or write it announced asks for
    int joining = -1;
    monitor_operation const* monitored = nullptr;  // the step on a monitor that it announced

    // A turn of a waiting loop: what it did since the last spin (turns.cpp).
    static constexpr int most_reads = 32;
    std::uint32_t iteration = 1;
    bool saw_change = false;   // looked at something twice, and it had changed
    bool has_changed = false;  // something for good, as far as can be seen
    int read_count = 0;
    std::uint32_t reads[most_reads];  // atomics, locks and monitors that it looked at
};

/// What a spawned thread's parent knew, and what a thread knew when it finished or died.
struct span {
    timestamp began_with[most_threads] = {};
    timestamp ended_with[most_threads] = {};
};

class execution final : public execution_callbacks {
public:
    execution(test_body& body, exploration_config config);
    ~execution() override;

    void play(strategy& how, std::function<bool(std::uint64_t)> enough);
    [[nodiscard]] execution_record const& last() const { return now_; }
    std::uint64_t executions = 0;
    std::uint64_t abandoned = 0;
    std::set<std::string> kinds;
    std::uint64_t links_held = 0;
    std::uint64_t operations = 0;  ///< grows with every visible operation: what a watchdog looks at

    // performance
    int begin() override;
    void before() override;
    void act(int thread) override;
    void after() override;
    int next() override;
    bool look_older() override;
    bool end() override;

    // For the operations of the platform.
    [[nodiscard]] bool playing() const { return phase_ == phase::playing; }
    [[nodiscard]] bool recording() const { return config_.record; }
    [[nodiscard]] int self() const { return self_; }
    [[nodiscard]] thread_state& me() { return threads_[static_cast<std::size_t>(self_)]; }
    [[nodiscard]] thread_state& thread(int number) { return threads_[number]; }
    [[nodiscard]] timestamp const* end_of(int thread) const { return spans_[thread].ended_with; }
    [[nodiscard]] int thread_count() const { return config_.threads + config_.spawned; }
    [[nodiscard]] exploration_config const& config() const { return config_; }

    [[nodiscard]] handle create(object_kind kind, void const* at, site const& where, object*& made);
    /// The object behind a handle; ends the execution if it is no longer there.
    [[nodiscard]] object& find(handle which, void const* at, site const& where) {
        object& subject = objects_[which.index < object_count_ ? which.index : no_object];
        if (subject.alive && subject.check == which.check && subject.at == at) [[likely]]
            return subject;
        gone(which, at, where);
    }
    void destroy(handle which, void const* at, site const& where);
    [[nodiscard]] std::uint32_t number(object const& subject) const {
        return static_cast<std::uint32_t>(&subject - objects_.data());
    }
    [[nodiscard]] object& numbered(std::uint32_t index) { return objects_[index]; }

    /// Announces an operation and returns when this thread may do it.
    void visible(operation const& next) {
        if (phase_ != phase::playing) return;
        if (config_.mortal != 0) maybe_die(next.where);
        next_[self_] = next;
        give_way();
    }
    /// The same of one that `describe(operation&)` writes down where it is looked for.
    template <class Description>
    void visible(site const& where, Description describe) {
        if (phase_ != phase::playing) return;
        if (config_.mortal != 0) maybe_die(where);
        describe(next_[self_]);
        give_way();
    }
    /// What this thread announced last.
    [[nodiscard]] operation const& announced() const { return next_[self_]; }
    /// A plain access: a step like any other if the search wants it so, else part of the last one.
    void announce_plain(operation const& next);
    /// Tells the strategy what the step turned out to be.
    void executed(operation const& done) {
        if (playing()) how_->executed(self_, done);
    }
    [[nodiscard]] unsigned choose(decision about, unsigned count);

    /// Ends the execution with something worth telling.
    [[noreturn]] void broken(error what);
    void race(error what);
    /// The current process ends here: nothing of it is unwound.
    [[noreturn]] void die();

    void acquire(timestamp const* clock);
    void release(timestamp* clock);
    /// The step that the thread made last, or has announced.
    [[nodiscard]] site last_place() const { return next_[self_].where; }
    void touch_plain(object& subject, bool write, site const& where);
    /// Making an atomic is a plain write, and so is its end: an operation on it must come after the
    /// one and before the other. To be called when the operation has synchronised: a store of the
    /// maker's that it acquired comes after the making.
    void touch_atomic(object& subject, char const* operation, site const& where) {
        std::uint32_t& used = subject.used_at[self_];
        // What its thread knows only grows: the first operation says it for all.
        if (used == 0 && memory::clocks()[subject.creator] < subject.created_at) [[unlikely]]
            races_with_construction(subject, operation, where);
        used = static_cast<std::uint32_t>(*memory::own);
    }

    [[nodiscard]] wait_result sleep_on(object& subject, instant limit, site const& where);
    int wake(object& subject, int count);
    bool timed_out();
    /// A spare thread comes to life, with copies of its parent's channel ends.
    void begin_thread(int number, int parent);

    // Turns of waiting loops.
    void note_read(object& subject, std::uint32_t store);
    void note_look(object& subject);
    void note_change(object& subject);
    /// A lock or monitor goes over into another state.
    void changes_state(object& subject);
    /// Waits for what makes another turn worth while.
    void next_iteration(site const& where);
    void begin_load(object& subject, bool sequential);
    /// Whether a compare_exchange may fail on an older store than the newest.
    [[nodiscard]] bool fails_on_older(object const& subject, word expected) const;
    /// Which older store, of those that it may read and that hold something else than it expects, a
    /// compare_exchange fails on; 0: none, it looks at the newest.
    [[nodiscard]] std::uint32_t stale_failure(object& subject, word expected, bool sequential);
    void sequential_fence();
    [[nodiscard]] std::memory_order in_force(std::memory_order order) const {
        return config_.sequential ? std::memory_order_seq_cst : order;
    }
    /// Whether a value that a compare_exchange expects was read there by its thread last, and was
    /// changed since. One of unknown origin, a literal, counts when it equals what was read.
    [[nodiscard]] bool has_come_back(object const& subject, word const& expected) const;
    [[nodiscard]] bool links(site where) const;
    /// The next row is that of a compare_exchange that succeeded on such a value.
    void note_value_reuse() {
        if (playing() && !now_.found) now_.value_reuses.push_back(now_.rows.size());
    }
    /// Tells the watch over unsupported_outcomes of an operation that was done.
    void watch_load(object const& subject, std::memory_order order, site const& where) {
        if (playing() && unsupported_.awake())
            unsupported_.loaded(self_, number(subject) - first_object, order, memory::clocks(),
                                where);
    }
    void watch_store(object const& subject, std::memory_order order, site const& where,
                     bool blindly) {
        if (playing() && unsupported_.awake())
            unsupported_.stored(self_, number(subject) - first_object, order, memory::clocks(),
                                where, blindly);
    }
    void watch_fence(std::memory_order order, site const& where) {
        if (playing() && unsupported_.awake())
            unsupported_.fenced(self_, order, memory::clocks(), where);
    }

    struct row_text {
        std::string operation;
        std::string action;
        std::string value;
        std::string note;
        std::string order;
        bool blocked = false;
    };
    void record_row(object const* subject, site const& where, row_text what);
    /// The number that the next told step gets.
    [[nodiscard]] std::size_t next_row() const { return playing() ? rows_recorded_ + 1 : 0; }
    /// Tells, once for each operation, who has come to a stop before it.
    void record_waiting_threads();

private:
    /// The actions that may have to wait.
    static constexpr std::uint32_t guarded =
        among(action::lock, action::sleep, action::await_change, action::spin, action::channel_read,
              action::channel_write, action::join, action::monitor);
    enum class phase { outside, before, playing, after };

    [[nodiscard]] bool enabled(int thread) const {
        return (among(next_[thread].what) & guarded) == 0 || guard_holds(thread);
    }
    [[nodiscard]] bool guard_holds(int thread) const;
    [[nodiscard]] bool may_wake_spuriously(int thread) const {
        return next_[thread].what == action::sleep && threads_[thread].spurious_left > 0;
    }
    [[nodiscard]] bool settled(int thread) const;
    [[nodiscard]] bool iteration_may_begin(int thread) const;
    void settle();
    [[nodiscard]] bool unsettle();
    [[nodiscard]] std::string waiting(int thread) const;
    int look_and_choose();
    void note_step(int thread, operation const& done);
    [[gnu::cold]] void note_fingerprint(int thread, operation const& done);
    [[gnu::cold]] void livelocked();
    [[noreturn, gnu::cold]] void not_obstruction_free(int thread, std::string const& what);
    void give_way();
    void maybe_die(site const& where);
    [[gnu::cold]] void race_between(object& subject, bool write, site const& where, int other,
                                    access const& earlier, char const* earlier_kind);
    [[gnu::cold]] void races_with_construction(object& subject, char const* operation,
                                               site const& where);
    void destroy_atomic(object& subject, site last);
    void watch_single_order(object const& subject);
    [[noreturn, gnu::cold]] void deadlocked(thread_set stuck);
    [[noreturn, gnu::cold]] void gone(handle which, void const* at, site const& where);
    void check_heap(bool at_end);
    void clean_up();

    test_body& body_;
    exploration_config config_;
    strategy* how_ = nullptr;
    std::function<bool(std::uint64_t)> enough_;
    phase phase_ = phase::outside;
    bool cut_short_ = false;
    static constexpr std::size_t most_steps_kept = 1 << 14;
    std::uint64_t steps_ = 0;
    std::array<std::uint8_t, most_steps_kept> went_;  // by step: who
    std::size_t rows_recorded_ = 0;
    int current_ = -1;
    unsigned in_a_row_ = 0;  // steps that it made, where somebody must get on alone
    int deaths_left_ = 0;
    int unsettled_ = 0;  // how often that was done
    object* loading_ = nullptr;  // whose load is looking for an older store
    std::uint32_t candidate_ = 0;
    std::uint32_t oldest_ = 0;   // that it may read
    unsupported_watch unsupported_;
    std::uint32_t wanted_ = 0;   // the store that it is to read; 0: it chooses
    int self_ = -1;   // whose fiber runs
    int fibers_ = 0;  // how many there are: the cast, spares, and what rounds it up
    std::array<operation, most_threads> next_;  // by thread: announced, not yet done
    std::array<thread_state, most_threads> threads_;
    std::array<span, most_threads> spans_;
    thread_set unstarted_ = 0;   // alive, and has not run yet
    thread_set unfinished_ = 0;  // alive
    std::vector<object> objects_;
    std::uint32_t object_count_ = 0;
    std::uint32_t generation_ = 0;
    execution_record now_;
};

inline execution* playing_now = nullptr;
/// The execution that plays now.
[[nodiscard]] inline execution& active() { return *playing_now; }
/// The same for what makes an object: a global one, made before anything is played, ends the
/// program with a word about it.
[[noreturn, gnu::cold]] void created_outside(site const& where);
[[nodiscard]] inline execution& creating(site const& where) {
    if (playing_now == nullptr) [[unlikely]] created_outside(where);
    return *playing_now;
}

/// "acquire", "" for seq_cst: what an action says of its order.
[[nodiscard]] char const* order_word(std::memory_order order);

/// `%7`: an object in a text, put into words later.
[[nodiscard]] std::string object_word(std::uint32_t number);

}  // namespace racekit::model
