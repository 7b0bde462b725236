// SPDX-License-Identifier: MIT
#include "checkpoint.hpp"

#include <racekit/detector.hpp>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <link.h>
#include <sstream>
#include <system_error>

namespace racekit::model {
namespace {

std::uint64_t hash_of(std::string const& text, std::uint64_t hash = 0xcbf29ce484222325U) {
    for (char const each : text) {
        hash ^= static_cast<unsigned char>(each);
        hash *= 0x100000001b3U;  // FNV-1a
    }
    return hash;
}

std::string hexadecimal(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

[[noreturn]] void refuse(std::string const& file, std::string const& why) {
    throw usage_error("the checkpoint " + file + " " + why);
}

constexpr char first_line[] = "racekit checkpoint 1\n";

}  // namespace

std::uint64_t hash_of_program() {
    std::uint64_t hash = 0xcbf29ce484222325U;
    ::dl_iterate_phdr(
        [](dl_phdr_info* about, std::size_t, void* sum) {
            bool const is_executable = about->dlpi_name[0] == '\0';
            std::ifstream file(is_executable ? "/proc/self/exe" : about->dlpi_name,
                               std::ios::binary);
            std::string piece(1 << 16, '\0');
            auto& hash = *static_cast<std::uint64_t*>(sum);
            while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())),
                   file.gcount() > 0)
                hash = hash_of(piece.substr(0, static_cast<std::size_t>(file.gcount())), hash);
            return 0;
        },
        &hash);
    return hash;
}

void write_checkpoint(std::string const& file, checkpoint const& what) {
    std::ostringstream text;
    text << first_line << "of " << what.of << "\nprogram " << hexadecimal(what.program)
         << "\nsplit " << what.split << " shard " << what.shard << '/'
         << what.shards << '\n';
    for (std::string const& each : what.unsupported_outcomes) text << "gap " << each << '\n';
    for (auto const& [prefix, part] : what.prefixes) {
        text << (part.stopped_at.empty() ? "done " : "open ") << prefix << ' '
             << part.seen.executions << ' ' << part.seen.pruned;
        if (!part.stopped_at.empty()) text << ' ' << part.stopped_at;
        text << '\n';
    }
    std::string const whole = text.str();
    std::string const partial = file + ".partial";
    std::ofstream out(partial);
    out << whole << "end " << hexadecimal(hash_of(whole)) << '\n';
    out.close();
    if (!out || std::rename(partial.c_str(), file.c_str()) != 0)
        throw std::system_error(errno, std::generic_category(),
                                "cannot write the checkpoint " + file);
}

bool read_checkpoint(std::string const& file, checkpoint const& expected, checkpoint& what) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return false;
    std::ifstream in(file);
    std::ostringstream all;
    all << in.rdbuf();
    std::string const text = all.str();
    if (!in) refuse(file, "cannot be read");
    if (text.rfind(first_line, 0) != 0) refuse(file, "is no checkpoint of racekit");
    std::size_t const end = text.rfind("end ");
    if (end == std::string::npos ||
        text.substr(end + 4) != hexadecimal(hash_of(text.substr(0, end))) + "\n")
        refuse(file, "is damaged: remove it to start again");

    std::istringstream lines(text.substr(0, end));
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string word;
        words >> word;
        if (word == "of") {
            what.of = line.substr(3);
        } else if (word == "program") {
            words >> std::hex >> what.program;
        } else if (word == "split") {
            char slash = 0;
            words >> what.split >> word >> what.shard >> slash >> what.shards;
        } else if (word == "gap") {
            what.unsupported_outcomes.push_back(line.substr(4));
        } else if (word == "done" || word == "open") {
            std::uint64_t prefix = 0;
            checkpoint::part part;
            words >> prefix >> part.seen.executions >> part.seen.pruned;
            if (word == "open") {
                std::getline(words >> std::ws, part.stopped_at);
                if (!exhaustive::is_stack(part.stopped_at))
                    refuse(file, "is damaged: remove it to start again");
            }
            what.prefixes[prefix] = std::move(part);
        }
    }
    if (what.of != expected.of) refuse(file, "is of " + what.of + ", not of " + expected.of);
    if (what.program != expected.program)
        refuse(file, "is of another build of " + what.of +
                         ": its source or its compiler has changed since");
    if (what.shard != expected.shard || what.shards != expected.shards) {
        refuse(file, "is of shard " + std::to_string(what.shard) + "/" +
                         std::to_string(what.shards) + ", not of " +
                         std::to_string(expected.shard) + "/" + std::to_string(expected.shards));
    }
    return true;
}

}  // namespace racekit::model
