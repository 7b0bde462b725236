// SPDX-License-Identifier: MIT
// Join before drain. A parent waits until its child ends; the child waits for room in the pipe that
// the parent no longer reads.
//
//     child:   writes until the pipe is full .............. waits for room ...
//     parent:  .............................. nothing more? join ...             for ever
//
// The race: the parent takes "nothing there now" for the end. If the child is fast, the parent has
//           read enough by then, and the program terminates.
// The fix:  read until the end of the pipe, then join. A child with bytes left to write cannot end
//           before somebody reads them.
#include <racekit/pipe/stream.hpp>
#include <racekit/scenario.hpp>

#include <array>

namespace {

/// More than the pipe holds.
using result = std::array<char, racekit::pipe_capacity + racekit::pipe_atomic_write>;

struct racy {
    static racekit::deadline limit() { return racekit::after({}); }  // only what is there now
};

struct fixed {
    static racekit::deadline limit() { return racekit::never; }
};

template <class parent>
struct join_before_drain {
    static constexpr int processes = 1;
    static constexpr int spawned = 1;
    racekit::byte_pipe pipe;

    std::size_t drain(racekit::deadline limit) {
        result part;
        std::size_t count = 0;
        while (auto const got = pipe.reader.read_some(part.data(), part.size(), limit).bytes)
            count += got;
        return count;
    }

    void process(int) {
        racekit::process child([this] {
            pipe.reader.close();
            result whole{};
            (void)racekit::write_all(pipe.writer, whole.data(), whole.size());
            pipe.writer.close();
        });
        pipe.writer.close();
        std::size_t count = drain(parent::limit());
        child.join();
        count += drain(racekit::never);
        RACEKIT_CHECK_EQUAL(result().size(), count);
    }
};

}  // namespace

RACEKIT_SCENARIO(join_before_drain, racy, fixed,
                 .title = "A parent that joins before it has read everything",
                 .bug_class = "deadlock",
                 .cwe = 833, .tsan = racekit::absent("it checks memory, not descriptors"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .reference = "CPython gh-73983, gh-78321: joining a process that uses queues");
