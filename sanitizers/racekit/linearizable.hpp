// Is an object linearizable? Does every concurrent use of it look like some sequential use?
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
//     racekit::linear_verdict const verdict = check({.threads = 2, .passages = 2});
//
// All programs of so many threads and passages are generated, the smallest first. In the model
// flavour each is explored exhaustively, with real-time order taken from happens-before; natively
// threads play them, many times, and the calls are stamped. A verdict is about these programs only.
#pragma once

#include <racekit/finding.hpp>
#include <racekit/verdict.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace racekit {

/// How large the programs are, and how long to look.
struct linear_client {
    int threads = 2;
    int passages = 2;                      ///< of each thread, at most
    int calls = 8;                         ///< of a whole program, at most (12 can be judged)
    double seconds = 60;                   ///< for all programs together
    std::uint64_t executions = 1'000'000;  ///< of one program; natively: rounds
    int spurious = 1;        ///< model: wake-ups and weak failures for no reason, per thread
    unsigned mortal = 0;     ///< model: bit i: thread i may die before any visible operation
    std::uint64_t seed = 1;  ///< natively: of the order of programs
};

struct linear_verdict {
    bool linearizable = false;  ///< nothing was found against it
    bool exhausted = false;     ///< every program was explored to its end
    std::uint64_t programs = 0;
    std::uint64_t executions = 0;
    std::uint64_t pruned = 0;
    std::uint64_t histories = 0;       ///< different ones, summed over the programs
    std::vector<std::string> program;  ///< the smallest failing one: a line for each thread
    std::optional<finding> found;
    std::vector<warning> warnings;  ///< of a clean one: what the engine does not show of it
    std::string text;  ///< all of it, for a person
};

/// Thrown by wait_unless: the call cannot complete in this state of the specification.
struct must_wait {};

/// In a specification: what follows is done only when `ready`; until then the caller waits.
inline void wait_unless(bool ready) {
    if (!ready) throw must_wait();
}

namespace linearity {

/// What a call with no result returns.
struct nothing {
    bool operator==(nothing const&) const = default;
};

template <class T>
concept like_optional = requires(T const& value) {
    { value.has_value() } -> std::same_as<bool>;
    *value;
};
template <class T>
concept like_pair = requires(T const& value) {
    value.first;
    value.second;
};
template <class T>
concept named = requires(T const& value) {
    { name(value) } -> std::convertible_to<std::string>;
};
template <class T>
concept printable = requires(std::ostream& out, T const& value) { out << value; };

template <class T>
std::string shown(T const& value) {
    if constexpr (std::same_as<T, nothing>) {
        return "returns";
    } else if constexpr (std::same_as<T, bool>) {
        return value ? "true" : "false";
    } else if constexpr (like_optional<T>) {
        return value.has_value() ? shown(*value) : "nothing";
    } else if constexpr (like_pair<T>) {
        return shown(value.first) + ", " + shown(value.second);
    } else if constexpr (named<T>) {
        return name(value);
    } else if constexpr (std::is_enum_v<T>) {
        return std::to_string(static_cast<long long>(value));
    } else if constexpr (printable<T>) {
        std::ostringstream out;
        out << value;
        return out.str();
    } else {
        return "a value";
    }
}

/// Whether a result says that the call did nothing: the rest of its passage is then left out.
template <class T>
bool refused(T const& value) {
    if constexpr (std::same_as<T, bool>) {
        return !value;
    } else if constexpr (like_optional<T>) {
        return !value.has_value();
    } else {
        return false;
    }
}

enum class fit { fits, differs, waits };

inline constexpr unsigned any_result = ~0U;

/// A state of the specification.
class state {
public:
    state() = default;
    state(state const&) = delete;
    state& operator=(state const&) = delete;
    virtual ~state() = default;
    [[nodiscard]] virtual std::unique_ptr<state> copy() const = 0;
    /// False also when the specification has no operator==.
    [[nodiscard]] virtual bool equals(state const& other) const = 0;
    /// Goes on by one operation; unless it fits, the state is of no use afterwards.
    [[nodiscard]] virtual fit step(unsigned operation, unsigned result) = 0;
    /// What the operation gives in this state, in words.
    [[nodiscard]] virtual std::string gives(unsigned operation) const = 0;
};

/// Takes a result over, while the object's operation is still under way.
class result_keeper {
public:
    virtual ~result_keeper() = default;
    virtual void keep(void const* result, bool refused) = 0;
};

/// Operations done by one thread after another. What follows a refusal is left out.
struct passage {
    std::string name;
    std::vector<unsigned> operations;
    std::string role;  ///< only one thread of a program has passages of this role; empty: all may
};

/// Object and specification without their types. Results are numbers: equal ones have the same.
class subject {
public:
    subject() = default;
    subject(subject const&) = delete;
    subject& operator=(subject const&) = delete;
    virtual ~subject() = default;

    std::string name;
    std::vector<std::string> operations;  ///< their names
    std::vector<passage> passages;

    [[nodiscard]] virtual std::size_t size() const = 0;
    [[nodiscard]] virtual std::size_t alignment() const = 0;
    virtual void make(void* at) const = 0;
    virtual void destroy(void* at) const = 0;
    virtual void call(void* object, unsigned operation, result_keeper& keeper) const = 0;

    [[nodiscard]] virtual std::shared_ptr<void const> copied(unsigned operation,
                                                             void const* result) const = 0;
    [[nodiscard]] virtual unsigned numbered(unsigned operation, void const* result) = 0;
    [[nodiscard]] virtual std::string shown(unsigned operation, unsigned result) const = 0;
    [[nodiscard]] virtual std::unique_ptr<state> start() const = 0;
};

/// Defined by the model's kit and by the native one, each in its way.
[[nodiscard]] linear_verdict check(subject& what, linear_client const& client);

}  // namespace linearity

template <class Object, class Specification>
class linearizable final : private linearity::subject {
public:
    /// `arguments` construct the object; the specification too, if it can be.
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

    /// `call` is used on both, as `call(object)` and as `call(specification)`. With a role, only
    /// one thread of a program does it: `operation("push(1)", .., "producer")`.
    template <class Call>
    unsigned operation(std::string name, Call call, std::string role = "") {
        unsigned const number = step(std::move(name), std::move(call));
        passages.push_back({operations[number], {number}, std::move(role)});
        return number;
    }

    /// An operation that is only done within passages: unlock(), which must follow lock().
    template <class Call>
    unsigned step(std::string name, Call call) {
        using object_result = std::invoke_result_t<Call const&, Object&>;
        using specified = std::invoke_result_t<Call const&, Specification&>;
        using result = std::decay_t<specified>;
        static_assert(std::is_void_v<object_result> == std::is_void_v<specified>,
                      "an operation returns something on both sides or on none");
        if constexpr (std::is_void_v<specified>) {
            add<linearity::nothing>([call](auto& on) {
                call(on);
                return linearity::nothing();
            });
        } else {
            static_assert(std::equality_comparable<result>, "results are compared by ==");
            add<result>([call](auto& on) -> result { return call(on); });
        }
        operations.push_back(std::move(name));
        return static_cast<unsigned>(operations.size() - 1);
    }

    /// Operations that one thread does in a row, up to the first that is refused (false, nullopt).
    void passage(std::initializer_list<unsigned> steps, std::string role = "") {
        std::string name;
        for (unsigned const each : steps) name += (name.empty() ? "" : ", ") + operations.at(each);
        passages.push_back({std::move(name), steps, std::move(role)});
    }

    /// `result` is always allowed too, and then nothing has happened: a try that may fail for no
    /// reason.
    template <class Result>
    void may_also_give(unsigned operation, Result result) {
        kinds_.at(operation)->also_allows(&result);
    }

    [[nodiscard]] linear_verdict operator()(linear_client const& client = {}) {
        return linearity::check(*this, client);
    }

    /// For whoever judges histories of another origin: numbers results and walks the specification.
    [[nodiscard]] linearity::subject& as_subject() { return *this; }

private:
    struct kind {
        virtual ~kind() = default;
        virtual void call(Object& on, linearity::result_keeper& keeper) const = 0;
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
        void call(Object& on, linearity::result_keeper& keeper) const override {
            Result const result = act(on);
            keeper.keep(&result, linearity::refused(result));
        }
        std::shared_ptr<void const> copied(void const* result) const override {
            return std::make_shared<Result const>(*static_cast<Result const*>(result));
        }
        unsigned numbered(void const* result) override {
            auto const& value = *static_cast<Result const*>(result);
            for (unsigned number = 0; number < values.size(); ++number) {
                if (*values[number] == value) return number;
            }
            values.push_back(std::make_unique<Result>(value));
            return static_cast<unsigned>(values.size() - 1);
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

        Call act;
        std::vector<std::unique_ptr<Result>> values;  // pointers: vector<bool> has no elements
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
    void call(void* object, unsigned operation, linearity::result_keeper& keeper) const override {
        kinds_[operation]->call(*static_cast<Object*>(object), keeper);
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
