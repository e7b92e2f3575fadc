/*
 * A stranger in C++ with a global class Error and functions of QEMU's names
 *
 * SPDX-License-Identifier: MIT
 */
#include <iostream>
#include <stdexcept>
#include <string>

class Error : public std::runtime_error
{
  public:
    explicit Error(const std::string &text) : std::runtime_error(text)
    {
        alive++;
    }
    Error(const Error &other) : std::runtime_error(other)
    {
        alive++;
    }
    ~Error() override
    {
        alive--;
    }
    static int alive;
};

int Error::alive = 0;

extern "C" void error_report(const char *text, ...);
void error_free(Error *err);

#include "osdep/error.h"
#include "osdep/fd.h"
#include "osdep/fork.h"
#include "osdep/process.h"
#include "osdep/ram.h"

extern "C" void error_report(const char *text, ...)
{
    std::cout << "own report: " << text << "\n";
}

void error_free(Error *err)
{
    delete err;
}

static void spawn_or_throw(const char *program)
{
    const char *argv[] = { program, nullptr };
    OsdepSpawnOptions options = {};
    OsdepRunResult result;
    OsdepError *err = nullptr;

    options.argv = argv;
    if (!osdep_run(&options, nullptr, &result, &err)) {
        std::string text = osdep_error_get_pretty(err);

        osdep_error_free(err);
        throw Error(text);
    }
    std::cout << program << " ended: " << result.exit.code << "\n";
    osdep_run_result_clear(&result);
}

int main()
{
    spawn_or_throw("true");
    try {
        spawn_or_throw("./no-such-program");
    } catch (const Error &e) {
        std::cout << "caught: " << e.what() << ", alive " << Error::alive
                  << "\n";
    }
    error_report("fine");
    error_free(new Error("freed"));
    std::cout << "alive " << Error::alive << "\n";
    return 0;
}
