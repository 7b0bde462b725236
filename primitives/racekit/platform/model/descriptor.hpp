// SPDX-License-Identifier: MIT
// Descriptors and memory files, which the model does not have: names for code that mentions them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <system_error>

namespace racekit {

class descriptor {
public:
    [[nodiscard]] int number() const noexcept { return -1; }
    [[nodiscard]] bool is_open() const noexcept { return false; }
    void close() noexcept {}
    [[nodiscard]] descriptor duplicate() const { return {}; }
};

class memory_file {
public:
    memory_file() = default;
    explicit memory_file(descriptor) noexcept {}
    [[nodiscard]] std::error_code fill(void const*, std::size_t) const {
        return std::make_error_code(std::errc::not_supported);
    }
    [[nodiscard]] bool is_sealed(std::uint64_t) const { return false; }
    [[nodiscard]] std::error_code copy(void*, std::size_t) const {
        return std::make_error_code(std::errc::not_supported);
    }
    [[nodiscard]] bool is_open() const noexcept { return false; }
    [[nodiscard]] int number() const noexcept { return -1; }
};

/// Processes of the model are started with all locks free.
[[nodiscard]] constexpr std::uint64_t fork_generation() noexcept { return 0; }

template <class T>
class per_process {
public:
    [[nodiscard]] T& get() { return object_; }

private:
    T object_;
};

}  // namespace racekit
