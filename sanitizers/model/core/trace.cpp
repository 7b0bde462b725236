// SPDX-License-Identifier: MIT
#include "trace.hpp"

#include "core/object_names.hpp"
#include "core/source_line.hpp"

#include <map>

namespace racekit::model {

std::vector<std::string> names_of(trace const& rows, std::vector<object_name> const& objects) {
    std::vector<std::string> names(objects.size());
    for (std::size_t index = 0; index < objects.size(); ++index)
        names[index] = objects[index].given;
    std::vector<object_use> uses;
    std::vector<bool> has_use(names.size());
    auto const add_uses = [&](bool ends) {
        for (row const& each : rows) {
            if (each.object == 0 || each.object >= names.size() || !names[each.object].empty() ||
                (each.operation == "destroy") != ends || (ends && has_use[each.object]))
                continue;
            object_expression used = object_of(each.where.file, each.where.line,
                                               each.where.column, each.operation);
            if (!used.empty()) has_use[each.object] = true;
            uses.push_back({each.object, each.thread, std::move(used)});
        }
    };
    add_uses(false);
    add_uses(true);  // `delete it` names an object that nothing else names
    // Elements of an array are made one after the other, so their numbers grow along it.
    for (auto const& [object, name] : names_of_objects(uses)) names[object] = name;
    std::map<std::string, int> used;
    for (std::size_t index = 0; index < names.size(); ++index) {
        bool const unnamed = names[index].empty();
        if (unnamed) names[index] = objects[index].kind;
        int const number = ++used[names[index]];
        if (number > 1 || unnamed) names[index] += "#" + std::to_string(number);
    }
    return names;
}

std::string with_names(std::string text, std::vector<std::string> const& names) {
    for (std::size_t begin = 0; (begin = text.find('%', begin)) != std::string::npos;) {
        std::size_t const end = text.find('%', begin + 1);
        if (end == std::string::npos) break;
        std::string const digits = text.substr(begin + 1, end - begin - 1);
        if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) {
            begin = end;
            continue;
        }
        std::size_t const index = std::stoul(digits);
        std::string const name = index < names.size() ? names[index] : "an object";
        text.replace(begin, end - begin + 1, name);
        begin += name.size();
    }
    return text;
}

std::vector<step> steps_of(trace const& rows, std::vector<std::string> const& names) {
    std::vector<step> steps;
    for (row const& each : rows) {
        step shown;
        shown.thread = each.thread;
        shown.action = with_names(each.action, names);
        if (!each.order.empty() && each.order != "seq_cst") shown.action += " " + each.order;
        shown.object = each.object != 0 && each.object < names.size() ? names[each.object] : "";
        shown.operation = each.operation;
        shown.order = each.order;
        shown.value = each.value;
        shown.note = each.note;
        shown.file = each.where.file;
        shown.line = each.where.line;
        shown.blocked = each.blocked;
        shown.marked = is_marked(each.where.file, each.where.line);
        shown.could_read = each.could_read;
        steps.push_back(std::move(shown));
    }
    return steps;
}

}  // namespace racekit::model
