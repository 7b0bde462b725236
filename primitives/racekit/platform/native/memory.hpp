// SPDX-License-Identifier: MIT
// Memory that this process shares with those it forks.
#pragma once

#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <memory>
#include <new>
#include <string>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace racekit {

/// Zeroed memory, mapped MAP_SHARED at the same address in every process forked later. It has no
/// name and no descriptor stays open: it lives as long as a process maps it.
/// Throws std::system_error; a machine without room for it says so here, not at the first touch.
class shared_memory {
public:
    explicit shared_memory(std::size_t size) : size_(size) {
        int const file = ::memfd_create("racekit", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (file < 0) fail("memfd_create", errno);
        // posix_fallocate returns its error; ftruncate would succeed and leave SIGBUS for later.
        if (int const error = ::posix_fallocate(file, 0, static_cast<::off_t>(size)); error != 0)
            fail("posix_fallocate", error, file);
        if (::fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
            fail("sealing", errno, file);
        data_ = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (data_ == MAP_FAILED) fail("mmap", errno, file);
        ::close(file);
    }
    shared_memory(shared_memory&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    shared_memory& operator=(shared_memory&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    /// Unmaps it in this process. No lock in it may be held or waited for here at that time.
    ~shared_memory() {
        if (data_ != nullptr) ::munmap(data_, size_);
    }

    [[nodiscard]] void* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    [[noreturn]] static void fail(char const* step, int error, int file = -1) {
        if (file >= 0) ::close(file);
        throw std::system_error(error, std::generic_category(),
                                std::string("shared_memory: ") + step);
    }

    void* data_ = nullptr;
    std::size_t size_ = 0;
};

/// One T in shared memory of its own. Destroyed by the process that made it; the others only unmap
/// it, so that process must outlive their use of T.
template <class T>
class shared_object {
public:
    template <class... Arguments>
    explicit shared_object(Arguments&&... arguments)
        : memory_(sizeof(T)),
          object_(::new (memory_.data()) T(std::forward<Arguments>(arguments)...)),
          maker_(::getpid()) {
        static_assert(alignof(T) <= 4096, "a mapping is aligned to a page, no further");
    }
    shared_object(shared_object const&) = delete;
    shared_object& operator=(shared_object const&) = delete;
    ~shared_object() {
        if (maker_ == ::getpid()) std::destroy_at(object_);
    }

    [[nodiscard]] T& operator*() const noexcept { return *object_; }
    [[nodiscard]] T* operator->() const noexcept { return object_; }

private:
    shared_memory memory_;
    T* object_;
    ::pid_t maker_;
};

}  // namespace racekit
