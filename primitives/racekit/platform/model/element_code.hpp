// SPDX-License-Identifier: MIT
// Code of elements, which in the model makes no visible operation and so cannot enter a queue.
#pragma once

namespace racekit {

inline constexpr bool checks_element_code = false;

class element_code {
public:
    explicit element_code(void const* /*queue*/) noexcept {}
    ~element_code() {}
    element_code(element_code const&) = delete;
    element_code& operator=(element_code const&) = delete;
    static void expect_outside(void const* /*queue*/) noexcept {}
};

}  // namespace racekit
