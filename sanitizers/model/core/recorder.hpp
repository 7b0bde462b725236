// SPDX-License-Identifier: MIT
// Writes down what happens in an execution: steps, decisions, and rows of the trace.
#pragma once

#include "engine.hpp"
#include "object_table.hpp"

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace racekit::model {

/// What a row of the trace states about a step.
struct row_text {
    std::string operation;
    std::string action;
    std::string value;
    std::string note;
    std::string order;
    bool blocked = false;
};

class recorder {
public:
    explicit recorder(bool rows);

    /// Whether rows are wanted.
    [[nodiscard]] bool rows_wanted() const { return rows_; }
    /// A new execution.
    void begin();
    /// The run is over.
    void end();
    [[nodiscard]] execution_record& record() { return now_; }
    [[nodiscard]] execution_record const& record() const { return now_; }

    void note_step(int thread, operation const& done) {
        ++operations_;
        if (steps_ < most_steps) went_[steps_] = static_cast<std::uint8_t>(thread);
        if (rows_) note_fingerprint(thread, done);
        ++steps_;
    }
    void note_decision(unsigned chosen) {
        if (now_.decisions.size() < most_steps)
            now_.decisions.push_back(static_cast<std::uint8_t>(chosen));
    }
    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    /// Of all executions: grows with every visible operation.
    [[nodiscard]] std::uint64_t operations() const { return operations_; }

    void add_row(int thread, std::uint32_t object, site const& where, row_text what);
    void add_waiting(int thread, operation const& next, std::string text);
    /// The number that the next row of a step gets.
    [[nodiscard]] std::size_t next_row() const { return row_count_ + 1; }
    /// The step that the next row gets has made the store of this rank; those behind it move on.
    void note_store(std::uint32_t object, std::uint32_t rank, std::size_t step);
    /// The step that made a store; 0: before the threads started.
    [[nodiscard]] std::size_t step_of_store(std::uint32_t object, std::uint32_t rank) const;
    /// What the operation of the next row could have read.
    void note_candidates(std::vector<candidate_store> all) { could_read_ = std::move(all); }
    /// The next row is that of a compare_exchange that succeeded on a value that had come back.
    void note_value_reuse() {
        if (!now_.found) now_.value_reuses.push_back(now_.rows.size());
    }
    void keep_names(object_table const& objects);

private:
    static constexpr std::size_t most_steps = 1 << 14;

    [[gnu::cold]] void note_fingerprint(int thread, operation const& done);

    bool rows_;
    std::uint64_t steps_ = 0;
    std::uint64_t operations_ = 0;
    std::size_t row_count_ = 0;
    std::map<std::uint32_t, std::vector<std::size_t>> stored_in_;  // by object, then by rank - 1
    std::vector<candidate_store> could_read_;                      // of the next row
    std::array<std::uint8_t, most_steps> went_;  // the thread of each step
    execution_record now_;
};

/// "acquire": what an action states of its order.
[[nodiscard]] char const* order_word(std::memory_order order);

/// Adds a place to a finding: where it lies in a primitive of the kit and `call_path` is known,
/// first the line of the test body that called the primitive. `call_path`: of note_call_path(), or
/// -1.
void add_place(error& to, std::string text, site const& where, int call_path);

/// `%7`: an object in a text, replaced by its name later.
[[nodiscard]] std::string object_word(std::uint32_t number);

}  // namespace racekit::model
