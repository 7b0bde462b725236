// SPDX-License-Identifier: MIT
#include "source_line.hpp"

#include <fstream>
#include <map>
#include <regex>
#include <vector>

namespace racekit {

std::string source_line(std::string const& file, int number) {
    static std::map<std::string, std::vector<std::string>> files;
    auto known = files.find(file);
    if (known == files.end()) {
        std::vector<std::string> lines;
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);) lines.push_back(line);
        known = files.emplace(file, std::move(lines)).first;
    }
    auto const& lines = known->second;
    if (number < 1 || static_cast<std::size_t>(number) > lines.size()) return "";
    return lines[static_cast<std::size_t>(number - 1)];
}

bool is_readable(std::string const& file) { return std::ifstream(file).good(); }

bool is_marked(std::string const& file, int number) {
    std::string line = source_line(file, number);
    line.erase(line.find_last_not_of(" \t\r") + 1);
    constexpr char mark[] = "// <- race";
    constexpr std::size_t length = sizeof mark - 1;
    return line.size() >= length && line.compare(line.size() - length, length, mark) == 0;
}

object_expression object_of(std::string const& file, int line, int column,
                            std::string const& operation) {
    // The member functions that perform each operation.
    static std::map<std::string, std::string> const methods{
        {"load", "load|wait*|test"}, {"store", "store|clear"}, {"add", "fetch_add"},
        {"subtract", "fetch_sub"}, {"and", "fetch_and"}, {"or", "fetch_or"}, {"xor", "fetch_xor"},
        {"modify", "fetch_*"}, {"exchange", "exchange|test_and_set"},
        {"compare_exchange", "compare_exchange_*"}, {"read", "read|take*"},
        {"write", "write|put|take*|drop"}, {"lock", "lock*|try_lock*"}, {"try_lock", "try_lock*"},
        {"unlock", "unlock*"}, {"wait", "wait*"}, {"notify", "notify_*"},
        {"channel_read", "read_some"}, {"channel_write", "write_some"}, {"close", "close"}};
    if (source_line(file, line).empty()) return {};
    if (column > 0) {
        // The expression may go on in the next lines.
        std::string text = source_line(file, line);
        for (int more = 1; more < 4; ++more) text += "\n" + source_line(file, line + more);
        auto const method = methods.find(operation);
        return object_at_column(text, column,
                                method != methods.end() ? method->second : operation);
    }
    std::string const text = source_line(file, line);
    if (operation != "modify") return {object_in_line(text, operation), ""};
    for (char const* change : {"add", "subtract", "and", "or", "xor"}) {
        std::string name = object_in_line(text, change);
        if (!name.empty()) return {std::move(name), ""};
    }
    return {};
}

std::string object_in_line(std::string const& line, std::string const& operation) {
    // The methods that perform each operation.
    static std::map<std::string, std::string> const methods{
        {"load", "load|wait|test"}, {"store", "store|clear|operator="},
        {"add", "fetch_add|\\+\\+|\\+="}, {"subtract", "fetch_sub|--|-="},
        {"and", "fetch_and"}, {"or", "fetch_or"}, {"xor", "fetch_xor"},
        {"exchange", "exchange|test_and_set"},
        {"compare_exchange", "compare_exchange_(?:weak|strong)"},
        {"read", "read|take"}, {"write", "write|put|take|drop"},
        {"lock", "lock|lock_shared|try_lock\\w*"}, {"try_lock", "try_lock\\w*"},
        {"unlock", "unlock|unlock_shared"}, {"wait", "wait\\w*"}, {"notify", "notify_\\w+"},
        {"channel_read", "read_some"}, {"channel_write", "write_some"}, {"close", "close"}};
    auto const method = methods.find(operation);
    std::string const name = "([A-Za-z_]\\w*)";
    auto const plain_name = [](std::string found) {
        while (!found.empty() && found.back() == '_') found.pop_back();
        return found;
    };
    std::smatch match;
    std::string const methods_here = method != methods.end() ? method->second : operation;
    std::regex const called(name + "(?:\\[[^\\]]*\\])?\\s*(?:\\(\\)\\s*)?(?:\\.|->)\\s*(?:" +
                            methods_here + ")\\s*\\(");
    if (std::regex_search(line, match, called)) return plain_name(match[1]);
    std::regex const guarded(
        "(?:scoped_lock|lock_guard|unique_lock|shared_lock)\\b(?:<[^>]*>)?\\s+\\w+\\s*[({]\\s*(?:"
        "\\w+(?:\\.|->))*" +
        name + "(?:\\[[^\\]]*\\])?\\s*[,)}]");
    if ((operation == "lock" || operation == "unlock") && std::regex_search(line, match, guarded))
        return plain_name(match[1]);
    std::regex const helper("(?:await\\w*|futex_w\\w+)\\s*\\(\\s*(?:\\w+(?:\\.|->))*" + name);
    if (std::regex_search(line, match, helper)) return plain_name(match[1]);
    std::regex const deleted("\\bdelete(?:\\s*\\[\\s*\\])?\\s+(?:\\w+(?:\\.|->))*" + name);
    if (operation == "destroy")
        return std::regex_search(line, match, deleted) ? plain_name(match[1]) : "";
    // The access is inside a function that this line calls: use the object of that call.
    std::regex const any_call(name + "(?:\\[[^\\]]*\\])?\\s*(?:\\.|->)\\s*\\w+\\s*\\(");
    if (std::regex_search(line, match, any_call)) return plain_name(match[1]);
    return "";
}

}  // namespace racekit
