// SPDX-License-Identifier: MIT
// Byte channels with tiny buffers, so that filling them up and cutting a message are a few steps
// away.
//
// An end is held by every process that has not closed its copy; a process that is started holds
// what its parent held.
#pragma once

#include <racekit/platform/model/clock.hpp>
#include <racekit/platform/model/engine.hpp>
#include <racekit/platform/transfer.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace racekit {

inline constexpr std::size_t pipe_atomic_write = 16;
inline constexpr std::size_t pipe_capacity = 32;

namespace model {

/// One direction. Ends point at it, so it stays where it is made.
class byte_lane {
public:
    byte_lane(std::size_t capacity, std::size_t atomic_write, site const& where,
              bool packets = false)
        : object_(channel_created(this, capacity, atomic_write, packets, where)) {}
    ~byte_lane() { channel_destroyed(object_, this, site::here()); }
    byte_lane(byte_lane const&) = delete;
    byte_lane& operator=(byte_lane const&) = delete;

    transfer read(void* to, std::size_t most, deadline limit, site const& where) {
        return to_transfer(channel_read(object_, this, to, most, limit, where));
    }
    transfer read_or_loss(void* to, std::size_t most, deadline limit, site const& where) {
        return to_transfer(channel_read_or_loss(object_, this, to, most, limit, where));
    }
    transfer write(void const* from, std::size_t size, deadline limit, site const& where) {
        return to_transfer(channel_write(object_, this, from, size, limit, where));
    }
    /// One system call that does not wait.
    transfer read_once(void* to, std::size_t most, site const& where) {
        if (channel_interrupted(where)) return {0, std::make_error_code(std::errc::interrupted)};
        return at_once(read(to, most, instant::min(), where));
    }
    transfer write_once(void const* from, std::size_t size, site const& where) {
        if (channel_interrupted(where)) return {0, std::make_error_code(std::errc::interrupted)};
        return at_once(write(from, size, instant::min(), where));
    }
    [[nodiscard]] bool has_input(site const& where) {
        channel_view const now = channel_look(object_, this, where);
        return now.bytes > 0 || now.ended;
    }
    [[nodiscard]] bool has_ended(site const& where) {
        return channel_look(object_, this, where).ended;
    }
    void close(bool writer, site const& where) { channel_close(object_, this, writer, where); }
    [[nodiscard]] bool is_open(bool writer) const { return channel_is_open(object_, writer); }

private:
    static transfer at_once(transfer got) {
        if (got.error == std::errc::timed_out)
            got.error = std::make_error_code(std::errc::resource_unavailable_try_again);
        return got;
    }
    static transfer to_transfer(moved what) {
        return {what.bytes,
                what.error == std::errc{} ? std::error_code{} : std::make_error_code(what.error)};
    }
    handle object_;
};

}  // namespace model

class byte_socket;

class byte_reader {
public:
    byte_reader() = default;

    [[nodiscard]] transfer read_some(void* to, std::size_t most, deadline limit = never,
                                     site where = site::here()) {
        return lane_->read(to, most, limit, where);
    }
    [[nodiscard]] transfer read_once(void* to, std::size_t most, site where = site::here()) {
        return lane_->read_once(to, most, where);
    }
    /// As natively; here it notices a process that closes this pipe, so close the socket first.
    [[nodiscard]] transfer read_some_watching(void* to, std::size_t most,
                                              std::span<byte_socket const* const> /*watched*/,
                                              deadline limit = never, site where = site::here()) {
        return lane_->read_or_loss(to, most, limit, where);
    }
    void close(site where = site::here()) {
        if (lane_) lane_->close(false, where);
    }
    [[nodiscard]] bool is_open() const { return lane_ && lane_->is_open(false); }

private:
    friend struct byte_pipe;
    explicit byte_reader(std::shared_ptr<model::byte_lane> lane) : lane_(std::move(lane)) {}
    std::shared_ptr<model::byte_lane> lane_;
};

class byte_writer {
public:
    byte_writer() = default;

    [[nodiscard]] transfer write_some(void const* from, std::size_t size, deadline limit = never,
                                      site where = site::here()) {
        return lane_->write(from, size, limit, where);
    }
    [[nodiscard]] transfer write_once(void const* from, std::size_t size,
                                      site where = site::here()) {
        return lane_->write_once(from, size, where);
    }
    void close(site where = site::here()) {
        if (lane_) lane_->close(true, where);
    }
    [[nodiscard]] bool is_open() const { return lane_ && lane_->is_open(true); }

private:
    friend struct byte_pipe;
    explicit byte_writer(std::shared_ptr<model::byte_lane> lane) : lane_(std::move(lane)) {}
    std::shared_ptr<model::byte_lane> lane_;
};

struct byte_pipe {
    byte_reader reader;
    byte_writer writer;

    explicit byte_pipe(site where = site::here()) {
        auto lane = std::make_shared<model::byte_lane>(pipe_capacity, pipe_atomic_write, where);
        reader = byte_reader(lane);
        writer = byte_writer(std::move(lane));
    }
};

class byte_socket {
public:
    byte_socket() = default;

    [[nodiscard]] transfer read_some(void* to, std::size_t most, deadline limit = never,
                                     site where = site::here()) {
        return in_->read(to, most, limit, where);
    }
    [[nodiscard]] transfer write_some(void const* from, std::size_t size, deadline limit = never,
                                      site where = site::here()) {
        return out_->write(from, size, limit, where);
    }
    [[nodiscard]] transfer read_once(void* to, std::size_t most, site where = site::here()) {
        return in_->read_once(to, most, where);
    }
    [[nodiscard]] transfer write_once(void const* from, std::size_t size,
                                      site where = site::here()) {
        return out_->write_once(from, size, where);
    }
    void close(site where = site::here()) {
        if (!in_) return;
        in_->close(false, where);
        out_->close(true, where);
    }
    [[nodiscard]] bool is_open() const { return in_ && in_->is_open(false); }

private:
    friend struct socket_pair;
    byte_socket(std::shared_ptr<model::byte_lane> in, std::shared_ptr<model::byte_lane> out)
        : in_(std::move(in)), out_(std::move(out)) {}
    std::shared_ptr<model::byte_lane> in_;
    std::shared_ptr<model::byte_lane> out_;
};

struct socket_pair {
    byte_socket first;
    byte_socket second;

    explicit socket_pair(site where = site::here()) {
        constexpr std::size_t capacity = 64;
        auto forth = std::make_shared<model::byte_lane>(capacity, 0, where);
        auto back = std::make_shared<model::byte_lane>(capacity, 0, where);
        first = byte_socket(back, forth);
        second = byte_socket(std::move(forth), std::move(back));
    }
};

}  // namespace racekit
