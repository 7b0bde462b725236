// SPDX-License-Identifier: MIT
// The type and message of the exception that is being handled, and what a test body throws outside
// its threads.
#pragma once

#include <racekit/registry.hpp>

#include <stdexcept>
#include <string>

namespace racekit {

/// For example "std::runtime_error: message". Call it inside a catch block.
[[nodiscard]] std::string current_exception_text();

/// The test body threw where no thread of it runs; what() says where, and what.
struct test_body_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Builds a test instance. Throws test_body_error if its constructor throws.
[[nodiscard]] test_instance* build_instance(instance_maker const& maker, void* place);

}  // namespace racekit
