// SPDX-License-Identifier: MIT
// memory_file: bytes in a file without a name, sealed so that nobody changes them any more.
#pragma once

#include <racekit/platform/native/descriptor.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace racekit {

/// memfd_create(2). The sender fills and seals it, and passes its descriptor on; the receiver
/// checks size and seals, and copies what it holds.
class memory_file {
public:
    memory_file() = default;
    /// A file that another process made.
    explicit memory_file(descriptor file) noexcept : file_(std::move(file)) {}

    /// Makes a sealed file of these bytes. Errors: those of memfd_create and write, above all
    /// too_many_files_open and no_space_on_device.
    [[nodiscard]] std::error_code fill(void const* from, std::size_t size) {
        file_ = descriptor(::memfd_create("racekit", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        if (!file_.is_open()) return last_error();
        for (std::size_t done = 0; done < size;) {
            ::ssize_t const part =
                ::write(file_.number(), static_cast<char const*>(from) + done, size - done);
            if (part < 0 && errno == EINTR) continue;
            if (part < 0) return last_error();
            done += static_cast<std::size_t>(part);
        }
        if (::fcntl(file_.number(), F_ADD_SEALS, wanted_seals | F_SEAL_SEAL) != 0)
            return last_error();
        return {};
    }

    /// Whether it has exactly `size` bytes and nobody can change them.
    [[nodiscard]] bool is_sealed(std::uint64_t size) const {
        struct stat about{};
        int const seals = ::fcntl(file_.number(), F_GET_SEALS);
        return seals >= 0 && (seals & wanted_seals) == wanted_seals &&
               ::fstat(file_.number(), &about) == 0 &&
               static_cast<std::uint64_t>(about.st_size) == size;
    }

    /// Copies its first `size` bytes to `to`.
    [[nodiscard]] std::error_code copy(void* to, std::size_t size) const {
        for (std::size_t done = 0; done < size;) {
            ::ssize_t const part = ::pread(file_.number(), static_cast<char*>(to) + done,
                                           size - done, static_cast<::off_t>(done));
            if (part < 0 && errno == EINTR) continue;
            if (part < 0) return last_error();
            if (part == 0) return std::make_error_code(std::errc::io_error);
            done += static_cast<std::size_t>(part);
        }
        return {};
    }

    [[nodiscard]] bool is_open() const noexcept { return file_.is_open(); }
    [[nodiscard]] int number() const noexcept { return file_.number(); }
    void close() noexcept { file_.close(); }

private:
    static constexpr int wanted_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    static std::error_code last_error() noexcept { return {errno, std::generic_category()}; }

    descriptor file_;
};

}  // namespace racekit
