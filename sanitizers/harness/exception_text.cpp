// SPDX-License-Identifier: MIT
#include "exception_text.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <typeinfo>

namespace racekit {

std::string current_exception_text() {
    std::type_info const* const type = abi::__cxa_current_exception_type();
    int status = 0;
    char* const readable =
        type != nullptr ? abi::__cxa_demangle(type->name(), nullptr, nullptr, &status) : nullptr;
    std::string text = readable != nullptr ? readable : "an exception";
    std::free(readable);
    try {
        throw;
    } catch (std::exception const& known) {
        text += std::string(": ") + known.what();
    } catch (...) {
    }
    return text;
}

test_instance* build_instance(instance_maker const& maker, void* place) {
    try {
        return maker.make(place);
    } catch (...) {
        throw test_body_error("the constructor of the test body threw " + current_exception_text());
    }
}

}  // namespace racekit
