/*
 * Fuzz target: error objects
 *
 * SPDX-License-Identifier: MIT
 *
 * The input is a list of words; the first character of each says what is done
 * to the error that there is, the rest is the text for that.  Whatever was done
 * to it, it has to be what a plain model of it is.
 */
#include "tests/fuzz/fuzz.h"

#include "util/osdep-step.h"

static const char *const wrong[] = {
    "texts are cut short",
    "a copy has the message alone",
    "the second error is kept",
    "control characters stay as they are",
    NULL,
};

/* What an error is, as plainly as can be; no message: there is no error. */
typedef struct Model {
    char *msg;
    char *hint;
    int os_error;
    ErrorClass err_class;
    OsdepStep step;
} Model;

/* The reports that came, as text. */
typedef struct Reports {
    char *text;
    int n;
} Reports;

/* A text of these three, in place of @old if that is not NULL. */
static char *concat(const char *a, const char *b, const char *c, char *old)
{
    char *text = malloc(strlen(a) + strlen(b) + strlen(c) + 1);

    strcat(strcat(strcpy(text, a), b), c);
    free(old);
    return text;
}

/*
 * The same of texts that are escaped: a control character of two bytes may come of
 * them where they meet.  @lines: as fuzz_escaped().
 */
static char *join(const char *a, const char *b, bool lines, char *old)
{
    char *text = concat(a, b, "", old), *escaped = fuzz_escaped(text, lines);

    free(text);
    return escaped;
}

/* The text of an errno; Windows' C runtime does not have that of each. */
static const char *text_of(int os_error)
{
    static char text[256];
    Error *err = NULL;

    error_setg_errno(&err, os_error, "x");
    snprintf(text, sizeof(text), "%s", error_get_pretty(err) + strlen("x: "));
    error_free(err);
    return text;
}

static void model_clear(Model *model)
{
    free(model->msg);
    free(model->hint);
    *model = (Model){ 0 };
}

static void model_set(Model *model, const char *a, const char *b, const char *c,
                      int os_error)
{
    model->msg = concat(a, b, c, NULL);
    model->os_error = os_error;
}

static void on_report(OsdepReportKind kind, const char *message,
                      const char *hint, void *opaque)
{
    Reports *reports = opaque;

    free(reports->text);
    reports->text = concat(kind == OSDEP_REPORT_INFO      ? "I:"
                           : kind == OSDEP_REPORT_WARNING ? "W:"
                                                          : "E:",
                           message, "\n", NULL);
    reports->text = concat(reports->text, hint ? hint : "", "", reports->text);
    reports->n++;
}

/* What the reporter should have had for @model. */
static char *report_of(const char *kind, const Model *model)
{
    char *text = concat(kind, model->msg, "\n", NULL);

    return concat(text, model->hint ? model->hint : "", "", text);
}

/* Some errno: those that there are, and others. */
static int errno_of(const char *text)
{
    return (unsigned char)text[0] + (text[0] ? text[1] & 0x7f : 0);
}

static bool pass_on(Error *local, const char *text, Error **errp)
{
    ERRP_GUARD();

    error_propagate(errp, local);
    if (*errp) {
        error_prepend(errp, "<%s>", text);
        error_append_hint(errp, "%s\n", text);
        return false;
    }
    return true;
}

/* @text, and how it is shown in messages and in hints. */
typedef struct Shown {
    char *message;
    char *hint;
} Shown;

static void model_pass_on(Model *model, const Shown *text)
{
    char *head = concat("<", text->message, ">", NULL);

    model->msg = concat(head, model->msg, "", model->msg);
    model->hint =
        join(model->hint ? model->hint : "", text->hint, true, model->hint);
    model->hint = concat(model->hint, "\n", "", model->hint);
    free(head);
}

static Error *copy_of(const Error *err, int which)
{
    Error *copy = NULL;

    if (which != 2) {
        return error_copy(err);
    }
    error_setg_errno(&copy, 0, "%s", error_get_pretty(err));
    return copy;
}

/*
 * Do to @err and to @model what @op says, with @text.  @cut is the same text,
 * but for the wrong implementation that has a buffer for it; @shown is how it
 * is shown.  A report that is due goes to @due.
 */
static void apply(char op, const char *text, const char *cut,
                  const Shown *shown_text, int which, Error **err, Model *model,
                  char **due)
{
    const char *message = shown_text->message;
    bool printed = false;
    Error *other = NULL;
    char *tail = NULL;

    if (!*err) {
        int os_error = errno_of(text);

        switch (op) {
        case 'e':
            error_setg_errno(err, os_error, "%s", cut);
            if (os_error) {
                tail = concat(": ", text_of(os_error), "", NULL);
            }
            model_set(model, message, tail ? tail : "", "", os_error);
            break;
        case 'f':
            error_setg_file_open(err, EACCES, cut);
            tail = concat("': ", strerror(EACCES), "", NULL);
            model_set(model, "Could not open '", message, tail, EACCES);
            break;
        case 'c':
            error_set(err, ERROR_CLASS_DEVICE_NOT_FOUND, "[%s] %d%%", cut, 42);
            model_set(model, "[", message, "] 42%", 0);
            model->err_class = ERROR_CLASS_DEVICE_NOT_FOUND;
            break;
        case 'o': /* without an object */
            error_report("%s: %-4s|", cut, "x");
            *due = concat("E:", message, ": x   |\n", NULL);
            break;
        case 'O': {
            char first[4];

            warn_report("%.3s", cut);
            sprintf(first, "%.3s", text);
            tail = fuzz_escaped(first, false);
            *due = concat("W:", tail, "\n", NULL);
            break;
        }
        case 'I':
            info_report("%s", cut);
            *due = concat("I:", message, "\n", NULL);
            break;
        case 'l':
            loc_set_file(cut, (int)strlen(text));
            warn_report("%s", "x");
            loc_set_none();
            tail = calloc(1, strlen(message) + 32);
            sprintf(tail, *text ? "%s:%zu" : "%s", message, strlen(text));
            *due = concat("W:", tail, ": x\n", NULL);
            break;
        case '1':
            error_report_once_cond(&printed, "%s", cut);
            warn_report_once_cond(&printed, "not %s", cut);
            error_setg(&other, "nor this");
            warn_report_err_once_cond(&printed, other);
            *due = concat("E:", message, "\n", NULL);
            break;
        case 'n': /* nothing becomes of nothing */
            error_prepend(err, "%s", cut);
            error_append_hint(err, "%s", cut);
            error_propagate(&other, *err);
            error_report_err(*err);
            pass_on(NULL, text, err);
            break;
        default:
            error_setg(err, "%s", cut);
            model_set(model, message, "", "", 0);
            break;
        }
        free(tail);
        return;
    }
    switch (op) {
    case 'p':
        error_prepend(err, "%s", cut);
        model->msg = join(message, model->msg, false, model->msg);
        break;
    case 'P':
        error_prepend(err, "%d%%%s: ", -7, cut);
        tail = concat("-7%", message, ": ", NULL);
        model->msg = concat(tail, model->msg, "", model->msg);
        break;
    case 'h':
        error_append_hint(err, "%s", cut);
        model->hint = join(model->hint ? model->hint : "", shown_text->hint,
                           true, model->hint);
        break;
    case 'y':
        other = copy_of(*err, which);
        error_free(*err);
        *err = other;
        break;
    case 't':
        osdep_error_set_step(*err, (OsdepStep)(strlen(text) % 10));
        if (model->step == OSDEP_STEP_NONE) {
            model->step = (OsdepStep)(strlen(text) % 10);
        }
        break;
    case 'g':
        error_propagate_prepend(&other, *err, "%s", cut);
        *err = other;
        model->msg = join(message, model->msg, false, model->msg);
        break;
    case 'G':
        pass_on(*err, cut, &other);
        *err = other;
        model_pass_on(model, shown_text);
        break;
    case 'k': /* the first is kept */
        error_setg(&other, "%s", cut);
        if (which == 3) {
            error_free(*err);
            *err = other;
        } else {
            error_propagate(err, other);
        }
        break;
    case 'i':
        pass_on(error_copy(*err), text, NULL);
        break;
    case 'r':
        error_report_err(*err);
        *due = report_of("E:", model);
        break;
    case 'w':
        pass_on(*err, cut, &error_warn);
        model_pass_on(model, shown_text);
        *due = report_of("W:", model);
        break;
    case 'R':
        error_reportf_err(*err, "%s", cut);
        model->msg = join(message, model->msg, false, model->msg);
        *due = report_of("E:", model);
        break;
    case 'W':
        warn_reportf_err(*err, "%s", cut);
        model->msg = join(message, model->msg, false, model->msg);
        *due = report_of("W:", model);
        break;
    case '1':
        warn_report_err_once_cond(&printed, *err);
        *due = report_of("W:", model);
        break;
    case 'x':
        error_free_or_abort(err);
        model_clear(model);
        break;
    }
    free(tail);
    if (*due) {
        *err = NULL;
        model_clear(model);
    }
}

static const char *judge(const Error *err, const Model *model,
                         const Reports *reports, const char *due, int errnum)
{
    if (errno != errnum) {
        return fuzz_fault("errno is changed to %d", errno);
    }
    if ((due != NULL) != (reports->n == 1) ||
        (due && strcmp(reports->text, due) != 0)) {
        return fuzz_fault("reported: %s, not %s", reports->text, due);
    }
    if ((err != NULL) != (model->msg != NULL)) {
        return fuzz_fault("there is %s error", err ? "an" : "no");
    }
    if (!err) {
        return NULL;
    }
    if (strcmp(error_get_pretty(err), model->msg) != 0) {
        return fuzz_fault("'%s', not '%s'", error_get_pretty(err), model->msg);
    }
    if (osdep_error_get_errno(err) != model->os_error ||
        error_get_class(err) != model->err_class ||
        osdep_error_get_step(err) != model->step) {
        return fuzz_fault("code %d, class %d, step %d",
                          osdep_error_get_errno(err), error_get_class(err),
                          osdep_error_get_step(err));
    }
    return NULL;
}

static const char *test(const uint8_t *data, size_t size, int which)
{
    FuzzWords words = fuzz_words(data, size);
    const char *fault = NULL;
    Model model = { 0 };
    Error *err = NULL;

    for (int i = 0; !fault && i <= words.argc; i++) {
        /* In the end it is reported, which shows its hint. */
        const char *word = i < words.argc ? words.argv[i] : "r";
        const char *text = *word ? word + 1 : word;
        Reports reports = { 0 };
        char *cut = concat(text, "", "", NULL), *due = NULL;
        Shown shown_text = { fuzz_escaped(text, false),
                             fuzz_escaped(text, true) };
        int errnum = 1000 + i;

        if (i == words.argc && !err) {
            free(cut);
            free(shown_text.message);
            free(shown_text.hint);
            break;
        }
        if (which == 1 && strlen(cut) > 127) {
            cut[127] = '\0';
        }
        if (which == 4) {
            strcpy(shown_text.message, text);
        }
        osdep_error_set_reporter(on_report, &reports);
        errno = errnum;
        apply(*word, text, cut, &shown_text, which, &err, &model, &due);
        fault = judge(err, &model, &reports, due, errnum);
        osdep_error_set_reporter(NULL, NULL);
        free(reports.text);
        free(due);
        free(cut);
        free(shown_text.message);
        free(shown_text.hint);
    }
    error_free(err);
    model_clear(&model);
    fuzz_words_free(&words);
    return fault;
}

static const char *const parts[] = {
    "s",
    "e\x0c",
    "f",
    "c",
    "o",
    "O",
    "I",
    "l",
    "1",
    "t",
    "n",
    "p",
    "P",
    "h",
    "y",
    "g",
    "G",
    "k",
    "i",
    "r",
    "w",
    "R",
    "W",
    "x",
    "%s",
    "%n",
    "%",
    "%%",
    "\n",
    "\x1b[2J",
    "\xff",
    "\xc3\xa9",
    "'",
    "a long word indeed, of just about fifty characters",
    "another long word, of just about as many characters",
    NULL,
};

const FuzzTarget fuzz_error = { "error", test, wrong, parts };
