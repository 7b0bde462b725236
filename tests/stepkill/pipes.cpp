// SPDX-License-Identifier: MIT
// Deaths inside the rings of ring_pipe, inside the change of an end's owner, inside a message of
// several chunks, and of a server that has done its work or not (the scenarios pipe/half_a_frame
// and pipe/end_taken_for_answer, with the kinds of pipe that prevent the mistake).
#include "harness.hpp"

#include <racekit/pipe/message_pipe.hpp>
#include <racekit/pipe/pipe.hpp>
#include <racekit/pipe/ring_lane.hpp>
#include <racekit/pipe/ring_owner.hpp>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace stepkill {
namespace {

using racekit::plain_bytes;
using racekit::ring_frame;
using racekit::ring_receiver;
using racekit::ring_sender;
using racekit::ring_wait;
using racekit::ring_words;

constexpr std::size_t capacity = 256;
constexpr std::size_t words_of_message = 6;

bool nobody_is_gone() { return false; }
void no_bell() {}

/// A lane in shared memory, and what a process does with one of its sides. Messages are words of
/// one number.
struct lane {
    ring_words words;
    alignas(8) unsigned char memory[capacity];

    [[nodiscard]] static racekit::deadline soon() { return racekit::after(long_enough); }

    void send(std::uint64_t number, std::size_t parts = 1,
              racekit::duration recheck = racekit::ring_recheck) {
        plain_bytes bytes(memory, capacity);
        ring_sender<> out(words, bytes, capacity, recheck);
        out.begin();
        std::uint64_t message[words_of_message];
        for (auto& each : message) each = number;
        for (std::size_t part = 0; part < parts; ++part) {
            check(out.wait_for_room(sizeof message, soon(), {}, nobody_is_gone) == ring_wait::ready,
                  "there is no room");
            std::uint32_t const place =
                (part == 0 ? ring_frame::first : 0) | (part + 1 == parts ? ring_frame::last : 0);
            out.put(message, sizeof message, place, parts * sizeof message, no_bell,
                    racekit::site::here());
        }
    }

    /// The number of the next message; 0: there is none. A message without its end is `cut`.
    std::uint64_t receive(racekit::deadline limit, bool& cut) {
        plain_bytes bytes(memory, capacity);
        ring_receiver<> in(words, bytes, capacity, racekit::ring_recheck);
        in.begin();
        std::uint64_t number = 0;
        for (bool begun = false;;) {
            ring_wait const now = in.wait_for_input(limit, {}, nobody_is_gone, no_bell);
            check(now != ring_wait::corrupt && now != ring_wait::ended, "the indices are wrong");
            if (now == ring_wait::timed_out) {
                cut = begun;
                break;
            }
            ring_frame frame;
            std::uint64_t whole = 0;
            check(in.read_header(frame, whole, racekit::site::here()), "a frame is none");
            check(frame.bytes == words_of_message * 8, "a frame has another size");
            if (begun && (frame.flags & ring_frame::first) != 0) {
                cut = true;
                break;
            }
            std::uint64_t message[words_of_message];
            in.take(frame, message, no_bell, racekit::site::here());
            if (!begun) number = message[0];
            for (auto const each : message) check(each == number, "a message is torn");
            begun = true;
            if ((frame.flags & ring_frame::last) != 0) break;
        }
        in.publish(no_bell);
        return cut ? 0 : number;
    }
};

struct with_a_lane : body {
    lane shared;
    std::uint64_t volatile sent = 0;  // what the victim had sent when it died

    void before() override { shared.send(1); }

    /// What is there: a bit for each number, and whether a message was cut short.
    std::uint64_t drain(bool& cut) {
        std::uint64_t seen = 0;
        std::uint64_t last = 0;
        for (;;) {
            bool now = false;
            std::uint64_t const number = shared.receive(racekit::deadline::min(), now);
            cut = cut || now;
            if (number == 0 && !now) return seen;
            if (number == 0) continue;
            check(number > last && number < 64, "the order is not that of the sends");
            last = number;
            seen |= std::uint64_t{1} << number;
        }
    }
    void still_works() {
        bool cut = false;
        shared.send(30);
        shared.send(31);
        check(drain(cut) == (std::uint64_t{3} << 30) && !cut, "the lane does not work any more");
    }
    void recovers() override {
        bool cut = false;
        (void)shared.receive(racekit::deadline::min(), cut);
        shared.send(20);
    }
};

template <std::size_t parts>
struct sends : with_a_lane {
    void victim() override {
        shared.send(3, parts);
        sent = 3;
    }
    char const* survivor() override {
        bool cut = false;
        std::uint64_t const seen = drain(cut);
        bool const is_there = (seen >> 3 & 1U) != 0;
        check(sent == 0 || is_there || (seen >> 20 & 1U) != 0, "a message that was sent is lost");
        check(parts > 1 || !cut, "a message of one frame was cut");
        still_works();
        return is_there ? "whole" : cut ? "cut short" : "absent";
    }
};

struct receives : with_a_lane {
    void before() override {
        shared.send(1);
        shared.send(2);
    }
    void victim() override {
        bool cut = false;
        check(shared.receive(soon(), cut) == 1, "not the first one");
    }
    char const* survivor() override {
        bool cut = false;
        std::uint64_t const seen = drain(cut);
        check(!cut, "a message was cut");
        still_works();
        return (seen >> 1 & 1U) != 0 ? "came again" : "gone";
    }
    static racekit::deadline soon() { return lane::soon(); }
};

/// A receiver is asleep: it gets the victim's message, or the survivor's.
template <bool rechecks>
struct sends_to_a_sleeper : with_a_lane {
    void before() override {}
    void victim() override { shared.send(3); }
    void sleeper() override {
        plain_bytes bytes(shared.memory, capacity);
        ring_receiver<> in(shared.words, bytes, capacity,
                           rechecks ? racekit::ring_recheck : racekit::duration::max());
        in.begin();
        check(in.wait_for_input(rechecks ? lane::soon() : racekit::never, {0, 0, 1}, nobody_is_gone,
                                no_bell) == ring_wait::ready,
              "the sleeper got nothing");
    }
    char const* survivor() override {
        // Only if the victim did not: the sleeper has to see what is there.
        if (shared.words.tail.load() != shared.words.head.load()) return "sent";
        shared.send(4);
        return "not sent";
    }
};

/// A sender is asleep in front of a full ring: it gets the room that the victim made, or the
/// survivor makes.
struct receives_before_a_sleeper : with_a_lane {
    void before() override {
        for (std::uint64_t each = 1; each <= 4; ++each) shared.send(each);
    }
    void victim() override {
        bool cut = false;
        (void)shared.receive(lane::soon(), cut);
    }
    void sleeper() override {
        plain_bytes bytes(shared.memory, capacity);
        ring_sender<> out(shared.words, bytes, capacity, racekit::ring_recheck);
        out.begin();
        check(out.wait_for_room(words_of_message * 8, lane::soon(), {0, 0, 1}, nobody_is_gone) ==
                  ring_wait::ready,
              "the sleeper got no room");
    }
    void recovers() override {  // the sleeper is the one sender
        bool cut = false;
        (void)shared.receive(racekit::deadline::min(), cut);
    }
    char const* survivor() override {
        bool cut = false;
        std::uint64_t const seen = drain(cut);
        check(!cut, "a message was cut");
        return (seen >> 1 & 1U) != 0 ? "came again" : "gone";
    }
};

struct claims : body {
    racekit::ring_owner owner;
    void victim() override {
        check(owner.claim(), "it has another owner");
        owner.leave();
    }
    char const* survivor() override {
        check(owner.claim(), "the dead one is still the owner");
        check(owner.claim(), "the owner is not the owner");
        owner.leave();
        return "claimed";
    }
};

/// A message of three chunks: it comes whole, is reported as truncated, or was never begun.
template <class Steps = racekit::message_pipe_steps>
struct sends_chunks : body {
    static constexpr std::size_t longest = 10'000;
    racekit::basic_message_pipe<longest, Steps> pipe;
    bool volatile sent = false;

    static inline std::string const victims = std::string(longest, 'v');
    static inline std::string const others = std::string(longest, 's');

    void prepare() override {
        pipe.be_sender();
        // What the dynamic linker does once is done before the steps begin.
        racekit::basic_message_pipe<longest, Steps> warm;
        (void)warm.send(victims.data(), longest, lane::soon());
    }
    void victim() override {
        check(!pipe.send(victims.data(), longest, lane::soon()), "it cannot be sent");
        sent = true;
    }
    void recovers() override {
        pipe.be_sender();
        (void)pipe.send(others.data(), longest, lane::soon());
    }
    char const* survivor() override {
        for (int each = 0; each < 2; ++each)
            check(!pipe.send(others.data(), longest, lane::soon()), "no sender can send");
        pipe.be_receiver();
        int whole = 0;
        int cut = 0;
        char last = 0;
        for (std::string got(longest, 0);;) {
            auto const came = pipe.receive(got.data(), longest, lane::soon());
            if (came.ended()) break;
            if (came.error == racekit::pipe_error::truncated) {
                ++cut;
                continue;
            }
            check(!came.error, "the stream is out of order");
            last = got[0];
            check(came.bytes == longest && got == std::string(longest, last), "a message is torn");
            whole += last == 'v' ? 1 : 0;
        }
        pipe.close();
        check(last == 's', "the message after the death is lost");
        check(!sent || whole == 1, "a message that was sent is lost");
        return whole == 1 ? "whole" : cut > 0 ? "cut short" : "absent";
    }
};

/// A server that does what it is asked and answers. The client takes only an answer for "done".
template <bool only_an_answer_counts>
struct serves : body {
    // Of the process of the rounds, which is the client; the ends are not for shared memory.
    static inline std::optional<racekit::pipe> ends;
    int volatile done = 0;

    void before() override {
        ends.emplace();
        check(!ends->first.send("go"), "no question");
    }
    void prepare() override {
        // What the dynamic linker does once is done before the steps begin.
        racekit::pipe warm;
        (void)warm.first.send("go");
        serve(warm.second);
    }
    void victim() override { serve(ends->second); }
    void serve(racekit::pipe_end& through) {
        char question[8];
        check(bool(through.receive(question, sizeof question, racekit::deadline::min())),
              "nothing was asked");
        if (&through == &ends->second) done = done + 1;
        check(!through.send("ok"), "nobody wants the answer");
    }
    char const* survivor() override {
        ends->second.close();
        std::string answer;
        auto const came = ends->first.receive(answer, lane::soon());
        bool const left = came.ended() || came.error == racekit::pipe_error::reset;
        bool const is_done = only_an_answer_counts ? bool(came) : bool(came) || left;
        check(bool(came) || left, "neither an answer nor an end");
        check(!is_done || done == 1, "not done, though it was taken for done");
        ends.reset();
        return came ? "answered" : done == 1 ? "unknown, done" : "unknown, not done";
    }
    void recovers() override {}
};

struct no_repair : racekit::message_pipe_steps {
    static constexpr bool recover = false;
};

/// Seeded: the index goes up before the bytes are there.
struct publishes_too_early : with_a_lane {
    void victim() override {
        std::uint64_t const tail = shared.words.tail.load();
        shared.words.tail.store(tail + 8 + words_of_message * 8);
        plain_bytes const bytes(shared.memory, capacity);
        ring_frame const frame{words_of_message * 8, ring_frame::first | ring_frame::last};
        bytes.put(tail, &frame, sizeof frame);
        for (std::size_t each = 0; each < words_of_message; ++each) {
            std::uint64_t const number = 3;
            bytes.put(tail + 8 + 8 * each, &number, 8);
        }
    }
    char const* survivor() override {
        bool cut = false;
        (void)drain(cut);
        still_works();
        return "whole";
    }
};

/// Seeded: a message of two frames without a mark for its end.
struct forgets_the_end : with_a_lane {
    void victim() override {
        shared.send(3);
        shared.send(4);  // the second half of 3, as it were
        sent = 4;
    }
    char const* survivor() override {
        bool cut = false;
        std::uint64_t const seen = drain(cut);
        check((seen >> 3 & 1U) == (seen >> 4 & 1U), "half a message was taken for a whole one");
        return "whole";
    }
};

}  // namespace

void add_pipes(std::vector<operation>& all) {
    all.push_back(case_of<sends<1>>("ring_lane: send"));
    all.push_back(case_of<sends<3>>("ring_lane: send in three frames"));
    all.push_back(case_of<receives>("ring_lane: receive"));
    all.push_back(case_of<sends_to_a_sleeper<true>>("ring_lane: send", true));
    all.push_back(case_of<receives_before_a_sleeper>("ring_lane: receive", true));
    all.push_back(case_of<claims>("ring_owner: claim, leave"));
    all.push_back(case_of<sends_chunks<>>("message_pipe: send in three chunks"));
    all.push_back(case_of<serves<true>>("pipe: receive, do, answer"));
    all.push_back(case_of<sends_to_a_sleeper<false>>("seeded: no re-check of a ring", true, true));
    all.push_back(case_of<publishes_too_early>("seeded: ring index before the bytes", false, true));
    all.push_back(
        case_of<sends_chunks<no_repair>>("seeded: no repair of the senders' lock", false, true));
    all.push_back(case_of<serves<false>>("seeded: an end taken for an answer", false, true));
    all.push_back(case_of<forgets_the_end>("seeded: two frames without an end", false, true));
}

}  // namespace stepkill
