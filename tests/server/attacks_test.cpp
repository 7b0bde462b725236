// SPDX-License-Identifier: MIT
// Strangers without the key, and a stranger between a client and its server: guesses, pieces of
// handshakes, what was said before, what the other side said, any bit changed (G9).
#include "measured.hpp"
#include "raw_client.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <functional>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace {

using namespace racekit;
using namespace std::chrono_literals;
using namespace test;

std::string right_key() { return {key.data(), key.size()}; }

/// Of a server that does not slow guesses down, what nobody but a client with the key may change.
class guarded {
public:
    explicit guarded(bool tcp)
        : tcp_(tcp), server_(options()), address(tcp ? server_.tcp : server_.unix_address()) {}

    /// What strangers achieved: additions that were done, and connections that were let in.
    [[nodiscard]] double harm() const {
        auto client = keyed(server_, tcp_);
        auto const metrics = client.call(operation::metrics, {}, after(30s)).results.value();
        std::int64_t clients = 0;
        for (auto const& [name, number] : *metrics.as<server_value::map>())
            if (name == server_value("clients")) clients = *number.as<std::int64_t>();
        return double(whole(value_proxy(client, {1}).get())) + double(clients - 1);
    }

private:
    static server_options options() {
        server_options made;
        made.key = right_key();
        made.limits.failures = SIZE_MAX;
        return made;
    }
    bool tcp_;
    serving server_;

public:
    std::string const address;
};

/// A handshake whose n-th message to the server is changed by `change`; whether the server went
/// on to the welcome. What `change` empties is sent, and the connection closed behind it.
bool is_welcome(guarded const& at, std::string const& with_key, int which,
                std::function<void(std::string&)> const& change) {
    raw_client mine(at.address, with_key);
    std::string next = mine.greeting->hello();
    for (int each = 0; each < 2; ++each) {
        std::string frame;
        mine.frames.seal(frame, next);
        if (each == which) change(frame);
        std::size_t const announced =
            frame.size() < 4 ? SIZE_MAX : frame_codec::length(frame) + frame_codec::header;
        try {
            mine.send_bytes(frame);
        } catch (std::runtime_error const&) {
            return false;
        }
        if (announced != frame.size()) ::shutdown(mine.end.number(), SHUT_WR);
        std::string const answer = mine.receive();
        if (answer.empty()) return false;
        next = mine.greeting->receive(answer, mine.frames);
        if (each == 1) return mine.greeting->now() == handshake::state::done;
        if (mine.greeting->now() != handshake::state::going_on) return false;
    }
    return false;
}
bool is_welcome(guarded const& at, std::string const& with_key) {
    return is_welcome(at, with_key, -1, {});
}
std::string message_of(guarded const& at, int which) {
    std::string seen;
    (void)is_welcome(at, right_key(), which, [&](std::string& frame) { seen = frame; });
    return seen;
}

TEST(attacks, wrong_keys) {
    for (bool const tcp : {false, true}) {
        guarded at(tcp);
        EXPECT_TRUE(is_welcome(at, right_key()));
        // Over TCP each leaves a port behind for a minute.
        int const count = tcp ? times(50, 5000) : times(500, 100'000);
        int welcome = 0;
        for (int each = 0; each < count; ++each) {
            std::string guess = right_key();
            if (each % 2 == 0) guess[std::size_t(each / 2) % guess.size()] ^= char(1 << each % 7);
            else guess = "guess number " + std::to_string(each) + std::string(32, 'x');
            welcome += is_welcome(at, guess) ? 1 : 0;
        }
        std::string const name =
            "G9 " + std::to_string(count) + " wrong keys, " + (tcp ? "tcp" : "unix");
        goals::exactly(name + ": accepted", welcome, 0);
        goals::exactly(name + ": harm", at.harm(), 0);
    }
}

TEST(attacks, pieces_of_a_handshake) {
    guarded at(true);
    int tried = 0;
    int welcome = 0;
    for (int which : {0, 1}) {
        std::size_t const size = message_of(at, which).size();
        for (std::size_t length = 0; length < size; length += is_full() ? 1 : 7, ++tried)
            welcome += is_welcome(at, right_key(), which,
                                  [&](std::string& frame) { frame.resize(length); });
    }
    goals::exactly("G9 handshakes cut off at " + std::to_string(tried) + " places: accepted",
                   welcome, 0);
    goals::exactly("G9 handshakes cut off: harm", at.harm(), 0);
}

TEST(attacks, every_bit_of_a_handshake) {
    guarded at(true);
    int tried = 0;
    int welcome = 0;
    for (int which : {0, 1}) {
        std::size_t const bits = 8 * message_of(at, which).size();
        for (std::size_t bit = 0; bit < bits; bit += is_full() ? 1 : 13, ++tried)
            welcome += is_welcome(at, right_key(), which, [&](std::string& frame) {
                frame[bit / 8] = char(frame[bit / 8] ^ 1 << bit % 8);
            });
    }
    goals::exactly("G9 " + std::to_string(tried) + " bits of a handshake flipped: accepted",
                   welcome, 0);
    goals::exactly("G9 bits of a handshake flipped: harm", at.harm(), 0);
}

TEST(attacks, what_was_said_before_or_by_the_other_side) {
    guarded at(true);
    int const count = times(20, 1000);
    int welcome = 0;
    std::string const hello = message_of(at, 0);
    std::string const proof = message_of(at, 1);
    for (int each = 0; each < count; ++each) {
        raw_client again(at.address);
        again.send_bytes(hello);
        std::string const challenge = again.receive();
        EXPECT_FALSE(challenge.empty());
        switch (each % 3) {
            case 0: again.send_bytes(proof); break;   // replay
            case 1: again.send(challenge); break;     // reflection of the challenge
            default: again.send_bytes(hello); break;  // a second hello
        }
        // A welcome would be 34 bytes of code; what comes is the complaint or the end.
        std::string const answer = again.receive();
        value_reader from(answer);
        std::string_view code;
        welcome += !answer.empty() && from.bytes(code) && code.size() == message_code::size;
    }
    goals::exactly("G9 " + std::to_string(count) + " replays and reflections: accepted", welcome,
                   0);
    goals::exactly("G9 replays and reflections: harm", at.harm(), 0);
}

/// An honest client that agrees with the server, all bytes passing through the stranger, and the
/// bytes of its first request.
struct relayed : raw_client {
    explicit relayed(guarded const& at) : raw_client(at.address, right_key()) {
        greet();
        frames.seal(request_bytes, request(1, operation::add, 1, 1));
    }
    std::string request_bytes;
};

TEST(attacks, a_relay_adds_nothing) {
    guarded at(true);
    int tried = 0;
    int open = 0;
    auto const expect_closed = [&](relayed& mine, std::string const& bytes) {
        ++tried;
        mine.send_bytes(bytes);
        if (frame_codec::length(bytes) + frame_codec::header != bytes.size())
            ::shutdown(mine.end.number(), SHUT_WR);
        open += mine.is_closed() ? 0 : 1;
    };
    std::size_t const bits = 8 * relayed(at).request_bytes.size();
    for (std::size_t bit = 0; bit < bits; bit += is_full() ? 1 : 11) {
        relayed mine(at);
        std::string changed = mine.request_bytes;
        changed[bit / 8] = char(changed[bit / 8] ^ 1 << bit % 8);
        expect_closed(mine, changed);
    }
    std::string const of_another = relayed(at).request_bytes;
    for (int each = 0; each < times(5, 200); ++each) {
        relayed mine(at);
        expect_closed(mine, of_another);
        relayed forging(at);
        std::string const forged = raw_client::request(1, operation::add, 1, 1);
        std::string frame;
        frame_codec(1 << 20).seal(frame, forged + std::string(message_code::short_size, 'z'));
        expect_closed(forging, frame);
        relayed without(at);
        frame.clear();
        frame_codec(1 << 20).seal(frame, forged);
        expect_closed(without, frame);
    }
    goals::exactly("G9 " + std::to_string(tried) + " frames changed, forged or moved: not refused",
                   open, 0);
    goals::exactly("G9 frames changed, forged or moved: harm", at.harm(), 0);
    {
        relayed twice(at);
        twice.send_bytes(twice.request_bytes);
        EXPECT_FALSE(twice.receive().empty());
        twice.send_bytes(twice.request_bytes);
        EXPECT_TRUE(twice.is_closed());
    }
    goals::exactly("G9 a request sent again by a relay: additions", at.harm(), 1);
}

/// Processor time to seal a frame and to open it, in microseconds.
double cost_of_a_frame(bool with_code) {
    frame_codec from(1 << 20);
    frame_codec to(1 << 20);
    if (with_code) {
        message_code const one(std::string(32, 'a'));
        message_code const other(std::string(32, 'b'));
        from.use_keys(one, other);
        to.use_keys(other, one);
    }
    int const count = times(2000, 100'000);
    std::string const message = raw_client::request(1, operation::add, 1, 1);
    std::string bytes;
    std::clock_t const begin = std::clock();
    for (int each = 0; each < count; ++each) {
        bytes.clear();
        from.seal(bytes, message);
        std::string_view got;
        std::size_t taken = 0;
        EXPECT_EQ(to.open(bytes, got, taken), frame_codec::found::message);
    }
    return double(std::clock() - begin) * 1e6 / CLOCKS_PER_SEC / count;
}

TEST(attacks, what_a_code_costs) {
    goals::at_most("G9 the code of a frame: processor time on both sides",
                   cost_of_a_frame(true) - cost_of_a_frame(false), 2, "us");
}

TEST(attacks, garbage_and_lengths) {
    for (bool const tcp : {false, true}) {
        guarded at(tcp);
        int open = 0;
        for (int each = 0; each < times(100, 2000); ++each) {
            raw_client mine(at.address);
            std::string garbage(std::size_t(each % 90), char(each));
            try {
                mine.send(garbage);
                mine.send("x");
            } catch (std::runtime_error const&) {  // closed after the first one
            }
            ::shutdown(mine.end.number(), SHUT_WR);
            open += mine.is_closed() ? 0 : 1;
        }
        for (unsigned const length : {513U, 0x7fffffffU, 0xffffffffU}) {
            raw_client mine(at.address);
            char head[4];
            for (unsigned byte = 0; byte < 4; ++byte) head[byte] = char(length >> 8 * byte);
            mine.send_bytes(std::string_view(head, 4));
            open += mine.is_closed() ? 0 : 1;
        }
        goals::exactly(
            std::string("G9 garbage and lengths, ") + (tcp ? "tcp" : "unix") + ": not refused",
            open, 0);
        goals::exactly("G9 garbage and lengths: harm", at.harm(), 0);
    }
}

}  // namespace
