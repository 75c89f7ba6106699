/* tests/unit/cases.h -- what every unit test includes: cmocka with what it needs before it. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>

/* Number of cases in a table. */
#define CASES(table) G_N_ELEMENTS(table)
