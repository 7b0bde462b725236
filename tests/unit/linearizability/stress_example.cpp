// SPDX-License-Identifier: MIT
#include <racekit/linearizable.hpp>

#include <iostream>
#include <map>
#include <mutex>
#include <optional>

struct locked_map {  // the object: any C++ class, it runs in native threads
    std::mutex gate;
    std::map<int, int> entries;
    bool insert(int key, int value) {
        std::scoped_lock hold(gate);
        return entries.emplace(key, value).second;
    }
    std::optional<int> take(int key) {
        std::scoped_lock hold(gate);
        auto const node = entries.extract(key);
        return node.empty() ? std::nullopt : std::optional(node.mapped());
    }
};
struct map_specification {  // the same members, sequential
    std::map<int, int> entries;
    bool insert(int key, int value) { return entries.emplace(key, value).second; }
    std::optional<int> take(int key) {
        auto const node = entries.extract(key);
        return node.empty() ? std::nullopt : std::optional(node.mapped());
    }
    bool operator==(map_specification const&) const = default;
};

int main() {
    racekit::linearizable<locked_map, map_specification> check("locked_map");
    for (int key = 0; key < 16; ++key) {
        std::string const at = std::to_string(key);
        auto const insert =
            check.operation("insert(" + at + ", 1)", [=](auto& map) { return map.insert(key, 1); });
        auto const take =
            check.operation("take(" + at + ")", [=](auto& map) { return map.take(key); });
        check.concerns(insert, "key " + at);  // keys are independent
        check.concerns(take, "key " + at);
    }
    racekit::linear_verdict const verdict = check.stress({.threads = 4, .sequences = 2000});
    std::cout << verdict.text;
    return verdict.linearizable ? 0 : 1;
}
