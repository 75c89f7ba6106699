/* What is read in messages: tables of messages and what has to be said of them. */
#include "extract_record.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "extract/mail_address.h"
#include "extract/mail_date.h"

extern const hf_extractor hf_extract_mail_format;

typedef struct {
    const char *message;
    const char *text;    /* NULL: not looked at */
    const char *said[8]; /* lines that have to be among what is said */
    int problems;        /* -1: not looked at */
} sample;

static void check(const sample *s)
{
    record r = {0};
    record_bytes(&hf_extract_mail_format, s->message, strlen(s->message), &r);
    for (size_t i = 0; i < G_N_ELEMENTS(s->said) && s->said[i] != NULL; i++)
        assert_said(&r, s->said[i]);
    if (s->text != NULL)
        assert_string_equal(r.text->str, s->text);
    if (s->problems >= 0 && (int)r.problems != s->problems)
        print_message("%s\n%s", s->message, r.said->str);
    if (s->problems >= 0)
        assert_int_equal(r.problems, s->problems);
    record_clear(&r);
}

static void test_headers(void **state)
{
    (void)state;
    static const sample samples[] = {
        {"From: Jane Roe <jane@example.com>\nTo: a@b.c, \"Doe, John\" <john@example.com>\nSubject: "
         "Hello\n world\n\nBody\n",
         "Body\n",
         {"meta from=Jane Roe <jane@example.com>", "meta to=a@b.c",
          "meta to=Doe, John <john@example.com>", "meta subject=Hello world"},
         0},
        {"From: =?utf-8?Q?J=C3=B6rg?= <j@e.x>\nTo: friends: a@b.c, d@e.f;, "
         "undisclosed-recipients:;\nCc: Roe, Jane <r@e.x>\n\n.",
         ".",
         {"meta from=Jörg <j@e.x>", "meta to=a@b.c", "meta to=d@e.f", "meta cc=Roe, Jane <r@e.x>"},
         0},
        /* Two words cut inside a character, and two that each end in padding. */
        {"Subject: =?utf-8?B?4g==?=\n =?utf-8?B?gqw=?= =?utf-8?Q?_?= =?iso-8859-1?Q?=A4?=\n\n",
         NULL,
         {"meta subject=€ ¤"},
         0},
        {"Subject: caf\xe9 au lait pour \xe9t\xe9\n\n",
         NULL,
         {"meta subject=café au lait pour été"},
         0},
        {"Message-ID: <CALckR-a8UDkRjO4xJyjd_s0GPxQWw@mail.gmail.com>\nIn-Reply-To: <a@b> "
         "(x)\nReferences: <1@x>\n <2@x>\n\n",
         NULL,
         {"meta message-id=CALckR-a8UDkRjO4xJyjd_s0GPxQWw@mail.gmail.com", "meta in-reply-to=a@b",
          "meta references=1@x", "meta references=2@x"},
         0},
        {"Received: from a by b; Tue, 1 May 2001 10:00:00 +0200\nReceived: from c; Mon, 30 Apr "
         "2001 10:00:00 +0200\n"
         "Date: Fri, 4 May 2001 10:11:12 -0700 (PDT)\n\n",
         NULL,
         {"meta received=2001-05-01T10:00:00+02:00", "meta sent=2001-05-04T10:11:12-07:00"},
         0},
        {"X-Mailer: Pine\nImportance: high\nX-Folder: \\Jane\\Sent\n\n",
         NULL,
         {"meta application=Pine", "meta other=Importance: high",
          "meta other=X-Folder: \\Jane\\Sent"},
         0},
        {"From jane Fri May  4 10:11:12 2001\nSubject: envelope\n\nx\n",
         "x\n",
         {"meta subject=envelope"},
         0},
        {"Subject: bare returns\r\rBody\r", "Body\n", {"meta subject=bare returns"}, 0},
        {"42\nSubject: emlx\n\nthis is what is in there\n<plist/>", NULL, {"meta subject=emlx"}, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++)
        check(&samples[i]);
}

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text, *utc;
        int32_t offset;
    } rows[] = {
        {"Fri, 4 May 2001 10:11:12 -0700 (PDT)", "2001-05-04T17:11:12Z", -25200},
        {"4 May 2001 10:11 +0530", "2001-05-04T04:41:00Z", 19800},
        {"Fri May  4 10:11:12 2001", "2001-05-04T10:11:12Z", HF_OFFSET_NONE},
        {"Fri, 04 May 01 10:11:12 EST", "2001-05-04T15:11:12Z", -18000},
        {"04-May-1999 10:11:12 GMT", "1999-05-04T10:11:12Z", 0},
        {"Fri, 4 May 2001 10:11:12 -0000", "2001-05-04T10:11:12Z", HF_OFFSET_NONE},
        {"2001-05-04T10:11:12Z", "2001-05-04T10:11:12Z", 0},
        {"Sat, 1 Jan 9999 00:00:00 +0000", "9999-01-01T00:00:00Z", 0},
        {"Thu, 29 Feb 2000 00:00:60 +0000", "2000-02-29T00:01:00Z", 0},
        {"Fri, 31 Feb 2001 10:11:12 +0000", NULL, 0},
        {"Thu, 29 Feb 2001 10:11:12 +0000", NULL, 0},
        {"Fri, 4 May 2001 25:11:12 +0000", NULL, 0},
        {"Fri, 4 May 0000 10:11:12 +0000", NULL, 0},
        {"Fri, 0 May 2001 10:11:12 +0000", NULL, 0},
        {"yesterday", NULL, 0},
        {"", NULL, 0},
        {"99999999999999999999", NULL, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        hf_stamp stamp;
        bool read = hf_mail_date_parse(rows[i].text, &stamp);
        if (read != (rows[i].utc != NULL))
            print_message("%s\n", rows[i].text);
        assert_true(read == (rows[i].utc != NULL));
        if (!read) {
            assert_true(stamp.utc == HF_TIME_NONE);
            continue;
        }
        g_autofree char *utc = hf_time_format_utc(stamp.utc);
        assert_string_equal(utc, rows[i].utc);
        assert_int_equal(stamp.offset, rows[i].offset);
    }
}

static bool collect(const char *address, void *data, GError **error)
{
    (void)error;
    g_string_append_printf(data, "[%s]", address);
    return true;
}

static void test_addresses(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"a@b.c", "[a@b.c]"},
        {"<a@b.c>", "[a@b.c]"},
        {"\"O'Hara \\\"Bob\\\"\" <b@c.d>", "[O'Hara \"Bob\" <b@c.d>]"},
        {"b@c.d (Bob Roe)", "[Bob Roe <b@c.d>]"},
        {"Bob (nested (deep)) Roe <b@c.d>", "[Bob Roe <b@c.d>]"},
        {"a@b.c;d@e.f", "[a@b.c][d@e.f]"},
        {"Team: a@b.c, Jane <d@e.f>;", "[a@b.c][Jane <d@e.f>]"},
        {"<@relay,@two:user@host>", "[user@host]"},
        {"Jane <jane@x", "[Jane <jane@x>]"},
        {"/O=FIRM/OU=US/CN=RECIPIENTS/CN=JROE", "[/O=FIRM/OU=US/CN=RECIPIENTS/CN=JROE]"},
        {" , ,, ", ""},
        {"=?utf-8?Q?Doe=2C_J?= <j@x.y>, b@c.d", "[Doe, J <j@x.y>][b@c.d]"},
        {"\"unclosed <a@b.c>", "[unclosed <a@b.c>]"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        assert_true(hf_mail_address_each((hf_mail_span){rows[i][0], strlen(rows[i][0])}, collect,
                                         out, NULL));
        assert_string_equal(out->str, rows[i][1]);
    }
}

#define HEAD "MIME-Version: 1.0\nContent-Type: "
#define MIXED HEAD "multipart/mixed; boundary=b\n\n"

static void test_bodies(void **state)
{
    (void)state;
    static const sample samples[] = {
        {HEAD "text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: "
              "quoted-printable\n\ncaf=E9 =\nau lait=20\n",
         "café au lait \n",
         {"meta charset=WINDOWS-1252"},
         0},
        {HEAD "text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nSGVsbG8gd29ybGQK\n",
         "Hello world\n",
         {0},
         0},
        {HEAD "text/plain; charset=iso-2022-jp\n\n\033$BF|K\\\033(B\n", "日本\n", {0}, 0},
        {MIXED "--b\n\none\n--b\nContent-Type: text/plain\n\ntwo\n--b--\n", "one\ntwo", {0}, 0},
        {HEAD "multipart/alternative; boundary=b\n\n--b\nContent-Type: "
              "text/plain\n\nplain\n--b\nContent-Type: text/html\n\n"
              "<p>plain</p>\n--b--\n",
         "plain",
         {0},
         0},
        {HEAD "multipart/alternative; boundary=b\n\n--b\nContent-Type: "
              "text/plain\n\n\n--b\nContent-Type: text/html\n\n"
              "<p>only here</p>\n--b--\n",
         "only here",
         {0},
         0},
        {HEAD "multipart/alternative; boundary=b\n\n--b\nContent-Type: "
              "text/plain\n\nDear all,\nthe body is\none. See http://a.example/x\n--b\n"
              "Content-Type: text/html\n\n<p>Dear all,</p><p>The body is <b>two</b>.</p>"
              "<p>See <a href=\"http://a.example/x\">http://a.example/x</a></p>\n--b--\n",
         "Dear all,\nthe body is\none. See http://a.example/x\nThe body is two.",
         {0},
         0},
        {HEAD "multipart/alternative; boundary=b\n\n--b\nContent-Type: "
              "text/html\n\n<p>yes</p><p>no</p>\n--b\nContent-Type: text/plain\n\nYes.\n--b--\n",
         "Yes.\nno",
         {0},
         0},
        {MIXED "--b\nContent-Type: text/plain; name=\"notes.txt\"\n\nfile\n--b--\n",
         "",
         {"child attachment notes.txt"},
         0},
        {MIXED "--b\nContent-Type: application/pdf\nContent-Disposition: attachment;\n "
               "filename*0*=utf-8''%e2%82%ac;\n"
               " filename*1=\" rates.pdf\"\n\nx\n--b--\n",
         "",
         {"child attachment € rates.pdf"},
         0},
        {MIXED "--b\nContent-Type: message/rfc822\n\nSubject: a/b\n\nin\n--b--\n",
         "",
         {"child attachment a_b.eml"},
         0},
        {HEAD "multipart/digest; boundary=b\n\n--b\n\nSubject: one\n\nin\n--b\n\nSubject: "
              "two\n\nin\n--b--\n",
         "",
         {"child attachment one.eml", "child attachment two.eml"},
         0},
        {HEAD "multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\nhi<img "
              "src=cid:1>\n--b\nContent-Type: image/png\n"
              "Content-ID: <1>\n\nx\n--b--\n",
         NULL,
         {"meta inline=1"},
         0},
        {HEAD "multipart/signed; boundary=b\n\n--b\n\nsigned\n--b\nContent-Type: "
              "application/pgp-signature\n\nx\n--b--\n",
         "signed",
         {"meta inline=1"},
         0},
        {HEAD "multipart/encrypted; boundary=b\n\n--b\nContent-Type: "
              "application/pgp-encrypted\n\nVersion: 1\n--b\n"
              "Content-Type: application/octet-stream; name=encrypted.asc\n\nx\n--b--\n",
         "",
         {"child attachment encrypted.asc", "problem encrypted the message is encrypted for its "
                                            "recipients: nothing of it could be read"},
         1},
        {"Subject: x\n\nbefore\nbegin 644 cat.txt\n#0V%T\n`\nend\nafter\n",
         "before\nafter\n",
         {"child attachment cat.txt"},
         0},
        {HEAD "application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==\n",
         "",
         {"child attachment a.pdf"},
         0},
        /* Lists put their footer behind the parts. */
        {MIXED "--b\n\none\n--b--\n____\nthe list\n", "one\n____\nthe list\n", {0}, 0},
        {HEAD "message/partial; number=2; total=3; id=x\n\npiece\n", "piece\n", {0}, 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++)
        check(&samples[i]);
}

static void test_broken(void **state)
{
    (void)state;
    static const sample samples[] = {
        {MIXED "--b\n\none\n",
         "one\n",
         {"problem truncated the message ends without its closing boundary"},
         1},
        {HEAD "multipart/mixed\n\n--x\nContent-Type: text/plain\n\none\n--x--\n", "one", {0}, 0},
        {HEAD "multipart/mixed; boundary=other\n\nno parts\n", "no parts\n", {0}, 1},
        {"no header at all", "no header at all", {"problem damaged the message has no header"}, 1},
        {HEAD "text/plain\nContent-Transfer-Encoding: base64\n\nSGVs*bG8\n", "Hello", {0}, 1},
        {MIXED
         "--b\nContent-Type: a/b; name=x\nContent-Transfer-Encoding: base64\n\nSGVsb\n--b--\n",
         "",
         {"child attachment x", "incomplete"},
         1},
        {HEAD "text\n\nword\n", "word\n", {0}, 0},
        {"Subject: a\njunk without colon\nTo: a@b.c\n\nx",
         "x",
         {"meta subject=a", "meta to=a@b.c"},
         0},
        {"Subject: a\nbody at once\nmore", "body at once\nmore", {"meta subject=a"}, 0},
        {"", "", {0}, 1},
        /* An inner multipart that nothing closes but the outer boundary. */
        {MIXED "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nin\n--b\n\nout\n--b--\n",
         "in\nout",
         {0},
         0},
        {MIXED "--b\n\none\n--b--\n--b\nContent-Type: text/plain\n\nlate\n--b--\n",
         "one\nlate",
         {0},
         0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++)
        check(&samples[i]);
}

/* The recipe sees letters and digits only, whatever the encoding; and is left out where something was lost. */
static void test_recipe(void **state)
{
    (void)state;
    static const char *const same[] = {
        "Subject: a\n\nÄpfel,  und 3 BIRNEN!\n", "Subject: b\n\näpfel und\r\n3 birnen",
        HEAD "text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: "
             "quoted-printable\n\n=C4pfel und 3 =\nBirnen.\n",
        HEAD "multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html; "
             "charset=utf-8\n\n<p>Äpfel und <b>3</b> "
             "Birnen</p>\n--b--\n"};
    uint8_t digest[32];
    hf_digest_sha256("äpfelund3birnen", strlen("äpfelund3birnen"), digest);
    g_autofree char *hex = hf_digest_hex(digest, sizeof(digest));
    g_autofree char *line = g_strconcat("meta recipe-body=", hex, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(same); i++) {
        record r = {0};
        record_bytes(&hf_extract_mail_format, same[i], strlen(same[i]), &r);
        assert_said(&r, line);
        record_clear(&r);
    }
    record r = {0};
    const char *broken = HEAD "text/plain\nContent-Transfer-Encoding: base64\n\nSGVs*bG8\n";
    record_bytes(&hf_extract_mail_format, broken, strlen(broken), &r);
    assert_null(strstr(r.said->str, "recipe-body"));
    record_clear(&r);
}

static void test_attached_bytes(void **state)
{
    (void)state;
    const char *message =
        MIXED "--b\nContent-Type: message/rfc822\n\nSubject: x\r\n\r\nbytes  \n\n--b--\n";
    record r = {0};
    record_bytes(&hf_extract_mail_format, message, strlen(message), &r);
    assert_string_equal(r.bytes->str, "Subject: x\r\n\r\nbytes  \n|");
    record_clear(&r);
}

static void test_deep(void **state)
{
    (void)state;
    g_autoptr(GString) message = g_string_new("Subject: deep\n");
    for (int i = 0; i < 3000; i++)
        g_string_append_printf(message, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i,
                               i);
    g_string_append(message, "\nthe core\n");
    record r = {0};
    record_bytes(&hf_extract_mail_format, message->str, message->len, &r);
    assert_said(&r, "child attachment deeper parts.eml");
    assert_non_null(strstr(r.said->str, "problem limit "));
    assert_non_null(strstr(r.bytes->str, "the core"));
    record_clear(&r);
}

static void test_many_parts(void **state)
{
    (void)state;
    g_autoptr(GString) message = g_string_new(MIXED);
    for (int i = 0; i < 50000; i++)
        g_string_append_printf(message, "--b\nContent-Type: text/plain\n\npart %d\n", i);
    g_string_append(message, "--b--\n");
    record r = {0};
    record_bytes(&hf_extract_mail_format, message->str, message->len, &r);
    assert_non_null(strstr(r.text->str, "part 49999"));
    assert_int_equal(r.problems, 0);
    record_clear(&r);
}

static void test_many_addresses(void **state)
{
    (void)state;
    g_autoptr(GString) message = g_string_new("To: a@b.c");
    for (int i = 0; i < 300000; i++)
        g_string_append(message, ",\n someone@example.com");
    g_string_append(message, "\nSubject: behind it\n\nx\n");
    record r = {0};
    record_bytes(&hf_extract_mail_format, message->str, message->len, &r);
    assert_said(&r, "meta subject=behind it");
    assert_string_equal(r.text->str, "x\n");
    record_clear(&r);
}

/* Every cut of a message is read without a fault; every message of the public sets too. */
static void test_cuts(void **state)
{
    (void)state;
    const char *message =
        MIXED "pre\n--b\nContent-Type: text/html; charset=\"utf-8\"\nContent-Transfer-Encoding: "
              "base64\n\n"
              "PGI+aGk8L2I+\n--b\nContent-Disposition: attachment; filename*=utf-8''%e2%82\n\n"
              "begin 644 x\n#0V%T\n`\nend\n--b--\n";
    for (size_t n = 0; n <= strlen(message); n++) {
        record r = {0};
        record_bytes(&hf_extract_mail_format, message, n, &r);
        record_clear(&r);
    }
}

static unsigned run_folder(const char *folder)
{
    unsigned count = 0;
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, entry->d_name, NULL);
        struct stat st;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
            record r = {0};
            hf_extraction_input input =
                record_input(fd, (size_t)st.st_size, "message/rfc822", entry->d_name);
            record_run(&hf_extract_mail_format, &input, &r);
            record_clear(&r);
            count++;
        }
        if (fd >= 0)
            close(fd);
    }
    closedir(dir);
    return count;
}

static void test_corpus(void **state)
{
    (void)state;
    unsigned read = run_folder("../shared/corpus/hostile/mime") +
                    run_folder("../shared/corpus/formats/mime") +
                    run_folder("../shared/corpus/mail/usrp");
    if (read == 0)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_addresses),      cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_broken),         cmocka_unit_test(test_recipe),
        cmocka_unit_test(test_attached_bytes), cmocka_unit_test(test_deep),
        cmocka_unit_test(test_many_parts),     cmocka_unit_test(test_many_addresses),
        cmocka_unit_test(test_cuts),           cmocka_unit_test(test_corpus)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
