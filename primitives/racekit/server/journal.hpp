// SPDX-License-Identifier: MIT
// journal: what happened to a server_core, so that another one can be brought to the same state.
//
// A core is a state machine: the same inputs, in the same order and with the same times, make the
// same objects. So the journal keeps the inputs: who connected, what was asked, who went. A request
// is acknowledged only after it is in the journal. When it is read, no client is connected; each
// may come back with its instance and repeat what it does not know the outcome of.
//
// The journal grows without bound: it is for the time between two restarts with an empty one.
// Progress: as server_core, and one write(2) for all requests of a turn.
// Death:    of the process at any time: an acknowledged request is kept. A record that was cut off
//           is dropped: it was not acknowledged. Of the machine: what the disk has is kept.
#pragma once

#include <racekit/platform/native/journal_file.hpp>
#include <racekit/server/server_core.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace racekit {

class server_journal {
public:
    /// Opens it and does again, on `core`, what is in it. `instance` names the server that began
    /// it: of a new journal, the one given. Throws std::system_error, also for a file that is no
    /// journal or is damaged before its end, which stays as it is.
    template <class Core>
    server_journal(std::string const& path, Core& core, client_instance& instance, deadline now)
        : file_(path) {
        bool is_first = true;
        dropped_ = file_.read_all(
            [&](std::string_view record) {
                if (!is_first) do_again(record, core);
                else if (!read_instance(record, instance)) fail_with(path);
                is_first = false;
            },
            [&] {
                if (is_first) fail_with(path);
            });
        core.disconnect_all(now);
        if (is_first) {
            begin(kind::instance, {});
            put(instance.high);
            put(instance.low);
            end();
        } else {
            note_disconnect_all(now);
        }
    }

    void note_connect(client_instance who, deadline now) {
        begin(kind::connect, now);
        put(who.high);
        put(who.low);
        end();
    }
    void note_disconnect(session_id who, deadline now) {
        begin(kind::disconnect, now);
        put(who);
        end();
    }
    void note_request(session_id who, std::string_view message, deadline now) {
        begin(kind::request, now);
        put(who);
        record_ += message;
        end();
    }
    void note_advance(deadline now) {
        begin(kind::advance, now);
        end();
    }
    void note_make(object_type type, std::string_view name, server_value const& argument) {
        begin(kind::make, {});
        put(static_cast<std::uint64_t>(type));
        value_writer into(record_);
        into.text(name);
        into.value(argument);
        end();
    }
    /// Before the replies go out.
    [[nodiscard]] std::error_code write() { return file_.write_all(); }
    [[nodiscard]] bool has_waiting() const { return file_.has_waiting(); }
    [[nodiscard]] std::size_t size() const { return file_.size(); }
    /// Bytes of a record that was cut off, when the journal was opened.
    [[nodiscard]] std::size_t dropped() const { return dropped_; }

private:
    enum class kind : char {
        instance,
        connect,
        disconnect,
        disconnect_all,
        request,
        advance,
        make,
    };

    void begin(kind what, deadline now) {
        record_.assign(1, static_cast<char>(what));
        put(static_cast<std::uint64_t>(now.time_since_epoch().count()));
    }
    void put(std::uint64_t number) {
        record_.append(reinterpret_cast<char const*>(&number), sizeof number);
    }
    void end() { file_.add(record_); }
    void note_disconnect_all(deadline now) {
        begin(kind::disconnect_all, now);
        end();
    }
    static std::uint64_t take(std::string_view& from) {
        std::uint64_t number = 0;
        if (from.size() < sizeof number) return 0;
        std::memcpy(&number, from.data(), sizeof number);
        from.remove_prefix(sizeof number);
        return number;
    }
    [[noreturn]] static void fail_with(std::string const& path) {
        throw std::system_error(
            std::make_error_code(std::errc::invalid_argument),
            path + " is no journal of a server; name another file, or remove it");
    }
    /// What every journal begins with. False: it is something else.
    static bool read_instance(std::string_view record, client_instance& instance) {
        if (record.size() != 25 || record[0] != static_cast<char>(kind::instance)) return false;
        record.remove_prefix(1);
        (void)take(record);
        instance.high = take(record);
        instance.low = take(record);
        return true;
    }
    template <class Core>
    static void do_again(std::string_view record, Core& core) {
        if (record.empty()) return;
        auto const what = static_cast<kind>(record[0]);
        record.remove_prefix(1);
        deadline const now{duration(static_cast<duration::rep>(take(record)))};
        switch (what) {
            case kind::connect: {
                std::uint64_t const high = take(record);
                (void)core.connect({high, take(record)}, now);
                break;
            }
            case kind::disconnect: core.disconnect(take(record), now); break;
            case kind::disconnect_all: core.disconnect_all(now); break;
            case kind::request: {
                session_id const who = take(record);
                (void)core.request(who, record, now);
                break;
            }
            case kind::advance: core.advance(now); break;
            case kind::make: {
                auto const type = static_cast<object_type>(take(record));
                value_reader from(record);
                std::string_view name;
                if (from.text(name)) (void)core.make(type, std::string(name), from.value());
                break;
            }
            case kind::instance: break;
        }
    }

    journal_file file_;
    std::size_t dropped_ = 0;
    std::string record_;
};

}  // namespace racekit
