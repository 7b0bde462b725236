// SPDX-License-Identifier: MIT
// racekit-server: a server process, and a client of one for people.
#include <racekit/platform/native/service_manager.hpp>
#include <racekit/server/connect_server.hpp>
#include <racekit/server/event_server.hpp>
#include <racekit/server/text_value.hpp>

#include <charconv>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace racekit;

constexpr char const* usage =
    R"(racekit-server: objects that many processes share

  racekit-server serve [--listen ADDRESS]... [--object TYPE:NAME[:VALUE]]... [--key-file FILE]
                       [--journal FILE] [--metrics PORT] [--quiet]
  racekit-server call NAME.OPERATION [VALUE]...
  racekit-server create TYPE NAME [VALUE]
  racekit-server names | metrics | ping | drain
  racekit-server remove NAME

ADDRESS is unix:PATH or tcp:HOST:PORT. Clients take --at ADDRESS and --key-file FILE. Where no
address is given it is $RACEKIT_SERVER, or racekit.socket in the user's runtime folder.
A key has at least 32 bytes; a server over TCP needs one. The file must be its owner's alone.
TYPE is value, array, list, dict, namespace, lock, rlock, semaphore, bounded_semaphore, condition,
event, barrier or queue. VALUE is as 12, 1.5, true, nil, text, [1, 2] or {"key": 1}.

Exit codes: 0 done, 1 the server refused the call, 2 wrong usage, 3 no server or it was lost.
)";

struct usage_error : std::invalid_argument {
    using invalid_argument::invalid_argument;
};

/// What was typed: options by name, and the words between.
struct command_line {
    std::multimap<std::string, std::string> options;
    std::vector<std::string> words;

    command_line(int count, char** all) {
        for (int at = 1; at < count; ++at) {
            std::string const word = all[at];
            if (word == "--quiet" || word == "--help") {
                options.emplace(word, "");
            } else if (word == "--listen" || word == "--object" || word == "--key-file" ||
                       word == "--journal" || word == "--metrics" || word == "--at") {
                if (++at >= count) throw usage_error(word + " needs a value");
                options.emplace(word, all[at]);
            } else if (word.starts_with("--")) {
                throw usage_error("unknown option " + word);
            } else {
                words.push_back(word);
            }
        }
    }
    [[nodiscard]] std::string one(std::string const& name) const {
        auto const found = options.find(name);
        return found == options.end() ? std::string() : found->second;
    }
    [[nodiscard]] std::string key() const {
        std::string const file = one("--key-file");
        if (file.empty()) return {};
        std::string key = read_secret_file(file);
        if (key.size() < server_key::least)
            throw usage_error(file + ": a key has at least 32 bytes, this one has " +
                              std::to_string(key.size()));
        return key;
    }
};

event_server* running = nullptr;

/// --object TYPE:NAME[:VALUE]
struct wanted_object {
    object_type type{};
    std::string name;
    server_value argument;

    explicit wanted_object(std::string const& text) {
        std::size_t const colon = text.find(':');
        std::size_t const second = text.find(':', colon + 1);
        if (colon == std::string::npos)
            throw usage_error("--object " + text + ": it is TYPE:NAME or TYPE:NAME:VALUE");
        if (!from_text(text.substr(0, colon), type))
            throw usage_error("--object " + text + ": there is no type '" + text.substr(0, colon) +
                              "'; it is TYPE:NAME or TYPE:NAME:VALUE");
        bool const has_value = second != std::string::npos;
        name = text.substr(colon + 1, has_value ? second - colon - 1 : std::string::npos);
        if (has_value) argument = text_value::read(text.substr(second + 1));
    }
};

int serve(command_line const& line) {
    if (line.words.size() != 1) throw usage_error("serve takes options only");
    raise_descriptor_limit();
    server_options options;
    auto const [first, last] = line.options.equal_range("--listen");
    for (auto each = first; each != last; ++each) options.addresses.push_back(each->second);
    options.listeners = inherited_listeners();
    if (options.addresses.empty() && options.listeners.empty())
        options.addresses.push_back(usual_server_address(true));
    options.key = line.key();
    options.journal = line.one("--journal");
    options.metrics_port = line.one("--metrics");
    if (line.options.count("--quiet") == 0) {
        options.log = [](std::string_view text) {
            std::fprintf(stderr, "racekit-server: %.*s\n", int(text.size()), text.data());
        };
    }
    auto const log = options.log;
    std::vector<wanted_object> wanted;
    auto const [begin, end] = line.options.equal_range("--object");
    for (auto each = begin; each != end; ++each) wanted.emplace_back(each->second);
    event_server server(std::move(options));
    for (wanted_object const& each : wanted) {
        if (each.name.empty() || !server.make(each.type, each.name, each.argument))
            throw usage_error("--object " + each.name +
                              ": the name is taken, or the value is none for " +
                              std::string(to_text(each.type)));
    }
    running = &server;
    stop_at_signals([] { running->stop(); });
    for (std::string const& each : server.addresses()) {
        if (log) log("listening at " + each);
    }
    notify_service_manager("READY=1");
    server.run();
    notify_service_manager("STOPPING=1");
    return 0;
}

int report(server_reply reply) {
    if (reply.error) {
        std::fprintf(stderr, "racekit-server: %s\n", reply.error.message().c_str());
        bool const is_lost = reply.error == make_error_code(server_error::server_lost) ||
                             reply.error == make_error_code(server_error::outcome_unknown);
        return is_lost ? 3 : 1;
    }
    std::string text;
    for (std::size_t each = 0; each < reply.count; ++each)
        text += (each > 0 ? " " : "") + reply.results.value().text();
    if (!text.empty()) std::printf("%s\n", text.c_str());
    return 0;
}

server_client connected(command_line const& line) {
    std::string at = line.one("--at");
    if (at.empty()) at = usual_server_address(false);
    return connect_server(at, {.key = line.key()});
}

/// A request with any number of arguments, which the call encodes as they are.
server_reply ask(server_client& client, operation what, object_id on, server_value::list const& all,
                 deadline limit) {
    switch (all.size()) {
        case 0: return client.call(what, on, limit);
        case 1: return client.call(what, on, limit, all[0]);
        case 2: return client.call(what, on, limit, all[0], all[1]);
        case 3: return client.call(what, on, limit, all[0], all[1], all[2]);
        default: throw usage_error("too many values");
    }
}

int call(command_line const& line) {
    if (line.words.size() < 2) throw usage_error("call NAME.OPERATION [VALUE]...");
    std::string const& target = line.words[1];
    std::size_t const dot = target.rfind('.');
    if (dot == std::string::npos || dot == 0)
        throw usage_error("'" + target + "': call takes NAME.OPERATION, as counter.add");
    operation what{};
    if (!from_text(target.substr(dot + 1), what))
        throw usage_error("there is no operation '" + target.substr(dot + 1) + "'");
    server_value::list values;
    for (std::size_t at = 2; at < line.words.size(); ++at)
        values.push_back(text_value::read(line.words[at]));
    server_client client = connected(line);
    server_reply found =
        client.call(operation::open, {}, client.default_limit(), target.substr(0, dot));
    object_id id;
    if (found.error || !found.results.handle(id)) {
        std::fprintf(stderr, "racekit-server: the server has no object named '%s'\n",
                     target.substr(0, dot).c_str());
        return 1;
    }
    // What waits at the server waits as long as it likes.
    return report(ask(client, what, id, values, is_granted(what) ? never : client.default_limit()));
}

int create(command_line const& line) {
    object_type type{};
    if (line.words.size() < 3 || line.words.size() > 4 || !from_text(line.words[1], type))
        throw usage_error("create TYPE NAME [VALUE]");
    server_value::list all{server_value(line.words[1]), server_value(line.words[2])};
    if (line.words.size() == 4) all.push_back(text_value::read(line.words[3]));
    server_client client = connected(line);
    return report(ask(client, operation::create, {}, all, client.default_limit()));
}

int of_directory(command_line const& line, operation what) {
    server_value::list all;
    for (std::size_t at = 1; at < line.words.size(); ++at) all.emplace_back(line.words[at]);
    server_client client = connected(line);
    return report(ask(client, what, {}, all, client.default_limit()));
}

int run(command_line const& line) {
    if (line.options.count("--help") > 0) {
        std::fputs(usage, stdout);
        return 0;
    }
    std::string const word = line.words.empty() ? std::string() : line.words[0];
    if (word == "serve") return serve(line);
    if (word == "call") return call(line);
    if (word == "create") return create(line);
    for (operation const each : {operation::names, operation::metrics, operation::ping,
                                 operation::drain, operation::remove}) {
        if (word == to_text(each)) return of_directory(line, each);
    }
    throw usage_error(word.empty() ? "a command is missing" : "unknown command '" + word + "'");
}

}  // namespace

int main(int count, char** words) {
    try {
        return run(command_line(count, words));
    } catch (usage_error const& wrong) {
        std::fprintf(stderr, "racekit-server: %s; see racekit-server --help\n", wrong.what());
        return 2;
    } catch (std::invalid_argument const& wrong) {
        std::fprintf(stderr, "racekit-server: %s\n", wrong.what());
        return 2;
    } catch (std::exception const& wrong) {
        std::fprintf(stderr, "racekit-server: %s\n", wrong.what());
        return 3;
    }
}
