// SPDX-License-Identifier: MIT
// A thread that sleeps for as long as the program runs.
//
// glibc drops the atomics of its locks in a process with one thread: a comparison with them needs a
// second one, as every program that needs a lock has.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace bench {

class second_thread {
public:
    second_thread() = default;
    ~second_thread() {
        {
            std::lock_guard hold(gate_);
            over_ = true;
        }
        ended_.notify_one();
        sleeper_.join();
    }
    second_thread(second_thread const&) = delete;
    second_thread& operator=(second_thread const&) = delete;

private:
    std::mutex gate_;
    std::condition_variable ended_;
    bool over_ = false;
    std::thread sleeper_{[this] {
        std::unique_lock hold(gate_);
        ended_.wait(hold, [this] { return over_; });
    }};
};

}  // namespace bench
