// SPDX-License-Identifier: MIT
// Stale holder. A client is slow, its lease ends, the lock goes to another one; then it writes.
//
//     client 1:  acquire (token 1) ..... its lease ends ......................... write 1
//     client 2:  ........................................ acquire (token 2), write 2
//
// The race: that a client holds the lock is known at the server only, and may change at any time.
// The fix:  the write names the token of the lease; the server refuses one that is not the newest.
#include "service.hpp"

namespace {

struct racy {
    static auto write(racekit::value_proxy& value, racekit::lock_proxy&, std::uint64_t token) {
        return value.exchange(token);  // <- race
    }
};

struct fixed {
    static auto write(racekit::value_proxy& value, racekit::lock_proxy& lock, std::uint64_t token) {
        return value.exchange_guarded(lock.id(), token, token);
    }
};

template <class variant>
struct stale_holder {
    static constexpr int processes = 3;
    scene::service<2> server;

    void before() {
        server.make(racekit::object_type::lock, "l");
        server.make(racekit::object_type::value, "n", 0);
    }
    void process(int self) {
        if (self == 0) return server.serve();
        auto client = server.connect(static_cast<std::size_t>(self - 1));
        racekit::lock_proxy lock(client, {1});
        racekit::value_proxy value(client, {2});
        auto const mine = lock.acquire(racekit::never, std::chrono::milliseconds(1));
        if (!mine) return;
        auto const before = variant::write(value, lock, mine.value.token);
        // Who writes later has a greater token.
        if (before) RACEKIT_CHECK(scene::number(before.value) < std::int64_t(mine.value.token));
    }
};

}  // namespace

RACEKIT_SCENARIO(stale_holder, racy, fixed, .title = "A write by a client whose lease has ended",
                 .bug_class = "expired lease", .cwe = 613, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"),
                 .process = racekit::may_find("failed check"),
                 .blind_why = "every access to the value is the server's",
                 .reference = "Kleppmann 2016, How to do distributed locking: fencing tokens");
