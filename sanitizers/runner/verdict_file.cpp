// SPDX-License-Identifier: MIT
#include "verdict_file.hpp"

#include "options.hpp"

#include "core/run_record.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <unistd.h>

namespace racekit::runner {
namespace {

[[noreturn]] void give_up(std::string const& path, std::string const& why) {
    std::cerr << "racekit: cannot write the verdict " << path << ": " << why << "\n";
    // The line above is all there is to say of this run.
    this_run().exit_code.store(exit_internal, std::memory_order_relaxed);
    std::_Exit(exit_internal);
}

/// A device or a pipe is written to as it is.
bool is_special(std::filesystem::path const& path) {
    std::error_code unknown;
    auto const kind = std::filesystem::status(path, unknown).type();
    return kind != std::filesystem::file_type::regular &&
           kind != std::filesystem::file_type::not_found;
}

void write_into(std::string const& file, std::string const& path, std::string const& text) {
    errno = 0;
    std::ofstream out(file);
    out << text;
    out.close();
    if (!out) give_up(path, errno != 0 ? std::strerror(errno) : "unknown error");
}

}  // namespace

// Not by remove() and rename(): a program in C may have functions of these names.

void remove_verdict(std::string const& path) {
    if (is_special(path)) return;
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) give_up(path, std::strerror(errno));
}

void write_verdict(std::string const& path, std::string const& text) {
    std::filesystem::path const target(path);
    if (is_special(target)) return write_into(path, path, text);
    std::error_code failed;
    if (target.has_parent_path()) std::filesystem::create_directories(target.parent_path(), failed);
    std::string const partial = path + ".partial";
    write_into(partial, path, text);
    if (::renameat(AT_FDCWD, partial.c_str(), AT_FDCWD, path.c_str()) != 0)
        give_up(path, std::strerror(errno));
}

}  // namespace racekit::runner
