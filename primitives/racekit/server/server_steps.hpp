// SPDX-License-Identifier: MIT
// server_steps: the steps of a server process that matter, so that each can be left out and missed.
#pragma once

namespace racekit {

struct server_steps {
    static constexpr bool end_leases = true;     // what a client held ends with it
    static constexpr bool pass_on = true;        // what the dead held is granted to the next
    static constexpr bool forget = true;         // the dead do not wait
    static constexpr bool take_back = true;      // a grant that its client gave up is undone
    static constexpr bool break_barrier = true;  // a party that dies breaks the barrier
    static constexpr bool give_back = true;      // what the dead had reserved comes back
    static constexpr bool once = true;           // a repeated request is not done again
    static constexpr bool keep_handed = true;    // a handle in a reply keeps the object, at once
    static constexpr bool new_ids = true;        // numbers of objects are not used again
    static constexpr bool check_token = true;    // a guarded request needs the lock
    static constexpr bool finish = true;  // calls that wait are answered when the server drains
};

}  // namespace racekit
