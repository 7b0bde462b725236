// SPDX-License-Identifier: MIT
// Small concurrent programs as data: made at random or by hand, explored, compared, printed.
#pragma once

#include "model/core/engine.hpp"
#include "model/strategies/exhaustive.hpp"

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace racekit::model::fuzz {

/// One operation of a thread. The verb defines the meaning of `value` and `index`.
enum class verb : std::uint8_t {
    load,
    store,
    add,
    exchange,
    strong_cas,
    weak_cas,
    add_by_cas,
    fence,
    await_word,
    spin_on_one,
    spin_on_all,
    spin_by_exchange,
    spin_until_steady,
    poll_under_lock,
    futex_wait,
    futex_wait_timed,
    futex_wake_one,
    futex_wake_all,
    read,
    write,
    lock,
    lock_shared,
    try_lock,
    poll_lock,
    timed_lock,
    unlock,
    consistent,
    condition_wait,
    condition_wait_timed,
    notify_one,
    notify_all,
    allocate,
    use,
    release,
    publish,
    drop_share,
    put,
    take,
    close_writer,
    close_reader,
    choose,
    check_zero,
    acquire,
    acquire_timed,
    try_acquire,
    poll_permit,
    give_permit,
    raise,
    lower,
    is_raised,
    await_raised,
    meet,           // at a barrier
    meet_numbered,  // the same, and note in which order
    break_meeting,
    reset_meeting,
    count_down,  // a latch
    await_count,
    try_count,
    hint,
};

struct instruction {
    verb what = verb::load;
    std::uint8_t index = 0;  ///< which word, or which plain variable
    std::uint8_t value = 0;
    std::memory_order order = std::memory_order_relaxed;
    std::memory_order failure = std::memory_order_relaxed;
};

inline constexpr int word_count = 3;
inline constexpr int plain_count = 2;

enum class gate_kind : std::uint8_t { plain_mutex, shared_mutex, robust_mutex };

struct small_program {
    std::vector<std::vector<instruction>> threads;
    gate_kind gate = gate_kind::plain_mutex;
    thread_set mortal = 0;
    int spurious = 1;
    bool plain_visible = false;  ///< and past races: every kind of finding is gathered
    memory_kind memory = memory_kind::exact;
};

[[nodiscard]] small_program random_program(std::uint64_t seed, std::uint64_t number);
[[nodiscard]] std::string to_text(small_program const& what);

/// What a search of a program came to.
struct sighting {
    std::set<std::uint64_t> outcomes;
    std::set<std::string> kinds;
    std::set<std::string> texts;  ///< the outcomes as text, on request
    std::uint64_t executions = 0;
    std::uint64_t abandoned = 0;
    bool cut = false;  ///< there were more executions than allowed
};
[[nodiscard]] sighting search(small_program const& what, exhaustive::reduction how,
                              std::uint64_t most, bool in_words = false);

/// The same by listing every state once (graph_walk.hpp); `cut` if there are more than `most`.
[[nodiscard]] sighting list_states(small_program const& what, std::size_t most);

/// Whether a finding of this kind ends its execution, so that what would have come after it is not
/// seen.
[[nodiscard]] bool cuts(std::string const& kind);

/// Empty when a reduced search saw what the unreduced one did, else what it missed or made up.
[[nodiscard]] std::string difference(small_program const& what, sighting const& unreduced,
                                     sighting const& reduced);

}  // namespace racekit::model::fuzz
