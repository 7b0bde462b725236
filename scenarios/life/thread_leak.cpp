// SPDX-License-Identifier: MIT
// Thread leak. A function starts a helper and returns early, without the join.
//
//     function:  start helper .. the request is empty: return ........ (destructor of the thread
//     helper:    ................................................ ..... object: std::terminate)
//
// The mistake: a thread must be joined or detached on every way out. The destructor of a joinable
//              thread ends the program; a bare pthread would go on, and its stack would leak.
// The fix:     an object that joins in its destructor. (std::jthread does, and requests a stop
//              first.)
#include <racekit/scenario.hpp>

#include <utility>

namespace {

struct racy {
    using helper = racekit::thread;
};

struct fixed {
    class helper {
    public:
        template <class Body>
        explicit helper(Body body) : thread_(std::move(body)) {}
        ~helper() {
            if (thread_.joinable()) thread_.join();
        }
        void join() { thread_.join(); }

    private:
        racekit::thread thread_;
    };
};

template <class variant>
struct thread_leak {
    static constexpr int threads = 1;
    static constexpr int spawned = 1;
    racekit::atomic<int> prepared{0};

    bool serve(int request) {
        typename variant::helper other([this] { prepared.fetch_add(1); });
        if (request == 0) return false;  // <- race
        other.join();
        return true;
    }  // <- race
    void thread(int) { RACEKIT_CHECK(!serve(0)); }
};

}  // namespace

RACEKIT_SCENARIO(thread_leak, racy, fixed, .title = "An early return that skips the join",
                 .bug_class = "thread leak", .cwe = 772, .stress = racekit::finds("crash"),
                 .tsan = racekit::finds("thread leak"),
                 .model = racekit::finds("thread leak"),
                 .never_passes = "the function returns early in every execution",
                 .reference = "[thread.thread.destr]; ThreadSanitizer's thread leak reports");
