// SPDX-License-Identifier: MIT
// monitor: makes a plain class an object of the model, each of whose operations is one step.
//
//     class semaphore {
//         void acquire(site where = site::here()) {
//             (void)inside_.step_when("acquire", [this] { return permits_ > 0; },
//                                     [this] { --permits_; model::acquire(left_); }, never, where);
//         }
//         [[nodiscard]] std::string shown() const { return std::to_string(permits_); }
//
//         int permits_ = 0;
//         model::vector_clock left_;  // the clocks of the threads that released
//         model::monitor inside_;  // last: it goes first when the object is destroyed
//     };
#pragma once

#include <racekit/platform/model/engine.hpp>

#include <string>
#include <type_traits>
#include <utility>

namespace racekit::model {

class monitor {
public:
    /// `owner.shown()` prints its state; `kind` names it where the source does not.
    template <class Owner>
    monitor(char const* kind, Owner const& owner, site const& where)
        : object_(monitor_created(
              this, kind, &owner,
              [](void const* of) { return static_cast<Owner const*>(of)->shown(); }, where)) {}
    ~monitor() { monitor_destroyed(object_, this, site::here()); }
    monitor(monitor const&) = delete;
    monitor& operator=(monitor const&) = delete;

    [[nodiscard]] handle object() const { return object_; }

    /// Waits until `ready()`, then does `effect()`, in one step. False: `limit` passed first.
    template <class Ready, class Effect>
    bool step_when(char const* name, Ready ready, Effect effect, instant limit, site const& where) {
        both<Ready, Effect> context{ready, effect};
        return monitor_step(object_, this,
                            {name, true, &context, &both<Ready, Effect>::is_ready,
                             &both<Ready, Effect>::make},
                            limit, where);
    }

    /// Does `effect()` in one step; what it returns, if it is a bool, says whether it came to
    /// anything.
    template <class Effect>
    void step(char const* name, Effect effect, site const& where) {
        (void)monitor_step(object_, this, {name, true, &effect, nullptr, &made<Effect>}, never,
                           where);
    }

    /// An arrival of a rendezvous: does `effect()`, in the cycle `cycle()`, when `ready()`. It must
    /// commute with every other arrival of that cycle, or throw; `has_room()`: another one could
    /// follow in the same cycle.
    template <class Ready, class Effect, class Cycle, class HasRoom>
    void arrive(char const* name, Ready ready, Effect effect, Cycle cycle, HasRoom has_room,
                site const& where) {
        met<Ready, Effect, Cycle, HasRoom> context{{ready, effect}, cycle, has_room};
        using context_type = decltype(context);
        (void)monitor_step(object_, this,
                           {name, true, &context, &context_type::is_ready, &context_type::make,
                            rendezvous::arrive, &context_type::cycle_of, &context_type::is_roomy},
                           never, where);
    }

    /// Goes on after the end of that cycle, when `ready()`. `effect()` must only take over the
    /// clocks of those that arrived in it, or throw.
    template <class Ready, class Effect>
    void pass(char const* name, Ready ready, Effect effect, std::uint32_t cycle,
              site const& where) {
        auto const same = [cycle] { return cycle; };
        auto const none = [] { return false; };
        met<Ready, Effect, decltype(same) const, decltype(none) const> context{
            {ready, effect}, same, none};
        using context_type = decltype(context);
        (void)monitor_step(object_, this,
                           {name, true, &context, &context_type::is_ready, &context_type::make,
                            rendezvous::pass, &context_type::cycle_of, nullptr},
                           never, where);
    }

    /// As step, for what changes nothing but what the calling thread knows.
    template <class Effect>
    void look(char const* name, Effect effect, site const& where) {
        (void)monitor_step(object_, this, {name, false, &effect, nullptr, &made<Effect>}, never,
                           where);
    }

private:
    template <class Effect>
    static bool made(void* effect) {
        auto& call = *static_cast<Effect*>(effect);
        if constexpr (std::is_same_v<decltype(call()), bool>) {
            return call();
        } else {
            call();
            return true;
        }
    }

    template <class Ready, class Effect>
    struct both {
        Ready& ready;
        Effect& effect;
        static bool is_ready(void const* context) {
            return static_cast<both const*>(context)->ready();
        }
        static bool make(void* context) {
            return made<Effect>(&static_cast<both*>(context)->effect);
        }
    };
    template <class Ready, class Effect, class Cycle, class HasRoom>
    struct met : both<Ready, Effect> {
        Cycle& cycle;
        HasRoom& has_room;
        static std::uint32_t cycle_of(void const* context) {
            return static_cast<met const*>(context)->cycle();
        }
        static bool is_roomy(void const* context) {
            return static_cast<met const*>(context)->has_room();
        }
    };

    handle object_;
};

}  // namespace racekit::model
