/*
 * CPython's subprocess.Popen(), as its users call it, in an interpreter of ours
 *
 * SPDX-License-Identifier: MIT
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "bench/launchers.h"

static PyObject *start, *finish;

static const char code[] = "import subprocess\n"
                           "def start():\n"
                           "    return subprocess.Popen([program])\n"
                           "def finish(process):\n"
                           "    return process.wait()\n";

bool python_prepare(const char *program)
{
    PyObject *globals;

    Py_InitializeEx(0); /* without its signal handlers */
    globals = PyModule_GetDict(PyImport_AddModule("__main__"));
    if (PyDict_SetItemString(globals, "program",
                             PyUnicode_DecodeFSDefault(program)) < 0 ||
        PyRun_SimpleString(code) < 0) {
        return false;
    }
    start = PyDict_GetItemString(globals, "start");
    finish = PyDict_GetItemString(globals, "finish");
    PyEval_SaveThread(); /* any thread may call */
    return start && finish;
}

bool python_start(const char *program, Child *child)
{
    PyGILState_STATE state = PyGILState_Ensure();

    (void)program;
    child->object = PyObject_CallNoArgs(start);
    if (!child->object) {
        PyErr_Print();
    }
    PyGILState_Release(state);
    return child->object;
}

bool python_finish(Child *child)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *status = PyObject_CallOneArg(finish, child->object);
    bool succeeded = status && !PyObject_IsTrue(status);

    if (!status) {
        PyErr_Print();
    }
    Py_XDECREF(status);
    Py_DECREF(child->object);
    PyGILState_Release(state);
    return succeeded;
}
