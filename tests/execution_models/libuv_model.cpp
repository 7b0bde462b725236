// SPDX-License-Identifier: MIT
// libuv, an event loop with callbacks: each answer is received in pieces.
#ifdef RACEKIT_HAS_UV
#include "libuv_model.hpp"
#include "http_client.hpp"
#include "timeline.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <uv.h>
#include <vector>

namespace execution_models {
namespace {

/// One request on its own connection, which is closed when the answer is there.
class exchange {
public:
    exchange(uv_loop_t& loop, std::string const& path, std::uint16_t port)
        : request_(http_request(path)) {
        socket_.data = connecting_.data = writing_.data = this;
        sockaddr_in where{};
        expect(uv_ip4_addr("127.0.0.1", port, &where));
        expect(uv_tcp_init(&loop, &socket_));
        expect(uv_tcp_connect(&connecting_, &socket_, reinterpret_cast<sockaddr const*>(&where),
                              [](uv_connect_t* at, int error) { of(at).connected(error); }));
        waits_since_ = drawn_.stop();
    }

    [[nodiscard]] std::size_t bytes() const {
        if (error_ != 0) throw std::runtime_error(uv_strerror(error_));
        if (!failed_.empty()) throw std::runtime_error(failed_);
        return done_;
    }

private:
    template <class Handle>
    static exchange& of(Handle* at) {
        return *static_cast<exchange*>(at->data);
    }
    static void expect(int result) {
        if (result < 0) throw std::runtime_error(uv_strerror(result));
    }

    template <class Work>
    void drawn(Work work) {
        drawn_.go_on(timeline::state::waits, waits_since_);
        work();
        waits_since_ = drawn_.stop();
    }
    void connected(int error) {
        drawn([&] {
            if (error < 0) return end(error);
            uv_buf_t const out =
                uv_buf_init(request_.data(), static_cast<unsigned>(request_.size()));
            error = uv_write(&writing_, stream(), &out, 1, nullptr);
            if (error == 0)
                error = uv_read_start(
                    stream(),
                    [](uv_handle_t* at, std::size_t, uv_buf_t* room) { *room = of(at).room(); },
                    [](uv_stream_t* at, ::ssize_t got, uv_buf_t const*) { of(at).received(got); });
            if (error < 0) end(error);
        });
    }
    /// Of the head 4096 bytes at a time, then all of the body that is missing.
    uv_buf_t room() {
        if (body_.empty()) {
            head_.resize(head_size_ + 4096);
            return uv_buf_init(head_.data() + head_size_, 4096);
        }
        return uv_buf_init(body_.data() + done_, static_cast<unsigned>(body_.size() - done_));
    }
    void received(::ssize_t got) {
        if (got == 0) return;
        drawn([&] {
            if (got < 0) return end(static_cast<int>(got));
            if (!body_.empty()) done_ += static_cast<std::size_t>(got);
            else take_head(static_cast<std::size_t>(got));
            if (has_head_ && done_ == length_) end(0);
        });
    }
    void take_head(std::size_t got) {
        head_size_ += got;
        std::size_t const end_of_head = head_.find("\r\n\r\n");
        if (end_of_head == std::string::npos || end_of_head + 4 > head_size_) return;
        try {
            length_ = body_length(head_.substr(0, end_of_head));
        } catch (std::runtime_error const& wrong) {
            failed_ = wrong.what();
            return end(0);
        }
        has_head_ = true;
        body_.resize(length_);
        done_ = std::min(length_, head_size_ - end_of_head - 4);
        std::copy_n(head_.data() + end_of_head + 4, done_, body_.data());
    }
    void end(int error) {
        error_ = error;
        uv_close(reinterpret_cast<uv_handle_t*>(&socket_), nullptr);
    }
    uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&socket_); }

    timeline::lane drawn_;
    double waits_since_ = 0;
    std::string request_;
    uv_tcp_t socket_{};
    uv_connect_t connecting_{};
    uv_write_t writing_{};
    std::string head_;
    std::string body_;
    std::string failed_;
    std::size_t head_size_ = 0;
    std::size_t length_ = 0;
    std::size_t done_ = 0;
    bool has_head_ = false;
    int error_ = 0;
};

}  // namespace

result libuv_loop(request const& asked) {
    uv_loop_t loop{};
    if (uv_loop_init(&loop) != 0) throw std::runtime_error("libuv has no loop");
    std::vector<std::unique_ptr<exchange>> all;
    for (std::string const& path : asked.paths)
        all.push_back(std::make_unique<exchange>(loop, path, asked.port));
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    result sum;
    for (auto const& each : all) sum.bytes += each->bytes();
    return sum;
}

}  // namespace execution_models
#endif
