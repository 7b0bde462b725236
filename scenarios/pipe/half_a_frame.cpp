// SPDX-License-Identifier: MIT
// Half a frame. A writer dies between header and body; the reader treats the partial frame as a
// whole one.
//
//     writer:  header "2 bytes follow", killed
//     reader:  ................................ header, end of pipe    uses 2 bytes that never came
//
// The mistake: the header announces bytes that a dead writer never sends. The read of the body
//              returns that fewer bytes came; the reader ignores it.
// The fix:     accept a frame only if all of it came.
#include <racekit/pipe/stream.hpp>
#include <racekit/scenario.hpp>

#include <string_view>

namespace {

struct racy {
    racekit::byte_pipe pipe;

    bool receive(char* body, unsigned char length) {
        (void)racekit::read_exactly(pipe.reader, body, length);  // trusts the header
        return true;
    }
};

struct fixed {
    racekit::byte_pipe pipe;

    bool receive(char* body, unsigned char length) {
        return racekit::read_exactly(pipe.reader, body, length).bytes == length;
    }
};

template <class frames>
struct half_a_frame {
    static constexpr int processes = 2;
    static constexpr int mortal = 0;
    frames shared;

    void process(int self) { self == 0 ? write() : read(); }

    void write() {
        shared.pipe.reader.close();
        unsigned char const length = 2;
        (void)racekit::write_all(shared.pipe.writer, &length, 1);
        (void)racekit::write_all(shared.pipe.writer, "ok", length);
        shared.pipe.writer.close();
    }

    void read() {
        shared.pipe.writer.close();
        unsigned char length = 0;
        char body[2] = {'?', '?'};
        if (racekit::read_exactly(shared.pipe.reader, &length, 1).ended()) return;
        if (shared.receive(body, length)) RACEKIT_CHECK_EQUAL("ok", std::string_view(body, 2));
    }
};

}  // namespace

RACEKIT_SCENARIO(half_a_frame, racy, fixed, .title = "Half a message taken for a whole one",
                 .bug_class = "partial write", .cwe = 667,
                 .tsan = racekit::absent("it injects no process crash"),
                 .model = racekit::finds("failed check"), .process = racekit::finds("failed check"),
                 .reference = "CPython multiprocessing: a killed writer corrupts the queue");
