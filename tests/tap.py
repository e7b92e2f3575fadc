"""Tests in Python that speak TAP, as the C programs do (helpers/harness.c)."""


def run(tests):
    """Run each of the functions @tests: one that returns a text is skipped for
    that reason, one that raises has failed.  Returns: an exit status."""
    status = 0
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        print(f"# start {test.__name__}", flush=True)
        try:
            reason = test()
            print(f"ok {number} - {test.__name__}" + (f" # SKIP {reason}" if reason else ""))
        except Exception as e:
            print(f"# {type(e).__name__}: {e}".replace("\n", "\n# "))
            print(f"not ok {number} - {test.__name__}")
            status = 1
    return status
