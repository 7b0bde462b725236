// SPDX-License-Identifier: MIT
// Mutation: the clients of a primitive, explored in the model over its orders and over weaker ones.
//
// A client is a struct with `threads` and act(thread), and optionally after(), `spurious` (how many
// spurious wake-ups and failures each thread may have) and config(). It uses only the primitive's
// public functions, plain<T> and RACEKIT_CHECK, so that an order that is too weak causes a data
// race, a failed check or a deadlock.
#pragma once

#include "model/core/engine.hpp"

#include <racekit/check.hpp>
#include <racekit/platform.hpp>
#include <racekit/registry.hpp>

#include <cstdint>
#include <new>
#include <string>
#include <vector>

namespace racekit::mutation {

/// Base of a client whose size is a parameter.
template <int thread_count, int spurious_each = 1>
struct client_of_size {
    static constexpr int threads = thread_count;
    static constexpr int spurious = spurious_each;
};

template <class State>
class client_body final : public model::test_body {
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

/// A client as the test body of a scenario, so that it can be explored and replayed like one.
template <class State>
struct as_test_body {
    static constexpr int threads = State::threads;
    void thread(int self) { state.act(self); }
    void after() {
        if constexpr (requires { state.after(); }) state.after();
    }

    State state;
};

struct enlisted {
    std::string client;
    model::exploration_config config;
    instance_maker maker;
};

/// The result of exploring one client.
struct client_result {
    std::string client;
    int threads = 0;
    std::uint64_t executions = 0;
    std::uint64_t pruned = 0;
    bool exhausted = false;
    std::string finding;  ///< empty: clean
    bool passes = true;   ///< an execution passes; searched only in mode::deciding
};

/// Explores clients over one set of orders.
class trial {
public:
    enum class mode { all, until_caught, deciding, none };
    trial(bool quick, mode how) : quick_(quick), how_(how) {}

    template <class State>
    void client(char const* name) {
        if (how_ != mode::all && caught()) return;
        model::exploration_config config;
        if constexpr (requires { State::config(); }) config = State::config();
        if constexpr (requires { State::spurious; }) config.spurious = State::spurious;
        config.threads = State::threads;
        enlisted_.push_back({name, config, instance_detail::maker<as_test_body<State>>()});
        if (how_ == mode::none) return;
        client_body<State> body;
        explore(name, body, config);
    }
    /// A client that is too large for the quick run.
    template <class State>
    void large_client(char const* name) {
        if (!quick_) client<State>(name);
    }

    [[nodiscard]] bool caught() const;
    [[nodiscard]] std::vector<client_result> const& results() const { return results_; }
    [[nodiscard]] std::vector<enlisted> const& clients() const { return enlisted_; }

private:
    void explore(char const* name, model::test_body& body, model::exploration_config const& config);

    bool quick_;
    mode how_;
    std::vector<enlisted> enlisted_;
    std::vector<client_result> results_;
};

using clients_of = void (*)(trial&);

/// One order weakened, or one marked step left out.
struct mutant {
    char const* name;
    char const* from;
    char const* to;
    int line;
    char const* beyond;  ///< why this engine cannot show it in any execution; empty: must be caught
    clients_of clients;
};

/// A primitive, and the clients over its orders as they are and over weaker ones.
struct subject {
    char const* family;
    char const* name;
    char const* file;  ///< of the clients
    clients_of original;
    std::vector<mutant> mutants;
};

/// The whole of a mutation program: explores, prints, writes JSON. Returns its exit code: 0 all
/// caught, 1 a survivor, 2 usage, 3 no score because the original is not clean or not exhausted.
/// With --list or --scenario it is the program of the pairs instead.
int run(int count, char** words, subject const& what);

/// Registers each mutant and the original as the two variants of a scenario, with the client that
/// catches the mutant: family/primitive.order, or family/primitive.order.weaker if there are two.
void enrol_pairs(subject const& what, char const* wanted);

}  // namespace racekit::mutation
