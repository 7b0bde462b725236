// SPDX-License-Identifier: MIT
// Small programs without loops, as data: what the oracle enumerates and the engine explores.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace racekit::oracle {

/// An arithmetic expression over registers, in postfix form. An empty one is 0.
struct term {
    enum class kind : std::uint8_t {
        constant, variable, add, subtract, multiply, exclusive_or, bit_and, bit_or,
        equal, unequal, less, greater, at_most, at_least, both, either, negate,
    };
    kind what = kind::constant;
    int value = 0;  ///< the constant, or the index of the register
};
using expression = std::vector<term>;

[[nodiscard]] inline expression constant(int value) { return {{term::kind::constant, value}}; }
[[nodiscard]] inline expression variable(int which) { return {{term::kind::variable, which}}; }

enum class verb : std::uint8_t {
    load, store, modify, strong_cas, weak_cas, fence,
    read, write,  ///< of a variable that is not atomic
    set,          ///< a register becomes `value`
    skip,         ///< the next `length` instructions are left out if `value` is 0
};

/// What a read-modify-write makes of the old value and its operand.
enum class change : std::uint8_t { exchange, add, subtract, bit_or, bit_and, exclusive_or };
[[nodiscard]] int changed(change how, int old, int operand);

struct instruction {
    verb what = verb::load;
    change how = change::add;
    int object = -1;
    int target = -1;     ///< the register that becomes what was read
    int succeeded = -1;  ///< the register that becomes 1 if a compare_exchange succeeds, else 0
    expression value{};
    expression expected{};
    std::memory_order order = std::memory_order_relaxed;
    std::memory_order failure = std::memory_order_relaxed;
    int length = 0;
};

struct object {
    std::string name;
    bool is_atomic = true;
    int initial = 0;
};

struct program {
    std::string name;
    std::vector<object> objects;
    std::vector<std::string> registers;  ///< their names; they begin as 0
    std::vector<std::vector<instruction>> threads;
};

/// What an execution ends with: all registers and then the last values of all objects.
using outcome = std::vector<int>;

/// The value of an expression, whose terms' registers all have values.
[[nodiscard]] int evaluate(expression const& what, std::span<int const> registers);

/// Reads a program, threads separated by "||" and statements by ';'. u .. z are atomics, p .. t
/// plain variables, a .. o registers; all begin as 0.
///   x = 1 rlx                 store (of a constant or a register)
///   a = x acq                 load
///   a = x += 1 ar             fetch_add; a is what was there
///   a = x <- 1 sc             exchange
///   a = x cas 0 1 ar rlx      compare_exchange_strong: expected, desired, success, failure
///   a = x weak 0 1 ar rlx     compare_exchange_weak
///   fence sc
///   p = 1                     write of a plain variable
///   a = p                     read of one
///   a = b + 1                 a register from a register
///   if a == 1 { ... }         also != and <
/// Throws std::invalid_argument with the statement that it does not understand.
[[nodiscard]] program parse(std::string_view text);

/// The same notation.
[[nodiscard]] std::string to_text(program const& what);
[[nodiscard]] std::string to_text(program const& within, instruction const& what);
/// "a=1 b=0 x=2".
[[nodiscard]] std::string to_text(program const& what, outcome const& ends);
[[nodiscard]] char const* to_text(std::memory_order order);

}  // namespace racekit::oracle
