// SPDX-License-Identifier: MIT
// Gathers the reports of tasks and loops while it lives.
#pragma once

#include <racekit/task/task_report.hpp>

#include <string>
#include <vector>

class reports {
public:
    reports() : before_(racekit::send_task_reports(&keep)) { kept().clear(); }
    ~reports() { racekit::send_task_reports(before_); }
    reports(reports const&) = delete;
    reports& operator=(reports const&) = delete;

    [[nodiscard]] std::vector<std::string> const& texts() const { return kept(); }

private:
    static std::vector<std::string>& kept() {
        static std::vector<std::string> all;
        return all;
    }
    static void keep(racekit::task_report const& one) noexcept { kept().push_back(one.text()); }

    racekit::task_reporter before_;
};
