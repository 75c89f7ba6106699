#include "extract/loaded.h"
#include <libxml/parser.h>
#include <locale.h>
#include <time.h>

/* Of the formats whose libraries have something to load; each stands in its own file. */
void hf_extract_pdf_load(void) __attribute__((weak));
void hf_extract_mail_load(void) __attribute__((weak));

void hf_loaded_open(hf_identify *identify)
{
    (void)identify;
    setlocale(LC_ALL, "C.UTF-8");
    tzset();
    xmlInitParser();
    if (hf_extract_mail_load != NULL)
        hf_extract_mail_load();
    if (hf_extract_pdf_load != NULL)
        hf_extract_pdf_load();
}
