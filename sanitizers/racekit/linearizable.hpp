// SPDX-License-Identifier: MIT
// Checks whether an object is linearizable: every concurrent history has a sequential explanation.
//
// A sequential specification is a plain class with the members that the operations call:
//
//     struct two_places {
//         std::deque<int> elements;
//         bool try_push(int value) {
//             if (elements.size() == 2) return false;
//             elements.push_back(value);
//             return true;
//         }
//         void pop(int& into) {
//             racekit::wait_unless(!elements.empty());
//             into = elements.front();
//             elements.pop_front();
//         }
//         bool operator==(two_places const&) const = default;
//     };
//
//     racekit::linearizable<my_queue<int>, two_places> check("my_queue");
//     check.operation("push(1)", [](auto& queue) { return queue.try_push(1); });
//     check.operation("pop()", [](auto& queue) { int got = 0; queue.pop(got); return got; });
//     racekit::linear_verdict const verdict = check({.threads = 2, .sequences = 2});
//
// The check generates all programs with up to this many threads and call sequences, the smallest
// first. In the model flavour it explores each program exhaustively and takes the real-time order
// from happens-before; natively threads run each program many times, and stamps order the calls.
// A verdict holds for these programs only.
//
// Natively there are also long runs, histories of thousands of calls, each judged as a whole:
//
//     racekit::linear_verdict const verdict = check.stress({.threads = 4, .sequences = 1000});
#pragma once

#include <racekit/finding.hpp>
#include <racekit/linear_subject.hpp>
#include <racekit/verdict.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace racekit {

/// The size of the programs, and the limits of the search.
struct linear_client {
    int threads = 2;
    int sequences = 2;                     ///< call sequences of each thread, at most
    int calls = 8;                         ///< calls of a whole program, at most (limit: 32)
    double seconds = 60;                   ///< for all programs together
    std::uint64_t executions = 1'000'000;  ///< of one program; natively: rounds
    int spurious = 1;        ///< model: spurious wake-ups and weak failures, per thread
    unsigned mortal = 0;     ///< model: bit i: thread i may die before any visible operation
    std::uint64_t seed = 1;  ///< natively: for the order of the programs
    std::string_view schedule = {};  ///< model: of an earlier finding: replay it, or search near it
};

/// The size of a long run: native threads run randomly chosen call sequences.
struct linear_stress {
    int threads = 3;
    int sequences = 1000;  ///< of each thread, in one history
    double seconds = 2;   ///< for all histories together
    std::uint64_t rounds = 1'000'000;    ///< histories at most
    std::uint64_t steps = 1'000'000;     ///< steps of the specification for one; more: undecided
    std::uint64_t seed = 1;
};

struct linear_verdict {
    /// Something was run, no violation was found, and every history was decided.
    bool linearizable = false;
    bool exhausted = false;     ///< every program was explored completely
    std::uint64_t programs = 0;
    std::uint64_t executions = 0;
    std::uint64_t pruned = 0;
    std::uint64_t histories = 0;       ///< different histories, summed over the programs
    std::uint64_t calls = 0;           ///< long run: calls in all histories
    std::uint64_t undecided = 0;       ///< histories that took too many steps: inconclusive
    std::uint64_t ended_waiting = 0;   ///< histories that ended with all threads blocked, allowed
    std::vector<std::string> program;  ///< the smallest failing program: a line for each thread
    std::optional<finding> found;
    std::vector<warning> warnings;  ///< clean verdict: behaviours that the engine does not show
    std::string text;               ///< the verdict in words
};

namespace linearity {

/// The model kit and the native kit each define it.
[[nodiscard]] linear_verdict check(subject& what, linear_client const& client);

/// Needs native threads: the model kit throws std::logic_error.
[[nodiscard]] linear_verdict stress(subject& what, linear_stress const& how);

}  // namespace linearity

template <class Object, class Specification>
class linearizable final : private linearity::subject {
public:
    /// `arguments` construct the object, and the specification if it has such a constructor.
    template <class... Arguments>
    explicit linearizable(std::string name, Arguments... arguments) {
        subject::name = std::move(name);
        make_ = [arguments...](void* at) { ::new (at) Object(arguments...); };
        start_ = [arguments...] {
            if constexpr (std::is_constructible_v<Specification, Arguments const&...>) {
                return Specification(arguments...);
            } else {
                return Specification();
            }
        };
    }

    /// Adds an operation. `call` is used as `call(object)` and as `call(specification)`. With a
    /// role, only one thread of a program calls it: `operation("push(1)", .., "producer")`.
    template <class Call>
    unsigned operation(std::string name, Call call, std::string role = "") {
        unsigned const number = step(std::move(name), std::move(call));
        sequences.push_back({operations[number], {number}, std::move(role)});
        return number;
    }

    /// Adds an operation that only sequences use: unlock(), which must follow lock().
    template <class Call>
    unsigned step(std::string name, Call call) {
        using object_result = std::invoke_result_t<Call const&, Object&>;
        using specified = std::invoke_result_t<Call const&, Specification&>;
        using result = std::decay_t<specified>;
        static_assert(std::is_void_v<object_result> == std::is_void_v<specified>,
                      "an operation returns void on both object and specification, or on neither");
        if constexpr (std::is_void_v<specified>) {
            add<linearity::nothing>([call](auto& on) {
                call(on);
                return linearity::nothing();
            });
        } else {
            static_assert(std::equality_comparable<result>, "a result needs operator==");
            add<result>([call](auto& on) -> result { return call(on); });
        }
        operations.push_back(std::move(name));
        partitions.emplace_back();
        return static_cast<unsigned>(operations.size() - 1);
    }

    /// Adds a sequence: operations that one thread calls one after the other, up to the first that
    /// is refused (false, nullopt).
    void sequence(std::initializer_list<unsigned> steps, std::string role = "") {
        std::string name;
        for (unsigned const each : steps) name += (name.empty() ? "" : ", ") + operations.at(each);
        sequences.push_back({std::move(name), steps, std::move(role)});
    }

    /// Also allows `result` in every state, without effect: for a try that may fail spuriously.
    template <class Result>
    void may_also_give(unsigned operation, Result result) {
        kinds_.at(operation)->also_allows(&result);
    }

    /// States that the operation accesses only this partition of the object, and that partitions
    /// are independent: for example the keys of a map. If every operation has a partition, a long
    /// run is judged partition by partition, which is far less work.
    void concerns(unsigned operation, std::string partition) {
        partitions.at(operation) = std::move(partition);
    }

    /// In a long run a helper thread calls this operation whenever no call has returned for 200 us,
    /// so that blocking calls do not block for ever: set() of an event, release() of a semaphore.
    /// Several helper operations alternate: the non-blocking forms of put() and get() of a queue.
    void help_with(unsigned operation) { helpers.push_back(operation); }

    /// Throws std::invalid_argument for a check that has nothing to run.
    [[nodiscard]] linear_verdict operator()(linear_client const& client = {}) {
        return linearity::check(*this, client);
    }

    /// Natively: histories of thousands of calls. Throws std::invalid_argument if partitions are
    /// not independent; std::logic_error in the model flavour.
    [[nodiscard]] linear_verdict stress(linear_stress const& how = {}) {
        return linearity::stress(*this, how);
    }

    /// For code that judges histories from elsewhere: numbers results, steps the specification.
    [[nodiscard]] linearity::subject& as_subject() { return *this; }

private:
    struct kind {
        virtual ~kind() = default;
        virtual void call(Object& on, linearity::result_sink& sink) const = 0;
        virtual std::shared_ptr<void const> copied(void const* result) const = 0;
        virtual unsigned numbered(void const* result) = 0;
        virtual std::string shown(unsigned result) const = 0;
        virtual linearity::fit step(Specification& on, unsigned result) const = 0;
        virtual std::string gives(Specification& on) const = 0;
        virtual void also_allows(void const* result) = 0;
    };

    template <class Result, class Call>
    struct kind_of final : kind {
        explicit kind_of(Call how) : act(std::move(how)) {}
        void call(Object& on, linearity::result_sink& sink) const override {
            Result const result = act(on);
            sink.store(&result, linearity::refused(result));
        }
        std::shared_ptr<void const> copied(void const* result) const override {
            return std::make_shared<Result const>(*static_cast<Result const*>(result));
        }
        unsigned numbered(void const* result) override {
            auto const& value = *static_cast<Result const*>(result);
            std::vector<unsigned>& alike = numbers[hash_of(value)];
            for (unsigned const number : alike) {
                if (*values[number] == value) return number;
            }
            alike.push_back(static_cast<unsigned>(values.size()));
            values.push_back(std::make_unique<Result>(value));
            return alike.back();
        }
        std::string shown(unsigned result) const override {
            return linearity::shown(*values.at(result));
        }
        linearity::fit step(Specification& on, unsigned result) const override {
            if (allowed && result != linearity::any_result && *allowed == *values[result])
                return linearity::fit::fits;
            try {
                Result const specified = act(on);
                if (result == linearity::any_result || specified == *values[result])
                    return linearity::fit::fits;
                return linearity::fit::differs;
            } catch (must_wait const&) {
                return linearity::fit::waits;
            }
        }
        std::string gives(Specification& on) const override {
            try {
                return linearity::shown(Result(act(on)));
            } catch (must_wait const&) {
                return "waits";
            }
        }
        void also_allows(void const* result) override {
            allowed = std::make_unique<Result>(*static_cast<Result const*>(result));
        }

        static std::size_t hash_of(Result const& value) {
            if constexpr (linearity::hashed_by_std<Result>) {
                return std::hash<Result>()(value);
            } else {
                return 0;
            }
        }

        Call act;
        std::vector<std::unique_ptr<Result>> values;  // pointers: vector<bool> has no elements
        std::unordered_map<std::size_t, std::vector<unsigned>> numbers;  // by hash
        std::unique_ptr<Result> allowed;
    };

    class state_of final : public linearity::state {
    public:
        state_of(linearizable const& whole, Specification value)
            : whole_(whole), value_(std::move(value)) {}
        std::unique_ptr<state> copy() const override {
            return std::make_unique<state_of>(whole_, value_);
        }
        bool equals(state const& other) const override {
            if constexpr (std::equality_comparable<Specification>) {
                return value_ == static_cast<state_of const&>(other).value_;
            } else {
                return false;
            }
        }
        std::size_t hash() const override {
            if constexpr (linearity::hashed<Specification>) {
                return value_.hash();
            } else {
                return 0;
            }
        }
        linearity::fit step(unsigned operation, unsigned result) override {
            return whole_.kinds_[operation]->step(value_, result);
        }
        std::string gives(unsigned operation) const override {
            Specification trial(value_);
            return whole_.kinds_[operation]->gives(trial);
        }

    private:
        linearizable const& whole_;
        Specification value_;
    };

    template <class Result, class Call>
    void add(Call call) {
        kinds_.push_back(std::make_unique<kind_of<Result, Call>>(std::move(call)));
    }

    std::size_t size() const override { return sizeof(Object); }
    std::size_t alignment() const override { return alignof(Object); }
    void make(void* at) const override { make_(at); }
    void destroy(void* at) const override { static_cast<Object*>(at)->~Object(); }
    void call(void* object, unsigned operation, linearity::result_sink& sink) const override {
        kinds_[operation]->call(*static_cast<Object*>(object), sink);
    }
    std::shared_ptr<void const> copied(unsigned operation, void const* result) const override {
        return kinds_[operation]->copied(result);
    }
    unsigned numbered(unsigned operation, void const* result) override {
        return kinds_[operation]->numbered(result);
    }
    std::string shown(unsigned operation, unsigned result) const override {
        return kinds_[operation]->shown(result);
    }
    std::unique_ptr<linearity::state> start() const override {
        return std::make_unique<state_of>(*this, start_());
    }

    std::vector<std::unique_ptr<kind>> kinds_;
    std::function<void(void*)> make_;
    std::function<Specification()> start_;
};

}  // namespace racekit
