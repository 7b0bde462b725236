// SPDX-License-Identifier: MIT
// The events of a program under some choices: which instructions are executed, with which values.
#pragma once

#include "candidate.hpp"

namespace racekit::oracle {

enum class fate : std::uint8_t { open, succeeds, fails };  // of a compare_exchange

/// A program divided: instructions by the numbers of their events.
struct layout {
    /// Throws std::invalid_argument if there are too many.
    explicit layout(program const& of);

    program const& what;
    std::vector<int> first;  ///< event of each thread's first instruction
    int count = 0;
};

/// What was chosen, and what follows for the program.
class unfolding {
public:
    explicit unfolding(layout const& of);

    std::array<std::int8_t, most_events> from{};    ///< chosen: what a read reads, or -1
    std::array<fate, most_events> fates{};          ///< chosen
    std::array<event_set, most_events> declined{};  ///< stores that a read will not read

    candidate now;
    event_set known = 0;      ///< events whose value, stored or read, is known
    event_set undecided = 0;  ///< compare_exchanges without a fate
    bool blocked = false;     ///< a guard waits for a value that is not known
    std::array<int, 64> registers{};
    std::array<int, most_events> stored{};

    /// Follows all threads as far as values are known; false: a choice contradicts the values.
    [[nodiscard]] bool follow();

private:
    void begin();
    void finish();
    void place(int event, int object, bool is_atomic);
    void order(int event, std::memory_order which);
    [[nodiscard]] bool value_of(expression const& what, int& value) const;
    void give(int target, bool is_known, int value);
    void store(int event, bool is_known, int value);
    bool read(int event, int& value);
    [[nodiscard]] bool follow(int thread);
    void forget(std::vector<instruction> const& code, std::size_t guard);
    [[nodiscard]] bool perform(instruction const& next, int event);
    [[nodiscard]] bool exchange(instruction const& next, int event, bool value_known, int value);

    layout const& of_;
    std::uint64_t register_known_ = 0;
};

}  // namespace racekit::oracle
