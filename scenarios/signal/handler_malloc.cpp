// Handler allocates. A signal handler makes a string; it may have interrupted malloc itself.
//
//     process 0:  malloc: lock heap ... interrupted: handler: malloc: lock heap ... for ever
//     process 1:  .................... signal
//
// The race: a handler may call only what is safe whatever was interrupted (signal-safety(7)): not
//           malloc, not printf, not anything that locks. Nearly always it goes well.
// The fix:  the handler notes what came; the thread makes the string when it is out of the handler.
//
// Here the thread only waits, so no run ever hangs: ThreadSanitizer tells what might.
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
    static constexpr int processes = 2;
    receiver shared;

    static void handler(void* self) { static_cast<receiver*>(self)->on_signal(); }

    void process(int self) {
        if (self == 1) return shared.signal.send();
        shared.signal.block();
        shared.signal.open(handler, &shared);
        while (shared.came.load() == 0) shared.signal.suspend();
        shared.signal.close();
        shared.after_signal();
        RACEKIT_CHECK_EQUAL(100U, shared.text.size());
        std::string().swap(shared.text);  // its block is this process's own
    }
};

}  // namespace

RACEKIT_SCENARIO(handler_malloc, racy, fixed, .title = "A signal handler that allocates",
                 .bug_class = "signal-unsafe call", .cwe = 479,
                 .tsan = racekit::finds("signal-unsafe call"),
                 .model = racekit::absent("malloc is no operation of the platform"),
                 .process = racekit::blind,
                 .blind_why = "the signal comes while the process waits, not inside malloc",
                 .reference = "signal-safety(7); SEI CERT SIG30-C");
