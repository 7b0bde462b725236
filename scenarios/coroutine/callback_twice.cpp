// SPDX-License-Identifier: MIT
// A callback that runs twice. A request ends by its answer or by its time limit, and here by both.
//
//     loop:    the limit passes: callback ..... the answer: callback
//     server:  .............................. answer
//
// The race: the answer removes the timer, so the timer cannot call after it. The other order is
//           forgotten: the answer may come when the timer has called.
// The fix:  both give the result to one future, which takes the first one only; the callback is a
//           callback of the future.
#include <racekit/scenario.hpp>
#include <racekit/task/event_loop.hpp>

#include "quiet.hpp"

#include <chrono>

namespace {

using racekit::event_loop;
using std::chrono::milliseconds;

struct racy {
    explicit racy(event_loop& in, racekit::plain<int>& calls) : loop(in), made(calls) {}

    void begin() {
        limit = loop.call_later(milliseconds(1), [this] { callback(); });
    }
    void answer() {
        loop.cancel(limit);
        callback();  // <- race
    }
    void callback() { made.write(made.read() + 1); }

    event_loop& loop;
    racekit::plain<int>& made;
    racekit::timer_id limit;
};

struct fixed {
    explicit fixed(event_loop& in, racekit::plain<int>& calls) : loop(in), made(calls) {}

    void begin() {
        result.future().add_done_callback([this](auto const&) { made.write(made.read() + 1); });
        limit = loop.call_later(milliseconds(1), [this] { (void)result.try_set_value(); });
    }
    void answer() {
        loop.cancel(limit);
        (void)result.try_set_value();
    }

    event_loop& loop;
    racekit::plain<int>& made;
    racekit::timer_id limit;
    racekit::future_source<> result{loop};
};

template <class request>
struct callback_twice {
    static constexpr int threads = 2;
    event_loop loop;
    racekit::plain<int> made{0};
    request one{loop, made};

    void thread(int self) {
        if (self == 0) {
            one.begin();
            loop.run_forever();
        } else {
            loop.call_soon_threadsafe([this] {
                one.answer();
                loop.stop();
            });
        }
    }
    void after() { RACEKIT_CHECK_EQUAL(1, made.read()); }
};

}  // namespace

RACEKIT_SCENARIO(callback_twice, racy, fixed, .title = "A callback that runs twice",
                 .bug_class = "double effect", .cwe = 837,
                 .stress = racekit::may_find("failed check"),
                 .tsan = racekit::finds("failed check"), .model = racekit::finds("failed check"),
                 .reference = "Node.js: callback called twice; c-ares and libuv timeouts");
