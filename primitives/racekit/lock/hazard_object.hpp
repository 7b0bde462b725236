// SPDX-License-Identifier: MIT
// hazard_object: base of the objects that a hazard_domain destroys once no thread uses them.
//
// Progress: a chain is walked once by each function.
// Invariant: a retired object is in one chain: that of its domain or that of one reclaiming thread,
//            which alone touches it then.
// Ordering: none: the domain's orders hand chains on.
#pragma once

#include <racekit/platform.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace racekit {

class hazard_object {
protected:
    hazard_object() = default;
    hazard_object(hazard_object const&) noexcept {}
    hazard_object& operator=(hazard_object const&) noexcept { return *this; }
    ~hazard_object() = default;

private:
    friend class hazard_chain;

    plain<hazard_object*> next_{nullptr};
    void (*destroy_)(hazard_object*) = nullptr;
    bool guarded_ = false;
};

/// Retired objects, linked one to the next, of one thread.
class hazard_chain {
public:
    hazard_chain() = default;
    /// What hangs on `first`.
    explicit hazard_chain(hazard_object* first) : first_(first) {}
    /// `only` alone, to be destroyed by `destroy`.
    hazard_chain(hazard_object* only, void (*destroy)(hazard_object*)) : first_(only), last_(only) {
        only->destroy_ = destroy;
    }

    [[nodiscard]] hazard_object* first() const { return first_; }
    [[nodiscard]] bool empty() const { return first_ == nullptr; }

    /// Hangs what hangs on `other` behind the last: only where this knows its last.
    void go_before(hazard_object* other) { last_->next_.write(other); }

    /// The object at this address is in use.
    void guard(std::uintptr_t address) {
        for (hazard_object* one = first_; one != nullptr; one = one->next_.read())
            one->guarded_ = one->guarded_ || reinterpret_cast<std::uintptr_t>(one) == address;
    }

    /// Those that are in use leave this chain, for one that knows its last; how many stay.
    std::size_t take_guarded(hazard_chain& kept) {
        std::size_t stay = 0;
        for (hazard_object* rest = std::exchange(first_, nullptr); rest != nullptr;) {
            hazard_object* const one = rest;
            rest = one->next_.read();
            if (std::exchange(one->guarded_, false)) {
                kept.push(one);
            } else {
                push(one);
                ++stay;
            }
        }
        return stay;
    }

    void destroy_all() {
        while (first_ != nullptr) {
            hazard_object* const one = first_;
            first_ = one->next_.read();
            one->destroy_(one);
        }
    }

private:
    void push(hazard_object* one) {
        one->next_.write(first_);
        if (first_ == nullptr) last_ = one;
        first_ = one;
    }

    hazard_object* first_ = nullptr;
    hazard_object* last_ = nullptr;
};

}  // namespace racekit
