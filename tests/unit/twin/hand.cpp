// SPDX-License-Identifier: MIT
// What a careful hand would write over std::atomic and futex(2) for the functions of kit.cpp.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <linux/futex.h>
#include <memory>
#include <mutex>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

template <class T>
struct ring {
    T* owned;
    struct alignas(64) {
        T* slots;
        std::size_t size;
        std::atomic<std::size_t> index;
        std::size_t seen;
    } producer;
    struct alignas(64) {
        T* slots;
        std::size_t size;
        std::size_t lag;
        std::atomic<std::size_t> index;
        std::size_t seen;
        std::size_t tells_at;
        std::size_t found;
    } consumer;
    struct alignas(64) {
        std::atomic<std::size_t> index;
    } vacated;

    [[gnu::always_inline]] bool push(T&& element) {
        std::size_t const at = producer.index.load(std::memory_order_relaxed);
        std::size_t const next = at + 1 == producer.size ? 0 : at + 1;
        if (next == producer.seen) {
            std::size_t const begin = vacated.index.load(std::memory_order_acquire);
            producer.seen = begin;
            if (next == begin) return nothing_yet();
        }
        if (at % in_a_line == 0) {
            T const& later = producer.slots[after(at, std::min(12 * in_a_line, producer.size / 8))];
            asm volatile("prefetchw %0" : : "m"(reinterpret_cast<unsigned char const&>(later)));
        }
        ::new (static_cast<void*>(producer.slots + at)) T(std::move(element));
        producer.index.store(next, std::memory_order_release);
        return true;
    }
    [[gnu::always_inline]] bool pop(T& into) {
        std::size_t const at = consumer.index.load(std::memory_order_relaxed);
        if (at == consumer.seen) {
            std::size_t const end = producer.index.load(std::memory_order_acquire);
            consumer.seen = end;
            if (at == end) return fall_back();
            consumer.found = end >= at ? end - at : end + consumer.size - at;
        }
        T* const element = consumer.slots + at;
        into = std::move(*element);
        std::destroy_at(element);
        std::size_t const next = at + 1 == consumer.size ? 0 : at + 1;
        consumer.index.store(next, std::memory_order_relaxed);
        if (next != consumer.tells_at) return true;
        std::size_t const lag = consumer.lag;
        std::size_t const tells_at = next + lag;
        consumer.tells_at = consumer.size - next > lag ? tells_at : tells_at - consumer.size;
        vacated.index.store(next, std::memory_order_release);
        return true;
    }
    std::size_t after(std::size_t at, std::size_t count) const {
        return count < producer.size - at ? at + count : at + count - producer.size;
    }
    static bool nothing_yet() {
        __builtin_ia32_pause();
        return false;
    }
    bool fall_back();  // somewhere else: what is compared is the way there
    static constexpr std::size_t in_a_line = 64 / sizeof(T);
};

namespace {

using deadline = std::chrono::steady_clock::time_point;
constexpr deadline never = deadline::max();

}  // namespace

struct lock_word {
    std::atomic<std::uint32_t> state;

    bool take() {
        std::uint32_t expected = 0;
        return state.compare_exchange_strong(expected, 1, std::memory_order_acquire,
                                             std::memory_order_relaxed);
    }
    void lock() {
        if (!take()) (void)take_or_sleep(never);
    }
    void unlock() {
        if (state.exchange(0, std::memory_order_release) == 2)
            ::syscall(SYS_futex, &state, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, nullptr, nullptr, 0);
    }
    bool take_or_sleep(deadline limit);  // somewhere else, as fall_back
};

struct spin_word {
    std::atomic<bool> taken;

    void lock() {
        while (taken.exchange(true, std::memory_order_acquire)) wait_until_free();
    }
    void wait_until_free();  // somewhere else, as take_or_sleep
};

struct ticket_words {
    std::atomic<std::uint32_t> next;
    std::atomic<std::uint32_t> serving;
};

struct queue_word {
    std::atomic<std::uint32_t> state;

    void unlock() {
        std::uint32_t alone = 1;
        if (!state.compare_exchange_strong(alone, 0, std::memory_order_release,
                                           std::memory_order_relaxed))
            hand_over();
    }
    void hand_over();  // somewhere else, as take_or_sleep
};

extern "C" {

bool spsc_push(ring<long>& queue, long element) { return queue.push(std::move(element)); }
bool spsc_pop(ring<long>& queue, long& into) { return queue.pop(into); }

bool spsc_push_owner(ring<std::unique_ptr<int>>& queue, std::unique_ptr<int>& element) {
    return queue.push(std::move(element));
}
bool spsc_pop_owner(ring<std::unique_ptr<int>>& queue, std::unique_ptr<int>& into) {
    return queue.pop(into);
}

void mutex_lock(lock_word& gate) { gate.lock(); }
bool mutex_try_lock(lock_word& gate) { return gate.take(); }
void mutex_unlock(lock_word& gate) { gate.unlock(); }
void mutex_section(lock_word& gate, long& counter) {
    std::lock_guard hold(gate);
    ++counter;
}

void spin_lock_lock(spin_word& gate) { gate.lock(); }
bool spin_lock_try_lock(spin_word& gate) {
    return !gate.taken.load(std::memory_order_relaxed) &&
           !gate.taken.exchange(true, std::memory_order_acquire);
}
void spin_lock_unlock(spin_word& gate) { gate.taken.store(false, std::memory_order_release); }

bool ticket_lock_try_lock(ticket_words& gate) {
    std::uint32_t const turn = gate.serving.load(std::memory_order_acquire);
    std::uint32_t drawn = turn;
    return gate.next.compare_exchange_strong(drawn, turn + 1, std::memory_order_relaxed,
                                             std::memory_order_relaxed);
}
void ticket_lock_unlock(ticket_words& gate) {
    gate.serving.store(gate.serving.load(std::memory_order_relaxed) + 1,
                       std::memory_order_release);
}
bool fifo_mutex_try_lock(queue_word& gate) {
    std::uint32_t expected = 0;
    return gate.state.compare_exchange_strong(expected, 1, std::memory_order_acquire,
                                              std::memory_order_relaxed);
}
void fifo_mutex_unlock(queue_word& gate) { gate.unlock(); }

int plain_add(int& variable, int amount) {
    variable += amount;
    return variable;
}
int atomic_add(std::atomic<int>& variable, int amount) {
    return variable.fetch_add(amount, std::memory_order_relaxed) + variable.load();
}

}  // extern "C"
