// SPDX-License-Identifier: MIT
// intrusive_queue: first in, first out, linked through the elements, which it does not own.
//
// Progress: none of its own; append() and take_first() are a few steps, remove() walks.
// Invariant: first_ and those after it by next end at last_; both are null while it is empty.
// Ordering: none: the caller holds what guards it, and what guards the elements' next.
#pragma once

#include <racekit/platform.hpp>

namespace racekit {

/// T has a member `plain<T*> next`, null before it is appended.
template <class T>
class intrusive_queue {
public:
    [[nodiscard]] T* first() const { return first_.read(); }
    [[nodiscard]] T* last() const { return last_.read(); }

    void append(T& one) {
        T* const before = last();
        if (before != nullptr) before->next.write(&one);
        else first_.write(&one);
        last_.write(&one);
    }

    /// Null if it is empty.
    T* take_first() {
        T* const one = first();
        if (one != nullptr) unlink(*one, nullptr);
        return one;
    }

    /// Whether it was there to be removed.
    bool remove(T& one) {
        T* before = nullptr;
        T* at = first();
        while (at != nullptr && at != &one) {
            before = at;
            at = at->next.read();
        }
        if (at != nullptr) unlink(one, before);
        return at != nullptr;
    }

private:
    void unlink(T& one, T* before) {
        T* const after = one.next.read();
        if (before != nullptr) before->next.write(after);
        else first_.write(after);
        if (after == nullptr) last_.write(before);
    }

    plain<T*> first_{nullptr};
    plain<T*> last_{nullptr};
};

}  // namespace racekit
