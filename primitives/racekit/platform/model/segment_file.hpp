// SPDX-License-Identifier: MIT
// Segments, which the model does not have: names for code that mentions them.
#pragma once

#include <racekit/platform/model/descriptor.hpp>
#include <racekit/platform/segment_header.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace racekit {

class segment_file {
public:
    static constexpr bool is_real = false;

    template <class Build>
    static segment_file create(segment_wish const& wish, std::string const&, Build) {
        return attach(wish, std::string());
    }
    static segment_file attach(segment_wish const&, std::string const&) {
        throw segment_error(segment_fault::refused,
                            "the model has no segments: take a shared_object<T>");
    }
    static segment_file attach(segment_wish const& wish, descriptor) {
        return attach(wish, std::string());
    }
    [[nodiscard]] void* object() const noexcept { return nullptr; }
    [[nodiscard]] descriptor const& file() const noexcept { return file_; }
    void unlink() {}

private:
    descriptor file_;
};

inline std::size_t sweep_segment_files() { return 0; }

}  // namespace racekit
