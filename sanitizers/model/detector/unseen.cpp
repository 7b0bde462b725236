// SPDX-License-Identifier: MIT
#include "unseen.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>

namespace racekit::model {
namespace {

constexpr char const* synchronising[] = {
    "atomic",     "atomic_bool",        "atomic_int",     "atomic_flag",   "atomic_ref",
    "atomic_thread_fence", "mutex",     "timed_mutex",    "recursive_mutex", "shared_mutex",
    "condition_variable", "condition_variable_any", "counting_semaphore", "binary_semaphore",
    "barrier",    "latch",              "call_once",      "promise",       "future",
    "shared_ptr", "weak_ptr",           "make_shared",    "thread",        "jthread",
};

/// The line without what stands in comments and literals. `inside` goes from line to line.
std::string code_of(std::string const& line, bool& inside) {
    std::string code;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (inside) {
            if (line.compare(at, 2, "*/") == 0) {
                inside = false;
                ++at;
            }
        } else if (line.compare(at, 2, "//") == 0) {
            break;
        } else if (line.compare(at, 2, "/*") == 0) {
            inside = true;
            ++at;
        } else if (line[at] == '"') {
            for (++at; at < line.size() && line[at] != '"'; ++at) at += line[at] == '\\';
        } else {
            code += line[at];
        }
    }
    return code;
}

bool is_word(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

void gather(std::string const& code, int line, std::vector<unseen_name>& names) {
    constexpr std::size_t prefix = 5;  // "std::"
    for (std::size_t at = code.find("std::"); at != std::string::npos;
         at = code.find("std::", at + prefix)) {
        std::size_t end = at + prefix;
        while (end < code.size() && is_word(code[end])) ++end;
        std::string const name = code.substr(at + prefix, end - at - prefix);
        bool const qualified = at > 0 && (is_word(code[at - 1]) || code[at - 1] == ':');
        if (qualified || std::find(std::begin(synchronising), std::end(synchronising), name) ==
                             std::end(synchronising))
            continue;
        bool const known = std::any_of(names.begin(), names.end(), [&](unseen_name const& each) {
            return each.name == "std::" + name;
        });
        if (!known) names.push_back({"std::" + name, line});
    }
}

}  // namespace

std::vector<unseen_name> unseen_names(std::string const& file) {
    std::vector<unseen_name> names;
    std::ifstream source(file);
    bool inside = false;
    std::string line;
    for (int number = 1; std::getline(source, line); ++number)
        gather(code_of(line, inside), number, names);
    return names;
}

std::string in_words(std::vector<unseen_name> const& names) {
    std::string text;
    for (std::size_t at = 0; at < names.size(); ++at) {
        if (at > 0) text += at + 1 == names.size() ? " and " : ", ";
        text += names[at].name + " (line " + std::to_string(names[at].line) + ")";
    }
    return text;
}

}  // namespace racekit::model
