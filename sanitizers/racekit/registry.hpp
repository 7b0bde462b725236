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

/// A story being told once: built, played by its cast, looked at, destroyed.
class stage {
public:
    stage() = default;
    stage(stage const&) = delete;
    stage& operator=(stage const&) = delete;
    virtual ~stage() = default;
    virtual void before() = 0;       ///< alone, before the cast starts
    virtual void act(int self) = 0;  ///< by each member of the cast, 0 ..
    virtual void after() = 0;        ///< alone, when all have finished or died
    virtual std::string outcome() = 0;  ///< what stress counts; "" if the story names none
};

/// How to build one variant's stage in memory of the given size and alignment.
struct stage_maker {
    std::size_t size = 0;
    std::size_t alignment = 0;
    stage* (*make)(void* place) = nullptr;
};

enum class cast { threads, processes };

/// What the author says of a scenario. Every field has a use: `racekit list --json` prints them.
struct description {
    char const* title = "";      ///< one line
    char const* bug_class = "";  ///< "data race", "atomicity violation", "deadlock", ...
    int cwe = 0;
    promise stress{};
    promise tsan{};
    promise model{};
    promise process{};
    char const* blind_why = "";  ///< why the blind detectors cannot see it, one line
    char const* never_passes = "";  ///< why no execution of the racy variant goes well, if so
    char const* reference = "";  ///< a real bug or text it stands for
    char const* racy_shown = "";  ///< the interleaving to show, as thread numbers in order of their
    char const* fixed_shown =
        "";  ///< visible steps: "0.1.0.1"; empty: the first finding, the first run
};

struct scenario {
    char const* name = "";
    char const* family = "";
    char const* file = "";
    description about;
    racekit::cast cast = racekit::cast::threads;
    int count = 0;          ///< members of the cast
    int spawned = 0;        ///< threads or processes the story may start itself, at most
    unsigned mortal = 0;    ///< bit i: member i may die at any of its visible operations
    stage_maker racy;
    stage_maker fixed;

    [[nodiscard]] std::string id() const { return std::string(family) + "/" + name; }
    [[nodiscard]] stage_maker const& maker(variant which) const {
        return which == variant::racy ? racy : fixed;
    }
    /// A test of its own has no racy variant.
    [[nodiscard]] bool has(variant which) const { return maker(which).make != nullptr; }
};

[[nodiscard]] std::vector<scenario>& registry();

namespace story_detail {

template <class Story>
class told final : public stage {
public:
    void before() override {
        if constexpr (requires { story_.before(); }) story_.before();
    }
    void act(int self) override {
        if constexpr (requires { story_.thread(self); }) {
            story_.thread(self);
        } else {
            story_.process(self);
        }
    }
    void after() override {
        if constexpr (requires { story_.after(); }) story_.after();
    }
    std::string outcome() override {
        if constexpr (requires { { story_.outcome() } -> std::convertible_to<std::string>; }) {
            return story_.outcome();
        } else if constexpr (requires { std::to_string(story_.outcome()); }) {
            return std::to_string(story_.outcome());
        } else {
            return "";
        }
    }

private:
    Story story_;
};

template <class Story>
constexpr stage_maker maker() {
    return {sizeof(told<Story>), alignof(told<Story>),
            [](void* place) -> stage* { return ::new (place) told<Story>(); }};
}

template <class Story>
constexpr racekit::cast cast_of() {
    constexpr bool threads = requires { Story::threads; };
    constexpr bool processes = requires { Story::processes; };
    static_assert(threads != processes,
                  "a story has either `static constexpr int threads` or `processes`");
    if constexpr (threads) {
        static_assert(requires(Story& story) { story.thread(0); },
                      "a story with `threads` needs `void thread(int self)`");
        return racekit::cast::threads;
    } else {
        static_assert(requires(Story& story) { story.process(0); },
                      "a story with `processes` needs `void process(int self)`");
        return racekit::cast::processes;
    }
}

template <class Story>
constexpr int count_of() {
    if constexpr (requires { Story::threads; }) {
        return Story::threads;
    } else {
        return Story::processes;
    }
}

template <class Story>
constexpr int spawned_of() {
    if constexpr (requires { Story::spawned; }) {
        return Story::spawned;
    } else {
        return 0;
    }
}

template <class Story>
constexpr unsigned mortal_of() {
    if constexpr (requires { Story::mortal; }) {
        return 1U << Story::mortal;
    } else {
        return 0;
    }
}

}  // namespace story_detail

template <class Racy, class Fixed>
scenario describe(char const* name, char const* family, char const* file, description about) {
    using namespace story_detail;
    static_assert(cast_of<Racy>() == cast_of<Fixed>() && count_of<Racy>() == count_of<Fixed>());
    return {name,  family, file, about, cast_of<Racy>(), count_of<Racy>(), spawned_of<Racy>(),
            mortal_of<Racy>(), maker<Racy>(), maker<Fixed>()};
}

/// A test of its own: a test body with no racy variant.
template <class Body>
scenario describe_test(char const* name, char const* family, char const* file, description about) {
    scenario what = describe<Body, Body>(name, family, file, about);
    what.racy = {};
    return what;
}

}  // namespace racekit
