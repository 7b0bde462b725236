// SPDX-License-Identifier: MIT
// Lost server. A server is killed before it answers; the client waits for ever.
//
//     server:  read the question, killed
//     client:  ask ....................... read ... for ever
//
// The mistake: the client inherited a copy of the server's end and kept it open. So the stream
//              never ends, and a wait without a deadline does not return.
//
// The fix:     the client keeps only its own end. The death of the server then ends the stream, and
//              the client gets server_lost.
#include <racekit/pipe/stream.hpp>
#include <racekit/scenario.hpp>

namespace {

struct racy {
    racekit::socket_pair line;

    void become_client() {}  // keeps the server's end that it inherited
};

struct fixed {
    racekit::socket_pair line;

    void become_client() { line.second.close(); }
};

template <class connection>
struct lost_server {
    static constexpr int processes = 2;
    static constexpr int mortal = 0;
    connection shared;

    void process(int self) { self == 0 ? serve() : ask(); }

    void serve() {
        shared.line.first.close();
        char question = 0;
        if (!shared.line.second.read_some(&question, 1).ended())
            (void)racekit::write_all(shared.line.second, "!", 1);
        shared.line.second.close();
    }

    void ask() {
        shared.become_client();
        char answer = 0;
        bool const is_lost = bool(racekit::write_all(shared.line.first, "?", 1).error) ||
                             racekit::read_exactly(shared.line.first, &answer, 1).bytes == 0;
        RACEKIT_CHECK(is_lost || answer == '!');
    }
};

}  // namespace

RACEKIT_SCENARIO(lost_server, racy, fixed, .title = "A client that waits for a dead server",
                 .bug_class = "hang", .cwe = 1088,
                 .tsan = racekit::absent("it injects no process crash"),
                 .model = racekit::finds("deadlock"), .process = racekit::finds("hang"),
                 .reference = "CPython gh-94777: an executor waits for a worker that died");
