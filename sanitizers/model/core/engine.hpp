// SPDX-License-Identifier: MIT
// Runs one execution after another of a test body, under a strategy.
#pragma once

#include "strategy.hpp"
#include "trace.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace racekit::model {

/// The kind of a failure that is due to a compare_exchange which cannot tell that a value came back
/// (aba.hpp).
inline constexpr char aba[] = "ABA";
/// What is found where exploration_config::find_weak asks for it.
inline constexpr char weak_execution[] = "weak execution";

/// What an execution ended in.
struct error {
    std::string kind;
    std::uint32_t object = no_object;
    std::string consequence;
    std::vector<place> places;
    std::string consequence_kind = {};  ///< of what ended the execution, when a race came before it
    void const* at = nullptr;  ///< of a race of plain accesses that are no steps: where they meet
};

/// The code under test: every execution runs the same.
class test_body {
public:
    virtual ~test_body() = default;
    virtual void before() = 0;
    virtual void act(int thread) = 0;
    virtual void after() = 0;
    /// The memory of its own in which threads leave what they know, heap and stacks aside: a
    /// waiting loop that writes there is not in the state it was in before (loop_watch.hpp).
    [[nodiscard]] virtual std::span<unsigned char const> storage() const { return {}; }
    /// Whether to report what ended an execution; false: the search continues.
    [[nodiscard]] virtual bool is_reportable(error const& /*what*/) { return true; }
};

struct exploration_config {
    int threads = 2;
    int spawned = 0;            ///< spare threads that the test body may start itself
    memory_kind memory = memory_kind::exact;
    thread_set mortal = 0;      ///< bit i: thread i may die before any of its visible operations
    int deaths = 1;             ///< in one execution
    int spurious = 1;           ///< spurious wake-ups and weak failures, per thread
    bool torn_io = false;       ///< reads and writes may be short, or interrupted by a signal
    std::uint64_t steps = 16'000; ///< of one execution; more, and it is cut: "livelock"
    bool plain_visible = false; ///< plain accesses are steps too
    /// Of programs as they are, in which they never are: accesses to these places are steps.
    /// Sorted.
    std::vector<void const*> steps_at = {};
    bool past_races = false;    ///< continue after a data race, to see its consequence
    bool past_findings = false;  ///< continue after any finding; engine::kinds() collects them
    bool only_consequences = false;  ///< do not report a race without a consequence
    bool watch_loops = true;         ///< false: waiting loops are played as any other code
    bool watch_statics = true;  ///< static variables of the program are part of a thread's state
    /// What thread 0 does before it starts another one is no step, as in before().
    bool alone_at_first = false;
    bool record = false;        ///< keep the trace of each execution
    bool find_weak = false;     ///< an execution that is not sequentially consistent is a finding
    /// Threads that must progress though the others stop: a wait of one of these, or more steps in
    /// a row than `alone_steps`, is "not obstruction-free".
    thread_set alone = 0;
    unsigned alone_steps = 0;

    // These explore another program than the given one, to find the cause of a failure (aba.hpp).
    bool sequential = false;    ///< every order of an atomic operation is seq_cst
    /// A compare_exchange fails although the value is right if it was changed and has come back
    /// since its thread read it there, as a store-conditional or a version tag would have it.
    bool linked = false;
    site linked_at{};           ///< only those of this source line; no file: all
};

/// What one execution left behind.
struct execution_record {
    std::optional<error> found;
    std::vector<std::uint8_t> threads;    ///< the thread of each step
    std::vector<std::uint8_t> decisions;  ///< all other choices, in order
    std::uint64_t fingerprint = 0;        ///< a hash of all steps: thread, operation, place
    std::vector<void const*> raced;       ///< `error::at` of all its races
    trace rows;                           ///< if recorded
    std::vector<object_name> objects;     ///< if recorded
    /// The rows, if recorded, of the compare_exchanges before the finding that succeeded on a
    /// value that had changed and come back.
    std::vector<std::size_t> value_reuses;
};

/// Ends the running execution with an error; does not return.
[[noreturn]] void end_execution(error what);

/// Whether the running execution keeps a trace.
[[nodiscard]] bool trace_wanted();
/// Adds a row to it for a call that the test body makes. To be called outside its heap.
void record_call(std::string action);

class execution;

class engine {
public:
    /// Another program comes: calls that were found to be waiting loops in the last one, which cost
    /// a comparison of states each, are not known any more.
    static void forget_waiting_loops();

    engine(test_body& body, exploration_config config);
    ~engine();
    engine(engine const&) = delete;
    engine& operator=(engine const&) = delete;

    /// Plays executions until the strategy has no more, `enough(how many so far)` is true, or one
    /// ends in a finding to report. Returns the last one. One engine plays at a time.
    execution_record const& play(strategy& how, std::function<bool(std::uint64_t)> enough);

    /// Of the execution that runs, or ran last: what was recorded so far.
    [[nodiscard]] execution_record const& record() const;
    [[nodiscard]] std::uint64_t executions() const;  ///< played to their end
    [[nodiscard]] std::set<std::string> const& kinds()
        const;                                      ///< of findings after which it continued
    [[nodiscard]] std::uint64_t abandoned() const;  ///< cut short because they were covered already
    [[nodiscard]] std::uint64_t links_held() const;  ///< linked compare_exchanges that succeeded

private:
    std::unique_ptr<execution> inside_;
};

}  // namespace racekit::model
