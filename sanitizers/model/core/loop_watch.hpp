// SPDX-License-Identifier: MIT
// Waiting loops, recognised by the state of the thread.
//
// A thread looks at shared objects again and again. When one of its looks finds it in the state in
// which an earlier look found it, and it changed nothing in between, that iteration can be left out
// of the execution: what is left is an execution too, in which everybody else sees the same values
// and less is ordered by happens-before. So an iteration that changed nothing shows nothing new.
//
// The state of a thread is: the registers that a call preserves, its stack from there to the
// function that it began with, and all other memory that it can have written: the test instance,
// the heap of the execution, thread-local storage and the program's static variables. Memory is
// compared in pieces, from the return of one operation to the call of the next, when no other
// thread runs: whether a look repeats an earlier one then depends on what the thread itself did and
// read, and on nothing else, as partial-order reduction needs it. "Changed nothing" is: no store
// that gave an atomic another value, no write to a plain variable, no lock that it holds more or
// less, no other operation with an effect.
//
// What becomes of the thread is the rule of the strategy (loop_rule):
//   search   the thread is blocked for the rest of the execution: other executions cover what it
//            would do. That is the "assume" of Kokologiannakis, Ren, Vafeiadis (FMCAD 2021).
//   others   the thread waits until something that it read has changed.
// When nobody else can go on, the threads in such loops look once more, at the newest stores. If
// all of them come back to the same state, nobody ever changes it: the program hangs.
//
// Only calls that are known to look again and again are compared. A call becomes known when its
// third look finds that the thread has changed no memory since the second. Then the search begins
// again (strategy::start_over()): in all its executions the same calls are known.
//
// What a thread reads and changes is written down from the first look of a known call on, or from
// the first that comes back to its place: most threads never make one. Of the looks before that,
// only the places are kept.
//
// States that never repeat, as in a loop that counts, are explored as they are, up to a number of
// looks. Then the thread is assumed to wait, and a warning states it (unsupported.hpp). While no
// other thread can go on, it looks 25 times as often before that, for the count may end. So it is
// with the second iteration in a row that changed atomics or memory and restored every old value,
// as one that polls under a lock of the program's own: another thread may have seen the value in
// between. The first may have been a compare_exchange that failed spuriously, or one that read what
// no later iteration reads.
//
// So it is, too, with iterations that change something each time, in the second half of the steps
// that an execution may make: else the execution would be cut off.
#pragma once

#include "call_frame.hpp"
#include "operation.hpp"
#include "strategy.hpp"
#include "model/memory/raw_array.hpp"
#include "model/runtime/program_statics.hpp"

#include <racekit/platform/word.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace racekit::model {

class object_table;
class test_body;

/// The calls that are known to look again and again, by their return addresses. A look there costs
/// a copy of the stack, so that only these pay for it.
class known_looks {
public:
    [[nodiscard]] bool has(std::uintptr_t caller) const;
    void add(std::uintptr_t caller);
    [[nodiscard]] bool empty() const { return callers_.empty(); }

    /// Memory is watched for a look there that came back.
    void is_tried(std::uintptr_t caller);
    /// Of another program, which may call from the same place.
    void forget_trials() { trials_.clear(); }
    /// Whether that found nothing so often that it is not done any more.
    [[nodiscard]] bool is_unlikely(std::uintptr_t caller) const;

private:
    static constexpr unsigned most_trials = 64;
    struct trial {
        std::uintptr_t caller;
        unsigned times;
    };

    std::vector<std::uintptr_t> callers_;
    std::uint64_t filter_ = 0;  // by a few bits of each address
    std::vector<trial> trials_;
};

class loop_watch {
public:
    /// A thread that waits for its clock finds that so much time has passed.
    static constexpr std::chrono::hours time_step{24 * 365};

    /// So many looks from one place that are not known to repeat; then the thread is assumed to
    /// wait.
    static constexpr unsigned most_unequal = 40;
    /// So many more of them while no other thread can go on.
    static constexpr unsigned most_alone = 25 * most_unequal;
    /// So many looks from one place late in an execution; then the thread is assumed to wait,
    /// whatever it changed.
    static constexpr unsigned most_late = 200;

    explicit loop_watch(object_table& objects);

    /// Executions follow; `with_statics`: variables of the program that outlive them are part of a
    /// state too.
    void prepare(bool with_statics);
    /// A new execution under that strategy; `body`: whose memory counts; null: nothing is
    /// compared.
    void begin(int threads, strategy const& how, test_body* body);
    /// The thread's own code begins: its stack grows down from there.
    void enter(int thread, void const* stack) {
        if (body_ != nullptr) threads_[thread].stack = static_cast<unsigned char const*>(stack);
    }

    /// Whether states of threads are compared in this execution. Then nothing may lie on their
    /// stacks that an earlier execution, or the engine, left there.
    [[nodiscard]] bool compares() const { return compares_; }
    /// Erases what lies below the caller's frame.
    void erase_stack() const;

    // What threads do, as it happens.

    enum class answer : std::uint8_t { go_on, wait, assume, time_passes, start_over };
    /// The thread is about to look at an object: `next`, called from there. Unless it goes on, it
    /// is parked; or its clock moves on, if the iteration read it; or the search must begin again,
    /// for a call was found to look again and again.
    [[nodiscard]] static bool must_wait(answer what) {
        return what == answer::wait || what == answer::assume;
    }
    [[nodiscard]] answer look(int thread, call_frame const& from, transition const& next);
    /// The same late in an execution, while another thread can go on.
    [[nodiscard, gnu::cold]] answer look_late(int thread, call_frame const& from,
                                              transition const& next);
    /// The thread is about to make another operation.
    void pass(int thread, transition const& next) {
        constexpr std::uint32_t neutral =
            among(action::fence, action::unlock, action::store, action::write);
        if ((among(next.what) & neutral) == 0) has_effect(thread);
        else check_memory(threads_[thread]);
    }
    /// The thread runs on: from here to its next operation it alone writes memory.
    void resumes(int thread) {
        watched& my = threads_[thread];
        if (my.snapshots != 0 || !my.unknown.empty() || last_look_) [[unlikely]]
            mark_memory(my);
    }
    /// The thread has read an object, or, of an atomic, that value; `newest`: it was the newest.
    void reads(int thread, std::uint32_t number, bool newest = true, word const& value = {}) {
        if (threads_[thread].records) [[unlikely]]
            note_read(threads_[thread], number, newest, value);
    }
    /// The thread has changed something: what it did before cannot be left out.
    void has_effect(int thread) {
        if (threads_[thread].looks.size() != 0) forget(threads_[thread]);
        last_look_ = false;
    }
    /// The thread has given an atomic another value, or has stored without a read: even the value
    /// that was there is a change then, for the store ends the release sequence before it.
    void stores(int thread, std::uint32_t number, word const& before, word const& after) {
        if (threads_[thread].records) [[unlikely]]
            note_store(thread, number, before, after);
        else last_look_ = false;
    }
    /// The thread ends.
    void ends(int thread) { check_memory(threads_[thread]); }
    /// The thread has taken a lock, or released one.
    void took(int thread) { ++threads_[thread].held; }
    void released(int thread);
    void reads_clock(int thread) { threads_[thread].read_clock = true; }

    // Threads that wait in a loop.

    [[nodiscard]] thread_set parked() const { return parked_; }
    /// Those that take no further part in this execution.
    [[nodiscard]] thread_set blocked() const {
        return rule_ == loop_rule::search ? parked_ & ~assumed_ : 0;
    }
    /// Whether a parked thread has reason to look again.
    [[nodiscard]] bool may_go_on(int thread) const {
        return (blocked() >> thread & 1U) == 0 && !saw_newest(thread);
    }
    /// Whether all that a parked thread read in its last iteration is as it was, and was newest.
    [[nodiscard]] bool saw_newest(int thread) const;
    void let_go(int thread) {
        if ((parked_ >> thread & 1U) != 0) [[unlikely]]
            let_go_on(thread);
    }
    /// The thread takes no further part in this execution, which is not judged then.
    void give_up(int thread) { given_up_ |= bit(thread); }
    [[nodiscard]] thread_set given_up() const { return given_up_; }
    /// Those that may not go on as they are.
    [[nodiscard]] thread_set held_back() const { return parked_ | given_up_; }
    /// An object that a parked thread read last; no_object: none.
    [[nodiscard]] std::uint32_t awaited(int thread) const;
    [[nodiscard]] loop_rule rule() const { return rule_; }
    /// Those that are parked by assumption only.
    [[nodiscard]] thread_set assumed() const { return assumed_; }

    /// Nobody else can go on: every parked thread looks once more, at the newest stores. Over as
    /// soon as a thread has an effect.
    void look_once_more(thread_set who);
    [[nodiscard]] bool is_last_look() const { return last_look_; }
    /// Whether the threads that looked once more left everything as it was.
    [[nodiscard]] bool left_no_change() const { return last_look_ && altered_ == 0; }
    /// Whether one of them restored what it had changed, and another one, which changed nothing,
    /// reads that: it could see the value in between.
    [[nodiscard]] bool may_see_in_between() const;

    // Calls that were found to look again and again.

    /// Another program comes: none is known.
    static void forget_known() { known_ = {}; }
    /// From the next execution on they are known. False: there are none.
    [[nodiscard]] bool use_learned();

private:
    static constexpr std::size_t most_looks = 256;

    struct look_record {
        std::uintptr_t caller = 0;
        unsigned char const* frame = nullptr;
        std::uint32_t object = no_object;
        action what{};
        int held = 0;                    // locks, more or fewer than when the looks began
        unsigned repeats = 0;            // not known to be in the same state
        unsigned restored = 0;           // in the same state, with what was changed restored
        unsigned writes = 0;             // as in `watched`, then
        std::uint32_t first_change = 0;  // in `changes`, of the iteration that begins here
        std::uint32_t first_read = 0;    // in `reads`
        std::uint32_t copy = 0;          // of registers and stack, in `copies`
        std::uint32_t copy_size = 0;     // 0: none
        std::uint64_t memory = 0;        // as in `watched`, then
    };
    /// A call that is not known to look again, and `watched::memory` at its last look that came
    /// back.
    struct returned {
        std::uintptr_t caller;
        std::uint64_t memory;
    };
    struct late_look {
        std::uintptr_t caller;
        unsigned char const* frame;
        std::uint32_t object;
        unsigned times;
    };
    struct read_record {
        std::uint32_t object;
        std::uint32_t change;
        bool newest;
        word value;  // of an atomic
    };
    struct change_record {
        std::uint32_t object;
        word before;
        word after;
    };
    struct watched {
        unsigned char const* stack = nullptr;
        memory::raw_array<look_record> looks;  // since the thread had an effect
        std::uintptr_t highest = 0;            // of their callers
        std::size_t expected = 0;              // which of them a loop would make next
        std::vector<unsigned char> copies;
        memory::raw_array<read_record> reads;
        memory::raw_array<change_record> changes;
        unsigned snapshots = 0;
        bool is_marked = false;
        bool records = false;           // reads and changes: see look()
        std::vector<returned> unknown;  // calls that may turn out to look again
        std::uint64_t mark = 0;         // a sum over memory, when the thread ran on
        std::uint64_t memory = 0;       // by how much the thread itself changed that sum
        unsigned writes = 0;            // how often it did
        std::uint64_t memory_when_let_go = 0;
        memory::raw_array<late_look> late;
        bool lost_changes = false;  // since it was let go: `changes` is not all of them
        int held = 0;
        bool read_clock = false;
        unsigned looks_alone = 0;  // not known to repeat, since no other thread could go on
        unsigned times_passed = 0;
        std::uint32_t parked_at = 0;  // in `looks`
    };

    static constexpr std::size_t most_reads = 1024;
    static constexpr std::size_t most_changes = 64;
    static constexpr unsigned most_times = 8;
    static constexpr unsigned most_restored = 2;

    void forget(watched& my);
    [[nodiscard]] static look_record* find(watched& my, std::uintptr_t caller,
                                           unsigned char const* frame, transition const& next);
    [[nodiscard]] static look_record& add(watched& my, std::uintptr_t caller);
    void first_look(watched& my, look_record& fresh, call_frame const& from);
    [[nodiscard]] answer came_back(int thread, look_record& earlier, call_frame const& from,
                                   transition const& next);
    void note_read(watched& my, std::uint32_t number, bool newest, word const& value);
    void note_store(int thread, std::uint32_t number, word const& before, word const& after);
    void let_go_on(int thread);
    void park(int thread, look_record& earlier, bool assumed);
    /// Whether each atomic that was changed since has its old value again.
    [[nodiscard]] static bool undone(watched const& my, std::size_t first_change);
    [[nodiscard]] static bool left_memory_alone(watched& my, std::uintptr_t caller,
                                                unsigned repeats);
    void reads_newer(int thread);
    void renew(watched& my, look_record& earlier, call_frame const& from);
    void copy(watched& my, look_record& into, call_frame const& from);
    [[nodiscard]] bool is_same(watched const& my, look_record const& earlier,
                               call_frame const& from) const;
    void mark_memory(watched& my);
    void check_memory(watched& my) {
        if (my.is_marked) [[unlikely]] compare_memory(my);
    }
    void compare_memory(watched& my);
    void wrote(watched& my, std::uint64_t difference);
    [[nodiscard]] bool sum_of_memory(std::uint64_t& sum) const;
    [[nodiscard]] bool knows(std::uintptr_t caller) const {
        return rule_ == loop_rule::follow || (compares_ && known_.has(caller));
    }

    object_table& objects_;
    test_body* body_ = nullptr;
    byte_ranges const* statics_ = nullptr;
    std::size_t statics_size_ = 0;
    loop_rule rule_ = loop_rule::follow;
    bool can_learn_ = false;
    thread_set parked_ = 0;
    thread_set assumed_ = 0;
    thread_set given_up_ = 0;
    bool compares_ = false;
    bool last_look_ = false;
    thread_set altered_ = 0;  // threads that gave an atomic another value in the last look
    std::array<watched, most_threads> threads_;
    std::vector<std::uintptr_t> learned_;
    static inline known_looks known_;  // of the program: every engine of a search needs them
};

}  // namespace racekit::model
