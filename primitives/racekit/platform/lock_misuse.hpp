// SPDX-License-Identifier: MIT
// lock_misuse: an error that names what was done with a lock, where, and where it was taken.
#pragma once

#include <racekit/platform/site.hpp>

#include <stdexcept>
#include <string>

namespace racekit {

/// Thrown before anything has changed, so the lock is as good as before.
class lock_misuse : public std::logic_error {
public:
    /// `wrong` says what was done. A site without a line is unknown.
    explicit lock_misuse(char const* wrong, site at = {}, site taken = {})
        : std::logic_error(text(wrong, at, taken)), at_(at), taken_(taken) {}

    [[nodiscard]] site at() const noexcept { return at_; }
    [[nodiscard]] site taken() const noexcept { return taken_; }

private:
    static std::string place(site where) {
        return std::string(where.file) + ":" + std::to_string(where.line);
    }
    static std::string text(char const* wrong, site at, site taken) {
        std::string result = wrong;
        if (at.line != 0) result += ", at " + place(at);
        if (taken.line != 0) result += "; it was taken at " + place(taken);
        return result;
    }

    site at_;
    site taken_;
};

}  // namespace racekit
