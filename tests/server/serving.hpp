// SPDX-License-Identifier: MIT
// A server in a process of its own, in a folder of its own, for tests.
#pragma once

#include <racekit/server/connect_server.hpp>
#include <racekit/server/event_server.hpp>

#include <chrono>
#include <csignal>
#include <optional>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace test {

using namespace std::chrono_literals;

/// A folder that goes with its content.
class folder {
public:
    folder() {
        char name[] = "/tmp/racekit.XXXXXX";
        if (::mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
        path_ = name;
    }
    folder(folder const&) = delete;
    folder& operator=(folder const&) = delete;
    ~folder() {
        for (char const* each : {"s", "s.lock", "journal", "key"})
            ::unlink((path_ + "/" + each).c_str());
        ::rmdir(path_.c_str());
    }
    [[nodiscard]] std::string operator/(std::string const& name) const {
        return path_ + "/" + name;
    }

private:
    std::string path_;
};

inline std::string const key(40, 'k');

/// It has a value "n" (object 1), a lock "l" (2) and a list "t" (3).
class serving {
public:
    explicit serving(racekit::server_options options = {}, int descriptors = 0)
        : options_(std::move(options)), descriptors_(descriptors) {
        start();
    }
    ~serving() {
        if (process_) process_->kill();
    }
    serving(serving const&) = delete;
    serving& operator=(serving const&) = delete;

    void start() {
        racekit::byte_pipe ready;
        process_.emplace([&] {
            ready.reader.close();
            run(ready.writer);
        });
        ready.writer.close();
        char text[256] = {};
        racekit::transfer const got = ready.reader.read_some(text, sizeof text - 1);
        ready.reader.close();
        if (got.bytes == 0) throw std::runtime_error("the server did not start");
        tcp = std::string(text, got.bytes - 1);
    }
    [[nodiscard]] std::string unix_address() const { return "unix:" + (at / "s"); }
    [[nodiscard]] racekit::server_client client(racekit::connect_options how = {}) const {
        return racekit::connect_server(unix_address(), how);
    }
    [[nodiscard]] racekit::server_client tcp_client() const {
        racekit::connect_options how;
        how.key = key;
        return racekit::connect_server(tcp, how);
    }
    void kill(int signal = SIGKILL) {
        ::kill(process_->id().number, signal);
        if (signal == SIGKILL) (void)process_->join();
    }
    racekit::process& process() { return *process_; }

    folder at;
    std::string tcp;  // where it listens over TCP, if it has a key

private:
    void run(racekit::byte_writer& ready) {
        if (descriptors_ > 0) {
            rlimit const limit{static_cast<rlim_t>(descriptors_),
                               static_cast<rlim_t>(descriptors_)};
            ::setrlimit(RLIMIT_NOFILE, &limit);
        }
        racekit::server_options mine = options_copy();
        mine.addresses = {unix_address()};
        if (!mine.key.empty()) mine.addresses.push_back("tcp:127.0.0.1:0");
        racekit::event_server server(std::move(mine));
        server.make(racekit::object_type::value, "n", 0);
        server.make(racekit::object_type::lock, "l");
        server.make(racekit::object_type::list, "t");
        std::string const text = server.addresses().back() + "\n";
        (void)ready.write_some(text.data(), text.size());
        ready.close();
        server.run();
    }
    [[nodiscard]] racekit::server_options options_copy() const {
        racekit::server_options made;
        made.key = options_.key;
        made.journal = options_.journal.empty() ? std::string() : at / options_.journal;
        made.limits = options_.limits;
        made.core = options_.core;
        return made;
    }

    racekit::server_options options_;
    int descriptors_;
    std::optional<racekit::process> process_;
};

inline std::int64_t whole(racekit::answer<racekit::server_value> const& got) {
    auto const* const number = got.value.as<std::int64_t>();
    return got && number != nullptr ? *number : -1;
}

}  // namespace test
