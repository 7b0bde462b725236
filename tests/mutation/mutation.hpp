// Mutation: the clients of a primitive, played in the model over its orders and over weaker ones.
//
// A client is a struct: `threads`, act(thread), and where it needs them after(), `spurious` (how
// often each may wake or fail for no reason) and within(). It uses nothing but the primitive's
// public functions, plain<T> and RACEKIT_CHECK, so that an order that is too weak shows as a race,
// a failed check or a deadlock.
#pragma once

#include "model/engine.hpp"

#include <racekit/check.hpp>
#include <racekit/platform.hpp>

#include <cstdint>
#include <initializer_list>
#include <new>
#include <string>
#include <vector>

namespace racekit::mutation {

/// Base of a client whose size is a parameter.
template <int cast, int spurious_each = 1>
struct played_by {
    static constexpr int threads = cast;
    static constexpr int spurious = spurious_each;
};

template <class State>
class staged final : public model::told_story {
public:
    void before() override { state_ = ::new (memory_) State(); }
    void act(int thread) override { state_->act(thread); }
    void after() override {
        if constexpr (requires(State& state) { state.after(); }) state_->after();
        state_->~State();
    }

private:
    alignas(State) unsigned char memory_[sizeof(State)];
    State* state_ = nullptr;
};

/// What the exploration of one client came to.
struct played {
    std::string client;
    int threads = 0;
    std::uint64_t executions = 0;
    std::uint64_t pruned = 0;
    bool exhausted = false;
    std::string finding;  ///< empty: clean
};

/// Plays clients over one set of orders.
class trial {
public:
    trial(bool quick, bool until_caught) : quick_(quick), until_caught_(until_caught) {}

    template <class State>
    void client(char const* name) {
        if (until_caught_ && caught()) return;
        model::limits within;
        if constexpr (requires { State::within(); }) within = State::within();
        if constexpr (requires { State::spurious; }) within.spurious = State::spurious;
        within.cast = State::threads;
        staged<State> story;
        play(name, story, within);
    }
    /// One too large for the quick run.
    template <class State>
    void large_client(char const* name) {
        if (!quick_) client<State>(name);
    }

    [[nodiscard]] bool caught() const;
    [[nodiscard]] std::vector<played> const& results() const { return results_; }

private:
    void play(char const* name, model::told_story& story, model::limits const& within);

    bool quick_;
    bool until_caught_;
    std::vector<played> results_;
};

using clients_of = void (*)(trial&);

/// One order weakened, or one marked step left out.
struct mutant {
    char const* name;
    char const* from;
    char const* to;
    int line;
    char const* beyond;  ///< why no execution of this engine can show it; empty: it must be caught
    clients_of clients;
};

/// The whole of a mutation program: plays, prints, writes JSON. Returns its exit code: 0 all
/// caught, 1 a survivor, 2 usage, 3 no score because the original is not clean or not exhausted.
int run(int count, char** words, char const* primitive, clients_of original,
        std::initializer_list<mutant> mutants);

}  // namespace racekit::mutation
