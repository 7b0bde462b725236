// SPDX-License-Identifier: MIT
// One round of a program: a forked process that calls main().
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace racekit {

/// How a round ended.
struct program_end {
    enum class kind {
        finished,
        failed,   ///< with an exit code other than 0, or by abort()
        threw,    ///< an exception left main() or a thread
        crashed,  ///< by another signal
        hung,     ///< all its threads sleep, and none is left to wake them
        endless,  ///< it did not end in time, and nothing proves that it never would
    };
    kind how = kind::finished;
    std::string text;  ///< one line on it
};

class program_round {
public:
    /// `show`: the output of the program is left alone. `longest`: the time that a round has.
    /// Throws std::system_error.
    program_round(bool show, std::chrono::milliseconds longest);
    ~program_round();
    program_round(program_round const&) = delete;
    program_round& operator=(program_round const&) = delete;

    /// Calls `program` in a new process and waits for its end. Throws std::system_error.
    [[nodiscard]] program_end run(std::function<void()> const& program);

    /// In the process of a round, by its first thread: returns when that is the only one. Such a
    /// thread does not count for a hang.
    static void await_other_threads();

private:
    struct board;

    [[noreturn]] void be_program(std::function<void()> const& program, int parent);
    [[nodiscard]] program_end::kind watch(int process) const;
    [[nodiscard]] program_end ending_of(int code, int signal) const;
    [[nodiscard]] std::string last_line() const;
    [[noreturn]] static void note_uncaught();

    static board* noted;  ///< of the round that this process is

    bool show_;
    std::chrono::milliseconds longest_;
    int output_;  ///< what the program printed
    board* board_;
};

/// How many threads this process has.
[[nodiscard]] int count_of_threads();

}  // namespace racekit
