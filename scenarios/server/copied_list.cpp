// SPDX-License-Identifier: MIT
// Copied list. Two clients append to a list in a dict of the server; one item is lost.
//
//     client 1:  get [] ............. set [1]
//     client 2:  ........ get [] ............. set [2]        the server keeps [2], not both
//
// The race: what get() brings is a copy. An append changes the copy; to write it back overwrites
//           what others wrote meanwhile.
// The fix:  the server appends, in one step.
#include "service.hpp"

namespace {

struct racy {
    void append(racekit::dict_proxy& dict, int item) {
        racekit::server_value copy = dict.get(7).value;
        copy.as<racekit::server_value::list>()->push_back(item);
        dict.set(7, copy);  // <- race
    }
};

struct fixed {
    void append(racekit::dict_proxy& dict, int item) { (void)dict.append_to(7, item); }
};

template <class variant>
struct copied_list {
    static constexpr int processes = 3;
    scene::service<2> server;

    void before() {
        racekit::server_value::map entries{{7, racekit::server_value::list{}}};
        server.make(racekit::object_type::dict, "d", entries);
    }
    void process(int self) {
        if (self == 0) {
            server.serve();
            auto const kept = server.core().look({1}, racekit::operation::snapshot);
            auto const& entry = kept.as<racekit::server_value::map>()->at(0).second;
            RACEKIT_CHECK_EQUAL(2U, entry.as<racekit::server_value::list>()->size());
            return;
        }
        auto client = server.connect(static_cast<std::size_t>(self - 1));
        racekit::dict_proxy dict(client, {1});
        variant().append(dict, self);
    }
};

}  // namespace

RACEKIT_SCENARIO(copied_list, racy, fixed, .title = "An item appended to a copy of a list",
                 .bug_class = "lost update", .cwe = 362, .tsan = racekit::blind,
                 .model = racekit::finds("failed check"), .process = racekit::finds("failed check"),
                 .blind_why = "every access to the list is the server's",
                 .reference = "CPython, multiprocessing managers: nested lists are copies");
