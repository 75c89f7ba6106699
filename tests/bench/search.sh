#!/bin/bash
# tests/bench/search.sh BUILD CORPUS -- searches over DOCUMENTS (100000) messages made of the mail in CORPUS (generate.py), by the
# library, by a whole process, and by Xapian's own `quest` over a plain Xapian database of the same texts, where it can express
# them (unranked, and made to count all, as we do). Everything is made once below BENCH_DIR and used again. Medians of ROUNDS (7). Only tells; it is no test.
set -u
build=$(realpath "$1") corpus=$(realpath "${2:?usage: search.sh BUILD CORPUS}")
here=$(dirname "$0") documents=${DOCUMENTS:-100000} rounds=${ROUNDS:-7}
bench=${BENCH_DIR:-$build/bench}/search-$documents
unset HOLDFAST_VAULT
export LC_ALL=C.UTF-8
mkdir -p "$bench"

if [ ! -f "$bench/mail/queries.tsv" ]; then
    echo "making $documents messages"
    rm -rf "$bench/mail"
    python3 "$here/generate.py" "$corpus" "$bench/mail" --documents "$documents" --dump "$bench/dump" || exit 1
fi
if [ ! -f "$bench/vault.done" ]; then
    rm -rf "$bench/vault"
    "$build/holdfast" init --timezone UTC "$bench/vault" > /dev/null 2>&1 || exit 1
    start=$(date +%s.%N)
    "$build/holdfast" --vault "$bench/vault" --quiet ingest --custodian-from 'users/{custodian}/' "$bench/mail" || exit 1
    end=$(date +%s.%N)
    awk -v a="$start" -v b="$end" -v n="$documents" \
        'BEGIN { printf "ingest: %.1f s, %.0f messages a second\n", b - a, n / (b - a) }' | tee "$bench/vault.done"
fi
if command -v quest scriptindex > /dev/null && [ ! -f "$bench/quest.done" ]; then
    rm -rf "$bench/quest"
    printf 'id : boolean=Q unique=Q field\ndate : value=0\ntext : index\n' > "$bench/script"
    scriptindex "$bench/quest" "$bench/script" "$bench/dump" > "$bench/quest.done" || rm -f "$bench/quest.done"
fi

# Runs a command ROUNDS times after once to warm up; the median in milliseconds.
median() {
    "$@" > "$bench/out" 2>&1 || { echo -; return; }
    for ((i = 0; i < rounds; i++)); do
        local before=${EPOCHREALTIME/./}
        "$@" > "$bench/out" 2>&1
        echo $((${EPOCHREALTIME/./} - before))
    done | sort -n | awk '{ v[NR] = $1 } END { printf "%.1f\n", v[int((NR + 1) / 2)] / 1000 }'
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a + 0 > 0 && b + 0 > 0) printf "%.1fx", b / a; else print "-" }'; }

echo "$documents messages, $(du -sm "$bench/vault/index" | cut -f1) MB of index, $(find "$bench/vault/index" -name columns | wc -l) segments; $(nproc) processors; medians of $rounds, in ms"
printf '%-24s %10s %9s %9s %9s %7s\n' query documents library process quest ratio
"$build/bench/bench_search" "$bench/vault" "$bench/mail/queries.tsv" "$rounds" > "$bench/library" || exit 1
while IFS=$'\t' read -r name query plain; do
    IFS=$'\t' read -r _ found library < <(grep -F "$name"$'\t' "$bench/library" | head -n 1)
    process=$(median "$build/holdfast" --vault "$bench/vault" --quiet search --count "$query")
    quest=-
    if [ -n "$plain" ] && [ -f "$bench/quest.done" ]; then
        quest=$(median quest -d "$bench/quest" -s none -w bool -m 10 -c "$documents" -f default,wildcard "$plain")
    fi
    printf '%-24s %10s %9s %9s %9s %7s\n' "$name" "$found" "$library" "$process" "$quest" "$(ratio "$process" "$quest")"
done < "$bench/mail/queries.tsv"
echo "report of $(grep -c . "$bench/mail/terms.txt") terms: $(ROUNDS=3 rounds=3 median "$build/holdfast" --vault "$bench/vault" --quiet terms "$bench/mail/terms.txt") ms"
half=$(grep '^half of all' "$bench/mail/queries.tsv" | cut -f2)
echo "ids of half the messages: $(rounds=3 median "$build/holdfast" --vault "$bench/vault" --quiet search --format ids "$half") ms"
