// SPDX-License-Identifier: MIT
// A scenario whose test body is compiled as it is: one execution of the program builds the test
// instance, runs its threads and destroys it.
#pragma once

#include <racekit/registry.hpp>

namespace racekit::unmodified {

/// The scenario of a variant as one program that starts threads, which is what the model explores
/// from now on. `whole_program` is how such a program is built.
[[nodiscard]] scenario as_program(scenario const& what, variant which,
                                  instance_maker const& whole_program);

}  // namespace racekit::unmodified
