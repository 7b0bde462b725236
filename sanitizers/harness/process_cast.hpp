// SPDX-License-Identifier: MIT
// Plays stages with a fresh process for each member of the cast.
//
// The director (this process, which must have a single thread) has built the stages in memory that
// forked processes share; the members are forked, take their places on cores of their own, and wait
// at a gate; the director closes the descriptors that the stages opened, so that the cast alone
// holds them, and goes to sleep. The members play one stage after another; each begins at one
// instant of the clock for all of them.
//
// Nothing outlives it: what a member started itself and left behind is killed and reaped too, and
// members die with the director.
#pragma once

#include "noise.hpp"
#include "stage_memory.hpp"

#include <racekit/registry.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace racekit {

/// How one member ended.
struct fate {
    enum class kind {
        finished,
        killed,   ///< by us, in the middle of its act
        hung,     ///< did not end by itself; `where` says what it was doing
        crashed,  ///< died by a signal that is not ours, or by an exit code other than 0
        threw,    ///< `where` is the text of the exception
    };
    kind how = kind::finished;
    int code = 0;
    int signal = 0;
    std::string where;
    std::chrono::nanoseconds lived{0};  ///< its last act, if it came to an end
    std::uint64_t steps = 0;            ///< instructions of it, if they were counted
};

/// Whom to kill in the first stage, and when: at an instant after the start, or at an instruction.
struct killing {
    enum class by { clock, step };
    int member = 0;
    by how = by::clock;
    std::chrono::nanoseconds at{0};
    std::uint64_t step = 0;           ///< stepping::never only counts them
    std::uint64_t others_begin = 0;  ///< once it has done so many; stepping makes it so much slower
};

class process_cast {
public:
    /// Becomes the reaper of all that the members leave behind, until destroyed.
    process_cast(int members, std::uint64_t seed);
    ~process_cast();
    process_cast(process_cast const&) = delete;
    process_cast& operator=(process_cast const&) = delete;

    /// Plays the stages that are built in `memory`; `opened` are the director's descriptors that
    /// only the cast shall keep. Claims of stage i are noted as story i. Returns the fate of each
    /// member.
    [[nodiscard]] std::vector<fate> play(stage_memory const& memory, std::vector<int> const& opened,
                                         std::optional<killing> victim);

private:
    struct board;

    [[noreturn]] void perform(stage_memory const& memory, int self, ::pid_t director,
                              std::optional<killing> victim, std::uint64_t seed);
    [[nodiscard]] std::int64_t common_start(std::size_t number);
    void let_go_ahead(killing const& victim);
    void await_places(std::vector<::pid_t> const& members);
    /// Waits for all to end. Returns what those that never will are doing, empty for the others.
    [[nodiscard]] std::vector<std::string> watch(std::vector<::pid_t> const& members);

    int members_;
    random_source random_;
    board* board_;
    bool was_reaper_ = false;
};

/// The numbers of the descriptors that are open in this process.
[[nodiscard]] std::vector<int> open_descriptors();

}  // namespace racekit
