// SPDX-License-Identifier: MIT
// frame: a message in a stream of bytes, with its length and two checksums.
//
// Wire:      24 bytes, little-endian: "RKF1", 4 bytes of 0, the size of the message (8), the
//            CRC-32C of the message, the CRC-32C of the 20 bytes before; then the message.
// Progress:  wait-free.
// Invariant: a decoder never reads outside what it was given, holds no more memory than twice what
//            has arrived, and hands out only messages whose checksums are right. After one wrong
//            byte it stays at an error: where the next frame begins cannot be known.
// Errors:    pipe_error::corrupt; std::errc::message_size, for a message that is longer than the
//            decoder accepts (its header is sound).
#pragma once

#include <racekit/platform/crc32c.hpp>
#include <racekit/pipe/pipe_error.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace racekit {

static_assert(std::endian::native == std::endian::little, "racekit writes the wire as it is");

struct frame_header {
    static constexpr std::uint32_t right_mark = 0x31464b52;  // "RKF1"
    static constexpr std::size_t size_on_wire = 24;

    std::uint32_t mark = right_mark;
    std::uint32_t zero = 0;
    std::uint64_t size = 0;
    std::uint32_t message_sum = 0;
    std::uint32_t header_sum = 0;

    /// The header of that message.
    [[nodiscard]] static frame_header of(std::string_view message) noexcept {
        frame_header head;
        head.size = message.size();
        head.message_sum = crc32c(message.data(), message.size());
        head.header_sum = crc32c(&head, size_on_wire - sizeof head.header_sum);
        return head;
    }
    [[nodiscard]] bool is_sound() const noexcept {
        return mark == right_mark && zero == 0 &&
               header_sum == crc32c(this, size_on_wire - sizeof header_sum);
    }
};
static_assert(sizeof(frame_header) == frame_header::size_on_wire);

/// Takes a stream apart, in whatever pieces it comes.
class frame_decoder {
public:
    explicit frame_decoder(std::size_t longest = std::size_t(1) << 20) : longest_(longest) {}

    /// Takes bytes up to the end of a message at most; returns how many. When has_message(), take()
    /// it before the rest is fed.
    std::size_t feed(void const* from, std::size_t size) {
        auto const* const bytes = static_cast<char const*>(from);
        std::size_t done = 0;
        while (!error_ && !has_message_ && done < size) {
            bool const in_header = held_ < frame_header::size_on_wire;
            std::size_t const wanted =
                in_header ? frame_header::size_on_wire - held_ : head_.size - message_.size();
            std::size_t const part = std::min(wanted, size - done);
            if (in_header) {
                std::memcpy(reinterpret_cast<char*>(&head_) + held_, bytes + done, part);
                held_ += part;
            } else {
                message_.append(bytes + done, part);  // grows by what arrived, not by what is said
            }
            done += part;
            if (part == wanted) finish(in_header);
        }
        return done;
    }

    [[nodiscard]] bool has_message() const noexcept { return has_message_; }
    /// The message, once.
    [[nodiscard]] std::string take() {
        has_message_ = false;
        held_ = 0;
        return std::exchange(message_, {});
    }
    /// Whether the stream may end here: between two frames.
    [[nodiscard]] bool is_between() const noexcept { return held_ == 0 && !error_; }
    [[nodiscard]] std::error_code error() const noexcept { return error_; }

private:
    void finish(bool header) {
        if (header) {
            if (!head_.is_sound()) return fail(pipe_error::corrupt);
            if (head_.size > longest_) return fail(std::make_error_code(std::errc::message_size));
            if (head_.size > 0) return;
        }
        if (crc32c(message_.data(), message_.size()) != head_.message_sum)
            return fail(pipe_error::corrupt);
        has_message_ = true;
    }
    void fail(std::error_code why) {
        error_ = why;
        message_ = {};
    }

    std::size_t longest_;
    frame_header head_;
    std::size_t held_ = 0;  // bytes of the header
    std::string message_;
    bool has_message_ = false;
    std::error_code error_;
};

}  // namespace racekit
