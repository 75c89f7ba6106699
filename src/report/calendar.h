/* calendar.h -- days of a zone for very many times. Private to src/report. */
#pragma once
#include "holdfast/report.h"

/* Offsets from UTC of days that were asked for; one thread. */
typedef struct {
    GTimeZone *zone; /* the caller's */
    GHashTable *offsets;
} hf_calendar;
void hf_calendar_init(hf_calendar *calendar, GTimeZone *zone);
void hf_calendar_clear(hf_calendar *calendar);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(hf_calendar, hf_calendar_clear)
/* The day of a time (not HF_TIME_NONE) in the zone, counted from 1970-01-01. */
int64_t hf_calendar_day(hf_calendar *calendar, hf_time t);

/* Periods are numbered, so that adjacent ones have adjacent numbers. */
int64_t hf_calendar_period(hf_report_unit unit, int64_t day);
/* The first day of a period. */
int64_t hf_calendar_first_day(hf_report_unit unit, int64_t period);
/* "2001", "2001-05", "2001-W18" (ISO 8601), "2001-05-04"; g_free. */
char *hf_calendar_label(hf_report_unit unit, int64_t period);
/* "2001-05-04"; g_free. */
char *hf_calendar_date(int64_t day);
