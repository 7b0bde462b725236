// SPDX-License-Identifier: MIT
// The handshake and the frames, without sockets: both roles, and everything that may happen to the
// bytes between them.
#include <racekit/server/handshake.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace racekit;
using state = handshake::state;

handshake_identity identity(char which) {
    handshake_identity made;
    made.nonce.fill(which);
    made.instance.fill(static_cast<char>(which + 1));
    return made;
}
server_key const& key() {
    static server_key const only(std::string(32, 'k'));
    return only;
}
server_key const& another_key() {
    static server_key const only(std::string(32, 'x'));
    return only;
}

/// A client and a server that have not spoken yet.
struct pair {
    explicit pair(server_key const* of_client = &key(), server_key const* of_server = &key(),
                  bool over_tcp = true, char nonces = 'a')
        : client(identity(nonces), of_client, over_tcp),
          server(identity(static_cast<char>(nonces + 5)), of_server, over_tcp) {}

    /// The whole handshake; the messages are kept.
    void greet() {
        said.push_back(client.hello());
        for (int each = 0; each < 4 && !said.back().empty(); ++each) {
            bool const to_server = each % 2 == 0;
            said.push_back(to_server ? server.receive(said.back(), server_frames)
                                     : client.receive(said.back(), client_frames));
            server.sent();
        }
    }
    [[nodiscard]] bool agreed() const {
        return client.now() == state::done && server.now() == state::done;
    }

    client_handshake client;
    server_handshake server;
    frame_codec client_frames{512};
    frame_codec server_frames{512};
    std::vector<std::string> said;
};

std::string sealed(frame_codec& by, std::string_view message) {
    std::string made;
    by.seal(made, message);
    return made;
}
/// What a codec makes of the bytes: the message, or how it failed.
std::string opened(frame_codec& by, std::string_view bytes) {
    std::string_view message;
    std::size_t taken = 0;
    switch (by.open(bytes, message, taken)) {
        case frame_codec::found::message: return std::string(message);
        case frame_codec::found::more: return "(more)";
        case frame_codec::found::wrong: return std::string("(") + to_text(by.error()) + ")";
    }
    return {};
}

TEST(handshake, two_with_the_same_key_agree_and_their_frames_carry_codes) {
    pair on;
    on.greet();
    ASSERT_TRUE(on.agreed());
    EXPECT_TRUE(on.client_frames.has_keys());
    EXPECT_EQ(opened(on.server_frames, sealed(on.client_frames, "one")), "one");
    EXPECT_EQ(opened(on.client_frames, sealed(on.server_frames, "two")), "two");
    EXPECT_EQ(on.client.peer(), identity('f').instance);
}

TEST(handshake, without_a_key_both_agree_over_a_unix_socket) {
    pair on(nullptr, nullptr, false);
    on.greet();
    EXPECT_TRUE(on.agreed());
    EXPECT_FALSE(on.client_frames.has_keys());
}

TEST(handshake, other_keys_do_not_agree) {
    for (auto const& [client, server] :
         std::vector<std::pair<server_key const*, server_key const*>>{
             {&another_key(), &key()}, {nullptr, &key()}, {&key(), nullptr}}) {
        pair on(client, server);
        on.greet();
        EXPECT_EQ(on.server.now(), state::failed);
        EXPECT_EQ(on.server.error(), server_error::refused);
        EXPECT_EQ(on.client.error(), server_error::refused) << "and it hears why";
    }
}

TEST(handshake, a_short_or_empty_key_is_none) {
    EXPECT_THROW(server_key(""), std::invalid_argument);
    EXPECT_THROW(server_key(std::string(31, 'k')), std::invalid_argument);
    EXPECT_NO_THROW(server_key(std::string(32, 'k')));
    EXPECT_NO_THROW(server_key(std::string(500, 'k')));
}

TEST(handshake, another_version_is_told_so) {
    pair on;
    std::string hello = on.client.hello();
    std::size_t const at = hello.find("racekit") + 7;
    hello[at] = 9;
    std::string const answer = on.server.receive(hello, on.server_frames);
    EXPECT_EQ(on.server.error(), server_error::wrong_version);
    EXPECT_EQ(on.client.receive(answer, on.client_frames), "");
    EXPECT_EQ(on.client.error(), server_error::wrong_version);
}

TEST(handshake, the_server_proves_nothing_to_a_client_that_has_not) {
    pair on;
    std::string const challenge = on.server.receive(on.client.hello(), on.server_frames);
    EXPECT_EQ(challenge.find(std::string(32, '\0')), std::string::npos);
    (void)on.server.receive(handshake_detail::one_bytes(std::string(32, 'z')), on.server_frames);
    EXPECT_EQ(on.server.now(), state::failed);
}

TEST(handshake, no_bit_of_it_may_change) {
    pair honest;
    honest.greet();
    std::size_t accepted = 0;
    for (std::size_t which = 0; which < 4; ++which) {
        for (std::size_t bit = 0; bit < 8 * honest.said[which].size(); ++bit) {
            pair on;
            std::string next = on.client.hello();
            for (std::size_t each = 0; each < 4 && !next.empty(); ++each) {
                if (each == which) next[bit / 8] = static_cast<char>(next[bit / 8] ^ 1 << bit % 8);
                next = each % 2 == 0 ? on.server.receive(next, on.server_frames)
                                     : on.client.receive(next, on.client_frames);
                on.server.sent();
            }
            accepted += on.agreed() ? 1U : 0U;
        }
    }
    EXPECT_EQ(accepted, 0U);
}

TEST(handshake, what_was_said_once_is_worth_nothing_again) {
    pair first;
    first.greet();
    pair second(&key(), &key(), true, 'm');
    (void)second.server.receive(first.said[0], second.server_frames);
    (void)second.server.receive(first.said[2], second.server_frames);
    EXPECT_EQ(second.server.now(), state::failed);
}

TEST(handshake, a_server_cannot_be_made_to_prove_a_clients_role) {
    // A stranger sends the server's own proof back, from a connection with the nonces exchanged.
    pair on;
    on.greet();
    pair reflected;
    (void)reflected.server.receive(reflected.client.hello(), reflected.server_frames);
    (void)reflected.server.receive(on.said[3], reflected.server_frames);
    EXPECT_EQ(reflected.server.now(), state::failed);
}

TEST(handshake, who_relays_it_can_say_nothing) {
    pair on;
    on.greet();  // every message went through the stranger
    std::string forged(4, '\0');
    forged[0] = 3 + 16;
    forged += "add" + std::string(16, 'z');
    EXPECT_EQ(opened(on.server_frames, forged), "(the other side was refused)");
}

TEST(handshake, a_tag_for_one_transport_is_none_for_another) {
    pair unix_side(&key(), &key(), false);
    unix_side.greet();
    pair tcp_side;
    (void)tcp_side.server.receive(tcp_side.client.hello(), tcp_side.server_frames);
    (void)tcp_side.server.receive(unix_side.said[2], tcp_side.server_frames);
    EXPECT_EQ(tcp_side.server.now(), state::failed);
}

TEST(handshake, garbage_is_malformed_and_ends_it) {
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
        pair on;
        std::string bytes(random() % 120, '\0');
        for (char& each : bytes) each = static_cast<char>(random());
        (void)on.server.receive(bytes, on.server_frames);
        (void)on.client.receive(bytes, on.client_frames);
        EXPECT_NE(on.server.now(), state::done);
        EXPECT_NE(on.client.now(), state::done);
    }
}

TEST(frames, a_changed_dropped_repeated_or_reflected_frame_is_refused) {
    auto const refused = std::string("(the other side was refused)");
    pair base;
    base.greet();
    std::string const frame = sealed(base.client_frames, "payload");
    for (std::size_t at = frame_codec::header; at < frame.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            pair on;
            on.greet();
            std::string changed = frame;
            changed[at] = static_cast<char>(changed[at] ^ 1 << bit);
            EXPECT_EQ(opened(on.server_frames, changed), refused);
        }
    }
    EXPECT_EQ(opened(base.server_frames, frame), "payload");
    EXPECT_EQ(opened(base.server_frames, frame), refused) << "repeated";
    pair dropped;
    dropped.greet();
    (void)sealed(dropped.client_frames, "lost");
    EXPECT_EQ(opened(dropped.server_frames, sealed(dropped.client_frames, "next")), refused);
    pair reflected;
    reflected.greet();
    EXPECT_EQ(opened(reflected.client_frames, sealed(reflected.client_frames, "x")), refused);
}

TEST(frames, lengths_are_checked_before_anything_else) {
    frame_codec plain(100);
    EXPECT_EQ(opened(plain, ""), "(more)");
    EXPECT_EQ(opened(plain, std::string("\x05\0\0\0abcd", 8)), "(more)");
    EXPECT_EQ(opened(plain, std::string("\x04\0\0\0abcd", 8)), "abcd");
    EXPECT_EQ(opened(plain, std::string("\0\0\0\0", 4)), "");
    EXPECT_EQ(opened(plain, std::string("\xff\xff\xff\xff", 4)), "(the message is too long)");
    EXPECT_EQ(opened(plain, std::string("\x04\0\0\0abcd", 8)), "(the message is too long)")
        << "it stays so";
    pair with_keys;
    with_keys.greet();
    EXPECT_EQ(opened(with_keys.server_frames, std::string("\x04\0\0\0abcd", 8)),
              "(the message is malformed)");
}

}  // namespace
