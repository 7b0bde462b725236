// SPDX-License-Identifier: MIT
// A growing array outside the heap of the test body, which operator new stands for.
#pragma once

#include "model/runtime/engine_memory.hpp"

#include <cstddef>
#include <cstring>
#include <type_traits>

namespace racekit::model::memory {

/// Keeps its memory when it is cleared: what every execution needs again is allocated once.
template <class T>
class raw_array {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
    raw_array() = default;
    raw_array(raw_array const&) = delete;
    raw_array& operator=(raw_array const&) = delete;
    ~raw_array() { engine_memory::give_back(data_); }

    [[nodiscard]] T& operator[](std::size_t at) { return data_[at]; }
    [[nodiscard]] T const& operator[](std::size_t at) const { return data_[at]; }
    [[nodiscard]] T* data() { return data_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] T& back() { return data_[size_ - 1]; }
    [[nodiscard]] T const& back() const { return data_[size_ - 1]; }
    void clear() { size_ = 0; }
    /// Appends so many elements that hold anything; returns the first.
    T* grow(std::size_t count) {
        if (size_ + count > capacity_) [[unlikely]] reserve(2 * (size_ + count));
        size_ += count;
        return data_ + size_ - count;
    }
    void push_back(T const& value) { *grow(1) = value; }
    void drop_back() { --size_; }
    void insert(std::size_t at, T const& value) {
        (void)grow(1);
        std::memmove(data_ + at + 1, data_ + at, (size_ - 1 - at) * sizeof(T));
        data_[at] = value;
    }

private:
    void reserve(std::size_t capacity) {
        data_ = static_cast<T*>(engine_memory::resize(data_, capacity * sizeof(T)));
        capacity_ = capacity;
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace racekit::model::memory
