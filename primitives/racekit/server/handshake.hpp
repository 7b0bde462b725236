// SPDX-License-Identifier: MIT
// handshake: how a client and a server process come to trust each other, without input or output.
//
//     client                                   server
//     hello: version, nonce, instance   ->
//                                       <-     challenge: version, nonce, instance
//     proof: HMAC(key, "client", all)   ->
//                                       <-     welcome: HMAC(key, "server", all)
//
// "all" is the version, the kind of transport, and both nonces and instances. The client proves
// first, so a stranger gets nothing to guess the key from. Each direction then has a key of its
// own, derived from "all", and every frame carries its number and a code of 16 bytes under it: a
// frame that is changed, dropped, repeated, reflected or passed on to another connection is
// refused. Without a key (a unix socket whose peer's user is known) proof and welcome carry no
// code.
//
// Errors: refused, wrong_version, malformed, too_long. A failed handshake stays failed.
// Source: M. Bellare, P. Rogaway, "Entity Authentication and Key Distribution", 1993 (MAP1).
#pragma once

#include <racekit/platform/native/message_code.hpp>
#include <racekit/server/codec.hpp>
#include <racekit/server/errors.hpp>
#include <racekit/server/operations.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace racekit {

/// A secret of at least 32 bytes, which both sides have.
class server_key {
public:
    static constexpr std::size_t least = 32;
    /// Throws std::invalid_argument for a shorter one, the empty one above all.
    explicit server_key(std::string_view bytes) {
        if (bytes.size() < least)
            throw std::invalid_argument("a key has at least " + std::to_string(least) +
                                        " bytes, this one has " + std::to_string(bytes.size()));
        code_ = message_code(bytes);
    }
    [[nodiscard]] message_code const& code() const { return code_; }

private:
    message_code code_;
};

/// 32 random bytes that are used once, and 16 that name a process.
struct handshake_identity {
    std::array<char, 32> nonce{};
    std::array<char, 16> instance{};
};

/// Frames of one connection: a length of 4 bytes, lowest first, the message, and with a key 16
/// bytes of code.
class frame_codec {
public:
    static constexpr std::size_t header = 4;

    explicit frame_codec(std::size_t longest) : longest_(longest) {}

    void use_keys(message_code const& out, message_code const& in) {
        out_ = out;
        in_ = in;
        has_keys_ = true;
    }
    void allow(std::size_t longest) { longest_ = longest; }
    [[nodiscard]] bool has_keys() const { return has_keys_; }

    /// Appends the frame of a message.
    void seal(std::string& into, std::string_view message) {
        std::size_t const size = message.size() + (has_keys_ ? message_code::short_size : 0);
        char head[header];
        put(head, size);
        into.append(head, header);
        into += message;
        if (!has_keys_) return;
        message_code::tag const code = code_of(out_, sent_++, message);
        into.append(reinterpret_cast<char const*>(code.data()), message_code::short_size);
    }

    enum class found { message, more, wrong };
    /// Looks at the front of `bytes`. A message: `taken` bytes of it are done. Wrong: error() says
    /// why, and nothing more can be read.
    found open(std::string_view bytes, std::string_view& message, std::size_t& taken) {
        if (error_ != server_error{}) return found::wrong;
        if (bytes.size() < header) return found::more;
        std::size_t const size = length(bytes);
        std::size_t const extra = has_keys_ ? message_code::short_size : 0;
        if (size > longest_ + extra) return fail(server_error::too_long);
        if (size < extra) return fail(server_error::malformed);
        if (bytes.size() - header < size) return found::more;
        message = bytes.substr(header, size - extra);
        if (has_keys_) {
            message_code::tag const code = code_of(in_, received_++, message);
            if (!message_code::same(code.data(), bytes.data() + header + size - extra, extra))
                return fail(server_error::refused);
        }
        taken = header + size;
        return found::message;
    }
    [[nodiscard]] server_error error() const { return error_; }

    static std::size_t length(std::string_view head) {
        std::size_t size = 0;
        for (std::size_t at = header; at > 0; --at)
            size = size << 8U | static_cast<unsigned char>(head[at - 1]);
        return size;
    }

private:
    found fail(server_error why) {
        error_ = why;
        return found::wrong;
    }
    static void put(char* to, std::size_t size) {
        for (std::size_t at = 0; at < header; ++at, size >>= 8U)
            to[at] = static_cast<char>(size & 0xffU);
    }
    static message_code::tag code_of(message_code const& key, std::uint64_t number,
                                     std::string_view message) {
        char bytes[8];
        for (char& each : bytes) {
            each = static_cast<char>(number & 0xffU);
            number >>= 8U;
        }
        return key.of(std::string_view(bytes, sizeof bytes), message);
    }

    std::size_t longest_;
    bool has_keys_ = false;
    message_code out_;
    message_code in_;
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
    server_error error_{};
};

namespace handshake_detail {

inline constexpr std::string_view magic = "racekit";

inline std::string_view view(auto const& of) { return {of.data(), of.size()}; }
inline std::string_view view(message_code::tag const& of) {
    return {reinterpret_cast<char const*>(of.data()), of.size()};
}

/// hello and challenge: [magic, version, nonce, instance, whether there is a key].
inline std::string greeting(handshake_identity const& who, bool has_key) {
    std::string made;
    value_writer into(made);
    into.array(5);
    into.text(magic);
    into.integer(protocol_version);
    into.bytes(view(who.nonce));
    into.bytes(view(who.instance));
    into.boolean(has_key);
    return made;
}
inline server_error read_greeting(std::string_view message, handshake_identity& who, bool& key) {
    value_reader from(message);
    std::size_t size = 0;
    std::string_view word;
    std::int64_t version = 0;
    std::string_view nonce;
    std::string_view instance;
    if (!from.array(size) || size < 2 || !from.text(word) || word != magic ||
        !from.integer(version))
        return server_error::malformed;
    if (version != protocol_version) return server_error::wrong_version;
    if (size != 5 || !from.bytes(nonce) || nonce.size() != who.nonce.size() ||
        !from.bytes(instance) || instance.size() != who.instance.size())
        return server_error::malformed;
    server_value const flag = from.value();
    if (flag.as<bool>() == nullptr || from.failed() || from.left() > 0)
        return server_error::malformed;
    key = *flag.as<bool>();
    std::memcpy(who.nonce.data(), nonce.data(), nonce.size());
    std::memcpy(who.instance.data(), instance.data(), instance.size());
    return {};
}
inline std::string one_bytes(std::string_view content) {
    std::string made;
    value_writer(made).bytes(content);
    return made;
}
/// [0, error]: as a reply to no request.
inline std::string complaint(server_error why) {
    std::string made;
    value_writer into(made);
    into.array(2);
    into.integer(0);
    into.integer(std::int64_t(why));
    return made;
}

}  // namespace handshake_detail

/// What both roles have.
class handshake {
public:
    enum class state { going_on, done, failed };
    [[nodiscard]] state now() const { return now_; }
    [[nodiscard]] server_error error() const { return error_; }
    /// The instance of the other side.
    [[nodiscard]] std::array<char, 16> const& peer() const { return other_.instance; }

protected:
    handshake(handshake_identity const& self, server_key const* key, bool over_tcp)
        : self_(self), key_(key), over_tcp_(over_tcp) {}

    void fail(server_error why) {
        now_ = state::failed;
        error_ = why;
    }
    [[nodiscard]] message_code::tag code(std::string_view label, bool self_is_client) const {
        using handshake_detail::view;
        auto const& client = self_is_client ? self_ : other_;
        auto const& server = self_is_client ? other_ : self_;
        char const fixed[2] = {static_cast<char>(protocol_version), over_tcp_ ? 't' : 'u'};
        return key_->code().of(label, std::string_view(fixed, 2), view(client.nonce),
                               view(server.nonce), view(client.instance), view(server.instance));
    }
    void finish(frame_codec& frames, bool self_is_client) {
        if (key_ != nullptr && over_tcp_) {
            message_code const to_server(code("client to server", self_is_client));
            message_code const to_client(code("server to client", self_is_client));
            if (self_is_client) frames.use_keys(to_server, to_client);
            else frames.use_keys(to_client, to_server);
        }
        now_ = state::done;
    }
    [[nodiscard]] bool is_proof(std::string_view message, std::string_view label,
                                bool self_is_client) const {
        value_reader from(message);
        std::string_view got;
        if (!from.bytes(got) || from.left() > 0) return false;
        if (key_ == nullptr) return got.empty();
        message_code::tag const right = code(label, self_is_client);
        return got.size() == right.size() &&
               message_code::same(got.data(), right.data(), right.size());
    }
    [[nodiscard]] std::string proof(std::string_view label, bool self_is_client) const {
        if (key_ == nullptr) return handshake_detail::one_bytes({});
        return handshake_detail::one_bytes(handshake_detail::view(code(label, self_is_client)));
    }

    handshake_identity self_;
    handshake_identity other_;
    server_key const* key_;
    bool over_tcp_;
    state now_ = state::going_on;
    server_error error_{};
};

/// The server's role. Each message of the client is answered by what receive() returns.
class server_handshake : public handshake {
public:
    server_handshake(handshake_identity const& self, server_key const* key, bool over_tcp)
        : handshake(self, key, over_tcp) {}

    [[nodiscard]] std::string receive(std::string_view message, frame_codec& frames) {
        if (now_ != state::going_on) return {};
        if (!has_hello_) {
            bool client_has_key = false;
            server_error const wrong =
                handshake_detail::read_greeting(message, other_, client_has_key);
            if (wrong != server_error{}) return refuse(wrong);
            if (client_has_key != (key_ != nullptr)) return refuse(server_error::refused);
            has_hello_ = true;
            return handshake_detail::greeting(self_, key_ != nullptr);
        }
        if (!is_proof(message, "client", false)) return refuse(server_error::refused);
        pending_ = &frames;
        return proof("server", false);
    }
    /// After the reply of receive() was sealed: from here on frames carry codes.
    void sent() {
        if (pending_ == nullptr) return;
        finish(*pending_, false);
        pending_ = nullptr;
    }

private:
    std::string refuse(server_error why) {
        fail(why);
        return handshake_detail::complaint(why);
    }
    bool has_hello_ = false;
    frame_codec* pending_ = nullptr;
};

/// The client's role.
class client_handshake : public handshake {
public:
    client_handshake(handshake_identity const& self, server_key const* key, bool over_tcp)
        : handshake(self, key, over_tcp) {}

    [[nodiscard]] std::string hello() const {
        return handshake_detail::greeting(self_, key_ != nullptr);
    }
    /// Empty: nothing is to be sent.
    [[nodiscard]] std::string receive(std::string_view message, frame_codec& frames) {
        if (now_ != state::going_on) return {};
        if (is_complaint(message)) return {};
        if (!has_challenge_) {
            bool server_has_key = false;
            server_error const wrong =
                handshake_detail::read_greeting(message, other_, server_has_key);
            if (wrong != server_error{}) return fail(wrong), std::string();
            if (server_has_key != (key_ != nullptr))
                return fail(server_error::refused), std::string();
            has_challenge_ = true;
            return proof("client", true);
        }
        if (!is_proof(message, "server", true)) return fail(server_error::refused), std::string();
        finish(frames, true);
        return {};
    }

private:
    bool is_complaint(std::string_view message) {
        value_reader from(message);
        std::size_t size = 0;
        std::int64_t zero = 0;
        std::int64_t why = 0;
        if (!from.array(size) || size != 2 || !from.integer(zero) || zero != 0 ||
            !from.integer(why))
            return false;
        bool const known = why > 0 && why <= std::int64_t(server_error::forked);
        fail(known ? static_cast<server_error>(why) : server_error::refused);
        return true;
    }
    bool has_challenge_ = false;
};

}  // namespace racekit
