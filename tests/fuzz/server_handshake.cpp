// SPDX-License-Identifier: MIT
// The handshake in both roles, and the frames, under libFuzzer.
//
// The input is what a stranger without the key sends to a server or to a client, cut into frames
// and messages by its own lengths. It never comes to an agreement, and no frame with a code is
// opened.
#include <racekit/server/handshake.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace racekit;

void expect(bool holds) {
    if (!holds) std::abort();
}

server_key const& key() {
    static server_key const only(std::string(32, 'k'));
    return only;
}

template <class Role>
void feed(Role& role, std::string const& bytes, std::size_t piece) {
    frame_codec frames(512);
    std::string in;
    for (std::size_t at = 0; at < bytes.size();) {
        std::size_t const part = std::min(piece, bytes.size() - at);
        in.append(bytes, at, part);
        at += part;
        for (;;) {
            std::string_view message;
            std::size_t taken = 0;
            auto const how = frames.open(in, message, taken);
            if (how == frame_codec::found::wrong) return;
            if (how == frame_codec::found::more) break;
            expect(taken >= frame_codec::header && taken <= in.size() && message.size() <= 512);
            std::string const copy(message);
            std::string out;
            frames.seal(out, role.receive(copy, frames));
            if constexpr (requires { role.sent(); }) role.sent();
            expect(role.now() != handshake::state::done);
            in.erase(0, taken);
        }
    }
}

void open_with_keys(std::string const& bytes) {
    frame_codec frames(512);
    frames.use_keys(key().code(), key().code());
    std::string_view message;
    std::size_t taken = 0;
    expect(frames.open(bytes, message, taken) != frame_codec::found::message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return 0;
    std::string const bytes(reinterpret_cast<char const*>(data) + 2, size - 2);
    handshake_identity self;
    self.nonce.fill('n');
    self.instance.fill('i');
    std::size_t const piece = 1 + data[1];
    if (data[0] % 3 == 0) {
        server_handshake server(self, &key(), data[0] > 127);
        feed(server, bytes, piece);
    } else if (data[0] % 3 == 1) {
        client_handshake client(self, &key(), data[0] > 127);
        feed(client, bytes, piece);
    } else {
        open_with_keys(bytes);
    }
    return 0;
}
