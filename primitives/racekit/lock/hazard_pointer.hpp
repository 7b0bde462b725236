// SPDX-License-Identifier: MIT
// hazard_pointer: protects an object, which other threads may unlink, from destruction while in
// use.
//
// Progress: lock-free but for the heap; reset() is one store.
// Invariant: an object is destroyed once every hazard pointer was scanned after its retirement and
//            none held it.
// Ordering: everything that a thread did with a protected object happens before its destruction.
// Source: Maged Michael, "Hazard Pointers: Safe Memory Reclamation for Lock-Free Objects", 2004.
//
// A hazard pointer is set, and scanned, by a read-modify-write, so one of the two comes first: the
// scan sees the hazard pointer, or the thread that set it sees all that came before the scan, and
// with it that the object was unlinked. No seq_cst is needed, whatever order the unlinking had.
// The objects that wait are at most those protected, one batch, and those being reclaimed.
#pragma once

#include <racekit/lock/hazard_object.hpp>
#include <racekit/platform.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace racekit {

struct hazard_orders {
    static constexpr auto raise = std::memory_order_acq_rel;    // -> inspect: seen, or it sees
    static constexpr auto lower = std::memory_order_release;    // -> inspect: its use is over
    static constexpr auto inspect = std::memory_order_acq_rel;  // -> raise: see above
    static constexpr auto confirm = std::memory_order_acquire;  // -> offer: a whole object
    static constexpr auto enrol = std::memory_order_acq_rel;    // -> inspect: as raise, first time
    static constexpr auto walk = std::memory_order_acquire;     // -> enrol: a whole record
    static constexpr auto offer = std::memory_order_release;    // -> collect: it is unlinked
    static constexpr auto collect = std::memory_order_acquire;  // -> offer: as it was retired
    static constexpr auto peek = std::memory_order_relaxed;     // a hint; what follows decides
    static constexpr auto hire = std::memory_order_relaxed;     // a record carries nothing over
    static constexpr auto count = std::memory_order_relaxed;    // a number, when to reclaim
    // A step that mutation leaves out.
    static constexpr bool recheck = true;  // after raising: it may have been retired before
};

/// The threads that protect and that retire the same objects share one.
template <class orders = hazard_orders>
class basic_hazard_domain {
public:
    /// Reclaims when `batch` objects, and two more for each hazard pointer, have been retired.
    explicit basic_hazard_domain(std::size_t batch = 64) noexcept : batch_(batch) {}
    basic_hazard_domain(basic_hazard_domain const&) = delete;
    basic_hazard_domain& operator=(basic_hazard_domain const&) = delete;

    /// Destroys what was retired. No thread may use the domain any more.
    ~basic_hazard_domain() {
        hazard_chain(retired_.load(orders::collect)).destroy_all();
        for (record* each = records_.load(orders::walk); each != nullptr;) {
            record* const next = each->next.read();
            delete each;
            each = next;
        }
    }

    /// Deletes `object` once no hazard pointer holds it. It must be unlinked: no protect() that
    /// begins from now on finds it.
    template <class T>
        requires std::is_base_of_v<hazard_object, T>
    void retire(T* object) {
        put_back({object, [](hazard_object* base) { delete static_cast<T*>(base); }});
        std::size_t const waiting = waiting_.fetch_add(1, orders::count) + 1;
        if (waiting >= batch_ + 2 * guards_.load(orders::count)) reclaim();
    }

    /// Destroys the retired objects that no hazard pointer holds.
    void reclaim() {
        hazard_chain unused(retired_.exchange(nullptr, orders::collect));
        if (unused.empty()) return;
        // Adding nothing is a read-modify-write too.
        for (record* each = records_.fetch_add(0, orders::inspect); each != nullptr;
             each = each->next.read())
            unused.guard(each->guards.fetch_add(0, orders::inspect));
        hazard_chain used;
        waiting_.fetch_sub(unused.take_guarded(used), orders::count);
        if (!used.empty()) put_back(used);
        unused.destroy_all();
    }

private:
    template <class, class>
    friend class basic_hazard_pointer;

    // What a record holds when it protects nothing: owned by no hazard pointer, or by one.
    static constexpr std::uintptr_t unowned = 0;
    static constexpr std::uintptr_t idle = 1;

    struct record {
        atomic<std::uintptr_t> guards{idle};
        plain<record*> next{nullptr};
    };

    record* own_record() {
        for (record* each = records_.load(orders::walk); each != nullptr;
             each = each->next.read()) {
            std::uintptr_t free = unowned;
            if (each->guards.load(orders::peek) == unowned &&
                each->guards.compare_exchange_strong(free, idle, orders::hire, orders::peek))
                return each;
        }
        record* const fresh = new record;
        record* newest = records_.load(orders::peek);
        do {
            fresh->next.write(newest);
        } while (!records_.compare_exchange_weak(newest, fresh, orders::enrol, orders::peek));
        guards_.fetch_add(1, orders::count);
        return fresh;
    }

    void put_back(hazard_chain some) {
        hazard_object* newest = retired_.load(orders::peek);
        do {
            some.go_before(newest);
        } while (
            !retired_.compare_exchange_weak(newest, some.first(), orders::offer, orders::peek));
    }

    atomic<record*> records_{nullptr};
    atomic<hazard_object*> retired_{nullptr};
    atomic<std::size_t> guards_{0};
    atomic<std::size_t> waiting_{0};
    std::size_t const batch_;
};

/// A hazard pointer of this thread, for one object at a time.
template <class T, class orders = hazard_orders>
class basic_hazard_pointer {
    using domain = basic_hazard_domain<orders>;

public:
    explicit basic_hazard_pointer(domain& within) : guard_(within.own_record()) {}
    ~basic_hazard_pointer() { guard_->guards.store(domain::unowned, orders::lower); }
    basic_hazard_pointer(basic_hazard_pointer const&) = delete;
    basic_hazard_pointer& operator=(basic_hazard_pointer const&) = delete;

    /// The object that `from` points to, which is then not destroyed before the next protect(),
    /// reset() or the destruction of this. `from` must hold no object that was retired.
    [[nodiscard]] T* protect(atomic<T*> const& from) {
        T* seen = from.load(orders::peek);
        while (!try_protect(seen, from)) {
        }
        return seen;
    }

    /// Protects `seen` if `from` still points to it; else puts into `seen` what it points to.
    [[nodiscard]] bool try_protect(T*& seen, atomic<T*> const& from) {
        hazard_object* const object = seen;
        guard_->guards.exchange(
            object == nullptr ? domain::idle : reinterpret_cast<std::uintptr_t>(object),
            orders::raise);
        T* const now = from.load(orders::confirm);
        if (!orders::recheck || now == seen) return true;
        seen = now;
        return false;
    }

    /// Protects nothing.
    void reset() { guard_->guards.store(domain::idle, orders::lower); }

private:
    typename domain::record* guard_;
};

using hazard_domain = basic_hazard_domain<>;
template <class T>
using hazard_pointer = basic_hazard_pointer<T>;

}  // namespace racekit
