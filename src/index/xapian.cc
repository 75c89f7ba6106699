/* The only file that knows Xapian. Every entry is noexcept; HF_XAPIAN_CATCH turns what Xapian
 * throws into a GError. */
#include "index/xapian.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <vector>
#include <xapian.h>

struct hf_xapian {
    std::string path;
    Xapian::Database db;
};

namespace
{

void set_error(GError **error, const std::string &path, const Xapian::Error &e) noexcept
{
    hf_error code = HF_ERROR_INTERNAL;
    const char *type = e.get_type();
    if (strstr(type, "Corrupt") != nullptr || strstr(type, "Opening") != nullptr ||
        strstr(type, "Version") != nullptr || strstr(type, "DocNotFound") != nullptr)
        code = HF_ERROR_INTEGRITY;
    else if (strcmp(type, "DatabaseError") == 0)
        code = HF_ERROR_IO;
    const char *reason = e.get_error_string();
    g_set_error(error, HF_ERROR, code, "index \"%s\": %s%s%s", path.c_str(), e.get_msg().c_str(),
                reason != nullptr ? ": " : "", reason != nullptr ? reason : "");
}

} // namespace

#define HF_XAPIAN_CATCH(path, failed)                                                              \
    catch (const Xapian::Error &e)                                                                 \
    {                                                                                              \
        set_error(error, path, e);                                                                 \
        return failed;                                                                             \
    }                                                                                              \
    catch (const std::bad_alloc &)                                                                 \
    {                                                                                              \
        g_set_error_literal(error, HF_ERROR, HF_ERROR_IO, "index: no memory left");                \
        return failed;                                                                             \
    }                                                                                              \
    catch (...)                                                                                    \
    {                                                                                              \
        g_set_error_literal(error, HF_ERROR, HF_ERROR_INTERNAL, "index: unknown exception");       \
        return failed;                                                                             \
    }

/* ---- writing ---- */

bool hf_xapian_compact(const char *const *paths, size_t n, const char *path,
                       GError **error) HF_NOEXCEPT
try {
    Xapian::Database inputs;
    for (size_t i = 0; i < n; i++)
        inputs.add_database(Xapian::Database(paths[i], Xapian::DB_BACKEND_GLASS));
    inputs.compact(path, Xapian::DBCOMPACT_NO_RENUMBER);
    return true;
}
HF_XAPIAN_CATCH(path, false)

bool hf_xapian_delete(const char *path, const hf_set *ids, GError **error) HF_NOEXCEPT
try {
    int flags =
        Xapian::DB_OPEN | Xapian::DB_BACKEND_GLASS | Xapian::DB_NO_SYNC | Xapian::DB_DANGEROUS;
    Xapian::WritableDatabase db(path, flags);
    std::vector<uint32_t> doomed;
    for (auto it = db.postlist_begin(std::string()); it != db.postlist_end(std::string()); ++it)
        if (hf_set_has(ids, *it))
            doomed.push_back(*it);
    for (uint32_t id : doomed)
        db.delete_document(id);
    db.commit();
    db.close();
    return true;
}
HF_XAPIAN_CATCH(path, false)

bool hf_xapian_check(const char *path, GError **error) HF_NOEXCEPT
try {
#ifdef HF_SANITIZED
    /* Xapian 1.4's check deletes its objects by another type than it made them; AddressSanitizer
     * stops there. */
    size_t faults = 0;
#else
    size_t faults = Xapian::Database::check(path, 0, nullptr);
#endif
    if (faults == 0)
        return true;
    g_set_error(error, HF_ERROR, HF_ERROR_INTEGRITY, "index \"%s\" is damaged", path);
    return false;
}
HF_XAPIAN_CATCH(path, false)

/* ---- reading ---- */

hf_xapian *hf_xapian_open(const char *path, GError **error) HF_NOEXCEPT
try {
    hf_xapian *db = new hf_xapian;
    try {
        db->path = path;
        db->db = Xapian::Database(path, Xapian::DB_BACKEND_GLASS);
    } catch (...) {
        delete db;
        throw;
    }
    return db;
}
HF_XAPIAN_CATCH(path, nullptr)

void hf_xapian_free(hf_xapian *db) noexcept
{
    delete db;
}

uint32_t hf_xapian_count(const hf_xapian *db) noexcept
{
    try {
        return db->db.get_doccount();
    } catch (...) {
        return 0;
    }
}

bool hf_xapian_all(hf_xapian *db, hf_set *out, GError **error) HF_NOEXCEPT
try {
    /* They arrive in ascending order; a set takes them fastest in blocks. */
    uint32_t ids[1024];
    size_t n = 0;
    auto end = db->db.postlist_end(std::string());
    for (auto it = db->db.postlist_begin(std::string()); it != end; ++it) {
        ids[n++] = *it;
        if (n == G_N_ELEMENTS(ids)) {
            hf_set_add_many(out, ids, n);
            n = 0;
        }
    }
    hf_set_add_many(out, ids, n);
    return true;
}
HF_XAPIAN_CATCH(db->path, false)

bool hf_xapian_words(hf_xapian *db, uint64_t *words, GError **error) HF_NOEXCEPT
try {
    *words = db->db.get_total_length();
    return true;
}
HF_XAPIAN_CATCH(db->path, false)

bool hf_xapian_terms(hf_xapian *db, hf_xapian_term_fn fn, void *data, bool *all,
                     GError **error) HF_NOEXCEPT
try {
    auto it = db->db.allterms_begin(), end = db->db.allterms_end();
    for (; it != end; ++it) {
        const std::string term = *it;
        if (!fn(data, term.c_str(), term.size(), it.get_termfreq()))
            break;
    }
    *all = it == end;
    return true;
}
HF_XAPIAN_CATCH(db->path, false)

bool hf_xapian_postings(hf_xapian *db, const char *term, size_t length, hf_xapian_posting_fn fn,
                        void *data, bool *all, GError **error) HF_NOEXCEPT
try {
    std::string name(term, length);
    auto it = db->db.postlist_begin(name), end = db->db.postlist_end(name);
    for (; it != end; ++it)
        if (!fn(data, *it, it.get_wdf()))
            break;
    *all = it == end;
    return true;
}
HF_XAPIAN_CATCH(db->path, false)

bool hf_xapian_frequency(hf_xapian *db, const char *term, const uint32_t *ids, size_t n,
                         uint32_t *within, uint32_t *documents, GError **error) HF_NOEXCEPT
try {
    std::string name(term);
    *documents = db->db.get_termfreq(name);
    std::fill(within, within + n, 0u);
    auto it = db->db.postlist_begin(name), end = db->db.postlist_end(name);
    for (size_t i = 0; i < n && it != end; i++) {
        it.skip_to(ids[i]);
        if (it != end && *it == ids[i])
            within[i] = it.get_wdf();
    }
    return true;
}
HF_XAPIAN_CATCH(db->path, false)

bool hf_xapian_lengths(hf_xapian *db, const uint32_t *ids, size_t n, uint32_t *lengths,
                       GError **error) HF_NOEXCEPT
try {
    for (size_t i = 0; i < n; i++) {
        try {
            lengths[i] = db->db.get_doclength(ids[i]);
        } catch (const Xapian::DocNotFoundError &) {
            lengths[i] = 0;
        }
    }
    return true;
}
HF_XAPIAN_CATCH(db->path, false)

/* ---- stems ---- */

char *hf_xapian_stem(const char *word) noexcept
{
    try {
        static thread_local Xapian::Stem stem("english");
        return g_strdup(stem(word).c_str());
    } catch (...) {
        return g_strdup(word);
    }
}
