// SPDX-License-Identifier: MIT
// Shared memory: in the model all memory is.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace racekit {

class shared_memory {
public:
    explicit shared_memory(std::size_t size)
        : data_(std::make_unique<unsigned char[]>(size)), size_(size) {}

    [[nodiscard]] void* data() const noexcept { return data_.get(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    std::unique_ptr<unsigned char[]> data_;
    std::size_t size_;
};

template <class T>
class shared_object {
public:
    template <class... Arguments>
    explicit shared_object(Arguments&&... arguments)
        : object_(std::make_unique<T>(std::forward<Arguments>(arguments)...)) {}

    [[nodiscard]] T& operator*() const noexcept { return *object_; }
    [[nodiscard]] T* operator->() const noexcept { return object_.get(); }

private:
    std::unique_ptr<T> object_;
};

}  // namespace racekit
