// SPDX-License-Identifier: MIT
// pool_core: the workers of a process_pool, and what the calling process does to keep them busy.
//
// Progress:  blocking. The pool has no thread of its own: while a thread waits for a result, it
//            hands out chunks, takes results and replaces workers (one thread at a time; the others
//            sleep).
// Invariant: each chunk that was submitted and has not finished is in `waiting_` or in `given` of
//            exactly one worker, in the order in which that worker receives them. So the death of a
//            worker loses no chunk: those that it had not begun go to others.
// Death:     see process_pool.hpp.
#pragma once

#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/pipe/ring_pipe.hpp>
#include <racekit/platform.hpp>
#include <racekit/process/fork_guard.hpp>
#include <racekit/process/pool_errors.hpp>
#include <racekit/process/wire.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace racekit {

struct pool_options {
    /// 0: as many as there are processors that this process may use.
    int workers = 0;
    /// A worker is replaced when it has run so many tasks, to the end of the chunk; 0: never.
    std::size_t tasks_per_worker = 0;
    /// How often the chunk in which a worker died is run again before it counts as failed. Tasks
    /// that are run again must do no harm by that.
    int retries = 0;
    /// How many chunks each worker is given beforehand, so that it need not wait for the next.
    std::size_t ahead = 2;
    /// Runs in each worker before its first task. If it throws, the pool is broken.
    std::function<void()> initializer = {};
};

namespace pool_detail {

struct task_head {
    std::uint64_t chunk;
    void (*run)(wire_reader&, wire_writer&, task_head const&, death_note&);
    std::uint64_t count;
};

class job;

struct chunk {
    std::uint64_t id = 0;
    std::shared_ptr<job> of;
    std::size_t first = 0;
    std::size_t count = 0;
    int deaths = 0;
};

/// Tasks that belong together. All members are called under the lock of the core.
class job {
public:
    virtual ~job() = default;
    /// The function and the inputs of a chunk.
    virtual void write(chunk const& what, task_head& head, wire_writer& to) = 0;
    /// The results of a chunk.
    virtual void read(chunk const& what, wire_reader& from) = 0;

    void fail(std::size_t index, std::exception_ptr why) {
        if (error != nullptr && error_at <= index) return;
        error = std::move(why);
        error_at = index;
    }
    [[nodiscard]] bool is_done() const { return left == 0; }

    std::size_t left = 0;      // tasks whose chunk has not finished
    std::exception_ptr error;  // of the first task that failed
    std::size_t error_at = 0;
};

class core {
public:
    explicit core(pool_options options)
        : options_(std::move(options)), notes_(note_bytes(count())) {
        auto* const at = static_cast<death_note*>(notes_.data());
        for (int each = 0; each < count(); ++each) ::new (at + each) death_note();
        for (int each = 0; each < count(); ++each) workers_.push_back(start(each));
    }
    ~core() {
        if (guard_.holds()) terminate();
    }
    core(core const&) = delete;
    core& operator=(core const&) = delete;

    [[nodiscard]] int count() const {
        return options_.workers > 0 ? options_.workers : usable_processors();
    }
    [[nodiscard]] std::size_t window() const {
        return static_cast<std::size_t>(count()) * options_.ahead;
    }

    /// Throws pool_closed, pool_broken, used_after_fork.
    void submit(std::shared_ptr<job> const& of, std::size_t first, std::size_t tasks) {
        guard_.check("process_pool");
        std::scoped_lock hold(lock_);
        if (is_broken_) throw pool_broken(why_broken_);
        if (is_closed_) throw pool_closed();
        waiting_.push_back({next_id_++, of, first, tasks});
        of->left += tasks;
        assign();
    }

    /// Keeps the pool going until `done()`, which is called under the lock. False: `limit` passed
    /// first.
    template <class Done>
    bool pump_until(Done done, deadline limit) {
        guard_.check("process_pool");
        std::unique_lock hold(lock_);
        while (!done()) {
            if (is_pumping_) {
                if (changed_.wait_until(hold, limit) == cv_status::timeout && !done()) return false;
                continue;
            }
            std::size_t const moved = pump_once(hold, limit);
            if (moved == 0 && limit != never && clock::now() >= limit) return done();
        }
        return true;
    }

    /// No more submissions; the workers end when all is done.
    void close() {
        std::scoped_lock hold(lock_);
        is_closed_ = true;
    }
    /// Waits until all that was submitted is done and the workers have ended.
    bool join(deadline limit) {
        close();
        auto const idle = [this] { return waiting_.empty() && given() == 0; };
        if (!pump_until(idle, limit)) return false;
        std::unique_lock hold(lock_);
        for (worker& each : workers_) each.end.close();
        for (worker& each : workers_) {
            exit_status how;
            if (!each.child.join_until(limit, how)) return false;
        }
        workers_.clear();
        return true;
    }
    /// Kills the workers. What is not done fails with pool_closed.
    void terminate() {
        std::unique_lock hold(lock_);
        is_closed_ = true;
        for (worker& each : workers_) each.child.kill();
        // A thread that pumps is woken by the deaths.
        changed_.wait(hold, [this] { return !is_pumping_; });
        for (worker& each : workers_) (void)each.child.join();
        abandon(std::make_exception_ptr(pool_closed()));
        workers_.clear();
        changed_.notify_all();
    }

private:
    static constexpr std::size_t ring_capacity = 256 * 1024;
    static constexpr int spins = 40;  // some 20 us, about what it costs to be woken

    struct worker {
        process child;
        ring_end end;
        packet_socket life;  // nothing is sent through it: the worker dies when it closes
        int place = 0;
        std::deque<chunk> given = {};
        std::size_t tasks = 0;  // given to it so far
        bool retires = false;
    };

    static std::size_t note_bytes(int workers) {
        return static_cast<std::size_t>(workers) * sizeof(death_note);
    }
    [[nodiscard]] death_note& note(int place) const {
        return static_cast<death_note*>(notes_.data())[place];
    }
    [[nodiscard]] std::size_t given() const {
        std::size_t sum = 0;
        for (worker const& each : workers_) sum += each.given.size();
        return sum;
    }

    worker start(int place) {
        ring_pipe ends(ring_options{.capacity = ring_capacity});
        packet_socket_pair life;
        note(place).begin(0);
        process child(
            [&] {
                for (worker& other : workers_) other.end.close(), other.life.close();
                life.first.close();
                die_when_closed(life.second);
                return serve(ends.keep_second(), note(place));
            },
            fork_options{.die_with_parent = false});
        return {std::move(child), ends.keep_first(), std::move(life.first), place};
    }

    /// What a worker does. Its exit code is 0 whenever it ends by itself.
    int serve(ring_end end, death_note& mine) const {
        std::string in;
        std::string out;
        wire_writer to(out);
        try {
            if (options_.initializer) options_.initializer();
        } catch (std::exception const& thrown) {
            return refuse(end, thrown.what());
        } catch (...) {
            return refuse(end, "an object that is no std::exception");
        }
        while (get(end, in, never)) {
            wire_reader from(in.data(), in.size());
            auto const head = from.plain<task_head>();
            mine.begin(head.chunk);
            out.clear();
            to.plain(head.chunk);
            head.run(from, to, head, mine);
            if (put(end, out, never)) break;
            mine.begin(0);
        }
        return 0;
    }
    /// A message that is longer than a frame goes as a memory file, so that it is sent whole or not
    /// at all, and nobody waits in the middle of one.
    static std::error_code put(ring_end& end, std::string const& message, deadline limit) {
        if (message.size() <= end.longest_frame()) return end.send(message, limit);
        memory_file file;
        if (std::error_code const error = file.fill(message.data(), message.size())) return error;
        std::uint64_t const size = message.size();
        int const numbers[] = {file.number()};
        return end.send_with(&size, sizeof size, numbers, limit);
    }
    static received get(ring_end& end, std::string& into, deadline limit) {
        std::vector<descriptor> files;
        received got = end.receive_with(into.data(), into.size(), files, limit);
        while (got.error == pipe_error::too_long) {
            into.resize(got.bytes);
            got = end.receive_with(into.data(), into.size(), files, limit);
        }
        into.resize(got ? got.bytes : 0);
        if (!got || files.empty()) return got;
        std::uint64_t size = 0;
        wire_reader(into.data(), into.size()).bytes(&size, sizeof size);
        memory_file const file(std::move(files.front()));
        if (!file.is_sealed(size)) return {0, pipe_error::corrupt};
        into.resize(size);
        return {size, file.copy(into.data(), size)};
    }
    static int refuse(ring_end& end, char const* why) {
        std::string out;
        wire_writer to(out);
        to.plain(std::uint64_t(0));
        wire_form<std::string>::write(to, why);
        (void)put(end, out, never);
        return 0;
    }

    /// One round: hand out, wait a moment or sleep, take in. Returns how many workers had something
    /// to say.
    std::size_t pump_once(std::unique_lock<mutex>& hold, deadline limit) {
        struct pumping {
            explicit pumping(core& all) : all_(all) { all_.is_pumping_ = true; }
            ~pumping() {
                all_.is_pumping_ = false;
                all_.changed_.notify_all();
            }
            core& all_;
        } const now(*this);
        assign();
        std::size_t heard = 0;
        for (int turn = 0; heard == 0 && turn < spins; ++turn) {
            for (worker& each : workers_) {
                if (!each.end.is_open() || !each.end.has_input()) continue;
                listen(each, false);
                ++heard;
            }
            if (heard == 0 && limit == deadline::min()) break;
            if (heard == 0) spin_hint();
        }
        if (heard == 0) heard = sleep_and_listen(hold, limit);
        assign();
        return heard;
    }

    std::size_t sleep_and_listen(std::unique_lock<mutex>& hold, deadline limit) {
        std::vector<int> numbers;
        bool is_there = false;
        for (worker& each : workers_) {
            is_there = (each.end.is_open() && each.end.arm()) || is_there;
            numbers.push_back(each.end.number());
            numbers.push_back(each.child.number());  // it may end while its children hold its end
        }
        std::vector<std::size_t> ready;
        if (!is_there) {
            hold.unlock();
            try {
                ready = poll_descriptors(numbers, limit);
            } catch (...) {
                hold.lock();
                throw;
            }
            hold.lock();
        }
        for (worker& each : workers_) {
            if (each.end.is_open()) each.end.disarm();
        }
        if (ready.empty() && !is_there) return 0;
        for (worker& each : workers_) {
            if (each.end.is_open()) listen(each, true);
        }
        return 1;
    }

    /// Takes all that a worker has sent, and notices its end.
    void listen(worker& from, bool thoroughly) {
        // Looked at before its last message is.
        bool const has_ended = thoroughly && !from.child.is_running();
        while (thoroughly || from.end.has_input()) {
            received const got = get(from.end, buffer_, deadline::min());
            if (got.error == std::errc::timed_out) break;
            if (!got || !take(from)) return bury(from);
        }
        if (has_ended) return bury(from);
        if (from.retires && from.given.empty()) from.end.close(), bury(from);
    }

    /// False: that is no result of the chunk that it was given first.
    bool take(worker& from) {
        wire_reader in(buffer_.data(), buffer_.size());
        try {
            auto const id = in.plain<std::uint64_t>();
            if (id == 0) {
                give_up("the initializer threw: " + wire_form<std::string>::read(in));
                return true;
            }
            if (from.given.empty() || from.given.front().id != id) return false;
            chunk& done = from.given.front();
            done.of->read(done, in);
        } catch (wire_error const&) {
            return false;
        }
        from.given.front().of->left -= from.given.front().count;
        from.given.pop_front();
        idle_deaths_ = 0;
        return true;
    }

    /// A worker has ended: what it had not begun goes to others, and another one takes its place.
    void bury(worker& dead) {
        dead.child.kill();  // if it sent garbage
        exit_status const how = dead.child.join();
        std::uint64_t const running = note(dead.place).job();
        std::uint64_t const index = note(dead.place).task();
        if (dead.given.empty() ? !dead.retires : dead.given.front().id != running) ++idle_deaths_;
        while (!dead.given.empty()) {
            chunk last = std::move(dead.given.back());
            dead.given.pop_back();
            if (last.id == running && ++last.deaths > options_.retries) {
                std::size_t const task = last.first + index;
                last.of->fail(task, std::make_exception_ptr(worker_died(how, task)));
                last.of->left -= last.count;
            } else {
                waiting_.push_front(std::move(last));
            }
        }
        int const place = dead.place;
        dead.end.close();
        dead.life.close();
        // Workers that die outside their tasks would be replaced for ever.
        if (idle_deaths_ > 3 * count())
            give_up("its workers end without running a task: the last one " + how.text());
        if (is_broken_ || (is_closed_ && waiting_.empty())) return;
        try {
            dead = start(place);
        } catch (std::system_error const& failed) {
            give_up(std::string("no new worker could be started: ") + failed.what());
        }
    }

    void give_up(std::string const& why) {
        is_broken_ = true;
        why_broken_ = why;
        abandon(std::make_exception_ptr(pool_broken(why)));
    }
    /// All that is not done fails.
    void abandon(std::exception_ptr const& why) {
        auto const drop = [&](chunk const& each) {
            each.of->fail(each.first, why);
            each.of->left -= each.count;
        };
        for (chunk const& each : waiting_) drop(each);
        waiting_.clear();
        for (worker& one : workers_) {
            for (chunk const& each : one.given) drop(each);
            one.given.clear();
        }
    }

    /// Gives chunks to the workers that have the fewest, as far as that goes without waiting.
    void assign() {
        while (!waiting_.empty() && !is_broken_) {
            worker* least = nullptr;
            for (worker& each : workers_) {
                if (each.retires || !each.end.is_open() || each.given.size() >= options_.ahead)
                    continue;
                if (least == nullptr || each.given.size() < least->given.size()) least = &each;
            }
            if (least == nullptr) return;
            chunk& next = waiting_.front();
            message_.clear();
            message_.resize(sizeof(task_head));
            wire_writer to(message_);
            task_head head{next.id, nullptr, next.count};
            next.of->write(next, head, to);
            std::memcpy(message_.data(), &head, sizeof head);
            // An error: no room now, or it has ended, which listen() notices.
            if (put(least->end, message_, deadline::min())) return;
            least->tasks += next.count;
            least->retires =
                options_.tasks_per_worker > 0 && least->tasks >= options_.tasks_per_worker;
            least->given.push_back(std::move(next));
            waiting_.pop_front();
        }
    }

    pool_options const options_;
    fork_guard guard_;
    shared_memory notes_;  // of the workers
    mutex lock_;
    condition_variable changed_;
    bool is_pumping_ = false;
    bool is_closed_ = false;
    bool is_broken_ = false;
    std::string why_broken_;
    int idle_deaths_ = 0;  // one after the other
    std::uint64_t next_id_ = 1;
    std::vector<worker> workers_;
    std::deque<chunk> waiting_;
    std::string buffer_;   // of the thread that pumps
    std::string message_;  // under the lock
};

}  // namespace pool_detail

}  // namespace racekit
