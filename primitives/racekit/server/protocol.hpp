// SPDX-License-Identifier: MIT
// What travels between a proxy and a value_server: plain records of one machine, no pointers.
#pragma once

#include <cstdint>

namespace racekit::server_protocol {

enum class operation : std::uint16_t { get, set, add, compare_exchange };

struct request {
    std::uint32_t sequence;
    operation what;
    std::uint16_t cell;
    std::int64_t operand;
    std::int64_t expected;
};

struct reply {
    std::uint32_t sequence;  ///< of the request that it answers
    std::uint32_t error;     ///< a server_error, 0 for none
    std::int64_t value;      ///< of the cell, before the operation
};

}  // namespace racekit::server_protocol
