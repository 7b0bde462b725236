// SPDX-License-Identifier: MIT
// What can go wrong between a proxy and its server.
#pragma once

#include <string>
#include <system_error>

namespace racekit {

enum class server_error {
    server_lost = 1,  ///< it ended or closed the connection; whether it did the call is unknown
    no_such_cell,     ///< the server has none of that number
    no_such_call,     ///< the server does not know the operation
};

[[nodiscard]] inline std::error_category const& server_category() noexcept {
    class category final : public std::error_category {
        char const* name() const noexcept override { return "racekit server"; }
        std::string message(int which) const override {
            switch (static_cast<server_error>(which)) {
                case server_error::server_lost: return "the server was lost";
                case server_error::no_such_cell: return "the server has no such cell";
                case server_error::no_such_call: return "the server knows no such call";
            }
            return "unknown server error";
        }
    };
    static category const only;
    return only;
}

[[nodiscard]] inline std::error_code make_error_code(server_error which) noexcept {
    return {static_cast<int>(which), server_category()};
}

}  // namespace racekit

template <>
struct std::is_error_code_enum<racekit::server_error> : std::true_type {};
