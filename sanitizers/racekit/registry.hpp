// SPDX-License-Identifier: MIT
// The scenarios that are linked into this program.
#pragma once

#include <racekit/promise.hpp>
#include <racekit/verdict.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

namespace racekit {

/// Whether racekit_add_scenario(... UNMODIFIED) compiles this file.
#if defined(RACEKIT_UNMODIFIED)
inline constexpr bool is_unmodified = true;
#else
inline constexpr bool is_unmodified = false;
#endif

/// One run of a test body: built, run by its threads or processes, checked, destroyed.
class test_instance {
public:
    test_instance() = default;
    test_instance(test_instance const&) = delete;
    test_instance& operator=(test_instance const&) = delete;
    virtual ~test_instance() = default;
    virtual void before() = 0;       ///< runs alone, before the threads or processes start
    virtual void act(int self) = 0;  ///< runs in each thread or process, numbered from 0
    virtual void after() = 0;        ///< runs alone, when all have finished or died
    virtual std::string outcome() = 0;  ///< the label that stress counts; "": the body gives none
};

/// How to build the test instance of one variant in memory of the given size and alignment.
struct instance_maker {
    std::size_t size = 0;
    std::size_t alignment = 0;
    test_instance* (*make)(void* place) = nullptr;
};

/// So many threads may a test body have; the model runs up to 64 of them.
inline constexpr int most_body_threads = 128;

enum class run_by { threads, processes };

/// A promise for a detector that has no field of its own in `description`.
struct named_promise {
    char const* detector = "";
    promise said{};
};

/// The author's description of a scenario. `racekit list --json` prints every field.
struct description {
    char const* title = "";      ///< one line
    char const* bug_class = "";  ///< "data race", "atomicity violation", "deadlock", ...
    int cwe = 0;
    promise stress{};
    promise tsan{};
    promise model{};
    promise process{};
    /// For detectors of the project's own: .others = {{"backwards", racekit::finds}}.
    named_promise others[4] = {};
    char const* blind_why = "";  ///< why the blind detectors cannot see it, one line
    char const* never_passes = "";  ///< why every execution of the racy variant fails, if it does
    char const* reference = "";  ///< a real bug or a text that describes the mistake
    // The interleaving to show: the thread numbers of its visible steps in order, "0.1.0.1".
    char const* racy_shown = "";   ///< empty: that of the first finding
    char const* fixed_shown = "";  ///< empty: that of the first execution
};

struct scenario {
    char const* name = "";
    char const* family = "";
    char const* file = "";
    description about;
    racekit::run_by run_by = racekit::run_by::threads;
    int count = 0;          ///< number of threads or processes
    int spawned = 0;        ///< threads or processes that the test body starts itself, at most
    unsigned mortal = 0;    ///< bit i: process i may die at any of its visible operations
    bool torn_io = false;   ///< reads and writes may be short, or interrupted by a signal
    bool starts_alone = false;  ///< what thread 0 does before it starts another is no step
    char const* program = "";   ///< how a program that runs itself is called, for replays
    char const* words = "";     ///< and its own words: "-- 3 4"
    bool has_marks = false;  ///< its file marks the racing lines with `// <- race`
    bool unmodified = false;  ///< enrolled so: its body uses std:: and not the platform
    instance_maker racy;
    instance_maker fixed;

    [[nodiscard]] std::string id() const { return std::string(family) + "/" + name; }
    [[nodiscard]] instance_maker const& maker(variant which) const {
        return which == variant::racy ? racy : fixed;
    }
    /// A test of its own has no racy variant.
    [[nodiscard]] bool has(variant which) const { return maker(which).make != nullptr; }
};

[[nodiscard]] std::vector<scenario>& registry();

namespace instance_detail {

template <class Body>
class test_instance_of final : public test_instance {
public:
    void before() override {
        if constexpr (requires { body_.before(); }) body_.before();
    }
    void act(int self) override {
        if constexpr (requires { body_.thread(self); }) {
            body_.thread(self);
        } else {
            body_.process(self);
        }
    }
    void after() override {
        if constexpr (requires { body_.after(); }) body_.after();
    }
    std::string outcome() override {
        if constexpr (requires { { body_.outcome() } -> std::convertible_to<std::string>; }) {
            return body_.outcome();
        } else if constexpr (requires { std::to_string(body_.outcome()); }) {
            return std::to_string(body_.outcome());
        } else {
            return "";
        }
    }

private:
    Body body_;
};

template <class Body>
constexpr instance_maker maker() {
    return {sizeof(test_instance_of<Body>), alignof(test_instance_of<Body>),
            [](void* place) -> test_instance* { return ::new (place) test_instance_of<Body>(); }};
}

template <class Body>
constexpr racekit::run_by run_by_of() {
    constexpr bool threads = requires { Body::threads; };
    constexpr bool processes = requires { Body::processes; };
    static_assert(threads != processes,
                  "a test body has either `static constexpr int threads` or `processes`");
    if constexpr (threads) {
        static_assert(Body::threads >= 1 && Body::threads <= most_body_threads,
                      "a test body has 1 to 128 threads");
        static_assert(
            requires(Body& body) { body.thread(0); },
            "a test body with `threads` needs `void thread(int self)`");
        return racekit::run_by::threads;
    } else {
        static_assert(requires(Body& body) { body.process(0); },
                      "a test body with `processes` needs `void process(int self)`");
        return racekit::run_by::processes;
    }
}

template <class Body>
constexpr int count_of() {
    if constexpr (requires { Body::threads; }) {
        return Body::threads;
    } else {
        return Body::processes;
    }
}

template <class Body>
constexpr int spawned_of() {
    if constexpr (requires { Body::spawned; }) {
        return Body::spawned;
    } else {
        return 0;
    }
}

template <class Body>
constexpr bool torn_io_of() {
    if constexpr (requires { Body::torn_io; }) {
        return Body::torn_io;
    } else {
        return false;
    }
}

template <class Body>
constexpr unsigned mortal_of() {
    if constexpr (requires { Body::mortal; }) {
        return 1U << Body::mortal;
    } else {
        return 0;
    }
}

}  // namespace instance_detail

template <class Racy, class Fixed>
scenario describe(char const* name, char const* family, char const* file, description about) {
    using namespace instance_detail;
    static_assert(run_by_of<Racy>() == run_by_of<Fixed>() && count_of<Racy>() == count_of<Fixed>());
    return {name,
            family,
            file,
            about,
            run_by_of<Racy>(),
            count_of<Racy>(),
            spawned_of<Racy>(),
            mortal_of<Racy>(),
            torn_io_of<Racy>(),
            false,
            "",
            "",
            false,
            is_unmodified,
            maker<Racy>(),
            maker<Fixed>()};
}

/// A test of its own: a test body with no racy variant.
template <class Body>
scenario describe_test(char const* name, char const* family, char const* file, description about) {
    scenario what = describe<Body, Body>(name, family, file, about);
    what.racy = {};
    return what;
}

}  // namespace racekit
