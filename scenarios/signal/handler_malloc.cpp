// SPDX-License-Identifier: MIT
// Handler allocates. A signal handler makes a string; it may have interrupted malloc itself.
//
//     thread:  malloc: lock the heap ... interrupted: handler: malloc: lock the heap ... for ever
//
// The race: a handler may call only async-signal-safe functions (signal-safety(7)): not malloc, not
//           printf, nothing that locks. It rarely fails.
// The fix:  the handler sets a flag; the thread makes the string after the handler has returned.
//
// Here the signal comes while the thread waits for it, so no run hangs: ThreadSanitizer reports the
// possible one.
#include <racekit/scenario.hpp>

#include <string>

namespace {

struct racy {
    racekit::process_signal signal;
    racekit::atomic<int> came{0};
    std::string text;

    void on_signal() {
        text.assign(100, '!');  // <- race
        came.store(1);
    }
    void after_signal() {}
};

struct fixed {
    racekit::process_signal signal;
    racekit::atomic<int> came{0};
    std::string text;

    void on_signal() { came.store(1); }
    void after_signal() { text.assign(100, '!'); }
};

template <class receiver>
struct handler_malloc {
    static constexpr int threads = 1;
    receiver shared;

    static void handler(void* self) { static_cast<receiver*>(self)->on_signal(); }

    void thread(int) {
        shared.signal.block();
        shared.signal.open(handler, &shared);
        shared.signal.send();  // like a timer
        while (shared.came.load() == 0) shared.signal.suspend();
        shared.signal.close();
        shared.after_signal();
        RACEKIT_CHECK_EQUAL(100U, shared.text.size());
    }
};

}  // namespace

RACEKIT_SCENARIO(handler_malloc, racy, fixed, .title = "A signal handler that allocates memory",
                 .bug_class = "signal-unsafe call", .cwe = 479, .stress = racekit::blind,
                 .tsan = racekit::finds("signal-unsafe call"),
                 .model = racekit::absent("malloc is not an operation of the platform"),
                 .blind_why = "the signal comes while the thread waits, not inside malloc",
                 .reference = "signal-safety(7); SEI CERT SIG30-C");
