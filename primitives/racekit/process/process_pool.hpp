// SPDX-License-Identifier: MIT
// process_pool: calls functions in worker processes.
//
//     racekit::process_pool pool({.workers = 4});
//     std::vector<double> const roots = pool.map([](double x) { return std::sqrt(x); }, numbers);
//     auto later = pool.async(render, frame);   // runs meanwhile
//     use(later.get());
//
// A function is a function pointer or a trivially copyable object (a lambda that captures by value
// what is trivially copyable); inputs and results travel as wire.hpp says. Workers are forked when
// the pool is made, and when one is replaced: a function sees other memory as it was then, and its
// own changes stay in the worker.
//
// Progress:  blocking; get() and the waits have deadline forms. The pool has no thread of its own:
//            each worker is given `ahead` chunks beforehand, more only while a thread waits for a
//            result of the pool.
// Invariant: every task is run to its end at most once, unless `retries` allows more; every call
//            ends, with its results or an error.
// Ordering:  everything before a call happens before its tasks; everything in a task happens before
//            the return of the get() of its result.
// Death:     a worker that dies in a task is replaced; the task is worker_died, or is tried again
//            with the rest of its chunk. Chunks that it had not begun go to others. Workers are
//            killed when the process that made the pool ends, whichever way it ends. (Processes
//            that it forks meanwhile hold them open: execute programs instead.)
// Errors:    task_failed, worker_died, pool_broken, pool_closed, result_timed_out, used_after_fork;
//            std::system_error at construction.
// Threads:   any thread of the process that made it may use it. Make it before other threads
//            start, for a worker is forked: a lock that another thread holds at that time stays
//            locked in it.
#pragma once

#include <racekit/process/pool_core.hpp>

#include <cstddef>
#include <cstring>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#define RACEKIT_NOT_PORTABLE                                                                     \
    "give a function pointer or a trivially copyable object: what a lambda captures else, pass " \
    "as an argument"

namespace racekit {

namespace pool_detail {

/// A function that can be copied into another process of the same program.
template <class Function>
concept portable = std::is_trivially_copyable_v<Function> && std::is_copy_constructible_v<Function>;

/// Results by index; void results are only counted.
template <class Result>
struct results {
    using held =
        std::conditional_t<std::default_initializable<Result>, Result, std::optional<Result>>;
    explicit results(std::size_t count) : all(count) {}

    void read(std::size_t at, wire_reader& from) { all[at] = wire_form<Result>::read(from); }
    void read_many(std::size_t at, std::size_t count, wire_reader& from) {
        if constexpr (wire_flat<Result> && std::is_same_v<held, Result> &&
                      !std::is_same_v<Result, bool>) {
            from.bytes(all.data() + at, count * sizeof(Result));
        } else {
            for (std::size_t each = 0; each < count; ++each) read(at + each, from);
        }
    }
    std::vector<Result> take() {
        if constexpr (std::is_same_v<held, Result>) {
            return std::move(all);
        } else {
            std::vector<Result> whole;
            for (held& each : all) whole.push_back(std::move(*each));
            return whole;
        }
    }
    std::vector<held> all;
};
template <>
struct results<void> {
    explicit results(std::size_t) {}
    void read(std::size_t, wire_reader&) {}
    void read_many(std::size_t, std::size_t, wire_reader&) {}
    void take() {}
};

/// Runs one chunk in a worker: the failed tasks first, then the results of the others.
template <class Function, class Input, class Result, bool spread>
void run_chunk(wire_reader& in, wire_writer& out, task_head const& head, death_note& note) {
    Function function = in.plain<Function>();
    std::vector<std::pair<std::uint64_t, std::string>> failed;
    std::string values;
    wire_writer to(values);
    std::size_t done = 0;  // bytes of flat results
    if constexpr (wire_flat<Result>) values.resize(head.count * sizeof(Result));
    for (std::uint64_t each = 0; each < head.count; ++each) {
        note.next(each);
        Input input = wire_form<Input>::read(in);
        auto const call = [&]() -> decltype(auto) {
            if constexpr (spread) return std::apply(function, std::move(input));
            else return std::invoke(function, std::move(input));
        };
        try {
            if constexpr (std::is_void_v<Result>) {
                call();
            } else if constexpr (wire_flat<Result>) {
                Result const result = call();
                std::memcpy(values.data() + done, &result, sizeof result);
                done += sizeof result;
            } else {
                wire_form<Result>::write(to, call());
            }
        } catch (std::exception const& thrown) {
            failed.emplace_back(each, thrown.what());
        } catch (...) {
            failed.emplace_back(each, "an object that is no std::exception");
        }
    }
    if constexpr (wire_flat<Result>) values.resize(done);
    wire_form<decltype(failed)>::write(out, failed);
    out.bytes(values.data(), values.size());
}

/// The tasks of one call: `inputs` has begin(), and outlives the job or is part of it.
template <class Function, class Inputs, class Input, class Result, bool spread>
class call final : public job, public results<Result> {
public:
    call(Function function, Inputs inputs, std::size_t count)
        : results<Result>(count), function_(function), inputs_(std::forward<Inputs>(inputs)) {}

    void write(chunk const& what, task_head& head, wire_writer& to) override {
        head.run = &run_chunk<Function, Input, Result, spread>;
        to.plain(function_);
        if constexpr (std::ranges::contiguous_range<Inputs> && wire_flat<Input>) {
            to.bytes(std::ranges::data(inputs_) + what.first, what.count * sizeof(Input));
        } else {
            auto at = std::ranges::next(std::ranges::begin(inputs_),
                                        static_cast<std::ptrdiff_t>(what.first));
            for (std::size_t more = what.count; more > 0; --more, ++at)
                wire_form<Input>::write(to, static_cast<Input>(*at));
        }
    }
    void read(chunk const& what, wire_reader& from) override {
        auto const failed =
            wire_form<std::vector<std::pair<std::uint64_t, std::string>>>::read(from);
        if (failed.empty()) return this->read_many(what.first, what.count, from);
        std::size_t at = 0;
        for (auto const& [index, text] : failed) {
            for (; at < index && at < what.count; ++at)
                results<Result>::read(what.first + at, from);
            ++at;
            std::size_t const task = what.first + index;
            this->fail(task, std::make_exception_ptr(task_failed(task, text)));
        }
        for (; at < what.count; ++at) results<Result>::read(what.first + at, from);
    }

private:
    Function function_;
    Inputs inputs_;
};

}  // namespace pool_detail

/// What async calls return: Value is the result, or a vector of results, or void.
template <class Value>
class pool_result {
public:
    /// Whether get() would return at once. Keeps the pool going for an instant.
    [[nodiscard]] bool ready() { return wait_until(deadline::min()); }
    /// False: `limit` passed first.
    [[nodiscard]] bool wait_until(deadline limit) {
        return core_->pump_until([this] { return job_->is_done(); }, limit);
    }
    template <class Rep, class Period>
    [[nodiscard]] bool wait_for(std::chrono::duration<Rep, Period> span) {
        return wait_until(racekit::after(span));
    }
    /// The result, once. Throws the error of the first task that failed (by index), and
    /// result_timed_out.
    Value get(deadline limit = never) {
        if (!wait_until(limit)) throw result_timed_out();
        if (job_->error != nullptr) std::rethrow_exception(job_->error);
        return take_();
    }

private:
    friend class process_pool;
    template <class, class, class, bool>
    friend class pool_stream;
    pool_result(std::shared_ptr<pool_detail::core> core, std::shared_ptr<pool_detail::job> of,
                std::function<Value()> take)
        : core_(std::move(core)), job_(std::move(of)), take_(std::move(take)) {}

    std::shared_ptr<pool_detail::core> core_;
    std::shared_ptr<pool_detail::job> job_;
    std::function<Value()> take_;
};

/// Results one after the other, while later inputs are read and run; see process_pool::imap().
template <class Inputs, class Function, class Result, bool in_order>
class pool_stream;

class process_pool {
public:
    /// Forks the workers. Throws std::system_error.
    explicit process_pool(pool_options options = {})
        : core_(std::make_shared<pool_detail::core>(std::move(options))) {}
    process_pool(process_pool&&) = default;
    process_pool& operator=(process_pool&&) = delete;
    /// As terminate(), if it was not joined.
    ~process_pool() {
        if (core_) core_->terminate();
    }

    /// function(each input), the results in order. `chunk` inputs go to a worker at a time; 0: a
    /// quarter of a worker's share. All tasks run, also when one fails; then the error of the
    /// first of them (by index) is thrown.
    template <class Function, std::ranges::forward_range Inputs>
    auto map(Function function, Inputs const& inputs, std::size_t chunk = 0) {
        return submitted<false>(function, std::cref(inputs).get(), chunk).get();
    }
    /// The same, for inputs that are tuples: function(parts of each tuple...).
    template <class Function, std::ranges::forward_range Inputs>
    auto starmap(Function function, Inputs const& inputs, std::size_t chunk = 0) {
        return submitted<true>(function, std::cref(inputs).get(), chunk).get();
    }
    /// The same as map, without waiting. `inputs` is moved or copied.
    template <class Function, std::ranges::forward_range Inputs>
    auto map_async(Function function, Inputs inputs, std::size_t chunk = 0) {
        return submitted<false, Function, Inputs>(function, std::move(inputs), chunk);
    }
    /// function(arguments...) in a worker.
    template <class Function, class... Arguments>
    auto apply(Function function, Arguments... arguments) {
        return async(function, std::move(arguments)...).get();
    }
    /// The same, without waiting.
    template <class Function, class... Arguments>
    auto async(Function function, Arguments... arguments) {
        using result = std::invoke_result_t<Function&, Arguments...>;
        using input = std::tuple<Arguments...>;
        using one = pool_detail::call<Function, std::vector<input>, input, result, true>;
        static_assert(pool_detail::portable<Function>, RACEKIT_NOT_PORTABLE);
        std::vector<input> inputs;
        inputs.emplace_back(std::move(arguments)...);
        auto const task = std::make_shared<one>(function, std::move(inputs), 1);
        core_->submit(task, 0, 1);
        return pool_result<result>(core_, task, [task]() -> result {
            if constexpr (!std::is_void_v<result>) return std::move(task->take().front());
        });
    }
    /// Results in the order of the inputs, as they come. Inputs are read as results are taken, so
    /// that no more are under way than the workers need.
    template <class Function, std::ranges::input_range Inputs>
    auto imap(Function function, Inputs&& inputs, std::size_t chunk = 1);
    /// Results in the order in which they are done.
    template <class Function, std::ranges::input_range Inputs>
    auto imap_unordered(Function function, Inputs&& inputs, std::size_t chunk = 1);

    /// Nothing more may be submitted.
    void close() { core_->close(); }
    /// close(); waits until everything is done and the workers have ended. False: `limit` passed.
    bool join(deadline limit = never) { return core_->join(limit); }
    /// Kills the workers; what is not done fails with pool_closed.
    void terminate() { core_->terminate(); }
    [[nodiscard]] int workers() const { return core_->count(); }

private:
    template <class, class, class, bool>
    friend class pool_stream;

    template <bool spread, class Function, class Inputs>
    auto submitted(Function function, Inputs&& inputs, std::size_t chunk) {
        using input = std::ranges::range_value_t<Inputs>;
        using result = typename decltype(result_of<spread, Function, input>())::type;
        using many = pool_detail::call<Function, Inputs, input, result, spread>;
        using value = decltype(std::declval<many&>().take());
        static_assert(pool_detail::portable<Function>, RACEKIT_NOT_PORTABLE);
        auto const count = static_cast<std::size_t>(std::ranges::distance(inputs));
        if (chunk == 0) {
            auto const parts = 4 * static_cast<std::size_t>(core_->count());
            chunk = std::max<std::size_t>(1, (count + parts - 1) / parts);
        }
        auto const tasks = std::make_shared<many>(function, std::forward<Inputs>(inputs), count);
        for (std::size_t first = 0; first < count; first += chunk)
            core_->submit(tasks, first, std::min(chunk, count - first));
        return pool_result<value>(core_, tasks, [tasks] { return tasks->take(); });
    }

    template <bool spread, class Function, class Input>
    static auto result_of() {
        if constexpr (spread) {
            using result = decltype(std::apply(std::declval<Function&>(), std::declval<Input>()));
            return std::type_identity<std::remove_cvref_t<result>>();
        } else {
            return std::type_identity<
                std::remove_cvref_t<std::invoke_result_t<Function&, Input>>>();
        }
    }

    std::shared_ptr<pool_detail::core> core_;
};

template <class Inputs, class Function, class Result, bool in_order>
class pool_stream {
public:
    /// The next result; nothing when all were taken. Throws as pool_result::get, and goes on with
    /// the next chunk after that.
    [[nodiscard]] std::optional<Result> next(deadline limit = never) {
        while (ready_.empty()) {
            feed();
            if (running_.empty()) return std::nullopt;
            auto done = running_.begin();
            bool const came = pool_->core_->pump_until(
                [&] {
                    done = running_.begin();
                    if constexpr (!in_order) {
                        while (done != running_.end() && !is_done(*done)) ++done;
                        return done != running_.end();
                    }
                    return is_done(*done);
                },
                limit);
            if (!came) throw result_timed_out();
            pool_result<std::vector<Result>> taken = std::move(*done);
            running_.erase(done);
            for (Result& each : taken.get()) ready_.push_back(std::move(each));
        }
        std::optional<Result> first(std::move(ready_.front()));
        ready_.pop_front();
        return first;
    }

    /// for (auto& result : stream)
    class iterator {
    public:
        using value_type = Result;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;
        explicit iterator(pool_stream& of) : of_(&of), now_(of.next()) {}
        Result& operator*() { return *now_; }
        iterator& operator++() {
            now_ = of_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(iterator const& one, std::default_sentinel_t) { return !one.now_; }

    private:
        pool_stream* of_;
        std::optional<Result> now_;
    };
    [[nodiscard]] iterator begin() { return iterator(*this); }
    [[nodiscard]] std::default_sentinel_t end() const { return {}; }

private:
    friend class process_pool;
    pool_stream(process_pool& pool, Function function, Inputs inputs, std::size_t chunk)
        : pool_(&pool),
          function_(function),
          inputs_(std::forward<Inputs>(inputs)),
          at_(std::ranges::begin(inputs_)),
          chunk_(std::max<std::size_t>(1, chunk)) {}

    static bool is_done(pool_result<std::vector<Result>> const& one) { return one.job_->is_done(); }
    void feed() {
        while (running_.size() < pool_->core_->window() && at_ != std::ranges::end(inputs_)) {
            std::vector<std::ranges::range_value_t<Inputs>> part;
            for (; part.size() < chunk_ && at_ != std::ranges::end(inputs_); ++at_)
                part.push_back(*at_);
            std::size_t const whole = part.size();
            running_.push_back(pool_->map_async(function_, std::move(part), whole));
        }
    }

    process_pool* pool_;
    Function function_;
    Inputs inputs_;
    std::ranges::iterator_t<Inputs> at_;
    std::size_t chunk_;
    std::deque<pool_result<std::vector<Result>>> running_;
    std::deque<Result> ready_;
};

template <class Function, std::ranges::input_range Inputs>
auto process_pool::imap(Function function, Inputs&& inputs, std::size_t chunk) {
    using result =
        typename decltype(result_of<false, Function, std::ranges::range_value_t<Inputs>>())::type;
    return pool_stream<Inputs, Function, result, true>(*this, function,
                                                       std::forward<Inputs>(inputs), chunk);
}
template <class Function, std::ranges::input_range Inputs>
auto process_pool::imap_unordered(Function function, Inputs&& inputs, std::size_t chunk) {
    using result =
        typename decltype(result_of<false, Function, std::ranges::range_value_t<Inputs>>())::type;
    return pool_stream<Inputs, Function, result, false>(*this, function,
                                                        std::forward<Inputs>(inputs), chunk);
}

}  // namespace racekit

#undef RACEKIT_NOT_PORTABLE
