// SPDX-License-Identifier: MIT
// Operations of the primitives as a caller gets them: compared, instruction by instruction, with
// hand.cpp, which defines the same functions without racekit.
#include <racekit/lock/fifo_mutex.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/spin_lock.hpp>
#include <racekit/lock/ticket_lock.hpp>
#include <racekit/queue/spsc_queue.hpp>

#include <memory>

extern "C" {

bool spsc_push(racekit::spsc_queue<long>& queue, long element) {
#if defined(RACEKIT_NEEDLESS_INSTRUCTION)
    __asm__ volatile("nop");
#endif
    return queue.try_push(element);
}
bool spsc_pop(racekit::spsc_queue<long>& queue, long& into) { return queue.try_pop(into); }

using owner = std::unique_ptr<int>;
bool spsc_push_owner(racekit::spsc_queue<owner>& queue, owner& element) {
    return queue.try_push(std::move(element));
}
bool spsc_pop_owner(racekit::spsc_queue<owner>& queue, owner& into) { return queue.try_pop(into); }

void mutex_lock(racekit::mutex& gate) { gate.lock(); }
bool mutex_try_lock(racekit::mutex& gate) { return gate.try_lock(); }
void mutex_unlock(racekit::mutex& gate) { gate.unlock(); }
void mutex_section(racekit::mutex& gate, long& counter) {
    racekit::scoped_lock hold(gate);
    ++counter;
}

void spin_lock_lock(racekit::spin_lock& gate) { gate.lock(); }
bool spin_lock_try_lock(racekit::spin_lock& gate) { return gate.try_lock(); }
void spin_lock_unlock(racekit::spin_lock& gate) { gate.unlock(); }

bool ticket_lock_try_lock(racekit::ticket_lock& gate) { return gate.try_lock(); }
void ticket_lock_unlock(racekit::ticket_lock& gate) { gate.unlock(); }
bool fifo_mutex_try_lock(racekit::fifo_mutex& gate) { return gate.try_lock(); }
void fifo_mutex_unlock(racekit::fifo_mutex& gate) { gate.unlock(); }

int plain_add(racekit::plain<int>& variable, int amount) {
    variable.write(variable.read() + amount);
    return variable.read();
}
int atomic_add(racekit::atomic<int>& variable, int amount) {
    return variable.fetch_add(amount, std::memory_order_relaxed) + variable.load();
}

}  // extern "C"
