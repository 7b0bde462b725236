// SPDX-License-Identifier: MIT
// Every header, and every primitive instantiated, under warnings that users turn into errors.
#include <racekit/lock/auto_reset_event.hpp>
#include <racekit/lock/barrier.hpp>
#include <racekit/lock/barrier_word.hpp>
#include <racekit/lock/bounded_semaphore.hpp>
#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/event.hpp>
#include <racekit/lock/event_count.hpp>
#include <racekit/lock/fifo_mutex.hpp>
#include <racekit/lock/futex_mutex.hpp>
#include <racekit/lock/guard.hpp>
#include <racekit/lock/hazard_object.hpp>
#include <racekit/lock/hazard_pointer.hpp>
#include <racekit/lock/intrusive_queue.hpp>
#include <racekit/lock/latch.hpp>
#include <racekit/lock/lock_interface.hpp>
#include <racekit/lock/mcs_lock.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/lock/once.hpp>
#include <racekit/lock/process_mutex.hpp>
#include <racekit/lock/recursive_mutex.hpp>
#include <racekit/lock/robust_recursive_mutex.hpp>
#include <racekit/lock/semaphore.hpp>
#include <racekit/lock/seqlock.hpp>
#include <racekit/lock/shared_guard.hpp>
#include <racekit/lock/shared_mutex.hpp>
#include <racekit/lock/spin_lock.hpp>
#include <racekit/lock/ticket_lock.hpp>
#include <racekit/lock/wait_queue.hpp>
#include <racekit/lock/writer_gate.hpp>
#include <racekit/pipe/framed_stream.hpp>
#include <racekit/pipe/message_pipe.hpp>
#include <racekit/pipe/pipe.hpp>
#include <racekit/pipe/ring_pipe.hpp>
#include <racekit/pipe/stream.hpp>
#include <racekit/pipe/wait.hpp>
#include <racekit/process/process.hpp>
#include <racekit/process/process_pool.hpp>
#include <racekit/queue/blocking_queue.hpp>
#include <racekit/queue/bounded_stack.hpp>
#include <racekit/queue/capacity.hpp>
#include <racekit/queue/monitor_queue.hpp>
#include <racekit/queue/mpmc_queue.hpp>
#include <racekit/queue/mpsc_queue.hpp>
#include <racekit/queue/parking_queue.hpp>
#include <racekit/queue/queue_state.hpp>
#include <racekit/queue/ring_bounds.hpp>
#include <racekit/queue/service_order.hpp>
#include <racekit/queue/spsc_queue.hpp>
#include <racekit/queue/ticket_ring.hpp>
#include <racekit/queue/tickets.hpp>
#include <racekit/queue/treiber_stack.hpp>
#include <racekit/queue/work_deque.hpp>
#include <racekit/server/errors.hpp>
#include <racekit/server/forked_server.hpp>
#include <racekit/shared/raw_value.hpp>
#include <racekit/shared/shared_atomic.hpp>
#include <racekit/shared/anonymous_semaphore.hpp>
#include <racekit/shared/robust_barrier.hpp>
#include <racekit/shared/robust_condition.hpp>
#include <racekit/shared/robust_event.hpp>
#include <racekit/shared/robust_semaphore.hpp>
#include <racekit/shared/shared_array.hpp>
#include <racekit/shared/shared_memory.hpp>
#include <racekit/shared/shared_queue.hpp>
#include <racekit/shared/shared_value.hpp>
#include <racekit/shared/untrusted_ring.hpp>
#include <racekit/task/call_inbox.hpp>
#include <racekit/task/callback.hpp>
#include <racekit/task/event_loop.hpp>
#include <racekit/task/future.hpp>
#include <racekit/task/future_state.hpp>
#include <racekit/task/gather.hpp>
#include <racekit/task/loop_core.hpp>
#include <racekit/task/spawned_task.hpp>
#include <racekit/task/task.hpp>
#include <racekit/task/task_context.hpp>
#include <racekit/task/task_errors.hpp>
#include <racekit/task/task_report.hpp>
#include <racekit/task/task_result.hpp>
#include <racekit/task/timer_queue.hpp>
#include <racekit/platform.hpp>

#include <gtest/gtest.h>

#include <array>
#include <memory>

template class racekit::basic_futex_barrier<>;
template class racekit::basic_futex_semaphore<>;
template class racekit::basic_bounded_semaphore<>;
template class racekit::basic_auto_reset_event<>;
template class racekit::basic_futex_event<>;
template class racekit::basic_futex_latch<>;
template class racekit::basic_once<>;
template class racekit::basic_event_count<>;
template class racekit::basic_wait_queue<>;
template class racekit::basic_futex_condition_variable<>;
template class racekit::basic_futex_mutex<>;
template class racekit::basic_futex_shared_mutex<>;
template class racekit::basic_recursive_mutex<>;
template class racekit::basic_fifo_mutex<>;
template class racekit::basic_spin_lock<>;
template class racekit::basic_ticket_lock<>;
template class racekit::basic_mcs_lock<>;
template class racekit::basic_hazard_domain<>;
template class racekit::seqlock<int>;
template class racekit::scoped_lock<racekit::mutex>;
template class racekit::scoped_lock<racekit::mutex, racekit::spin_lock>;
template class racekit::unique_lock<racekit::mutex>;
template class racekit::shared_lock<racekit::shared_mutex>;
template class racekit::spsc_queue<std::unique_ptr<int>>;
template class racekit::mpmc_queue<std::unique_ptr<int>>;
template class racekit::mpsc_queue<std::unique_ptr<int>>;
template class racekit::bounded_stack<short>;
template class racekit::treiber_stack<std::unique_ptr<int>>;
template class racekit::work_deque<int>;
template class racekit::parking_queue<short>;
template class racekit::monitor_queue<short>;
template class racekit::monitor_queue<std::unique_ptr<int>, racekit::priority<>>;
template class racekit::basic_message_pipe<>;
template class racekit::forked_server<2>;
template class racekit::atomic_value<int>;
template class racekit::basic_anonymous_semaphore<>;
template class racekit::basic_robust_bounded_semaphore<>;
template class racekit::basic_robust_condition<>;
template class racekit::basic_robust_event<>;
template class racekit::basic_robust_recursive_mutex<>;
template class racekit::copied_value<std::array<int, 5>>;
template class racekit::robust_barrier<3>;
template class racekit::shared_array<short, 3>;
template class racekit::shared_queue<int, 7>;
template class racekit::shared_segment<racekit::atomic_value<int>>;
template class racekit::untrusted_sender<racekit::untrusted_ring<>>;
template class racekit::untrusted_receiver<racekit::untrusted_ring<>>;
template class racekit::raw_value<int>;
template class racekit::basic_call_inbox<>;
template class racekit::future<>;
template class racekit::future<int>;
template class racekit::future_source<>;
template class racekit::future_source<std::unique_ptr<int>>;
template class racekit::spawned_task<std::unique_ptr<int>>;
template class racekit::task<>;
template class racekit::task<std::unique_ptr<int>>;

TEST(warnings, none) { SUCCEED() << "it was compiled"; }
