// SPDX-License-Identifier: MIT
// participant_table: the processes that have something of an object, and whether they still live.
//
// Progress: wait-free; to find out whether a process lives takes system calls.
// Invariant: a place whose number is not 0 is that of one process, which the number and the start
//           time name for ever. The place is taken by one store, the one of the number.
// Ordering: none; every member but size() is called with the lock of the object held.
// Death:    a place outlives its process until clear_dead() or enter() gives it to another one.
// Errors:   too_many_participants.
// Source:   own.
#pragma once

#include <racekit/platform.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace racekit {

/// Every place of a table is that of a living process.
struct too_many_participants : std::runtime_error {
    explicit too_many_participants(std::size_t most)
        : std::runtime_error("more than " + std::to_string(most) +
                             " processes use one object at once; give it more places by its "
                             "template parameter") {}
};

struct participant_table_orders {
    static constexpr auto commit = std::memory_order_release;  // -> found: with the start time
    static constexpr auto found = std::memory_order_acquire;   // -> commit, after a death too
    static constexpr auto own = std::memory_order_relaxed;     // under the lock of the object
};

/// How many bookkeeping places the object has: one for each process that uses it at one time.
template <std::size_t most = 64, class orders = participant_table_orders>
class participant_table {
    static_assert(most > 0 && most <= 1024, "a table has from 1 to 1,024 places");

public:
    static constexpr std::size_t none = most;

    participant_table() = default;
    participant_table(participant_table const&) = delete;
    participant_table& operator=(participant_table const&) = delete;

    [[nodiscard]] static constexpr std::size_t size() { return most; }

    /// The place of the calling process, or none.
    [[nodiscard]] std::size_t find() const {
        process_id const self = this_process();
        std::size_t at = hint(self);
        for (std::size_t looked = 0; looked < most; ++looked, at = (at + 1) % most) {
            if (is(places_[at], self)) return at;
        }
        return none;
    }

    /// The place of the calling process, taken now if it has none. If all are taken, those of dead
    /// processes are given up first: `clear(place)` takes back what the dead one had.
    template <class Clear>
    [[nodiscard]] std::size_t enter(Clear clear) {
        std::size_t const found = find();
        if (found != none) return found;
        std::size_t free = first_free(hint(this_process()));
        if (free == none) {
            clear_dead(clear);
            free = first_free(0);
        }
        if (free == none) throw too_many_participants(most);
        process_id const self = this_process();
        places_[free].started.store(self.started, orders::own);
        places_[free].number.store(stored(self), orders::commit);
        return free;
    }

    /// Whether the place is that of a process that has ended. Asks the operating system.
    [[nodiscard]] bool is_dead(std::size_t at) const {
        process_id const who = process_at(at);
        return stored(who) != 0 && !is_alive(who);
    }

    /// Calls clear(place) for each dead process and gives its place up. If this is cut short by
    /// death, it is done again: clear() must bear being called twice.
    template <class Clear>
    void clear_dead(Clear clear) {
        for (std::size_t at = 0; at < most; ++at) {
            if (!is_dead(at)) continue;
            clear(at);
            places_[at].number.store(0, orders::commit);
        }
    }

private:
    struct place {
        atomic<std::int64_t> number{0};  // 0: free; else one more than the process's number
        atomic<std::uint64_t> started{0};
    };

    static std::int64_t stored(process_id who) { return std::int64_t{who.number} + 1; }
    static std::size_t hint(process_id who) { return static_cast<std::size_t>(who.number) % most; }
    [[nodiscard]] process_id process_at(std::size_t at) const {
        process_id who;
        who.number = static_cast<decltype(who.number)>(places_[at].number.load(orders::found) - 1);
        who.started = places_[at].started.load(orders::own);
        return who;
    }
    static bool is(place const& one, process_id who) {
        return one.number.load(orders::found) == stored(who) &&
               one.started.load(orders::own) == who.started;
    }
    [[nodiscard]] std::size_t first_free(std::size_t from) const {
        for (std::size_t looked = 0; looked < most; ++looked) {
            std::size_t const at = (from + looked) % most;
            if (places_[at].number.load(orders::own) == 0) return at;
        }
        return none;
    }

    place places_[most];
};

}  // namespace racekit
