// SPDX-License-Identifier: MIT
// descriptor: a file descriptor that one object of one process owns.
#pragma once

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace racekit {

/// Closes the number when it is destroyed. A process that forks has a copy of it: each closes its
/// own.
class descriptor {
public:
    descriptor() = default;
    /// Takes `number` over.
    explicit descriptor(int number) noexcept : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~descriptor() { close(); }

    [[nodiscard]] int number() const noexcept { return number_; }
    [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }
    /// Gives the number to the caller, who closes it.
    [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }
    /// Not retried after EINTR: Linux has released the number by then.
    void close() noexcept {
        if (number_ >= 0) ::close(std::exchange(number_, -1));
    }

    /// Another number for the same file; it closes on exec. Throws std::system_error.
    [[nodiscard]] descriptor duplicate() const {
        int const copy = ::fcntl(number_, F_DUPFD_CLOEXEC, 0);
        if (copy < 0)
            throw std::system_error(errno, std::generic_category(), "descriptor: duplicate");
        return descriptor(copy);
    }

private:
    int number_ = -1;
};

}  // namespace racekit
